"""A text of any length is extracted in full."""

import pytest

from povner import Extractor
from tests.conftest import SENTENCES

SENTENCE, SPANS = SENTENCES[0]


def all_found(extractor, characters):
    copies = characters // len(SENTENCE)
    document = extractor(SENTENCE * copies)
    expected = [surface for surface, _ in SPANS] * copies
    return [entity.text for entity in document.entities] == expected


def test_forty_thousand_characters_on_one_line(tiny_model):
    assert all_found(Extractor(tiny_model), 40_000)


@pytest.mark.long
def test_five_megabytes_on_one_line(tiny_model):
    assert len(SENTENCE.encode()) > 2 * len(SENTENCE)
    assert all_found(Extractor(tiny_model), 5_000_000 * len(SENTENCE) // len(SENTENCE.encode()))
