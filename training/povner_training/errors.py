"""What kind of error each wrong span is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from povner_training.scoring import Key

KINDS = (
    "missed", "spurious", "other label", "too long", "too short", "split", "merged", "shifted",
    "other label and edges",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpanError:
    """One gold span that was not found as it is, or a span that was found where none is.

    Attributes:
        kind: One of `KINDS`.
        gold: The gold span; None for a spurious one.
        found: What was found in its place, in reading order.
    """

    kind: str
    gold: Key | None
    found: tuple[Key, ...]


def span_errors(found: set[Key], gold: set[Key]) -> Iterator[SpanError]:
    """Yield the errors of one document, gold spans in reading order, then the spurious ones."""
    wrong = sorted(found - gold)
    for span in sorted(gold - found):
        touching = tuple(other for other in wrong if _overlap(span, other))
        yield SpanError(_kind(span, touching, gold), span, touching)
    for other in wrong:
        if not any(_overlap(span, other) for span in gold):
            yield SpanError("spurious", None, (other,))


def _overlap(one: Key, two: Key) -> bool:
    return one[0] < two[1] and two[0] < one[1]


def _kind(span: Key, touching: tuple[Key, ...], gold: set[Key]) -> str:
    """Say what became of a gold span that wrong spans touch."""
    start, end, label = span
    same = [other for other in touching if other[2] == label]
    if not touching:
        return "missed"
    if not same:
        exact = any(other[:2] == (start, end) for other in touching)
        return "other label" if exact else "other label and edges"
    if len(same) > 1:
        return "split"
    first, last, _ = same[0]
    if sum(_overlap(same[0], other) and other[2] == label for other in gold) > 1:
        return "merged"
    if first <= start and end <= last:
        return "too long"
    return "too short" if start <= first and last <= end else "shifted"
