"""Strict span scores: an entity counts only if label, start and end are all right."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
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


def bootstrap_intervals(
    documents: Sequence[Mapping[str, Score]], draws: int = 1000, seed: int = 1
) -> dict[str, tuple[float, float]]:
    """Return 95 % intervals of F1 for each label and micro, by drawing documents with replacement.

    Args:
        documents: The scores of each document, as `score_documents` gives them.
        draws: How many samples to draw.
        seed: Of the draw.
    """
    draw = random.Random(seed)
    samples: dict[str, list[float]] = {label: [] for label in documents[0]}
    for _ in range(draws):
        sample = draw.choices(documents, k=len(documents))
        for label, values in samples.items():
            values.append(sum((each[label] for each in sample), Score()).f1)
    return {
        label: (sorted(values)[int(0.025 * draws)], sorted(values)[int(0.975 * draws) - 1])
        for label, values in samples.items()
    }
