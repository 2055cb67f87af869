"""Run the model: token ids of windows in, tag logits out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from povner.errors import ModelError

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


class Backend(Protocol):
    """What the extractor needs of a model."""

    def __call__(self, windows: Sequence[IntArray]) -> list[FloatArray]:
        """Return float32 ``[tokens, tags]`` logits for each window of int64 ``[tokens]`` ids."""


class OnnxBackend:
    """The model in onnxruntime, one window a run, as many runs at a time as there are threads.

    A window is never padded and never shares a run with another, so its logits do not depend on
    what else is extracted beside it.
    """

    def __init__(self, weights: Path, threads: int) -> None:
        """Load the ONNX file.

        Raises:
            ModelError: The file is broken.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(weights), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no base class of their own
            raise ModelError(f"{weights} is no model that onnxruntime can load: {error}") from error
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None
        self._pool_process = 0

    def __call__(self, windows: Sequence[IntArray]) -> list[FloatArray]:
        """See `Backend`."""
        if self._threads == 1 or len(windows) < 2:
            return [self._run(window) for window in windows]
        return list(self._threads_of_this_process().map(self._run, windows))

    def _threads_of_this_process(self) -> ThreadPoolExecutor:
        """Return the pool; a forked process gets its own, since threads do not survive a fork."""
        if self._pool is None or self._pool_process != os.getpid():
            self._pool, self._pool_process = ThreadPoolExecutor(self._threads), os.getpid()
        return self._pool

    def _run(self, window: IntArray) -> FloatArray:
        logits: FloatArray = self._session.run(None, {"input_ids": window[None]})[0][0]
        return logits
