"""``povner places`` as a user runs it, on the tiny model."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from povner.cli import app
from tests.conftest import SENTENCES

HEADER = "adcode,name,level,mentions,unit,total,n_used,n_excluded\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(SENTENCES[0][0], encoding="utf-8")
    return path


def test_texts_and_earlier_outputs_give_the_same(page: Path, tiny_model: Path) -> None:
    found = page.with_name("found.jsonl")
    assert run("extract", page, "-o", found, "--model", tiny_model).exit_code == 0
    first, second = (
        run("places", source, "--by", "province", "--model", tiny_model) for source in (page, found)
    )
    assert (first.exit_code, first.stdout) == (0, second.stdout)
    assert first.stdout.startswith(HEADER)
    assert "120000,天津市,province,1,CNY,309000000,1,0\n" in first.stdout
    assert "120000,天津市,province,1,household,6100,1,0\n" in first.stdout


def test_files_are_written_whole_and_never_overwritten(page: Path, tiny_model: Path) -> None:
    table, chart = page.with_name("out.csv"), page.with_name("out.html")
    command = ("places", page, "-o", table, "--html", chart, "--model", tiny_model)
    assert run(*command).exit_code == 0
    assert table.read_text("utf-8").startswith(HEADER)
    assert chart.read_text("utf-8").startswith("<!doctype html>")
    again = run(*command)
    assert (again.exit_code, "exists already" in again.stderr) == (1, True)
    assert run(*command, "--overwrite").exit_code == 0


def test_a_file_that_is_no_output_of_povner_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    result = run("places", tmp_path / "x.jsonl")
    assert result.exit_code == 2
    assert "x.jsonl:1 is no record of povner" in result.stderr


def test_documents_that_fail_are_named(page: Path, tiny_model: Path) -> None:
    page.with_name("bad.txt").write_bytes(b"\xff\xfe\x00")
    result = run("places", page.parent, "--model", tiny_model)
    assert result.exit_code == 3
    assert "bad.txt" in result.stderr
    assert result.stdout.startswith(HEADER)
