"""From tag logits to spans: the best IOB2-legal path, and how probable each of its spans is.

Under IOB2 an ``I-X`` may follow only ``B-X`` or ``I-X``; every other step is legal. The paths are
weighed by the product of their tag probabilities. The text is cut at characters that are surely
outside every entity, one in each block, into runs that are independent of each other. All steps
below advance all runs at once, so the number of numpy calls does not grow with the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

OUTSIDE = "O"
# A text is cut at the surest outside character of each block, if all other tags together are less
# probable there than this; that is also how far off the score of a span beside a cut can be.
BLOCK = 64
DOUBT = 1e-3


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled stretch ``[start, end)`` of the view with its posterior probability."""

    start: int
    end: int
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class TagScheme:
    """Which column of the logits is which IOB2 tag.

    Attributes:
        labels: The entity labels, in the order of their B- and I-columns.
        outside: The column of ``O``.
        begin: int64 ``[labels]``, the columns of ``B-X``.
        inside: int64 ``[labels]``, the columns of ``I-X``.
    """

    labels: tuple[str, ...]
    outside: int
    begin: IntArray
    inside: IntArray

    @classmethod
    def from_tags(cls, tags: Sequence[str]) -> TagScheme:
        """Read the scheme from the tag of each column.

        Raises:
            ValueError: The tags are not ``O`` and pairs of ``B-X`` and ``I-X``.
        """
        labels = tuple(tag[2:] for tag in tags if tag.startswith("B-"))
        expected = {OUTSIDE, *(f"{position}-{label}" for label in labels for position in "BI")}
        if set(tags) != expected or len(tags) != len(expected) or not labels:
            raise ValueError(f"expected the tags O and pairs of B-X and I-X, got {list(tags)}")
        return cls(
            labels,
            tags.index(OUTSIDE),
            np.array([tags.index(f"B-{label}") for label in labels]),
            np.array([tags.index(f"I-{label}") for label in labels]),
        )

    @property
    def tags(self) -> tuple[str, ...]:
        """The tag of each column."""
        columns = {self.outside: OUTSIDE}
        for label, begin, inside in zip(self.labels, self.begin, self.inside, strict=True):
            columns |= {int(begin): f"B-{label}", int(inside): f"I-{label}"}
        return tuple(columns[column] for column in sorted(columns))


def tags_from_spans(
    spans: Sequence[tuple[int, int, str]], length: int, scheme: TagScheme
) -> IntArray:
    """Return the tag column of each of `length` characters for non-overlapping spans."""
    tags = np.full(length, scheme.outside)
    for start, end, label in spans:
        index = scheme.labels.index(label)
        tags[start] = scheme.begin[index]
        tags[start + 1 : end] = scheme.inside[index]
    return tags


