"""The cards that passages are written from, and what a corpus report says."""

import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from povner.gazetteer import gazetteer
from povner_training.annotations import AnnotatedDocument, Span, read_annotations
from povner_training.cli import app
from povner_training.corpus.dealer import (
    BODIES,
    CHARITY_FORMS,
    FORMS,
    HEADCOUNT_PHRASES,
    MONEY_PHRASES,
    SCRIPTS,
    TOPICS,
    TRAPS,
    deal,
)
from povner_training.corpus.statistics import (
    commonest_share,
    corpus_report,
    near_duplicates,
    repeated_share,
)

ROOT = Path(__file__).parents[2]
CARDS = list(deal(gazetteer(), 10, 100, 7))


def test_the_same_seed_deals_the_same_cards() -> None:
    assert list(deal(gazetteer(), 10, 100, 7)) == CARDS
    assert list(deal(gazetteer(), 10, 100, 8)) != CARDS


def test_cards_are_spread_over_the_country() -> None:
    counties = {card["region"]["county"] for card in CARDS}
    assert len(counties) == len(CARDS)
    assert len({county[:2] for county in counties}) == 31


def test_every_class_is_dealt() -> None:
    def dealt(key: str) -> set[str]:
        return {item for card in CARDS for item in card[key]}

    assert dealt("amount phrases") == set(MONEY_PHRASES)
    assert dealt("count phrases") == set(HEADCOUNT_PHRASES)
    assert dealt("bodies") == set(BODIES)
    assert dealt("traps") == set(TRAPS)
    assert {card["topic"] for card in CARDS} == set(TOPICS)
    assert {card["form"] for card in CARDS} == {*FORMS, *CHARITY_FORMS}


def test_scripts_come_in_their_shares() -> None:
    counts = Counter(card["script"] for card in CARDS)
    assert {script: round(counts[script] / 10) for script in SCRIPTS} == SCRIPTS


def test_a_card_is_as_long_as_what_it_holds() -> None:
    for card in CARDS:
        entities = sum(card[key] for key in ("amounts", "counts", "places", "organisations"))
        assert 25 <= card["characters"] / entities <= 37
        assert 1986 <= card["year"] <= 2025


def document(name: str, text: str, *surfaces: str) -> AnnotatedDocument:
    spans = tuple(
        Span(start=text.index(words), end=text.index(words) + len(words), label="PLACE")
        for words in surfaces
    )
    return AnnotatedDocument(name, text, spans, name)


def test_near_duplicates_are_found_in_both_directions() -> None:
    text = "岷县当归种植户今年又添了两座晾晒棚，收购价比去年高出一截。"
    first, second = document("a", text), document("b", "编者按：" + text + "全文完")
    other = document("c", "会宁县的学校把食堂搬进了新楼，孩子们吃上了热饭热菜，家长也放心。")
    assert [pair[:2] for pair in near_duplicates([first, second, other])] == [("a", "b")]
    assert [pair[:2] for pair in near_duplicates([second, other], [first])] == [("b", "a")]


def test_contexts_that_come_often_are_counted() -> None:
    often = [document(f"a{n}", f"记者从甲{n}地来到会场", f"甲{n}") for n in range(6)]
    once = [document("b", "他说甲九很好很好很好", "甲九")]
    assert repeated_share(often + once) == pytest.approx(6 / 7)
    assert commonest_share(often + once) == pytest.approx(6 / 7)
    assert repeated_share(often[:5] + once) == 0


def test_the_report_counts_what_is_there(tmp_path: Path) -> None:
    for split, card in zip(("train", "dev", "test"), CARDS, strict=False):
        text = f"{card['region']['county']}投入3万元"
        entities = [{"start": len(text) - 3, "end": len(text), "label": "MONEY"}]
        line = json.dumps({"id": card["id"], "text": text, "entities": entities})
        (tmp_path / f"{split}.jsonl").write_text(line + "\n", encoding="utf-8")
    (tmp_path / "cards.json").write_text(json.dumps({"seed": 7, "cards": CARDS}), encoding="utf-8")
    report = corpus_report(tmp_path, [])
    (total,) = [line for line in report.splitlines() if line.startswith("| all |")]
    assert "| 3 | 0 | 0 | 0 | 3 |" in total
    assert "| near-duplicates within the corpus | 0 |" in report


def test_the_corpus_card_says_what_the_command_prints() -> None:
    printed = CliRunner().invoke(
        app,
        [
            "corpus",
            "stats",
            str(ROOT / "annotations/authored"),
            "--seeds",
            str(ROOT / "annotations/seeds"),
            "--twice",
            str(ROOT / "annotations/agreement"),
        ],
    )
    assert printed.exit_code == 0, printed.output
    card = (ROOT / "annotations/README.md").read_text("utf-8")
    assert printed.output.strip() in card


def test_the_test_part_is_apart_by_writer() -> None:
    writers = {
        split: {
            document.id.split("-")[0]
            for document in read_annotations([ROOT / f"annotations/authored/{split}.jsonl"])
        }
        for split in ("train", "dev", "test")
    }
    assert writers["dev"] == {"w13"}
    assert writers["test"] == {"w14", "w15"}
    assert not writers["train"] & (writers["dev"] | writers["test"])
