"""Whether a score of .9 means that nine in ten are right."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from povner.checkpoint import load_checkpoint, log_odds
from povner.extractor import Extractor
from povner_training.sources import TrainingDocument

BINS = 10
CONFIG = "config.json"
FEWEST = 4


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


def calibrate(folder: Path, documents: Sequence[TrainingDocument]) -> dict[str, list[float]]:
    """Fit slope and intercept of each label's log odds, and write them to a model's config.json.

    Args:
        folder: The model folder; what calibration it has is replaced.
        documents: Annotated documents that took no part in training.

    Returns:
        Label → slope and intercept, of the labels of which at least `FEWEST` spans were found
        rightly and as many wrongly; the scores of the others stay the model's posterior.
    """
    checkpoint = load_checkpoint(folder)
    extractor = Extractor(folder)
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for document in documents:
        for entity in extractor(document.text).entities:
            key = (entity.start, entity.end, entity.label)
            slope, intercept = checkpoint.calibration.get(entity.label, (1.0, 0.0))
            odds = (log_odds(entity.score) - intercept) / slope
            found[entity.label].append((odds, key in document.spans))
    fitted: dict[str, list[float]] = {}
    for label, spans in sorted(found.items()):
        odds_, right = np.array(spans, dtype=float).T
        if min(right.sum(), len(right) - right.sum()) < FEWEST:
            continue
        model = LogisticRegression(C=np.inf).fit(odds_[:, None], right)
        if model.coef_[0, 0] > 0:
            fitted[label] = [round(float(x), 4) for x in (model.coef_[0, 0], model.intercept_[0])]
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    whole = folder / f"{CONFIG}.partial"
    whole.write_text(
        json.dumps(config | {"calibration": fitted}, indent=2, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
    whole.replace(folder / CONFIG)
    return fitted
