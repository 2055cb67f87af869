"""A text of any length is extracted in full."""

import pytest

from povner import Extractor
from tests.conftest import SENTENCES

SENTENCE, SPANS = SENTENCES[0]


def missed(extractor, copies):
    """Return the spans of a sentence, repeated on one line, that are not found where they stand."""
    found = {(e.start, e.end, e.label) for e in extractor(SENTENCE * copies).entities}
    places = [
        (SENTENCE.index(surface), SENTENCE.index(surface) + len(surface), label)
        for surface, label in SPANS
    ]
    expected = {
        (start + offset, end + offset, label)
        for offset in range(0, copies * len(SENTENCE), len(SENTENCE))
        for start, end, label in places
    }
    return expected - found


def test_forty_thousand_characters_on_one_line(tiny_model):
    assert missed(Extractor(tiny_model), 40_000 // len(SENTENCE)) == set()


@pytest.mark.long
def test_five_megabytes_on_one_line(tiny_model):
    assert missed(Extractor(tiny_model), 5_000_000 // len(SENTENCE.encode())) == set()
