"""How good a model is, and where it errs: one HTML page."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from povner.entities import LABELS, Document
from povner_training.augment import test_noise, traditional
from povner_training.calibration import equal_mass_bins, expected_calibration_error
from povner_training.errors import KINDS, SpanError, span_errors
from povner_training.pages import render
from povner_training.runs import refuse_existing
from povner_training.scoring import MICRO, Key, Score, bootstrap_intervals, score_documents
from povner_training.sources import TrainingDocument

TEMPLATE = "report.html.jinja"
NOISE_DRAWS = 5
CONTEXT = 16
EXAMPLES = 12
LENGTHS = ((1, 2), (3, 4), (5, 8), (9, 16), (17, 10**6))

Extract = Callable[[str], Document]


@dataclass(frozen=True, slots=True)
class Read:
    """One document as it was read.

    Attributes:
        gold: The document with its gold spans.
        found: What the model found, span → score.
    """

    gold: TrainingDocument
    found: dict[Key, float]

    @property
    def scores(self) -> dict[str, Score]:
        """The document's scores by label."""
        return score_documents([(set(self.found), set(self.gold.spans))], LABELS)


def read_all(extract: Extract, documents: Iterable[TrainingDocument]) -> list[Read]:
    """Read every document with a model."""
    return [
        Read(
            document,
            {
                (entity.start, entity.end, entity.label): entity.score
                for entity in extract(document.text).entities
            },
        )
        for document in documents
    ]


def measure(
    extract: Extract, documents: Sequence[TrainingDocument], known: frozenset[str]
) -> dict[str, Any]:
    """Return everything that the page shows, as JSON.

    Args:
        extract: The model.
        documents: Annotated documents that took no part in training.
        known: The texts of the spans that the model has seen in training.
    """
    clean = read_all(extract, documents)
    draw = random.Random(1)
    other = read_all(extract, [traditional(document, draw) for document in documents])
    noisy = [
        read_all(extract, [test_noise(document, random.Random(seed)) for document in documents])
        for seed in range(NOISE_DRAWS)
    ]
    intervals = bootstrap_intervals([read.scores for read in clean])
    scores = _f1(clean)
    traditional_scores = _f1(other)
    noise_scores = {
        label: sum(_f1(reads)[label] for reads in noisy) / NOISE_DRAWS for label in scores
    }
    return {
        "documents": len(documents),
        "scores": [
            {
                "label": label,
                "gold": sum(read.scores[label].tp + read.scores[label].fn for read in clean),
                "f1": scores[label],
                "low": intervals[label][0],
                "high": intervals[label][1],
                "traditional": traditional_scores[label] - scores[label],
                "noise": noise_scores[label] - scores[label],
            }
            for label in (*LABELS, MICRO)
        ],
        "sources": _by_source(clean),
        "lengths": _by_length(clean),
        "seen": _by_seen(clean, known),
        "errors": _errors(clean),
        "confusion": _confusion(clean),
        "calibration": [_calibration(clean, label) for label in LABELS],
    }


def _f1(reads: Sequence[Read]) -> dict[str, float]:
    scores = score_documents(((set(each.found), set(each.gold.spans)) for each in reads), LABELS)
    return {label: score.f1 for label, score in scores.items()}


def _by_source(reads: Sequence[Read]) -> list[dict[str, Any]]:
    """Return micro F1 by the first part of the documents' ids."""
    groups: dict[str, list[Read]] = defaultdict(list)
    for read in reads:
        groups[read.gold.id.split("-")[0]].append(read)
    return [
        {"name": name, "documents": len(part), **_f1(part)} for name, part in sorted(groups.items())
    ]


def _by_length(reads: Sequence[Read]) -> list[dict[str, Any]]:
    """Return recall by label and number of characters of the gold span."""
    rows = []
    for low, high in LENGTHS:
        row: dict[str, Any] = {"name": f"{low}–{high}" if high < 10**6 else f"{low} or more"}
        for label in LABELS:
            spans = [
                (span in read.found)
                for read in reads
                for span in read.gold.spans
                if span[2] == label and low <= span[1] - span[0] <= high
            ]
            row[label] = (sum(spans) / len(spans), len(spans)) if spans else None
        rows.append(row)
    return rows


def _by_seen(reads: Sequence[Read], known: frozenset[str]) -> list[dict[str, Any]]:
    """Return recall by label of span texts that were, and were not, in the training data."""
    rows = []
    for name, wanted in (("seen in training", True), ("never seen", False)):
        row: dict[str, Any] = {"name": name}
        for label in LABELS:
            spans = [
                (span in read.found)
                for read in reads
                for span in read.gold.spans
                if span[2] == label and (read.gold.text[span[0] : span[1]] in known) == wanted
            ]
            row[label] = (sum(spans) / len(spans), len(spans)) if spans else None
        rows.append(row)
    return rows


def _all_errors(reads: Sequence[Read]) -> Iterator[tuple[Read, SpanError]]:
    for read in reads:
        for error in span_errors(set(read.found), set(read.gold.spans)):
            yield read, error


def _errors(reads: Sequence[Read]) -> list[dict[str, Any]]:
    """Return each kind of error with its counts by label and a few examples."""
    found: dict[str, list[tuple[Read, SpanError]]] = defaultdict(list)
    for read, error in _all_errors(reads):
        found[error.kind].append((read, error))
    return [
        {
            "kind": kind,
            "counts": [
                sum((error.gold or error.found[0])[2] == label for _, error in found[kind])
                for label in LABELS
            ],
            "examples": [_example(read, error) for read, error in found[kind][:EXAMPLES]],
        }
        for kind in KINDS
        if found[kind]
    ]


def _example(read: Read, error: SpanError) -> dict[str, Any]:
    spans = [span for span in (error.gold, *error.found) if span is not None]
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    text = read.gold.text
    return {
        "id": read.gold.id,
        "before": text[max(0, start - CONTEXT) : start],
        "middle": text[start:end],
        "behind": text[end : end + CONTEXT],
        "gold": [text[slice(*error.gold[:2])], error.gold[2]] if error.gold else None,
        "found": [[text[span[0] : span[1]], span[2]] for span in error.found],
    }


def _confusion(reads: Sequence[Read]) -> list[list[int]]:
    """Return how often each gold label (rows, with nothing last) was found as each label."""
    counts: Counter[tuple[str, str]] = Counter()
    for read in reads:
        gold = {span[:2]: span[2] for span in read.gold.spans}
        found = {span[:2]: span[2] for span in read.found}
        for edges in gold.keys() | found.keys():
            counts[gold.get(edges, ""), found.get(edges, "")] += 1
    return [[counts[row, column] for column in (*LABELS, "")] for row in (*LABELS, "")]


def _calibration(reads: Sequence[Read], label: str) -> dict[str, Any]:
    spans = [
        (score, span in read.gold.spans)
        for read in reads
        for span, score in read.found.items()
        if span[2] == label
    ]
    scores, right = [score for score, _ in spans], [hit for _, hit in spans]
    return {
        "label": label,
        "error": expected_calibration_error(scores, right),
        "bins": [[each.score, each.right, each.spans] for each in equal_mass_bins(scores, right)],
    }


def write_report(measured: dict[str, Any], title: str, out: Path) -> None:
    """Write the page, and its figures beside it as JSON.

    Raises:
        RecipeError: One of the two is there already.
    """
    figures = out.with_name(f"{out.name}.json")
    for path in (out, figures):
        refuse_existing(path)
    page = render(TEMPLATE, escape=True, title=title, labels=LABELS, **measured)
    out.write_text(page, encoding="utf-8")
    figures.write_text(json.dumps(measured, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
