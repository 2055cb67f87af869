"""Tag sets and their loss: what a source does not cover it must not teach."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.modeling_outputs import TokenClassifierOutput

from povner.checkpoint import Vocabulary
from povner.decoding import TagScheme
from povner.entities import LABELS
from povner.text import NormalizedText
from povner_training.examples import examples, tag_set_loss, tag_sets, tags_of
from povner_training.sources import NAMES, TrainingDocument, read_names, repair_names

SCHEME = TagScheme.from_tags(tags_of(LABELS))
OUTSIDE = 1


def bit(tag):
    return 1 << SCHEME.tags.index(tag)


def sets(document):
    return tag_sets(document, NormalizedText.from_source(document.text), SCHEME).tolist()


def test_a_complete_source_gives_one_tag_a_character():
    document = TrainingDocument("a", "在天津(jīn)市", frozenset({(1, 9, "PLACE")}))
    assert sets(document) == [OUTSIDE, bit("B-PLACE"), bit("I-PLACE"), bit("I-PLACE")]


def test_an_incomplete_source_leaves_the_rest_open():
    document = TrainingDocument(
        "a", "天津3元", frozenset({(0, 2, "PLACE")}), NAMES, ignored=((3, 4),)
    )
    open_tags = OUTSIDE | bit("B-MONEY") | bit("I-MONEY") | bit("B-HEADCOUNT") | bit("I-HEADCOUNT")
    assert sets(document) == [bit("B-PLACE"), bit("I-PLACE"), open_tags, 0]


def test_examples_are_windows_with_special_tokens():
    tokens = {"[C]": 0, "[S]": 1, "[U]": 2, "天": 3, "津": 4}
    vocabulary = Vocabulary.from_tokens(tokens, begin="[C]", end="[S]", unknown="[U]")
    document = TrainingDocument("a", "天津天海", frozenset({(0, 2, "PLACE")}))
    rows = examples([document], vocabulary, SCHEME, window=4)
    assert rows[0]["input_ids"] == [0, 3, 4, 3, 2, 1]
    assert rows[0]["labels"] == [0, bit("B-PLACE"), bit("I-PLACE"), OUTSIDE, OUTSIDE, 0]


def loss(logits, labels):
    return tag_set_loss(
        TokenClassifierOutput(logits=torch.tensor(logits)), torch.tensor(labels)
    ).item()


def test_the_loss_of_one_tag_is_cross_entropy():
    logits = np.random.default_rng(0).normal(size=(2, 3, 9)).astype(np.float32)
    tags = torch.tensor([[0, 4, 8], [1, 2, 3]])
    expected = torch.nn.functional.cross_entropy(torch.tensor(logits).flatten(0, 1), tags.flatten())
    assert loss(logits, (1 << tags).tolist()) == pytest.approx(expected.item(), abs=1e-6)


def test_the_loss_of_a_set_is_that_of_its_probability():
    logits = [[[0.0, 0.0, 0.0, 0.0]]]
    assert loss(logits, [[0b0111]]) == pytest.approx(-math.log(3 / 4))
    assert loss(logits, [[0b1111]]) == pytest.approx(0, abs=1e-6)


def test_unknown_tokens_do_not_count():
    logits = [[[2.0, 0.0], [0.0, 9.0]]]
    assert loss(logits, [[1, 0]]) == pytest.approx(math.log(1 + math.exp(-2)))


@pytest.mark.parametrize(
    ("text", "places", "bodies", "expected"),
    [
        ("江西乐安县人", [(0, 2), (2, 5)], [], ({"江西乐安县"}, set(), set())),
        ("中美关系", [(0, 1), (1, 2)], [], (set(), set(), {"中美"})),
        ("北京市政府说", [(0, 3)], [], (set(), {"北京市政府"}, set())),
        ("北京市委员说", [(0, 3)], [], ({"北京市"}, set(), set())),
        ("北京市政府说", [(0, 3)], [(3, 5)], (set(), {"北京市政府"}, set())),
        ("市委要求", [], [], (set(), set(), {"市委"})),
        ("河北省委要求", [], [(0, 4)], (set(), {"河北省委"}, set())),
    ],
)
def test_names_are_brought_closer_to_the_guideline(text, places, bodies, expected):
    found = repair_names(text, places, bodies)
    assert tuple({text[start:end] for start, end in spans} for spans in found) == expected


@given(st.text("中国省市委政府天津县人", max_size=20), st.data())
def test_repaired_records_never_overlap(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    entities = [
        [start, end, data.draw(st.sampled_from(["LOC", "ORG", "PER"]))]
        for start, end in itertools.pairwise(cuts)
    ]
    spans = sorted(read_names("x", {"text": text, "entities": entities}).spans)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))
