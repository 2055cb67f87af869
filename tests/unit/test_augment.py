"""Augmentation changes texts, and never the marked words' meaning or place."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from povner import normalize
from povner.text import NormalizedText
from povner_training.augment import (
    augmented,
    edited,
    noise,
    other_bodies,
    other_figures,
    other_places,
    traditional,
)
from povner_training.recipes import Augment
from povner_training.sources import TrainingDocument

TEXT = (
    "甘肃省定西市通渭县榜罗镇文峰村与福清市对接，市残联投入3.5万元，带动12000人增收，通渭县开了会。"
)
MARKED = {
    "甘肃省定西市通渭县榜罗镇文峰村": "PLACE",
    "福清市": "PLACE",
    "市残联": "ORG",
    "3.5万元": "MONEY",
    "12000人": "HEADCOUNT",
    "通渭县": "PLACE",
}


def document() -> TrainingDocument:
    """The text with its marks; the last 通渭县 is the one that stands alone."""
    spans = set()
    for words, label in MARKED.items():
        start = TEXT.rindex(words)
        spans.add((start, start + len(words), label))
    return TrainingDocument("a", TEXT, frozenset(spans), ignored=((len(TEXT) - 2, len(TEXT)),))


def words(changed: TrainingDocument) -> list[tuple[str, str]]:
    """Return the marked words in order."""
    return [(changed.text[start:end], label) for start, end, label in sorted(changed.spans)]


@pytest.mark.parametrize("seed", range(30))
def test_noise_and_script_leave_the_marked_words_as_the_model_sees_them(seed: int) -> None:
    draw = random.Random(seed)
    for way in (traditional, noise):
        changed = way(document(), draw)
        seen = [
            (NormalizedText.from_source(text).view.replace("\n", "").replace(" ", ""), label)
            for text, label in words(changed)
        ]
        assert seen == words(document())
        start, end = changed.ignored[0]
        assert NormalizedText.from_source(changed.text[start:end]).view.startswith("会")
    assert any(noise(document(), draw).text != TEXT for _ in range(3))


@pytest.mark.parametrize("seed", range(30))
def test_other_figures_mean_the_same(seed: int) -> None:
    changed = other_figures(document(), random.Random(seed))
    values = [
        normalize(changed.text, start, end, label)
        for start, end, label in sorted(changed.spans)
        if label in ("MONEY", "HEADCOUNT")
    ]
    assert [str(value) for value in values] == ["35,000 CNY", "12,000 person"]


def test_figures_come_in_many_styles() -> None:
    texts = {words(other_figures(document(), random.Random(seed)))[3][0] for seed in range(60)}
    assert {"3.5万元", "35000元", "35,000元", "三万五千元", "３５０００元"} <= texts


@pytest.mark.parametrize("seed", range(30))
def test_other_places_keep_their_shape(seed: int) -> None:
    changed = other_places(document(), random.Random(seed))
    first, second, *_, last = words(changed)
    assert [label for _, label in words(changed)] == [label for _, label in words(document())]
    assert first[0].endswith("村")
    assert second[0].endswith(("市", "县", "区", "旗", "州", "盟", "地区", "林区", "特区"))
    assert last[0] in changed.text
    assert "市残联" in changed.text


def test_the_same_place_stays_the_same() -> None:
    text = "岷县和岷县"
    both = TrainingDocument("a", text, frozenset({(0, 2, "PLACE"), (3, 5, "PLACE")}))
    for seed in range(20):
        first, second = words(other_places(both, random.Random(seed)))
        assert first == second


def test_other_bodies_come_from_the_given_ones() -> None:
    seen = {
        words(other_bodies(["县妇联", "某某银行"])(document(), random.Random(seed)))[2][0]
        for seed in range(30)
    }
    assert seen == {"市残联", "县妇联", "某某银行"}


def test_augmented_makes_a_copy_an_epoch_and_repeats_itself() -> None:
    augment = Augment(traditional=0.5, places=0.5, bodies=0.5, figures=0.5, noise=0.5)
    first = augmented([document()], augment, 8, 1)
    assert first == augmented([document()], augment, 8, 1)
    assert len(first) == 8
    assert len({copy.text for copy in first}) > 4
    assert augmented([document()], Augment(), 1, 1) == [document()]


@given(st.data())
def test_edits_keep_the_spans_on_their_words(data: st.DataObject) -> None:
    text = data.draw(st.text("甲乙丙丁", min_size=1, max_size=20))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=6)))
    spans = frozenset(
        (start, end, "ORG") for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    )
    places = data.draw(st.sets(st.integers(0, len(text))))
    inserted = edited(TrainingDocument("a", text, spans), [(at, at, "x") for at in places])
    assert inserted.text.replace("x", "") == text
    for old, new in zip(sorted(spans), sorted(inserted.spans), strict=True):
        marked = inserted.text[new[0] : new[1]]
        assert marked.replace("x", "") == text[old[0] : old[1]]
        assert not marked.startswith("x")
        assert not marked.endswith("x")


@pytest.mark.parametrize(
    ("place", "endings"),
    [("福州", None), ("广州市", "市州盟区"), ("贵州省", "省区市"), ("岷县", "县市区旗")],
)
def test_a_place_is_exchanged_for_one_of_its_kind(place: str, endings: str | None) -> None:
    one = TrainingDocument("a", f"在{place}的", frozenset({(1, 1 + len(place), "PLACE")}))
    seen = {words(other_places(one, random.Random(seed)))[0][0] for seed in range(40)}
    assert len(seen) > 5
    for name in seen:
        assert name[-1] in endings if endings else 2 <= len(name) <= 3
