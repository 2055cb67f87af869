"""Errors are named for what they are, intervals hold the figure, scores are compared with hits."""

import json
import random
import shutil
from pathlib import Path

import pytest

from povner import Document, Entity, Extractor
from povner.checkpoint import load_checkpoint
from povner_training.augment import test_noise as damaged
from povner_training.calibration import (
    calibrate,
    equal_mass_bins,
    expected_calibration_error,
)
from povner_training.errors import KINDS, span_errors
from povner_training.report import measure, write_report
from povner_training.scoring import Key, Score, bootstrap_intervals, score_documents
from povner_training.sources import TrainingDocument
from tests.conftest import SENTENCES

M, P, O = "MONEY", "PLACE", "ORG"  # noqa: E741


@pytest.mark.parametrize(
    ("gold", "found", "kinds"),
    [
        ({(0, 3, M)}, {(0, 3, M)}, []),
        ({(0, 3, M)}, set(), ["missed"]),
        (set(), {(0, 3, M)}, ["spurious"]),
        ({(0, 3, P)}, {(0, 3, O)}, ["other label"]),
        ({(0, 3, P)}, {(0, 5, O)}, ["other label and edges"]),
        ({(2, 4, P)}, {(0, 4, P)}, ["too long"]),
        ({(0, 4, P)}, {(0, 2, P)}, ["too short"]),
        ({(0, 4, P)}, {(2, 6, P)}, ["shifted"]),
        ({(0, 6, P)}, {(0, 2, P), (3, 6, P)}, ["split"]),
        ({(0, 2, P), (2, 4, P)}, {(0, 4, P)}, ["merged", "merged"]),
        ({(0, 2, P)}, {(0, 2, P), (5, 7, O)}, ["spurious"]),
    ],
)
def test_errors_have_names(gold: set[Key], found: set[Key], kinds: list[str]) -> None:
    assert [error.kind for error in span_errors(found, gold)] == kinds
    assert set(kinds) <= set(KINDS)


def test_intervals_hold_the_figure_and_shrink_with_certainty() -> None:
    good = score_documents([({(0, 1, M)}, {(0, 1, M)})], [M])
    bad = score_documents([(set(), {(0, 1, M)})], [M])
    low, high = bootstrap_intervals([good, bad] * 20)[M]
    assert 0.4 < low < 2 / 3 < high < 0.9
    assert bootstrap_intervals([good] * 5)["micro"] == (1.0, 1.0)
    assert good[M] == Score(1, 0, 0)


def test_calibration_error_is_the_distance_between_promise_and_hits() -> None:
    draw = random.Random(0)
    scores = [draw.random() for _ in range(20000)]
    honest = [draw.random() < score for score in scores]
    assert expected_calibration_error(scores, honest) < 0.02
    assert expected_calibration_error([0.9] * 100, [True] * 50 + [False] * 50) == pytest.approx(
        0.4, abs=0.12
    )
    bins = equal_mass_bins(scores, honest)
    assert len(bins) == 10
    assert {each.spans for each in bins} == {2000}
    assert expected_calibration_error([], []) == 0


def document(name: str, text: str, *surfaces: tuple[str, str]) -> TrainingDocument:
    spans = frozenset(
        (text.index(words), text.index(words) + len(words), label) for words, label in surfaces
    )
    return TrainingDocument(name, text, spans)


DOCUMENTS = [
    document("a-1", "甘肃省投入3万元", ("甘肃省", P), ("3万元", M)),
    document("b-1", "县残联<发放>5元", ("县残联", O), ("5元", M)),
]


def knows(text: str) -> Document:
    """Find what the documents hold, in any script and noise, but the body."""
    entities = []
    for words, label in (("甘肃省", P), ("甘肅省", P), ("3万元", M), ("3萬元", M), ("5元", M)):
        if words in text:
            start = text.index(words)
            entities.append(Entity(label, words, start, start + len(words), 0.8))
    return Document(text, tuple(entities))


def test_the_page_says_what_was_measured(tmp_path: Path) -> None:
    measured = measure(knows, DOCUMENTS, frozenset({"甘肃省"}))
    scores = {row["label"]: row for row in measured["scores"]}
    assert scores[M]["f1"] == 1.0
    assert scores[O]["f1"] == 0.0
    assert scores[M]["traditional"] == 0.0
    assert scores[M]["noise"] < 0
    assert [row["name"] for row in measured["sources"]] == ["a", "b"]
    assert measured["seen"][0][P] == (1.0, 1)
    assert measured["errors"][0]["kind"] == "missed"
    assert measured["errors"][0]["counts"] == [0, 0, 0, 1]
    assert measured["confusion"][3][4] == 1
    write_report(measured, "a <b>", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "a &lt;b&gt;" in page
    assert "&lt;发放&gt;" in page
    assert json.loads((tmp_path / "page.html.json").read_text("utf-8"))["documents"] == 2


def test_the_noise_of_reports_is_the_same_for_the_same_seed() -> None:
    text = "东西部协作帮扶资金到账后，当地群众喜笑颜开，投入资金300万元" * 4
    long = document("a", text, ("300万元", M))
    first, second = (damaged(long, random.Random(seed)) for seed in (1, 1))
    assert first == second
    assert "(" in first.text
    assert " " in first.text
    assert "３００" in first.text
    (span,) = first.spans
    assert first.text[span[0]] == "３"


def test_calibration_brings_scores_to_what_they_promise(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten in eleven of what has .95 are right, and one in nine of what has .6."""
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    documents = [
        TrainingDocument(str(n), "甘肃好", frozenset({(0, 2, P)} if n % 20 < 11 else ()))
        for n in range(400)
    ]

    def extract(text: str) -> Document:
        number = next(numbers)
        score = 0.95 if number % 20 < 10 or number % 20 == 11 else 0.6
        return Document(text, (Entity(P, "甘肃", 0, 2, score),))

    numbers = iter(range(400))
    monkeypatch.setattr("povner_training.calibration.Extractor", lambda folder: extract)
    fitted = calibrate(folder, documents)
    assert set(fitted) == {P}
    checkpoint = load_checkpoint(folder)
    assert checkpoint.calibrated(P, 0.95) == pytest.approx(10 / 11, abs=0.02)
    assert checkpoint.calibrated(P, 0.6) == pytest.approx(1 / 9, abs=0.03)
    assert checkpoint.calibrated(M, 0.6) == 0.6
    assert 0 < checkpoint.calibrated(P, 0.0) < checkpoint.calibrated(P, 1.0) < 1
    assert not list(folder.glob("*.partial"))


def test_a_label_with_too_few_spans_is_left_as_it_is(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    right = [document(str(n), text, *surfaces) for n, (text, surfaces) in enumerate(SENTENCES)]
    assert calibrate(folder, right) == {}
    (entity, *_) = Extractor(folder)(SENTENCES[0][0]).entities
    assert entity == Extractor(tiny_model)(SENTENCES[0][0]).entities[0]