def decode(logits: FloatArray, scheme: TagScheme) -> list[Span]:
    """Return the spans of the most probable legal tag path, in reading order.

    Args:
        logits: float32 ``[characters, tags]``.
        scheme: The meaning of the columns.
    """
    if not len(logits):
        return []
    probabilities = _log_softmax(logits)
    outside = probabilities[:, scheme.outside]
    runs = _Runs.between(_cuts(outside), len(outside))
    begin = probabilities[:, scheme.begin]
    inside = probabilities[:, scheme.inside]
    starts, ends, labels = _spans_of(_best_path(outside, begin, inside, runs), len(scheme.labels))
    before, following, total = _sums(outside, begin, inside, runs)
    continued = np.concatenate([np.zeros((1, inside.shape[1])), np.cumsum(inside, axis=0)])
    posterior = (
        before[starts]
        + begin[starts, labels]
        + continued[ends, labels]
        - continued[starts + 1, labels]
        + following[ends]
        - total[starts]
    )
    scores = np.exp(np.minimum(posterior, 0.0))
    return [
        Span(int(start), int(end), scheme.labels[label], float(score))
        for start, end, label, score in zip(starts, ends, labels, scores, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Runs:
    """Stretches of text that are decoded independently, longest first.

    Attributes:
        starts: int64 ``[runs]``, where each begins.
        active: int64 ``[longest]``, how many of them are longer than each number of steps.
    """

    starts: IntArray
    active: IntArray

    @classmethod
    def between(cls, cuts: IntArray, length: int) -> _Runs:
        """Return the runs of ``[0, length)`` without the characters at `cuts`."""
        starts = np.concatenate([[0], cuts + 1])
        ends = np.concatenate([cuts, [length]])
        order = np.argsort(starts - ends, kind="stable")
        longest = int((ends - starts).max(initial=0))
        active = np.searchsorted((starts - ends)[order], -np.arange(longest), side="left")
        return cls(starts[order], active)

    def positions(self, step: int) -> IntArray:
        """Return where each run that is longer than `step` has its character number `step`."""
        return self.starts[: self.active[step]] + step


def _cuts(outside: npt.NDArray[np.float64]) -> IntArray:
    """Return where to cut a text, by the log-probability that each character is outside."""
    blocks = -(-len(outside) // BLOCK)
    padded = np.full(blocks * BLOCK, -np.inf)
    padded[: len(outside)] = outside
    surest = padded.reshape(blocks, BLOCK).argmax(axis=1) + np.arange(blocks) * BLOCK
    certain: IntArray = surest[padded[surest] > np.log1p(-DOUBT)]
    return certain


def _log_softmax(logits: FloatArray) -> npt.NDArray[np.float64]:
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def _best_path(
    outside: npt.NDArray[np.float64],
    begin: npt.NDArray[np.float64],
    inside: npt.NDArray[np.float64],
    runs: _Runs,
) -> IntArray:
    """Return the state of each character on the best path: 0 outside, 1+k B, 1+L+k I of label k."""
    n_labels = begin.shape[1]
    n_runs = len(runs.starts)
    state = np.full((n_runs, 1 + 2 * n_labels), -np.inf)
    state[:, 0] = 0.0
    came_from = np.zeros(len(outside), dtype=np.int64)
    from_begin = np.zeros((len(outside), n_labels), dtype=np.bool_)
    for step in range(len(runs.active)):
        at = runs.positions(step)
        old = state[: len(at)]
        best = old.argmax(axis=1)
        came_from[at] = best
        best_score = old[np.arange(len(at)), best]
        entered, stayed = old[:, 1 : 1 + n_labels], old[:, 1 + n_labels :]
        from_begin[at] = entered >= stayed
        new_inside = inside[at] + np.maximum(entered, stayed)
        state[: len(at), 0] = outside[at] + best_score
        state[: len(at), 1 : 1 + n_labels] = begin[at] + best_score[:, None]
        state[: len(at), 1 + n_labels :] = new_inside
    path = np.zeros(len(outside), dtype=np.int64)
    current = state.argmax(axis=1)
    for step in reversed(range(len(runs.active))):
        at = runs.positions(step)
        here = current[: len(at)]
        path[at] = here
        label = here - 1 - n_labels
        is_inside = label >= 0
        label = np.maximum(label, 0)
        through = np.where(from_begin[at, label], 1 + label, 1 + n_labels + label)
        current[: len(at)] = np.where(is_inside, through, came_from[at])
    return path


def _spans_of(path: IntArray, n_labels: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return starts, ends and label indices of the spans on a path of states (see `_best_path`)."""
    starts = np.flatnonzero((path >= 1) & (path <= n_labels))
    not_inside = np.flatnonzero(np.concatenate([path <= n_labels, [True]]))
    ends = not_inside[np.searchsorted(not_inside, starts, side="right")]
    return starts, ends, path[starts] - 1


def _sums(
    outside: npt.NDArray[np.float64],
    begin: npt.NDArray[np.float64],
    inside: npt.NDArray[np.float64],
    runs: _Runs,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Sum the probability of legal paths around each character of the runs (forward-backward).

    Returns:
        Three log sums: float64 ``[characters]`` over the paths of the run before the character;
        float64 ``[characters + 1]`` over those from the character on that do not go on inside an
        entity (0 behind a run); float64 ``[characters]`` over all paths of its run.
    """
    length, n_labels = begin.shape
    before = np.zeros(length)
    following = np.zeros(length + 1)
    total = np.zeros(length)
    summed = np.zeros(len(runs.starts))
    open_entity = np.full((len(runs.starts), n_labels), -np.inf)
    for step in range(len(runs.active)):
        at = runs.positions(step)
        old = summed[: len(at)].copy()
        before[at] = old
        new_begin = begin[at] + old[:, None]
        new_inside = inside[at] + open_entity[: len(at)]
        open_entity[: len(at)] = np.logaddexp(new_begin, new_inside)
        summed[: len(at)] = np.logaddexp(
            outside[at] + old, np.logaddexp.reduce(open_entity[: len(at)], axis=1)
        )
    ahead_closed = np.zeros(len(runs.starts))
    ahead_open = np.zeros((len(runs.starts), n_labels))
    for step in reversed(range(len(runs.active))):
        at = runs.positions(step)
        closed, opened = ahead_closed[: len(at)].copy(), ahead_open[: len(at)]
        total[at] = summed[: len(at)]
        fresh = np.logaddexp(outside[at] + closed, np.logaddexp.reduce(begin[at] + opened, axis=1))
        following[at] = fresh
        ahead_open[: len(at)] = np.logaddexp(fresh[:, None], inside[at] + opened)
        ahead_closed[: len(at)] = fresh
    return before, following, total
