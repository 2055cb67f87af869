"""Annotations in the formats of other tools, and back.

Each module has ``read(path)`` → documents and ``write(documents, path)``. Label Studio, brat and
Hugging Face datasets keep everything; doccano and CoNLL keep the spans, and lose what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from povner.errors import AnnotationError
from povner_training.annotations import AnnotatedDocument, Span, check_document

FORMATS = ("povner", "label-studio", "doccano", "conll", "brat", "datasets")

Read = Callable[[Path], list[AnnotatedDocument]]
Write = Callable[[Sequence[AnnotatedDocument], Path], None]


def convert(source: Path, read_as: str, target: Path, write_as: str) -> int:
    """Rewrite annotations in another format and return how many documents they are.

    Args:
        source: What to read: a file, or a folder for brat and datasets.
        read_as: Its format, one of `FORMATS`.
        target: What to write; it must not be there.
        write_as: The format to write.

    Raises:
        AnnotationError: A format is unknown, the source breaks its format, or the target is there.
    """
    read: Read = _module(read_as).read
    write: Write = _module(write_as).write
    if target.exists():
        raise AnnotationError(f"{target} exists already. Give another name, or remove it first.")
    documents = read(source)
    for document in documents:
        check_document(document)
    target.parent.mkdir(parents=True, exist_ok=True)
    write(documents, target)
    return len(documents)


def _module(name: str) -> Any:
    if name not in FORMATS:
        raise AnnotationError(f"No format {name!r}; the formats are {', '.join(FORMATS)}.")
    return import_module(f"povner_training.exchange.{name.replace('-', '_')}")


def meaning(span: Span) -> dict[str, Any]:
    """Return what a span stands for, as JSON: its value, division and the like."""
    fields = span.model_dump(mode="json", exclude={"start", "end", "label", "text"})
    return {name: field for name, field in fields.items() if field is not None}


def span_of(
    text: str, start: int, end: int, label: str, meaning: dict[str, Any], place: str
) -> Span:
    """Return a span read from another format.

    Raises:
        AnnotationError: What it is said to mean is nothing that the guideline knows.
    """
    try:
        return Span(start=start, end=end, label=label, text=text[start:end], **meaning)
    except (ValidationError, TypeError) as error:
        raise AnnotationError(f"{place}: {label} at [{start}, {end}): {error}") from error
