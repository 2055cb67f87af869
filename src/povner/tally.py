"""Figures by division: how often a place is named, and what the figures beside it add up to."""

from __future__ import annotations

import csv
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from decimal import Decimal
from typing import TextIO, TypeAlias

from povner.entities import EXACT, PLACE, Document, Entity, Level, Place, Quantity
from povner.gazetteer import gazetteer

_SENTENCE_END = re.compile("[。！？!?；;\n]")
_Row: TypeAlias = tuple[str, str, str]
_NOWHERE: _Row = ("", "", "")


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
        by: ``county``, ``city`` or ``province``; smaller places count for the division around. A
            district of a municipality counts by city for the municipality, a county directly below
            a province for itself.

    Returns:
        By code, then unit; what is in no known division first.
    """
    mentions: Counter[_Row] = Counter()
    sums: dict[_Row, dict[str, _Sum]] = defaultdict(lambda: defaultdict(_Sum))
    for document in documents:
        places = [
            (entity, _division(entity.value, by))
            for entity in document.entities
            if entity.label == PLACE
        ]
        mentions.update(division for _, division in places if division != _NOWHERE)
        for figure, division in _figures(document, places):
            sums[division][figure.unit].add(figure)
    rows: list[Tally] = []
    for division in {*mentions, *sums}:
        for unit, each in (sums.get(division) or {"": _Sum()}).items():
            code, name, level = division
            count = mentions[division]
            rows.append(Tally(code, name, level, count, unit, each.total, each.used, each.excluded))
    return sorted(rows, key=lambda row: (row.adcode, row.name, row.unit))


@dataclass(slots=True)
class _Sum:
    """A sum of figures as it grows."""

    total: Decimal = Decimal(0)
    used: int = 0
    excluded: int = 0

    def add(self, value: Quantity) -> None:
        """Add a figure, or count it as one that must be left out."""
        vague = value.per or value.flags or value.qualifier in ("vague", "under")
        if vague or value.lower is None:
            self.excluded += 1
        else:
            self.total = EXACT.add(self.total, value.lower)
            self.used += 1


def _division(place: object, by: Level) -> _Row:
    """Return code, name and level of the division of a level that a place lies in."""
    if not isinstance(place, Place) or place.country is None:
        return _NOWHERE
    if place.adcode is None:
        return "", place.full_name or "", "country"
    book = gazetteer()
    division = book.division(place.adcode)
    if division is None:
        return place.adcode, place.full_name or "", place.level or ""
    chain = book.chain(division)
    levels = [part.level for part in chain]
    # Districts of municipalities lie in a province-level city.
    is_district = chain[0].name.endswith("市") and by == "city"
    wanted = "province" if is_district else by
    part = chain[levels.index(wanted)] if wanted in levels else division
    return part.code, book.full_name(part), part.level


def _figures(
    document: Document, places: Sequence[tuple[Entity, _Row]]
) -> Iterator[tuple[Quantity, _Row]]:
    """Yield the figures of a document with the division that each belongs to.

    A figure whose nearest place is not known, or whose sentence names none, belongs to none.
    """
    text = document.text
    ends = [entity.end for entity, _ in places]
    starts = [entity.start for entity, _ in places]
    for figure in document.entities:
        if not isinstance(figure.value, Quantity):
            continue
        before = bisect_right(ends, figure.start) - 1
        behind = bisect_left(starts, figure.end)
        division = _NOWHERE
        if before >= 0 and not _SENTENCE_END.search(text, ends[before], figure.start):
            division = places[before][1]
        elif behind < len(places) and not _SENTENCE_END.search(text, figure.end, starts[behind]):
            division = places[behind][1]
        yield figure.value, division


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
