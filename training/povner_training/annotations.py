"""Annotated documents: read them, check them against the guideline's format, compare them.

A line of an annotation file is one document: ``{"id", "entities", …}`` with either its ``text``, or
``source`` and ``sha256``, the text file (seen from the folder that holds ``annotations/``) that the
offsets count in. An entity is ``{"start", "end", "label", "text"?}``, with a ``"value"`` if it is
an amount or a count; a place has the ``"division"`` that it is or lies in, where that is certain,
with ``"country"`` abroad, ``"former"`` and ``"township"``; a body may have the division that its
name begins with.
"""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from povner.entities import HEADCOUNT, LABELS, MONEY, ORG, PLACE, Qualifier
from povner.errors import AnnotationError

ENDINGS = (".jsonl", ".jsonl.xz")
ABROAD = "外国"
HEADCOUNT_UNITS = ("person", "household", "person_time", "household_time")


class Value(BaseModel):
    """What an amount or a count means, as `povner.entities.Quantity` without what is derived."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: str
    lower: Decimal | None
    upper: Decimal | None
    qualifier: Qualifier
    per: tuple[str, ...] = ()

    def problem(self, label: str) -> str | None:
        """Say what contradicts the guideline, or None."""
        if label == HEADCOUNT and self.unit not in HEADCOUNT_UNITS:
            return f"a HEADCOUNT is counted in {', '.join(HEADCOUNT_UNITS)}, not {self.unit!r}"
        if label == MONEY and not (len(self.unit) == 3 and self.unit.isupper()):
            return f"the unit of MONEY is an ISO 4217 code such as CNY, not {self.unit!r}"
        lower, upper = self.lower, self.upper
        fits = {
            "exact": lower is not None and lower == upper,
            "about": lower is not None and lower == upper,
            "over": lower is not None and upper is None,
            "under": lower is None and upper is not None,
            "range": lower is not None and upper is not None,
            "vague": lower is not None and upper is not None and lower < upper,
        }
        if not fits[self.qualifier]:
            return f"{self.qualifier} does not go with the bounds {lower} and {upper}"
        return None


class Span(BaseModel):
    """One annotated entity: half-open code-point offsets, label, and what it stands for.

    Attributes:
        start: Offset of its first character.
        end: Offset behind its last character.
        label: Its label.
        text: Its characters, to be checked against the text.
        value: What an amount or a count means.
        division: Full present name of the division, county or above, that a place is or lies in or
            that a body's name begins with; `ABROAD` for foreign ones; None where it is not certain.
        country: ISO 3166-1 alpha-2 code of a foreign place.
        former: Full name at the time, where the text names a division by one that it has no more.
        township: Official name of the township or street that a place is or lies in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: int
    end: int
    label: str
    text: str | None = None
    value: Value | None = None
    division: str | None = None
    country: str | None = None
    former: str | None = None
    township: str | None = None

    def __str__(self) -> str:
        return f"[{self.start}, {self.end}) {self.label}"


@dataclass(frozen=True, slots=True)
class AnnotatedDocument:
    """A text with its gold spans, ordered by start.

    Attributes:
        id: Its name.
        text: The raw text.
        spans: The gold spans.
        place: Where it was read from, ``file:line``.
    """

    id: str
    text: str
    spans: tuple[Span, ...]
    place: str

    def keys(self) -> set[tuple[int, int, str]]:
        """Return the spans as they are compared: (start, end, label)."""
        return {(span.start, span.end, span.label) for span in self.spans}


