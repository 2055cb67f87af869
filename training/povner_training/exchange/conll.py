r"""CoNLL: a character and its IOB2 tag a line, an empty line behind each document.

``# id = …`` stands before a document. White space is written as JSON escapes it (``\n``,
``\u0020``), and so is the backslash, so that every text comes back as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from povner.errors import AnnotationError
from povner_training.annotations import AnnotatedDocument, Span
from povner_training.exchange import span_of

_ID = "# id = "


def read(path: Path) -> list[AnnotatedDocument]:
    """Read characters and tags."""
    documents: list[AnnotatedDocument] = []
    name, rows, first = "", list[tuple[str, str]](), 1
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate([*lines, ""], 1):
        if line.startswith(_ID) and not rows:
            name = _unescaped(line.removeprefix(_ID), f"{path}:{number}")
        elif line:
            token, tab, tag = line.partition("\t")
            if not tab or not tag or not token:
                raise AnnotationError(f"{path}:{number}: expected a character, a tab and its tag")
            rows.append((_unescaped(token, f"{path}:{number}"), tag))
        elif rows:
            documents.append(_document(name or str(len(documents) + 1), rows, f"{path}:{first}"))
            name, rows, first = "", [], number + 1
    return documents


def _unescaped(written: str, place: str) -> str:
    try:
        return str(json.loads(f'"{written}"')) if "\\" in written else written
    except ValueError as error:
        raise AnnotationError(f"{place}: {written!r} is no JSON string: {error}") from error


def _document(name: str, rows: Sequence[tuple[str, str]], place: str) -> AnnotatedDocument:
    text = "".join(token for token, _ in rows)
    return AnnotatedDocument(name, text, tuple(_spans(rows, text, place)), place)


def _spans(rows: Sequence[tuple[str, str]], text: str, place: str) -> Iterator[Span]:
    """Yield the spans of the tags: each begins with B-X and goes on with I-X."""
    start = offset = 0
    label = ""
    for token, tag in [*rows, ("", "O")]:
        position, _, name = tag.partition("-")
        if position not in ("B", "I", "O") or (position == "I" and name != label):
            raise AnnotationError(f"{place}: {tag!r} does not follow IOB2 behind {text[:offset]!r}")
        if label and position != "I":
            yield span_of(text, start, offset, label, {}, place)
            label = ""
        if position == "B":
            start, label = offset, name
        offset += len(token)


def write(documents: Sequence[AnnotatedDocument], path: Path) -> None:
    """Write the characters with their tags; values and divisions have no place there."""
    with path.open("x", encoding="utf-8", newline="\n") as file:
        for document in documents:
            tags = ["O"] * len(document.text)
            for span in document.spans:
                tags[span.start] = f"B-{span.label}"
                for at in range(span.start + 1, span.end):
                    tags[at] = f"I-{span.label}"
            file.write(_ID + "".join(map(_escaped, document.id)) + "\n")
            for character, tag in zip(document.text, tags, strict=True):
                file.write(f"{_escaped(character)}\t{tag}\n")
            file.write("\n")


def _escaped(character: str) -> str:
    """Return a character that no reader of lines or columns takes for something else."""
    if character.isspace() or character in '\\#"' or not character.isprintable():
        if ord(character) > 0xFFFF:
            return json.dumps(character)[1:-1]
        return f"\\u{ord(character):04x}"
    return character
