"""Hugging Face datasets: a folder as `Dataset.save_to_disk` writes it.

Columns: ``id``, ``text``, and ``entities``, a list of structs of start, end, label, text and
``meaning``, the JSON of value, division and the like.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from datasets import Dataset, Features, Value, load_from_disk

from povner.errors import AnnotationError
from povner_training.annotations import AnnotatedDocument
from povner_training.exchange import meaning, span_of

FEATURES = Features(
    {
        "id": Value("string"),
        "text": Value("string"),
        "entities": [
            {
                "start": Value("int64"),
                "end": Value("int64"),
                "label": Value("string"),
                "text": Value("string"),
                "meaning": Value("string"),
            }
        ],
    }
)


def to_dataset(documents: Sequence[AnnotatedDocument]) -> Dataset:
    """Return the documents as a dataset of `FEATURES`."""
    rows = [
        {
            "id": document.id,
            "text": document.text,
            "entities": [
                {
                    "start": span.start,
                    "end": span.end,
                    "label": span.label,
                    "text": document.text[span.start : span.end],
                    "meaning": json.dumps(meaning(span), ensure_ascii=False),
                }
                for span in document.spans
            ],
        }
        for document in documents
    ]
    return Dataset.from_list(rows, features=FEATURES)


def from_dataset(dataset: Dataset, place: str) -> list[AnnotatedDocument]:
    """Return the documents of a dataset of `FEATURES`; `place` says in errors where it is from.

    Raises:
        AnnotationError: The dataset has other columns.
    """
    if missing := sorted(set(FEATURES) - set(dataset.column_names)):
        raise AnnotationError(
            f"{place} has no column {', '.join(missing)}; its columns are "
            f"{', '.join(dataset.column_names)}."
        )
    return [
        AnnotatedDocument(
            row["id"],
            row["text"],
            tuple(
                span_of(
                    row["text"], each["start"], each["end"], each["label"],
                    json.loads(each["meaning"]), f"{place}: {row['id']}",
                )
                for each in row["entities"]
            ),
            f"{place}: {row['id']}",
        )
        for row in dataset
    ]  # fmt: skip


def read(path: Path) -> list[AnnotatedDocument]:
    """Read a dataset from its folder."""
    try:
        dataset = load_from_disk(path)
    except (FileNotFoundError, ValueError) as error:
        raise AnnotationError(f"{path} is no folder of a dataset: {error}") from error
    if not isinstance(dataset, Dataset):
        raise AnnotationError(f"{path} holds several splits; give the folder of one of them.")
    return from_dataset(dataset, str(path))


def write(documents: Sequence[AnnotatedDocument], path: Path) -> None:
    """Write a dataset to a folder."""
    to_dataset(documents).save_to_disk(path)
