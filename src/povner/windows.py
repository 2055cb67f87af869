"""Cut a long text into overlapping windows that fit the model, and stitch their logits together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

OVERLAP = 48


@dataclass(frozen=True, slots=True)
class Window:
    """The view characters ``[start, end)`` that the model sees at once."""

    start: int
    end: int


def cut(length: int, size: int, overlap: int = OVERLAP) -> list[Window]:
    """Cover ``[0, length)`` with windows of at most `size`; neighbours share `overlap` or more.

    The last window is as long as the others where the text is, so that no character is read with
    little context only because a text ends there.

    >>> cut(10, size=6, overlap=2)
    [Window(start=0, end=6), Window(start=4, end=10)]
    """
    if length <= size:
        return [Window(0, length)] if length else []
    overlap = min(overlap, size // 2)
    starts = [*range(0, length - size, size - overlap), length - size]
    return [Window(start, start + size) for start in starts]


def stitch(windows: Sequence[Window], logits: Sequence[FloatArray], length: int) -> FloatArray:
    """Average the logits of overlapping windows, each character mostly by the window it is deep in.

    Args:
        windows: Windows that cover ``[0, length)``, as `cut` returns them.
        logits: float32 ``[end - start, tags]`` for each window.
        length: Characters in the view.

    Returns:
        float32 ``[length, tags]``.
    """
    if len(windows) == 1:
        return logits[0]
    total = np.zeros((length, logits[0].shape[1]), dtype=np.float32)
    weights = np.zeros((length, 1), dtype=np.float32)
    for window, window_logits in zip(windows, logits, strict=True):
        size = window.end - window.start
        depth = np.minimum(np.arange(1, size + 1), np.arange(size, 0, -1))
        weight = np.minimum(depth, OVERLAP).astype(np.float32)[:, None]
        total[window.start : window.end] += weight * window_logits
        weights[window.start : window.end] += weight
    return total / weights
