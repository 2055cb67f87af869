"""Label Studio: JSON tasks with annotations, or with predictions to be corrected there.

Each region carries what it means as JSON in a text field of its own (``details``), which people can
edit. `CONFIG` is the labelling interface that shows both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from povner.entities import LABELS, ORG, Document, Entity, Place, Quantity
from povner.errors import AnnotationError
from povner_training.annotations import ABROAD, AnnotatedDocument, Span
from povner_training.exchange import meaning, span_of
from povner_training.linking import administrative_name

CONFIG = f"""<View>
  <Labels name="label" toName="text">
    {"".join(f'<Label value="{label}"/>' for label in LABELS)}
  </Labels>
  <Text name="text" value="$text" granularity="symbol"/>
  <TextArea name="details" toName="text" perRegion="true" editable="true"/>
</View>
"""


def read(path: Path) -> list[AnnotatedDocument]:
    """Read the JSON export; of each task the last annotation that was not cancelled.

    Tasks without an annotation, such as those not yet corrected, are left out.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))
        return [
            _document(task, chosen[-1], f"{path}: task {task.get('id')}")
            for task in tasks
            if (chosen := [one for one in task.get("annotations", ()) if not _cancelled(one)])
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, AnnotationError):
            raise
        raise AnnotationError(
            f"{path} is no Label Studio export ({type(error).__name__}: {error}). "
            "Export the project as JSON (not JSON-MIN)."
        ) from error


def _cancelled(annotation: Mapping[str, Any]) -> bool:
    return bool(annotation.get("was_cancelled"))


def _document(
    task: Mapping[str, Any], annotation: Mapping[str, Any], place: str
) -> AnnotatedDocument:
    text = task["data"]["text"]
    details = {
        result["id"]: _details(result["value"]["text"], place)
        for result in annotation["result"]
        if result["type"] == "textarea"
    }
    spans = [
        span_of(
            text, *_offsets(text, result["value"], place), result["value"]["labels"][0],
            details.get(result["id"], {}), place,
        )
        for result in annotation["result"]
        if result["type"] == "labels"
    ]  # fmt: skip
    spans.sort(key=lambda span: span.start)
    name = str(task["data"].get("id", task.get("id")))
    return AnnotatedDocument(name, text, tuple(spans), place)


def _details(written: str | Sequence[str], place: str) -> dict[str, Any]:
    words = written if isinstance(written, str) else "".join(written[:1])
    try:
        found: dict[str, Any] = json.loads(words) if words.strip() else {}
    except ValueError as error:
        raise AnnotationError(f"{place}: the details {words!r} are no JSON: {error}") from error
    return found


def _offsets(text: str, value: Mapping[str, Any], place: str) -> tuple[int, int]:
    """Return a region's offsets in code points.

    Label Studio counts code points; before 2022 it counted UTF-16 units, and white space in the
    words that it repeats may differ.
    """
    start, end = int(value["start"]), int(value["end"])
    words = "".join(value.get("text", text[start:end]).split())
    units = text.encode("utf-16-le")
    for first, last in (
        (start, end),
        tuple(len(units[: 2 * at].decode("utf-16-le", errors="ignore")) for at in (start, end)),
    ):
        if "".join(text[first:last].split()) == words:
            return first, last
    raise AnnotationError(
        f"{place}: at [{start}, {end}) stands {text[start:end]!r}, not {value['text']!r}. "
        "Was the text of the task changed?"
    )


def write(documents: Sequence[AnnotatedDocument], path: Path) -> None:
    """Write tasks that are annotated already."""
    tasks = [
        {
            "id": number,
            "data": {"id": document.id, "text": document.text},
            "annotations": [{"result": _results(document.text, document.spans)}],
        }
        for number, document in enumerate(documents, 1)
    ]
    _write(tasks, path)


def write_predictions(documents: Sequence[Document], model: str, path: Path) -> None:
    """Write tasks with what a model found as predictions, for people to correct."""
    tasks = [
        {
            "id": number,
            "data": {"id": document.id, "text": document.text},
            "predictions": [
                {
                    "model_version": model,
                    "score": min((entity.score for entity in document.entities), default=1.0),
                    "result": _results(document.text, list(map(_span, document.entities))),
                }
            ],
        }
        for number, document in enumerate(documents, 1)
    ]
    _write(tasks, path)


def _span(entity: Entity) -> Span:
    """Return what a model found as a span; flags and scores are no annotation."""
    means: dict[str, Any] = {}
    if isinstance(entity.value, Quantity):
        means["value"] = {
            key: field
            for key, field in entity.value.to_dict().items()
            if key not in ("inclusive", "flags")
        }
    place = entity.place if entity.label == ORG else entity.value
    if isinstance(place, Place) and place.adcode:
        means["division"] = administrative_name(place.adcode)
        if place.former:
            means["former"] = place.former.full_name
        if place.township:
            means["township"] = place.township
    elif isinstance(place, Place) and place.country not in (None, "CN"):
        means |= {"division": ABROAD, "country": place.country}
    return Span(start=entity.start, end=entity.end, label=entity.label, **means)


def _results(text: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    for number, span in enumerate(spans):
        region = {"start": span.start, "end": span.end}
        common = {"id": f"r{number}", "to_name": "text"}
        words = text[span.start : span.end]
        results.append(
            {
                **common,
                "from_name": "label",
                "type": "labels",
                "value": {**region, "text": words, "labels": [span.label]},
            }
        )
        if means := meaning(span):
            note = json.dumps(means, ensure_ascii=False)
            results.append(
                {
                    **common,
                    "from_name": "details",
                    "type": "textarea",
                    "value": {**region, "text": [note]},
                }
            )
    return results


def _write(tasks: Sequence[Mapping[str, Any]], path: Path) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        json.dump(tasks, file, ensure_ascii=False, indent=1)
        file.write("\n")
