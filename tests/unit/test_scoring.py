"""Our strict span score, against seqeval's."""

import itertools
import random

import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from povner.decoding import TagScheme, tags_from_spans
from povner_training.scoring import Score, score_documents

SCHEME = TagScheme.from_tags(["O", "B-X", "I-X", "B-Y", "I-Y"])


def test_only_the_same_label_start_and_end_count():
    gold = {(0, 2, "X"), (3, 4, "Y")}
    predicted = {(0, 2, "X"), (3, 4, "X"), (5, 6, "Y")}
    scores = score_documents([(predicted, gold)], ["X", "Y"])
    assert scores == {"X": Score(1, 1, 0), "Y": Score(0, 1, 1), "micro": Score(1, 2, 1)}
    assert scores["micro"].to_dict() == {"precision": 0.3333, "recall": 0.5, "f1": 0.4, "gold": 2}


def test_nothing_found_and_nothing_there_scores_zero():
    assert Score().f1 == Score().precision == Score().recall == 0


@pytest.mark.parametrize("seed", range(10))
def test_seqeval_strict_agrees(seed):
    def spans():
        cuts = sorted(random.sample(range(25), 8))
        pairs = itertools.pairwise(cuts)
        return {(a, b, random.choice("XY")) for a, b in pairs if random.random() < 0.6}

    random.seed(seed)
    pairs = [(spans(), spans()) for _ in range(5)]
    tags = [
        [[SCHEME.tags[tag] for tag in tags_from_spans(sorted(side), 25, SCHEME)] for side in sides]
        for sides in pairs
    ]
    theirs = f1_score(
        [gold for _, gold in tags], [predicted for predicted, _ in tags], mode="strict", scheme=IOB2
    )
    assert score_documents(pairs, "XY")["micro"].f1 == pytest.approx(theirs)
