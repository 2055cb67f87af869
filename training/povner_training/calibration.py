"""Whether a score of .9 means that nine in ten are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Spans of neighbouring scores.

    Attributes:
        score: Their mean score.
        right: The share of them that are right.
        spans: How many they are.
    """

    score: float
    right: float
    spans: int


def equal_mass_bins(scores: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Return up to ten bins with about as many spans each, by rising score, equal ones mixed."""
    mixed = np.random.default_rng(0).permutation(len(scores))
    order = mixed[np.argsort(np.asarray(scores)[mixed], kind="stable")]
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    values, hits = np.asarray(scores, dtype=float), np.asarray(right, dtype=float)
    return [Bin(float(values[part].mean()), float(hits[part].mean()), len(part)) for part in parts]


def expected_calibration_error(scores: Sequence[float], right: Sequence[bool]) -> float:
    """Return the mean distance between score and share of right spans, over equal-mass bins."""
    bins = equal_mass_bins(scores, right)
    spans = sum(each.spans for each in bins)
    return sum(each.spans * abs(each.score - each.right) for each in bins) / max(1, spans)
