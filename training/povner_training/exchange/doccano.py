"""doccano's sequence labelling JSONL: ``{"id", "text", "label": [[start, end, label], …]}``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from povner.errors import AnnotationError
from povner_training.annotations import AnnotatedDocument
from povner_training.exchange import span_of


def read(path: Path) -> list[AnnotatedDocument]:
    """Read doccano's export; offsets are code points."""
    documents: list[AnnotatedDocument] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            record = json.loads(line)
            text, labels = record["text"], record.get("label", record.get("labels", ()))
            spans = [
                span_of(text, int(start), int(end), label, {}, place)
                for start, end, label in labels
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise AnnotationError(
                f"{place} is no doccano record ({type(error).__name__}: {error}). Expected "
                '{"id": …, "text": …, "label": [[start, end, label], …]}.'
            ) from error
        spans.sort(key=lambda span: span.start)
        documents.append(
            AnnotatedDocument(str(record.get("id", number)), text, tuple(spans), place)
        )
    return documents


def write(documents: Sequence[AnnotatedDocument], path: Path) -> None:
    """Write one document a line; values and divisions have no place there."""
    with path.open("x", encoding="utf-8", newline="\n") as file:
        for document in documents:
            labels = [[span.start, span.end, span.label] for span in document.spans]
            record = {"id": document.id, "text": document.text, "label": labels}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
