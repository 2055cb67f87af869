"""``povner normalize`` as a user runs it."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from povner import normalize_money
from povner.cli import app

COMMAND = Path(sysconfig.get_path("scripts"), "povner")


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["normalize", *arguments], input=stdin)


def lines(*arguments: str, stdin: bytes = b"") -> list[str]:
    """Return the lines of a run that must succeed and say nothing on stderr."""
    result = run(*arguments, stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.splitlines()


def test_one_line_a_phrase():
    assert lines("近3.5亿元", "每公斤6元—8元", "60多戶", "75岁", "") == [
        "<350,000,000 CNY",
        "6–8 CNY/kg",
        ">60 household",
        "-",
        "-",
    ]


def test_json():
    value, none = map(json.loads, lines("--json", "每亩2000元以上", "75岁"))
    assert value == {
        "unit": "CNY",
        "lower": "2000",
        "upper": None,
        "qualifier": "over",
        "inclusive": True,
        "per": ["mu"],
        "flags": [],
    }
    assert none is None


@pytest.mark.parametrize(
    ("label", "expected"),
    [(None, "30,000 CNY"), ("MONEY", "30,000 CNY"), ("HEADCOUNT", "500 person")],
)
def test_the_label_decides_which_figure_is_read(label, expected):
    options = ["--label", label] if label else []
    assert lines("500人每人3万元", *options)[0].startswith(expected)
    assert lines("500人", *options) == ["-" if label == "MONEY" else "500 person"]


@pytest.mark.parametrize(("region", "unit"), [("HK", "HKD"), ("MO", "MOP"), ("TW", "TWD")])
def test_the_region_decides_what_yuan_means(region, unit):
    assert lines("300元", "300美元", "3人", "--region", region) == [
        f"300 {unit}",
        "300 USD",
        "3 person",
    ]


def test_phrases_from_standard_input_stand_in_their_place():
    stdin = "\ufeff2-3万元\r\n\n三五萬人".encode()
    assert lines("1元", "-", "2元", stdin=stdin) == [
        "1 CNY",
        "20,000–30,000 CNY",
        "-",
        "30,000–50,000 person",
        "2 CNY",
    ]


def test_many_phrases_in_one_go():
    phrases = [f"近{number}万元" for number in range(3000)]
    assert lines("-", stdin="\n".join(phrases).encode()) == [
        str(normalize_money(phrase)) for phrase in phrases
    ]


@pytest.mark.parametrize(
    "arguments",
    [[], ["3元", "--label", "PLACE"], ["3元", "--region", "CN"], ["3元", "--wrong"]],
)
def test_a_wrong_command_line_is_a_usage_error(arguments):
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["3人", "--label", "HEADCOUNT", "--region", "HK"], b"", "--region is about money"),
        (["-"], "三百元\n".encode("gb18030"), "Line 1 of standard input is not UTF-8"),
    ],
)
def test_a_wrong_input_is_a_usage_error(arguments, stdin, message):
    result = run(*arguments, stdin=stdin)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"povner: {message}")


def test_any_locale_shows_every_character():
    run = subprocess.run(
        [COMMAND, "normalize", "-"],
        input="2-3万元".encode(),
        capture_output=True,
        check=True,
        env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert run.stdout.decode("utf-8") == "20,000–30,000 CNY\n"


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from povner.cli import app;"
        "app(['normalize', '--help'], standalone_mode=False);"
        "assert not {'numpy', 'povner.quantities', 'onnxruntime', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
