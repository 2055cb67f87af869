"""Strict span scores: an entity counts only if label, start and end are all right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of right (`tp`), superfluous (`fp`) and missed (`fn`) spans; add up with ``+``."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @classmethod
    def of(cls, predicted: set[Key], gold: set[Key]) -> Score:
        """Compare two sets of spans of one document."""
        right = len(predicted & gold)
        return cls(right, len(predicted) - right, len(gold) - right)

    @property
    def precision(self) -> float:
        """Share of the predicted spans that are right; 0 where nothing was predicted."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold spans that were found; 0 where there are none."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 0.0

    def to_dict(self) -> dict[str, float]:
        """Return precision, recall, F1 (four digits) and the number of gold spans."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "gold": self.tp + self.fn,
        }


MICRO = "micro"


def score_documents(
    pairs: Iterable[tuple[set[Key], set[Key]]], labels: Iterable[str]
) -> dict[str, Score]:
    """Score (predicted, gold) span sets of many documents, per label and micro-averaged.

    Args:
        pairs: One pair of span sets a document.
        labels: The labels to count; spans with others are left out.

    Returns:
        Label → score, and `MICRO` → the sum of all.
    """
    scores = dict.fromkeys(labels, Score())
    for predicted, gold in pairs:
        for label in scores:
            scores[label] += Score.of(
                {key for key in predicted if key[2] == label},
                {key for key in gold if key[2] == label},
            )
    return scores | {MICRO: sum(scores.values(), Score())}
