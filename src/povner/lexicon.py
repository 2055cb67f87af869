"""The words that figures and places are read by, from `data/*.toml`, and patterns made of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any


def load(name: str) -> dict[str, Any]:
    """Return the tables of words in a file of the data folder."""
    return tomllib.loads(resources.files("povner").joinpath("data", name).read_text("utf-8"))


TABLES = load("quantities.toml")


def words(table: str, key: str) -> tuple[str, ...]:
    """Return the words under one key of a table."""
    return tuple(TABLES[table][key].split())


CURRENCIES: dict[str, str] = {
    name: code for code, names in TABLES["currencies"].items() for name in names.split()
}
"""The ISO 4217 code of every name and sign of a currency."""


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first.

    >>> any_of(["元", "元整", "块"])
    '元整|元|块'
    """
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def either(*patterns: str) -> str:
    """Return a pattern for the first of the patterns that matches.

    >>> either("每亩", "亩均")
    '(?:每亩|亩均)'
    """
    return f"(?:{'|'.join(patterns)})"


def either_named(patterns: Mapping[str, str]) -> str:
    """Return the same, with each pattern as the group of its name.

    >>> either_named({"month": "月", "day": "[天日]"})
    '(?:(?P<month>月)|(?P<day>[天日]))'
    """
    return either(*(f"(?P<{name}>{pattern})" for name, pattern in patterns.items()))
