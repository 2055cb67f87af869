"""``povner normalize``: the value of phrases, as short text or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from povner.cli.reporting import errors_as_exit_codes, speak_utf8
from povner.errors import InputError

if TYPE_CHECKING:
    from povner.entities import Quantity

STDIN = "-"
NO_VALUE = "-"


class Label(StrEnum):
    """The labels that have values."""

    MONEY = "MONEY"
    HEADCOUNT = "HEADCOUNT"


class Place(StrEnum):
    """Where 元 is not the yuan."""

    HK = "HK"
    MO = "MO"
    TW = "TW"


@errors_as_exit_codes()
def normalize(
    phrases: Annotated[
        list[str],
        typer.Argument(
            metavar="PHRASES",
            help="Phrases such as 近3.5亿元 or 60多戶; - reads one a line from standard input.",
        ),
    ],
    label: Annotated[
        Label | None,
        typer.Option(
            help="What the phrases say. By default an amount of money, or a headcount where "
            "there is none.",
        ),
    ] = None,
    region: Annotated[
        Place | None,
        typer.Option(help="Where the phrases are from, if 元 is the local dollar or pataca."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole value: unit, bounds, flags …")
    ] = False,
) -> None:
    """Read the figure in each phrase and print its value, one a line.

    A phrase without a value gives - or, with --json, null.

    Exit codes: 0 done, 1 failed, 2 usage.
    """
    if region and label is Label.HEADCOUNT:
        raise InputError("--region is about money; it does not go with --label HEADCOUNT.")
    speak_utf8()
    for phrase in _read(phrases):
        value = _value(phrase, label, region)
        print(_as_json(value) if as_json else value or NO_VALUE)  # noqa: T201
    sys.stdout.flush()


def _read(phrases: Iterable[str]) -> Iterator[str]:
    """Yield the phrases, for ``-`` those of standard input.

    Raises:
        InputError: A line of standard input is not UTF-8.
    """
    for phrase in phrases:
        if phrase != STDIN:
            yield phrase
            continue
        for number, line in enumerate(sys.stdin.buffer, 1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise InputError(
                    f"Line {number} of standard input is not UTF-8. "
                    "Convert it first, for example with `iconv -f GB18030 -t UTF-8`."
                ) from error


def _value(phrase: str, label: Label | None, region: Place | None) -> Quantity | None:
    """Return the value of a phrase that says what the label says, or either without a label."""
    from povner.quantities import normalize_headcount, normalize_money

    value = None
    if label is not Label.HEADCOUNT:
        value = normalize_money(phrase, region=region.value if region else None)
    if value is None and label is not Label.MONEY:
        value = normalize_headcount(phrase)
    return value


def _as_json(value: Quantity | None) -> str:
    """Return the value object, or null."""
    return json.dumps(value and value.to_dict(), ensure_ascii=False)
