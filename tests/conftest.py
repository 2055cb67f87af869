"""Shared fixtures: a tiny encoder and a model that has memorised four sentences."""

import json
import os

os.environ["HF_HUB_OFFLINE"] = "1"

from collections.abc import Callable
from pathlib import Path

import pytest

from povner_training.recipes import FitRecipe

ROOT = Path(__file__).parents[1]

# (text, [(surface, label), …]); each surface stands once.
SENTENCES = [
    ("河西區累計投入3.09億元，帶動6100戶脫貧。", [("河西區", "PLACE"), ("3.09億元", "MONEY"), ("6100戶", "HEADCOUNT")]),
    ("天津日报报道，近200名干部到白银区挂职。", [("天津日报", "ORG"), ("200名", "HEADCOUNT"), ("白银区", "PLACE")]),
    ("通渭县扶贫办发放补助50万元。", [("通渭县扶贫办", "ORG"), ("50万元", "MONEY")]),
    ("今年的天气很好，大家都很高兴。", []),
]  # fmt: skip


def annotation_line(identifier: str, text: str, surfaces: list[tuple[str, str]]) -> str:
    """Return one line of an annotation file, with its text."""
    entities = [
        {"start": text.index(surface), "end": text.index(surface) + len(surface), "label": label}
        for surface, label in surfaces
    ]
    return json.dumps({"id": identifier, "text": text, "entities": entities}, ensure_ascii=False)


@pytest.fixture(scope="session")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An annotation file with the four sentences."""
    path = tmp_path_factory.mktemp("annotations") / "four.jsonl"
    lines = [annotation_line(f"s{i}", *sentence) for i, sentence in enumerate(SENTENCES)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two small layers with a WordPiece tokenizer, as a Hugging Face user has one."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    from povner.text import NormalizedText

    folder = tmp_path_factory.mktemp("tiny") / "encoder"
    views = "".join(NormalizedText.from_source(text).view for text, _ in SENTENCES)
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set(views)), "##区", "区域"]
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    BertTokenizer(vocab={token: index for index, token in enumerate(tokens)}).save_pretrained(
        folder
    )
    return folder


@pytest.fixture(scope="session")
def tiny_recipe(tiny_encoder: Path, sentences: Path) -> Callable[..., FitRecipe]:
    """Makes a recipe that lets the tiny encoder memorise the sentences."""

    def make(**changes: object) -> FitRecipe:
        stage = {
            "sources": [{"name": str(sentences)}],
            "epochs": 60,
            "batch_size": 4,
            "learning_rate": 1e-2,
            "head_factor": 1.0,
            "dropout": 0.0,
        }
        recipe = {
            "encoder": str(tiny_encoder),
            "stages": [stage],
            "dev": [{"name": str(sentences)}],
            "window": 40,
        }
        return FitRecipe.model_validate(recipe | changes)

    return make


@pytest.fixture(scope="session")
def tiny_model(
    tiny_recipe: Callable[..., FitRecipe], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The model folder of the tiny recipe, made by the real training code."""
    from povner_training.release import fit

    folder = tmp_path_factory.mktemp("tiny-model")
    fit(tiny_recipe(), folder / "tiny", folder / "work", None, resume=False)
    return folder / "tiny"
