"""An extractor without a model, for tests of what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from povner.entities import MONEY, Document, Entity, Quantity

BAD = "坏"


class FakeExtractor:
    """Takes every 5元 for MONEY, and fails on a text with 坏 in it."""

    model_name = "fake"

    def __init__(self, model: str | None = None) -> None:
        self.model = model
        self.calls = 0

    def __call__(self, text: str) -> Document:
        self.calls += 1
        if BAD in text:
            raise ValueError(f"cannot read {BAD}")
        return Document(text, tuple(map(_entity, re.finditer(r"(\d+)元", text))))

    def pipe(self, texts: Iterable[str]) -> Iterator[Document]:
        return map(self, texts)


def _entity(match: re.Match[str]) -> Entity:
    amount = Decimal(match[1])
    value = Quantity("CNY", amount, amount)
    return Entity(MONEY, match[0], match.start(), match.end(), 0.98765, value)
