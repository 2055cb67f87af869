"""povner's own format: JSON lines with text and spans."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from povner_training.annotations import AnnotatedDocument, read_annotations
from povner_training.exchange import meaning


def read(path: Path) -> list[AnnotatedDocument]:
    """Read annotation files or folders."""
    return read_annotations([path])


def write(documents: Sequence[AnnotatedDocument], path: Path) -> None:
    """Write one document a line, its text within."""
    with path.open("x", encoding="utf-8", newline="\n") as file:
        for document in documents:
            spans = [
                {
                    "start": span.start,
                    "end": span.end,
                    "label": span.label,
                    "text": document.text[span.start : span.end],
                    **meaning(span),
                }
                for span in document.spans
            ]
            record = {"id": document.id, "text": document.text, "entities": spans}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
