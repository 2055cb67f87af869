"""How far two independent annotations of the same documents agree."""

from __future__ import annotations

from collections.abc import Sequence

from povner.entities import LABELS, ORG, PLACE
from povner.errors import AnnotationError
from povner_training.annotations import AnnotatedDocument, Span
from povner_training.scoring import score_documents


def agreement_table(first: Sequence[AnnotatedDocument], second: Sequence[AnnotatedDocument]) -> str:
    """Return two Markdown tables: by label, and by what the common spans are said to mean.

    A MONEY or HEADCOUNT means the same if unit, bounds, qualifier and per are equal, a PLACE or
    ORG if its division is.

    Raises:
        AnnotationError: The two do not annotate the same documents.
    """
    others = {document.id: document for document in second}
    if sorted(others) != sorted(document.id for document in first):
        raise AnnotationError("The two annotations must hold the same documents, by id and text.")
    pairs = [(document, others[document.id]) for document in first]
    scores = score_documents(((one.keys(), two.keys()) for one, two in pairs), LABELS)
    common = [spans for one, two in pairs for spans in _common(one, two)]
    lines = [
        "| label | first | second | span F1 | same meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for label, score in scores.items():
        both = [(a, b) for a, b in common if label in (a.label, "micro")]
        same = sum(a.value == b.value and a.division == b.division for a, b in both)
        lines.append(
            f"| {label} | {score.tp + score.fp} | {score.tp + score.fn} | {score.f1:.4f} "
            f"| {same}/{len(both)} |"
        )
    lines += ["", "| of the common spans | equal |", "| --- | --- |"]
    for field in ("unit", "lower", "upper", "qualifier", "per"):
        pairs_of_values = [(a.value, b.value) for a, b in common if a.value or b.value]
        same = sum(getattr(a, field, None) == getattr(b, field, None) for a, b in pairs_of_values)
        lines.append(f"| {field} | {same}/{len(pairs_of_values)} |")
    places = [(a, b) for a, b in common if a.label in (PLACE, ORG)]
    for field in ("division", "former", "township"):
        marked = [(getattr(a, field), getattr(b, field)) for a, b in places]
        either = [(a, b) for a, b in marked if a or b]
        lines.append(f"| {field} | {sum(a == b for a, b in either)}/{len(either)} |")
    return "\n".join(lines)


def _common(one: AnnotatedDocument, two: AnnotatedDocument) -> list[tuple[Span, Span]]:
    """Pair the spans that both annotations of a document have."""
    if one.text != two.text:
        raise AnnotationError(f"{one.place} and {two.place} annotate different texts.")
    others = {(span.start, span.end, span.label): span for span in two.spans}
    return [
        (span, others[key])
        for span in one.spans
        if (key := (span.start, span.end, span.label)) in others
    ]
