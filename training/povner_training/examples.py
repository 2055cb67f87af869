"""Annotated documents → training examples: windows of token ids with the tags each may have.

A token's target is a *set* of tags, stored as the bits of an integer: one tag inside a gold span,
``O`` outside, ``O`` and the tags of every label that the source does not cover where it says
nothing, and no tag at all (0) where the token is not to be learnt from. The loss is the negative
log-probability of the set, so a source without MONEY never teaches that an amount is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers.modeling_outputs import TokenClassifierOutput

from povner.checkpoint import Vocabulary
from povner.decoding import TagScheme, tags_from_spans
from povner.text import NormalizedText
from povner.windows import cut
from povner_training.scoring import Key
from povner_training.sources import TrainingDocument

UNKNOWN = 0


def tags_of(labels: Sequence[str]) -> list[str]:
    """Return the model's tags: ``O``, then ``B-X`` and ``I-X`` of each label."""
    return ["O", *(f"{position}-{label}" for label in labels for position in "BI")]


def view_spans(normalized: NormalizedText, spans: Iterable[Key]) -> list[Key]:
    """Map source spans to the view, in reading order; those of which nothing is left are out."""
    mapped = ((*normalized.to_view(start, end), label) for start, end, label in spans)
    return sorted((start, end, label) for start, end, label in mapped if start < end)


def tag_sets(
    document: TrainingDocument, normalized: NormalizedText, scheme: TagScheme
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the set of tags that each view character may have, as bits, int64 ``[len(view)]``."""
    spans = [key for key in document.spans if key[2] in scheme.labels]
    tags = tags_from_spans(view_spans(normalized, spans), len(normalized.view), scheme)
    outside = 1 << scheme.outside
    for index, label in enumerate(scheme.labels):
        if label not in document.covers:
            outside |= (1 << int(scheme.begin[index])) | (1 << int(scheme.inside[index]))
    sets = np.where(tags == scheme.outside, outside, np.left_shift(1, tags))
    for start, end in document.ignored:
        begin, stop = normalized.to_view(start, end)
        sets[begin:stop] = UNKNOWN
    return sets


def examples(
    documents: Iterable[TrainingDocument], vocabulary: Vocabulary, scheme: TagScheme, window: int
) -> Dataset:
    """Return one example a window: ``input_ids`` and ``labels`` (tag sets) with special tokens."""
    rows = []
    for document in documents:
        normalized = NormalizedText.from_source(document.text)
        ids = vocabulary.encode(normalized.view)
        sets = tag_sets(document, normalized, scheme)
        rows += [
            {
                "input_ids": [vocabulary.begin, *ids[part.start : part.end], vocabulary.end],
                "labels": [UNKNOWN, *sets[part.start : part.end], UNKNOWN],
            }
            for part in cut(len(ids), window)
        ]
    return Dataset.from_list(rows)


def tag_set_loss(
    outputs: TokenClassifierOutput, labels: torch.Tensor, num_items_in_batch: Any = None
) -> torch.Tensor:
    """Return the mean negative log-probability of the tag sets.

    Args:
        outputs: With logits ``[batch, tokens, tags]``.
        labels: int64 ``[batch, tokens]`` tag sets; `UNKNOWN` tokens do not count.
        num_items_in_batch: Passed by the Trainer; the mean is taken over this batch's own tokens.
    """
    assert outputs.logits is not None
    logits = outputs.logits.float()
    bits = torch.arange(logits.shape[-1], device=labels.device)
    allowed = (labels[..., None] >> bits) & 1 == 1
    counted = labels != UNKNOWN
    chosen = logits.masked_fill(~allowed, -torch.inf)[counted].logsumexp(dim=-1)
    losses = logits[counted].logsumexp(dim=-1) - chosen
    return losses.sum() / counted.sum().clamp(min=1)
