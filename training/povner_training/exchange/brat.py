"""brat stand-off: a folder with a ``.txt`` and an ``.ann`` file a document.

A span that goes over a line end is written in parts, as brat wants it; what a span means stands in
a note to it (``AnnotatorNotes``), as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from povner.errors import AnnotationError
from povner_training.annotations import AnnotatedDocument, Span
from povner_training.exchange import meaning, span_of

_LONGEST = 240


def read(path: Path) -> list[AnnotatedDocument]:
    """Read every ``.txt`` in the folder that has an ``.ann``, in the order of their names."""
    files = sorted(path.glob("*.ann"))
    if not files:
        raise AnnotationError(f"{path} holds no .ann file. Give the folder of a brat collection.")
    return [_document(file) for file in files]


def _document(file: Path) -> AnnotatedDocument:
    source = file.with_suffix(".txt")
    if not source.is_file():
        raise AnnotationError(f"{file} annotates {source.name}, which is not there.")
    text = source.read_bytes().decode("utf-8")
    marks: dict[str, tuple[int, int, str]] = {}
    notes: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        key, _, rest = line.partition("\t")
        kind, _, words = rest.partition("\t")
        try:
            if key.startswith("T"):
                label, _, offsets = kind.partition(" ")
                parts = [part.split(" ") for part in offsets.split(";")]
                marks[key] = (int(parts[0][0]), int(parts[-1][1]), label)
            elif key.startswith("#") and kind.startswith("AnnotatorNotes "):
                notes[kind.split(" ")[1]] = words
        except (ValueError, IndexError) as error:
            raise AnnotationError(f"{file}:{number}: {line!r} is no brat annotation") from error
    spans = [
        span_of(
            text, start, end, label, _meaning(notes.get(key), f"{file}: {key}"), f"{file}: {key}"
        )
        for key, (start, end, label) in marks.items()
    ]
    spans.sort(key=lambda span: span.start)
    return AnnotatedDocument(unquote(file.stem), text, tuple(spans), str(file))


def _meaning(note: str | None, place: str) -> dict[str, object]:
    """Return what a note says; a note that people wrote in words says nothing."""
    if note is None or not note.startswith("{"):
        return {}
    try:
        found: dict[str, object] = json.loads(note)
    except ValueError as error:
        raise AnnotationError(f"{place}: the note {note!r} is no JSON") from error
    return found


def write(documents: Sequence[AnnotatedDocument], path: Path) -> None:
    """Write two files a document, named after its id.

    Raises:
        AnnotationError: An id is too long to name a file.
    """
    stems = [quote(document.id, safe="").replace(".", "%2E") for document in documents]
    if long := [stem for stem in stems if len(stem) > _LONGEST]:
        raise AnnotationError(
            f"The id {unquote(long[0])!r} is too long to name a file. Give the documents ids of at "
            f"most {_LONGEST // 9} Chinese or {_LONGEST} Latin characters."
        )
    path.mkdir()
    for document, stem in zip(documents, stems, strict=True):
        (path / f"{stem}.txt").write_bytes(document.text.encode("utf-8"))
        lines = [
            line
            for number, span in enumerate(document.spans, 1)
            for line in _lines(number, span, document.text)
        ]
        (path / f"{stem}.ann").write_text("".join(lines), encoding="utf-8", newline="\n")


def _lines(number: int, span: Span, text: str) -> list[str]:
    parts: list[tuple[int, int]] = []
    at = span.start
    for part in text[span.start : span.end].splitlines(keepends=True):
        bare = len(part.rstrip("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))
        if bare:
            parts.append((at, at + bare))
        at += len(part)
    offsets = ";".join(f"{start} {end}" for start, end in parts)
    words = " ".join(text[start:end] for start, end in parts)
    lines = [f"T{number}\t{span.label} {offsets}\t{words}\n"]
    if means := meaning(span):
        note = json.dumps(means, ensure_ascii=False)
        lines.append(f"#{number}\tAnnotatorNotes T{number}\t{note}\n")
    return lines
