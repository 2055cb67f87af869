"""Write a model folder's ONNX files and check that they say what the torch model says."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from transformers import AutoModelForTokenClassification, PreTrainedModel

from povner.backends import OnnxBackend
from povner.errors import ModelError

FP32 = "onnx/model.onnx"
INT8 = "onnx/model_int8.onnx"
TOLERANCE = 1e-3

# Weights and activations are quantised in blocks of a row. One scale for a whole activation, as
# onnxruntime's dynamic quantisation has it, cost povner-base two points of F1: some channels behind
# GELU are up to fifty times larger than the median one.
BLOCK_SIZE = 64
INT8_ACTIVATIONS = 4  # onnxruntime's accuracy level for int8 products


class _Logits(torch.nn.Module):
    """The graph that is exported: whole windows of token ids in, logits out, no padding."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor) -> Any:
        """Return logits ``[batch, tokens, tags]``."""
        return self.model(input_ids=input_ids).logits


def load_for_export(folder: Path) -> PreTrainedModel:
    """Load a token classifier in fp32, with attention written out as ONNX needs it."""
    model: PreTrainedModel = AutoModelForTokenClassification.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    )
    model.eval()
    return model


def export(folder: Path) -> float:
    """Write the fp32 and the int8 ONNX file of a model folder.

    Args:
        folder: A Hugging Face token classifier as `povner-train fit` writes it.

    Returns:
        The largest difference of an fp32 logit from torch's, on random windows.

    Raises:
        ModelError: The folder was not made by `povner-train fit`, or the fp32 file differs from
            torch by more than `TOLERANCE`.
    """
    model = load_for_export(folder)
    if not hasattr(model.config, "window"):
        raise ModelError(f"{folder}/config.json names no window: povner-train fit writes it.")
    (folder / "onnx").mkdir(exist_ok=True)
    windows = _random_windows(model.config.vocab_size, model.config.window)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Logits(model).eval(),
            (torch.from_numpy(windows[-1])[None],),
            str(folder / FP32),
            input_names=["input_ids"],
            output_names=["logits"],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "tokens"},
                "logits": {0: "batch", 1: "tokens"},
            },
            opset_version=17,
            dynamo=False,
        )
    with torch.inference_mode():
        expected = [model(torch.from_numpy(window)[None]).logits[0].numpy() for window in windows]
    found = OnnxBackend(folder / FP32, threads=1)(windows)
    difference = max(
        float(np.abs(ours - theirs).max()) for ours, theirs in zip(found, expected, strict=True)
    )
    if difference > TOLERANCE:
        raise ModelError(
            f"{folder / FP32} differs from the torch model by {difference} in a logit; "
            f"at most {TOLERANCE} is accepted. It is kept for a look; no int8 file was made."
        )
    quantizer = MatMulNBitsQuantizer(
        onnx.load(folder / FP32),
        bits=8,
        block_size=BLOCK_SIZE,
        is_symmetric=True,
        accuracy_level=INT8_ACTIVATIONS,
    )
    quantizer.process()
    quantizer.model.save_model_to_file(str(folder / INT8))
    return difference


def _random_windows(vocabulary: int, longest: int) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    random = np.random.default_rng(1)
    lengths = (1, 2, 17, longest // 2, longest)
    return [random.integers(0, vocabulary, length) for length in lengths]
