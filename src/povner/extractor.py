"""Text in, documents with entities out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from povner.backends import Backend, FloatArray, IntArray, OnnxBackend
from povner.checkpoint import Checkpoint, find_model, load_checkpoint
from povner.decoding import Span, decode
from povner.entities import HEADCOUNT, MONEY, Document, Entity
from povner.errors import InputError
from povner.places import link
from povner.quantities import page_region, read_quantity
from povner.text import NormalizedText
from povner.windows import Window, cut, stitch


class Extractor:
    """A loaded model that turns texts into documents.

    >>> extractor = Extractor()
    >>> [entity.text for entity in extractor("4年累計撥付3.09億元").entities]
    ['3.09億元']
    """

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        threads: int | None = None,
        labels: Collection[str] | None = None,
        min_score: float = 0.0,
    ) -> None:
        """Load a model.

        Args:
            model: A model folder or the name of a model that comes with povner; by default the
                model that povner ships.
            threads: Windows to run at the same time; by default one a core.
            labels: The labels to return; by default all that the model knows.
            min_score: Entities with a lower score are left out.

        Raises:
            ModelError: There is no such model, or its folder is broken.
            InputError: The model does not know one of the labels, or an option is out of range.
        """
        self._checkpoint: Checkpoint = load_checkpoint(find_model(model))
        known = self._checkpoint.scheme.labels
        if isinstance(labels, str):
            raise InputError(f"labels is a collection such as [{labels!r}], not a single str.")
        self._labels = frozenset(known if labels is None else labels)
        if unknown := sorted(self._labels - set(known)):
            raise InputError(
                f"The model {self.model_name} does not know {', '.join(unknown)}; "
                f"it knows {', '.join(known)}."
            )
        if not 0 <= min_score <= 1:
            raise InputError(f"min_score is a probability from 0 to 1, not {min_score}.")
        if threads is not None and threads < 1:
            raise InputError(f"threads must be at least 1, not {threads}.")
        self._min_score = min_score
        self._backend: Backend = OnnxBackend(self._checkpoint.weights, threads or _usable_cores())

    @property
    def model_name(self) -> str:
        """The name of the loaded model's folder."""
        return self._checkpoint.name

    def __call__(self, text: str) -> Document:
        """Extract the entities of one text.

        Args:
            text: Any text; it stays as it is.

        Raises:
            InputError: `text` is no str.
        """
        return next(self.pipe([text], batch_size=1))

    def pipe(self, texts: Iterable[str], *, batch_size: int = 64) -> Iterator[Document]:
        """Extract the entities of many texts, lazily and in order.

        Args:
            texts: The texts; any iterable, read `batch_size` at a time.
            batch_size: Texts whose windows are run together.

        Raises:
            InputError: A text is no str, `texts` is a single one, or `batch_size` is not positive.
        """
        if isinstance(texts, str):
            raise InputError("pipe reads many texts; call the Extractor itself on a single one.")
        if batch_size < 1:
            raise InputError(f"batch_size must be at least 1, not {batch_size}.")
        return self._batches(iter(texts), batch_size)

    def _batches(self, texts: Iterator[str], batch_size: int) -> Iterator[Document]:
        """Extract the texts, a batch at a time."""
        while batch := list(islice(texts, batch_size)):
            yield from self._extract(batch)

    def _extract(self, texts: Sequence[str]) -> Iterator[Document]:
        """Extract a batch: all windows of all texts in one call of the backend."""
        for text in texts:
            if not isinstance(text, str):
                raise InputError(
                    f"povner reads str, not {type(text).__name__}. "
                    "Decode bytes first, and pass many texts to Extractor.pipe."
                )
        normalized = [NormalizedText.from_source(text) for text in texts]
        windows = [cut(len(each.view), self._checkpoint.window) for each in normalized]
        ids = [
            token_ids
            for each, cuts in zip(normalized, windows, strict=True)
            for token_ids in self._token_ids(each.view, cuts)
        ]
        logits = iter(self._backend(ids))
        for each, cuts in zip(normalized, windows, strict=True):
            yield self._document(each, cuts, list(islice(logits, len(cuts))))

    def _token_ids(self, view: str, windows: Sequence[Window]) -> Iterator[IntArray]:
        """Yield each window's token ids, special tokens included."""
        vocabulary = self._checkpoint.vocabulary
        ids = vocabulary.encode(view)
        begin, end = np.array([vocabulary.begin]), np.array([vocabulary.end])
        for window in windows:
            yield np.concatenate([begin, ids[window.start : window.end], end])

    def _document(
        self, normalized: NormalizedText, windows: Sequence[Window], logits: Sequence[FloatArray]
    ) -> Document:
        """Decode one text's logits, which still hold the rows of the special tokens."""
        if not windows:
            return Document(normalized.source)
        inner = [window_logits[1:-1] for window_logits in logits]
        stitched = stitch(windows, inner, len(normalized.view))
        region = page_region(normalized.view)
        found = [
            _entity(normalized, span, region, self._checkpoint.calibrated(span.label, span.score))
            for span in decode(stitched, self._checkpoint.scheme)
            if not normalized.view[span.start : span.end].isspace()
        ]
        # Places are told by each other, also by those that were not asked for.
        return Document(
            normalized.source,
            tuple(
                entity
                for entity in link(normalized, found)
                if entity.label in self._labels and entity.score >= self._min_score
            ),
        )


def _usable_cores() -> int:
    """Return how many cores this process may use; all of them where the system does not say."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _default_extractor() -> Extractor:
    """Return the shipped model, loaded once a process."""
    return Extractor()


def extract(text: str, **options: Any) -> Document:
    """Extract the entities of one text.

    >>> extract("兩地5年投入150萬元").entities[0].value.lower
    Decimal('1500000')

    Args:
        text: Any text; it stays as it is.
        **options: The options of `Extractor`. With any of them a model is loaded for this call
            alone: make an `Extractor` to extract from many texts.

    Raises:
        InputError: `text` is no str, or an option is out of range.
        ModelError: There is no such model, or its folder is broken.
    """
    extractor = Extractor(**options) if options else _default_extractor()
    return extractor(text)


def _entity(normalized: NormalizedText, span: Span, region: str | None, score: float) -> Entity:
    """Map one span back to the source and read its value."""
    start, end = normalized.to_source(span.start, span.end)
    value = None
    if span.label in (MONEY, HEADCOUNT):
        value = read_quantity(normalized.view, span.start, span.end, span.label, region)
    return Entity(span.label, normalized.source[start:end], start, end, score, value)
