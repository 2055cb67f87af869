"""The rows of the case tables that are about money, and which answers to them are right."""

import csv
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import opencc

TABLES = Path(__file__).parents[2] / "tests/unit/data"
PHRASES, IN_CONTEXT = "money_phrases.tsv", ("values.tsv", "values_blind.tsv")
PINYIN = {"万": "wàn", "亿": "yì", "元": "yuán", "每": "měi", "人": "rén", "亩": "mǔ", "近": "jìn"}
_TO_TRADITIONAL = opencc.OpenCC("s2t").convert
FULL_WIDTH = {digit: digit + 0xFEE0 for digit in b"0123456789"}

# What each reader says that it reads, of what a row may need (`Row.needs`).
CLAIMS = {
    "povner": {"currency", "bounds", "qualifier", "rate", "open bounds", "none"},
    "jionlp": {"currency", "bounds", "qualifier", "none"},
    "recognizers": {"currency", "none"},
    "duckling": {"bounds", "qualifier", "none"},
    "chinese2digits": set[str](),
    "cn2an": set[str](),
}
EVERYTHING = CLAIMS["povner"]

# One who writes 5000多 as 5000 to 6000 has read the qualifier, unless it claims open bounds.
ALSO_RIGHT = {"over": "vague", "about": "vague", "range": "vague"}


class Amount(NamedTuple):
    """An amount as a reader says it; None for what it does not say."""

    lower: str | None
    upper: str | None
    currency: str | None
    qualifier: str | None
    start: int | None = None
    end: int | None = None
    per: str = ""


class Row(NamedTuple):
    """One row of a table: its class, the text, the span in question, and what is right."""

    kind: str
    text: str
    start: int
    end: int
    expected: dict[str, str]

    @property
    def span(self) -> str:
        """The text of the span; for a phrase all of it."""
        return self.text[self.start : self.end]

    def is_trap(self) -> bool:
        """Return whether the right answer is that there is no amount."""
        return self.expected["unit"] in ("", "-")

    def needs(self) -> set[str]:
        """Return what a reader must be able to read to get this row right."""
        expected = self.expected
        if self.is_trap():
            return {"none"}
        needed = {
            "currency": expected["unit"] != "CNY",
            "bounds": expected["qualifier"] in ("range", "vague"),
            "qualifier": expected["qualifier"] in ("over", "under", "about"),
            "rate": bool(expected["per"]),
        }
        return {need for need, is_needed in needed.items() if is_needed}

    def is_right(self, amounts: list[Amount], claims: set[str]) -> bool:
        """Return whether an amount at the span is right; for a trap, whether there is none."""
        here = [amount for amount in amounts if self._is_here(amount)]
        if self.is_trap():
            return not here
        return any(self._matches(amount, claims) for amount in here)

    def _is_here(self, amount: Amount) -> bool:
        """Return whether an amount overlaps the span, or does not say where it is."""
        if amount.start is None or amount.end is None:
            return True
        return amount.start < self.end and self.start < amount.end

    def _matches(self, amount: Amount, claims: set[str]) -> bool:
        """Return whether an amount is right in every field that is claimed."""
        expected, exactly = self.expected, "open bounds" in claims
        stated = [(amount.lower, expected["lower"]), (amount.upper, expected["upper"])]
        qualifier = expected["qualifier"]
        qualifiers = {qualifier} if exactly else {qualifier, ALSO_RIGHT.get(qualifier, qualifier)}
        asks_qualifier = exactly or ("qualifier" in claims and "qualifier" in self.needs())
        return (
            all(_is_bound(given, right) for given, right in stated if right or exactly)
            and ("currency" not in claims or amount.currency == expected["unit"])
            and (not asks_qualifier or (amount.qualifier or "exact") in qualifiers)
            and ("rate" not in claims or amount.per == expected["per"])
        )


def _is_bound(given: str | None, right: str) -> bool:
    """Return whether a bound is the right one; an open one must be open."""
    if given is None or not right:
        return given is None and not right
    return Decimal(given) == Decimal(right)


def read_table(name: str) -> Iterator[dict[str, str]]:
    r"""Yield the rows of a table; `\n` in a text is a line break."""
    with (TABLES / name).open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield {key: cell.replace("\\n", "\n") for key, cell in row.items()}


def in_context(name: str) -> Iterator[tuple[str, Row]]:
    """Yield the label and the row of each span in its context."""
    for row in read_table(name):
        before, span, after = row["text"].replace("⟧", "⟦").split("⟦")
        start, end = len(before), len(before) + len(span)
        yield row["label"], Row(row["class"], before + span + after, start, end, row)


def read_phrases(write: Callable[[str], str]) -> list[Row]:
    """Return the phrases, written in one of `SCRIPTS`."""
    rows = []
    for row in read_table(PHRASES):
        text = write(row["phrase"])
        rows.append(Row(row["class"], text, 0, len(text), row))
    return rows


def traditional(text: str) -> str:
    """Convert to traditional script character by character."""
    return "".join(new if len(new := _TO_TRADITIONAL(old)) == 1 else old for old in text)


def noisy(text: str) -> str:
    """Add pinyin in brackets, stray spaces and full-width digits."""
    text = "".join(f"{char}({PINYIN[char]})" if char in PINYIN else char for char in text)
    return text.replace("公", "公 ").replace("收", "收　").translate(FULL_WIDTH)


SCRIPTS: dict[str, Callable[[str], str]] = {
    "simplified": str,
    "traditional": traditional,
    "noisy": noisy,
}
