"""``povner`` as a user runs it, around an extractor without a model."""

import csv
import io
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import povner
from povner.cli import app
from povner.cli.extract import extract
from tests.fakes import BAD, FakeExtractor


@pytest.fixture
def real_pages(tmp_path, monkeypatch):
    """Two documents in the folder ``pages`` of the current directory."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/a.txt").write_text("[b]给5元\n和10元", "utf-8")
    (tmp_path / "pages/b.txt").write_text("没有", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "pages"


@pytest.fixture
def pages(real_pages, monkeypatch):
    """The same, and an extractor without a model."""
    monkeypatch.setattr(povner, "Extractor", FakeExtractor)
    return real_pages


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["extract", *arguments], input=stdin)


def failed(result: Result, code: int) -> str:
    """Assert that a run failed with one line on stderr and nothing on stdout; return the line."""
    assert result.exit_code == code
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("povner: ")
    return line


def test_version():
    result = CliRunner().invoke(app, ["--version"])
    assert result.stdout == f"povner {version('povner')}\n"


def test_jsonl_to_a_pipe(pages):
    result = run("pages")
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["id"], second["id"]) == ("pages/a.txt", "pages/b.txt")
    assert [entity["text"] for entity in first["entities"]] == ["5元", "10元"]
    assert second["entities"] == []


def test_csv_to_a_pipe(pages):
    result = run("pages", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["lower"] for row in rows] == ["5", "10"]


def test_table(pages):
    (pages / "c.txt").write_text(BAD, "utf-8")
    result = run("pages", "--format", "table")
    assert result.exit_code == 3
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["pages/a.txt"],
        ["MONEY", "5元", "5", "CNY", "4–6", "0.99"],
        ["MONEY", "10元", "10", "CNY", "8–11", "0.99"],
        [],
        ["pages/b.txt"],
        ["no", "entities"],
        [],
    ]


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_the_outputs_ending_is_its_format(pages, ending):
    result = run("pages", "-o", f"new/out.{ending}")
    assert (result.exit_code, result.output) == (0, "")
    written = Path(f"new/out.{ending}").read_text("utf-8")
    assert written == run("pages", "--format", ending).stdout
    assert json.loads(Path(f"new/out.{ending}.meta.json").read_text("utf-8"))["model"] == "fake"


def test_an_output_and_a_table(pages):
    result = run("pages", "-o", "out.jsonl", "--format", "table")
    assert result.stdout == run("pages", "--format", "table").stdout
    assert Path("out.jsonl").read_text("utf-8") == run("pages").stdout


def test_standard_input(pages):
    result = run("-", stdin="给5元".encode())
    record = json.loads(result.stdout)
    assert (record["id"], record["entities"][0]["text"]) == ("-", "5元")


def test_an_empty_text_has_no_entities(pages):
    Path("empty.txt").touch()
    result = run("-", "empty.txt")
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"id": name, "meta": {}, "text": "", "entities": []} for name in ("-", "empty.txt")
    ]


def test_the_model_is_passed_on(pages, monkeypatch):
    asked = []

    def extractor(model: str | None) -> FakeExtractor:
        asked.append(model)
        return FakeExtractor()

    monkeypatch.setattr(povner, "Extractor", extractor)
    run("pages")
    run("pages", "--model", "models/mine")
    assert asked == [None, "models/mine"]


# ---- on a terminal ----


class Terminal:
    """Puts one of ``stdout`` and ``stderr`` on a pseudo-terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self._master, slave = os.openpty()
        self._stream = open(slave, "w", encoding="utf-8")  # noqa: SIM115
        monkeypatch.setattr(sys, name, self._stream)

    def read(self) -> str:
        self._stream.close()
        with open(self._master, "rb", buffering=0) as master:
            return master.read(65536).decode()


def test_a_table_on_a_terminal(pages, monkeypatch):
    terminal = Terminal(monkeypatch, "stdout")
    extract(["pages"])
    assert "4–6" in terminal.read()


def test_progress_on_a_terminal(pages, monkeypatch, capsys):
    terminal = Terminal(monkeypatch, "stderr")
    extract(["pages"])
    assert "Extracting" in terminal.read()
    assert len(capsys.readouterr().out.splitlines()) == 2


# ---- what goes wrong ----


def test_a_failed_document_is_named_and_the_others_are_done(pages):
    (pages / "b.txt").write_bytes(b"\xff\xfe")
    (pages / "c.txt").write_text(BAD, "utf-8")
    (pages / "d.txt").write_text("7元", "utf-8")
    result = run("pages")
    assert result.exit_code == 3
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [
        f"pages/{name}.txt" for name in "abcd"
    ]
    unreadable, failing, summary = result.stderr.splitlines()
    assert "pages/b.txt" in unreadable
    assert "offset 0" in unreadable
    assert failing == f"povner: ValueError in pages/c.txt: cannot read {BAD}"
    assert summary == "povner: 2 of 4 documents failed; the others are done."


def test_a_missing_path_is_a_usage_error(pages):
    assert "no file or folder missing.txt" in failed(run("pages", "missing.txt"), 2)


def test_a_folder_without_text_is_a_usage_error(pages):
    Path("empty").mkdir()
    assert "no *.txt file in the folder empty" in failed(run("empty"), 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["pages", "-o", "out.txt"],
        ["pages", "-o", "out.jsonl", "--format", "csv"],
        ["pages", "-o", "pages"],
    ],
)
def test_an_output_that_fits_no_format_is_a_usage_error(pages, arguments):
    failed(run(*arguments), 2)


@pytest.mark.parametrize("arguments", [[], ["pages", "--format", "xml"], ["pages", "--wrong"]])
def test_a_wrong_command_line_is_a_usage_error(pages, arguments):
    assert run(*arguments).exit_code == 2


def test_an_output_is_only_overwritten_when_told_to(pages):
    Path("out.jsonl").write_text("precious")
    assert "out.jsonl exists already" in failed(run("pages", "-o", "out.jsonl"), 1)
    assert Path("out.jsonl").read_text() == "precious"
    assert run("pages", "-o", "out.jsonl", "--overwrite").exit_code == 0
    assert len(Path("out.jsonl").read_text("utf-8").splitlines()) == 2


def test_an_output_that_cannot_be_written_is_a_failure(pages):
    line = failed(run("pages", "-o", "pages/a.txt/out.jsonl"), 1)
    assert "pages/a.txt" in line


@pytest.mark.parametrize(("folder", "message"), [("nowhere", "no model"), ("pages", "config.json")])
def test_a_broken_model_is_a_failure(real_pages, folder, message):
    assert message in failed(run("pages", "--model", folder), 1)


def test_a_bug_keeps_its_traceback(pages, monkeypatch):
    def broken(model: str | None) -> None:
        raise AssertionError("bug")

    monkeypatch.setattr(povner, "Extractor", broken)
    assert isinstance(run("pages").exception, AssertionError)


def test_a_closed_pipe_ends_quietly(pages):
    code = (
        "import povner; from tests.fakes import FakeExtractor; from povner.cli import app;"
        "povner.Extractor = FakeExtractor; app(['extract', 'pages', '-'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout
    process.stdout.close()
    _, errors = process.communicate("给5元".encode() * 100_000)
    assert errors == b""
