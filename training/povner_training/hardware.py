"""Settings that make training on a CPU fast; imported before torch starts any thread."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch

torch.set_flush_denormal(True)


def has_bf16() -> bool:
    """Return whether this machine multiplies bfloat16 matrices natively."""
    return torch.cuda.is_available() or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