class _Line(BaseModel):
    """One line of an annotation file."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    entities: tuple[Span, ...]
    text: str | None = None
    source: str | None = None
    sha256: str | None = None


def annotation_files(paths: Sequence[Path]) -> list[Path]:
    """Return the annotation files (``.jsonl``, ``.jsonl.xz``) among and below `paths`, sorted.

    Raises:
        AnnotationError: A path is missing, or holds no annotation file.
    """
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise AnnotationError(f"{path} does not exist. Give annotation files or folders.")
        found = [path]
        if path.is_dir():
            found = sorted(file for file in path.rglob("*") if file.name.endswith(ENDINGS))
        if not found:
            raise AnnotationError(f"{path} holds no .jsonl file. Give annotation files or folders.")
        files += found
    return files


def read_annotations(
    paths: Sequence[Path], labels: Collection[str] = LABELS
) -> list[AnnotatedDocument]:
    """Read every document of the given files and folders.

    Args:
        paths: The files and folders.
        labels: What spans may be labelled.

    Raises:
        AnnotationError: A file breaks the format; the message names file, line and span.
    """
    documents: list[AnnotatedDocument] = []
    for path in annotation_files(paths):
        for number, line in _lines(path):
            documents.append(_document(path, number, line, labels))
    return documents


def labels_in(path: Path) -> set[str]:
    """Return the labels that the spans of a file or folder have.

    Raises:
        AnnotationError: A line is no annotated document.
    """
    return {
        span.label
        for file in annotation_files([path])
        for number, line in _lines(file)
        for span in _record(f"{file}:{number}", line).entities
    }


def check_annotations(paths: Sequence[Path], labels: Collection[str] = LABELS) -> list[str]:
    """Return every problem in the given files and folders; an empty list means all is well."""
    problems: list[str] = []
    for path in annotation_files(paths):
        places: dict[str, str] = {}
        for number, line in _lines(path):
            place = f"{path}:{number}"
            try:
                record = _record(place, line)
                text = _text(path, place, record)
            except AnnotationError as error:
                problems.append(str(error))
                continue
            problems += _span_problems(place, _in_order(record.entities), text, labels)
            if (earlier := places.setdefault(record.id, place)) != place:
                problems.append(f"{place}: the id {record.id!r} is also at {earlier}")
    return problems


def check_document(document: AnnotatedDocument) -> None:
    """Make sure that the spans of a document lie in its text, in order, and say what they may.

    Raises:
        AnnotationError: The first problem.
    """
    for problem in _span_problems(document.place, document.spans, document.text, LABELS):
        raise AnnotationError(problem)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    opener: Any = lzma.open if path.suffix == ".xz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except (UnicodeDecodeError, lzma.LZMAError, EOFError) as error:
        raise AnnotationError(f"{path} cannot be read as UTF-8 JSON lines: {error}") from error


def _document(path: Path, number: int, line: str, labels: Collection[str]) -> AnnotatedDocument:
    """Read one line, or raise its first problem."""
    place = f"{path}:{number}"
    record = _record(place, line)
    text = _text(path, place, record)
    spans = _in_order(record.entities)
    for problem in _span_problems(place, spans, text, labels):
        raise AnnotationError(problem)
    return AnnotatedDocument(record.id, text, spans, place)


def _record(place: str, line: str) -> _Line:
    try:
        return _Line.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the line"
        raise AnnotationError(f"{place}: {where}: {first['msg']}") from error


def _in_order(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start, span.end)))


def _text(path: Path, place: str, record: _Line) -> str:
    """Return the text that a line annotates, after checking its hash if it stands elsewhere."""
    if record.text is not None and record.sha256 is None:
        return record.text
    if record.text is not None or record.source is None or record.sha256 is None:
        raise AnnotationError(f"{place}: give either 'text', or 'source' and 'sha256'")
    roots = [folder.parent for folder in path.resolve().parents if folder.name == "annotations"]
    source = (roots[0] if roots else path.parent) / record.source
    if not source.is_file():
        raise AnnotationError(f"{place}: the source {source} does not exist")
    data = source.read_bytes()
    if (found := hashlib.sha256(data).hexdigest()) != record.sha256:
        raise AnnotationError(
            f"{place}: {source} has changed since it was annotated: its sha256 is {found}, "
            f"not {record.sha256}"
        )
    return data.decode("utf-8")


def _span_problems(
    place: str, spans: Sequence[Span], text: str, labels: Collection[str]
) -> Iterator[str]:
    """Yield every problem of the spans of one text."""
    for index, span in enumerate(spans):
        if span.label not in labels:
            yield f"{place}: span {span} has an unknown label; the labels are {', '.join(labels)}"
        elif problem := _span_problem(span, text):
            yield f"{place}: span {span} {problem}"
        if index and span.start < spans[index - 1].end:
            yield f"{place}: span {span} overlaps {spans[index - 1]}"


def _span_problem(span: Span, text: str) -> str | None:
    """Say what is wrong with one span of `text`, or None."""
    if not 0 <= span.start < span.end <= len(text):
        return f"lies outside the text of {len(text)} characters"
    there = text[span.start : span.end]
    if span.text is not None and span.text != there:
        return f"should be {span.text!r}, but there stands {there!r}"
    if there != there.strip():
        return f"begins or ends with a space: {there!r}"
    if span.value is not None:
        if span.label not in (MONEY, HEADCOUNT):
            return "has a value; only MONEY and HEADCOUNT do"
        if problem := span.value.problem(span.label):
            return f"{there!r}: {problem}"
    if span.division is not None and span.label not in (PLACE, ORG):
        return "has a division; only PLACE and ORG do"
    if span.country is not None and span.division != ABROAD:
        return f"has a country; only a place whose division is {ABROAD} does"
    return None
