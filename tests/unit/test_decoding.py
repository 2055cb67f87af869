"""Decoding against brute force over every legal tag path."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povner import decoding
from povner.decoding import Span, TagScheme, decode, tags_from_spans

SCHEME = TagScheme.from_tags(["O", "B-X", "I-X", "B-Y", "I-Y"])


def legal(path):
    return all(
        not tag.startswith("I-") or (before != "O" and before[2:] == tag[2:])
        for before, tag in zip(("O", *path), path, strict=False)
    )


def spans_of(path):
    starts = [at for at, tag in enumerate(path) if tag.startswith("B-")]
    return {
        (
            at,
            next(
                (end for end in range(at + 1, len(path)) if not path[end].startswith("I-")),
                len(path),
            ),
            path[at][2:],
        )
        for at in starts
    }


def key(span):
    return span.start, span.end, span.label


def brute_force(logits):
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    weights = {}
    for columns in product(range(5), repeat=len(logits)):
        path = tuple(SCHEME.tags[column] for column in columns)
        if legal(path):
            weights[path] = float(np.prod(probabilities[range(len(columns)), columns]))
    best = max(weights, key=lambda path: weights[path])
    total = sum(weights.values())
    return {
        span: sum(weight for path, weight in weights.items() if span in spans_of(path)) / total
        for span in spans_of(best)
    }


@pytest.mark.parametrize("seed", range(30))
def test_best_path_and_posteriors_equal_brute_force(seed):
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (random.integers(1, 6), 5)).astype(np.float32)
    found = {(span.start, span.end, span.label): span.score for span in decode(logits, SCHEME)}
    expected = brute_force(logits)
    assert found.keys() == expected.keys()
    for span, score in found.items():
        assert score == pytest.approx(expected[span], abs=1e-6)


def test_runs_between_certain_characters_are_independent():
    random = np.random.default_rng(0)
    parts = [random.normal(0, 2, (length, 5)).astype(np.float32) for length in (3, 1, 5, 2)]
    certain = np.array([[40.0, 0, 0, 0, 0]], dtype=np.float32)
    joined = np.concatenate([row for part in parts for row in (part, certain)])
    expected = []
    offset = 0
    for part in parts:
        expected += [
            Span(span.start + offset, span.end + offset, span.label, span.score)
            for span in decode(part, SCHEME)
        ]
        offset += len(part) + 1
    found = decode(joined, SCHEME)
    assert list(map(key, found)) == list(map(key, expected))
    scores = [span.score for span in expected]
    assert [span.score for span in found] == pytest.approx(scores, abs=1e-6)


def test_a_long_text_is_decoded_as_one_path(monkeypatch):
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (5000, 5)).astype(np.float32)
    logits[random.random(5000) < 0.3, 0] += 12  # surely outside
    in_runs = decode(logits, SCHEME)
    monkeypatch.setattr(decoding, "DOUBT", 0.0)
    whole = decode(logits, SCHEME)
    assert len(whole) > 500
    assert list(map(key, in_runs)) == list(map(key, whole))
    scores = [span.score for span in whole]
    assert [span.score for span in in_runs] == pytest.approx(scores, abs=1e-3)


def test_an_inside_tag_without_its_begin_is_never_taken():
    logits = np.full((3, 5), -5.0, dtype=np.float32)
    logits[:, 0] = 0
    logits[1, 2] = 3  # I-X, with nothing before it
    assert decode(logits, SCHEME) == []


def test_adjacent_entities_stay_apart():
    logits = np.full((4, 5), -9.0, dtype=np.float32)
    logits[range(4), [1, 2, 1, 2]] = 9
    assert [(span.start, span.end, span.label) for span in decode(logits, SCHEME)] == [
        (0, 2, "X"),
        (2, 4, "X"),
    ]


def test_no_characters_no_spans():
    assert decode(np.zeros((0, 5), dtype=np.float32), SCHEME) == []


@st.composite
def flat_spans(draw):
    length = draw(st.integers(1, 30))
    cuts = sorted(draw(st.sets(st.integers(0, length), max_size=8)))
    chosen = [(start, end) for start, end in pairwise(cuts) if draw(st.booleans())]
    return length, [(start, end, draw(st.sampled_from("XY"))) for start, end in chosen]


@given(flat_spans())
def test_tags_and_spans_are_each_others_inverse(case):
    length, spans = case
    tags = tags_from_spans(spans, length, SCHEME)
    logits = np.full((length, 5), -20.0, dtype=np.float32)
    logits[range(length), tags] = 20
    found = decode(logits, SCHEME)
    assert list(map(key, found)) == spans
    assert [span.score for span in found] == pytest.approx([1] * len(spans))


@pytest.mark.parametrize(
    "tags", [[], ["O"], ["O", "B-X"], ["O", "B-X", "I-Y"], ["B-X", "I-X"], ["O", "O", "B-X", "I-X"]]
)
def test_other_tag_sets_are_refused(tags):
    with pytest.raises(ValueError, match="pairs of B-X and I-X"):
        TagScheme.from_tags(tags)
