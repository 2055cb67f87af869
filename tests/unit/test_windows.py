"""Windows cover the text and stitch back to it."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from povner.windows import cut, stitch


@given(st.integers(0, 2000), st.integers(1, 300), st.integers(0, 100))
def test_windows_cover_the_text_and_fit(length, size, overlap):
    windows = cut(length, size, overlap)
    assert all(0 < window.end - window.start <= size for window in windows)
    if length:
        assert windows[0].start == 0
        assert windows[-1].end == length
    least = min(overlap, size // 2)
    for one, two in itertools.pairwise(windows):
        assert one.start < two.start <= one.end - least


@given(st.integers(1, 600), st.integers(4, 100))
def test_windows_that_agree_stitch_to_the_whole(length, size):
    logits = np.random.default_rng(length).normal(size=(length, 3)).astype(np.float32)
    windows = cut(length, size)
    parts = [logits[window.start : window.end] for window in windows]
    np.testing.assert_allclose(stitch(windows, parts, length), logits, rtol=1e-4, atol=1e-5)


def test_the_deeper_window_counts_more():
    windows = cut(150, 100)
    zeros, ones = np.zeros((100, 1), np.float32), np.ones((100, 1), np.float32)
    stitched = stitch(windows, [zeros, ones], 150)[:, 0]
    shared = stitched[windows[1].start : windows[0].end]
    assert (np.diff(shared) >= 0).all()
    assert shared[0] < 0.1
    assert shared[-1] > 0.9
