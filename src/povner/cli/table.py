"""Entities as a table for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from povner.batch import Record
from povner.entities import LABELS, Document, Place, Quantity

MAX_WIDTH = 100

_STYLES = {"MONEY": "green", "HEADCOUNT": "cyan", "PLACE": "magenta", "ORG": "yellow"}


def show(records: Iterable[Record], console: Console) -> Iterator[Record]:
    """Pass records on; print each document's name and a row an entity, but no failures."""
    for record in records:
        if isinstance(record, Document):
            console.print(_plain(record.id or ""), style="bold")
            console.print(_rows(record, min(console.width, MAX_WIDTH)))
            console.print()
        yield record


def _rows(document: Document, width: int) -> Table | str:
    """Return the rows of one document, the columns as wide for every document."""
    if not document.entities:
        return "no entities"
    table = Table(box=None, show_header=False, width=width, pad_edge=False)
    table.add_column("label", width=max(map(len, LABELS)), overflow="fold")
    table.add_column("text", ratio=1, overflow="fold")
    table.add_column("value", ratio=1, overflow="fold")
    table.add_column("offsets", width=11, overflow="fold", justify="right")
    table.add_column("score", width=4, justify="right")
    for entity in document.entities:
        table.add_row(
            Text(entity.label, style=_STYLES.get(entity.label, "")),
            _plain(entity.text),
            _short(entity.value or entity.place),
            f"{entity.start}–{entity.end}",
            f"{entity.score:.2f}",
        )
    return table


def _short(value: Quantity | Place | None) -> str:
    """Return a value's short text; a question mark says that it is flagged."""
    if value is None:
        return ""
    return f"{value} ?" if isinstance(value, Quantity) and value.flags else str(value)


def _plain(text: str) -> Text:
    """Return text without markup, line ends or terminal codes."""
    return Text("".join(filter(str.isprintable, text)))
