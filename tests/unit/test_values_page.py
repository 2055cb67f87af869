"""The page docs/values.md says what the code does."""

import doctest
import re
from pathlib import Path
from typing import get_args

import pytest

from povner import normalize_headcount, normalize_money
from povner.entities import Qualifier, Quantity
from povner.modifiers import RATES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/values.md").read_text("utf-8")
BLOCKS = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
EXAMPLES = re.findall(
    r"^\| (.+) \| (.+) \|$", PAGE.partition("| phrase | value |\n| --- | --- |\n")[2].partition("\n\n")[0], re.MULTILINE
)  # fmt: skip


def test_python_examples():
    test = doctest.DocTestParser().get_doctest(BLOCKS, {}, "values.md", None, 0)
    assert len(test.examples) >= 20
    result = doctest.DocTestRunner(verbose=False).run(test)
    assert result.failed == 0


@pytest.mark.parametrize(("phrase", "shown"), EXAMPLES)
def test_example(phrase, shown):
    value = normalize_money(phrase) or normalize_headcount(phrase)
    assert str(value or "none") == shown


def test_every_word_of_the_record_is_on_the_page():
    flags = re.findall(r"``(\w+)``:", (Quantity.__doc__ or "").partition("flags:")[2])
    assert len(flags) == 5
    assert len(EXAMPLES) > 20
    for word in (*get_args(Qualifier), *RATES, *flags, *Quantity.__dataclass_fields__):
        assert f"`{word}`" in PAGE, word


def test_the_benchmark_is_the_measured_one():
    measured = (ROOT / "benchmarks/values/results.md").read_text("utf-8").splitlines()
    shown = PAGE.partition("## Beside its peers")[2].splitlines()
    rows = [line for line in shown if line.startswith("| ")]
    assert len(rows) == 16
    assert set(rows) <= set(measured)
