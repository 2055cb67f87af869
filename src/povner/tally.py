"""Figures by division: how often a place is named, and what the figures beside it add up to."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from decimal import Decimal
from typing import TextIO

from povner.entities import EXACT, Document, Entity, Level, Place, Quantity
from povner.gazetteer import gazetteer

_SENTENCE_END = re.compile("[。！？!?；;\n]")


@dataclass(frozen=True, slots=True)
class Tally:
    """What one division's figures of one unit add up to.

    Attributes:
        adcode: Six-digit code; empty for what is in no division of China that the pages tell.
        name: Full name of the division, or of the country.
        level: Its level; a place that the pages tell no closer stays at its own.
        mentions: How often a place in it is named.
        unit: Unit of the figures (``CNY``, ``person`` …); empty where there are none.
        total: Sum of the figures used, of their lower bound where they have two or one.
        n_used: How many figures that is.
        n_excluded: How many were left out: rates, vague ones, those with an upper bound alone, and
            flagged ones.
    """

    adcode: str
    name: str
    level: str
    mentions: int
    unit: str
    total: Decimal
    n_used: int
    n_excluded: int


def tally(documents: Iterable[Document], by: Level = "county") -> list[Tally]:
    """Count mentions and add up figures by division, those of different units apart.

    A figure belongs to the place named last before it in its sentence, or else to the first one
    behind it there. Figures that repeat each other, such as a total and its parts, are all added.

    Args:
        documents: Documents with linked places.
        by: ``county``, ``city`` or ``province``; smaller places count for the division around.

    Returns:
        By code, then unit; what is in no known division first.
    """
    mentions: Counter[tuple[str, str, str]] = Counter()
    used: dict[tuple[str, str, str], dict[str, list[Decimal]]] = defaultdict(
        lambda: defaultdict(list)
    )
    excluded: Counter[tuple[tuple[str, str, str], str]] = Counter()
    for document in documents:
        places = [(entity, _division(entity.value, by)) for entity in _places(document)]
        mentions.update(division for _, division in places)
        for figure in document.entities:
            if not isinstance(figure.value, Quantity):
                continue
            division = _division_of(figure, places, document.text)
            number = _countable(figure.value)
            if number is None:
                excluded[division, figure.value.unit] += 1
            else:
                used[division][figure.value.unit].append(number)
    rows: list[Tally] = []
    for division in {*mentions, *used, *(division for division, _ in excluded)}:
        units = {*used[division], *(unit for other, unit in excluded if other == division)}
        for unit in units or {""}:
            numbers = used[division][unit]
            total = Decimal(0)
            for number in numbers:
                total = EXACT.add(total, number)
            left_out = excluded[division, unit]
            rows.append(Tally(*division, mentions[division], unit, total, len(numbers), left_out))
    return sorted(rows, key=lambda row: (row.adcode, row.name, row.unit))


def _places(document: Document) -> Iterator[Entity]:
    """Yield the entities with a place that is known."""
    for entity in document.entities:
        if isinstance(entity.value, Place) and entity.value.country is not None:
            yield entity


def _division(place: object, by: Level) -> tuple[str, str, str]:
    """Return code, name and level of the division of a level that a place lies in."""
    assert isinstance(place, Place)
    if place.adcode is None:
        return "", place.full_name or "", "country"
    book = gazetteer()
    division = book.division(place.adcode)
    if division is None:
        return place.adcode, place.full_name or "", place.level or ""
    for part in book.chain(division):
        if part.level == by:
            return part.code, book.full_name(part), part.level
    return division.code, book.full_name(division), division.level


def _division_of(
    figure: Entity, places: Sequence[tuple[Entity, tuple[str, str, str]]], text: str
) -> tuple[str, str, str]:
    """Return the division that a figure belongs to; empty where its sentence names none."""
    before = [each for each in places if each[0].end <= figure.start]
    behind = [each for each in places if each[0].start >= figure.end]
    if before and not _SENTENCE_END.search(text, before[-1][0].end, figure.start):
        return before[-1][1]
    if behind and not _SENTENCE_END.search(text, figure.end, behind[0][0].start):
        return behind[0][1]
    return "", "", ""


def _countable(value: Quantity) -> Decimal | None:
    """Return the number that a figure adds to a sum, or None where it must be left out."""
    if value.per or value.flags or value.qualifier in ("vague", "under"):
        return None
    return value.lower


def write_tally(rows: Iterable[Tally], stream: TextIO) -> None:
    """Write rows as CSV, numbers in full."""
    table = csv.writer(stream, lineterminator="\n")
    table.writerow([field.name for field in fields(Tally)])
    for row in rows:
        table.writerow(
            [format(cell, "f") if isinstance(cell, Decimal) else cell for cell in astuple(row)]
        )


def chart(rows: Sequence[Tally]) -> str:
    """Return a page with a bar chart a unit, by division (needs ``povner[chart]``).

    The page holds all it needs; the largest thirty divisions of each unit are shown.
    """
    from plotly.graph_objects import Bar, Figure
    from plotly.io import to_html

    pages: list[str] = []
    for unit in sorted({row.unit for row in rows if row.n_used}):
        largest = sorted(
            (row for row in rows if row.unit == unit and row.n_used and row.name),
            key=lambda row: row.total,
        )[-30:]
        figure = Figure(
            Bar(
                x=[float(row.total) for row in largest],
                y=[row.name for row in largest],
                orientation="h",
                hovertext=[
                    f"{row.total:,f} {row.unit}; used {row.n_used}, left out {row.n_excluded}"
                    for row in largest
                ],
            )
        )
        figure.update_layout(title=unit, height=160 + 24 * len(largest))
        pages.append(to_html(figure, full_html=False, include_plotlyjs=not pages))
    body = "\n".join(pages) or "<p>No figure can be added up.</p>"
    head = '<!doctype html><meta charset="utf-8"><title>povner places</title>'
    return f"{head}\n{body}\n"
