"""Raw text → Label Studio tasks that a model has annotated already."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from povner.batch import Record, extract_records
from povner.entities import Document, Failure
from povner.errors import AnnotationError
from povner.extractor import Extractor
from povner_training.exchange.label_studio import CONFIG, write_predictions


def preannotate(records: Iterable[Record], extractor: Extractor, out: Path) -> list[Failure]:
    """Write tasks with the model's entities as predictions, and the labelling interface beside.

    Args:
        records: Documents to annotate.
        extractor: The model.
        out: The JSON file of tasks; the interface goes to its name and ``.xml``.

    Returns:
        The documents that could not be read or extracted, which have no task.

    Raises:
        AnnotationError: One of the files is there already.
    """
    interface = out.with_name(f"{out.name}.xml")
    for path in (out, interface):
        if path.exists():
            raise AnnotationError(f"{path} exists already. Give another name.")
    found = list(extract_records(extractor, records))
    documents = [record for record in found if isinstance(record, Document)]
    write_predictions(documents, extractor.model_name, out)
    interface.write_text(CONFIG, encoding="utf-8")
    return [record for record in found if isinstance(record, Failure)]
