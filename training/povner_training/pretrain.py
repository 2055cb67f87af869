"""Adapt the character encoder to words and names: a student learns a teacher's tags."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset, load_from_disk
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    EvalPrediction,
    Trainer,
    TrainingArguments,
    default_data_collator,
    set_seed,
)
from transformers.trainer_utils import get_last_checkpoint

from povner.errors import RecipeError
from povner_training.encoder import build_encoder
from povner_training.hardware import has_bf16
from povner_training.recipes import PretrainRecipe
from povner_training.runs import claim, refuse_existing, whole_or_absent, write_json
from povner_training.teacher import IGNORED, labelled_blocks, teacher_tags

HELD_OUT = 200
PRETRAIN = "pretrain.json"


def tag_agreement(prediction: EvalPrediction) -> dict[str, float]:
    """Return the share of characters where the student gives the teacher's tag."""
    labels = np.asarray(prediction.label_ids)
    counted = labels != IGNORED
    agrees = np.asarray(prediction.predictions) == labels
    return {"tag_agreement": float(agrees[counted].mean())}


def pretrain(recipe: PretrainRecipe, data: Path, work: Path, out: Path) -> dict[str, Any]:
    """Make an adapted encoder, going on from what `work` holds of the same recipe.

    Args:
        recipe: What to learn from and how.
        data: The folder of raw text that the recipe names.
        work: Where labelled blocks and checkpoints are kept; safe to delete when done.
        out: The folder for the encoder.

    Returns:
        The scores on held-out blocks, as also written to ``out/pretrain.json``.

    Raises:
        RecipeError: `out` is there already, `work` holds another recipe's run, or the recipe's
            text is missing or too short.
    """
    refuse_existing(out)
    claim(work, recipe.model_dump(mode="json"), resume=True)
    set_seed(recipe.seed)
    start = work / "start"
    if not start.is_dir():
        build_encoder(start, recipe.layers)
    tokenizer = AutoTokenizer.from_pretrained(start)
    blocks = _blocks(recipe, data, work / "blocks", tokenizer.get_vocab())
    if len(blocks) <= HELD_OUT:
        raise RecipeError(
            f"The text makes {len(blocks)} blocks of {recipe.block_size} tokens; {HELD_OUT} are "
            "held out, and more are needed to learn from. Name more text in the recipe."
        )
    tags = teacher_tags()
    # One pass over much text cannot overfit, and dropout makes a step three times slower on a CPU.
    student = AutoModelForTokenClassification.from_pretrained(
        start,
        num_labels=len(tags),
        id2label=dict(enumerate(tags)),
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    trainer = Trainer(
        model=student,
        args=TrainingArguments(
            output_dir=str(work / "checkpoints"),
            per_device_train_batch_size=recipe.batch_size,
            per_device_eval_batch_size=recipe.batch_size,
            learning_rate=recipe.learning_rate,
            warmup_steps=recipe.warmup,
            lr_scheduler_type="linear",
            num_train_epochs=recipe.passes,
            weight_decay=0.01,
            bf16=has_bf16(),
            use_cpu=not torch.cuda.is_available(),
            seed=recipe.seed,
            logging_steps=50,
            eval_strategy="steps",
            eval_steps=500,
            save_steps=250,
            save_total_limit=2,
            report_to="none",
        ),
        train_dataset=blocks.select(range(HELD_OUT, len(blocks))),
        eval_dataset=blocks.select(range(HELD_OUT)),
        data_collator=default_data_collator,
        compute_metrics=tag_agreement,
        preprocess_logits_for_metrics=lambda logits, _labels: logits.argmax(dim=-1),
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(trainer.args.output_dir))
    scores = {
        "blocks": len(blocks),
        "tag_agreement": round(trainer.evaluate()["eval_tag_agreement"], 4),
    }
    with whole_or_absent(out) as folder:
        student.base_model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        write_json(folder / PRETRAIN, {"recipe": recipe.model_dump(mode="json"), "scores": scores})
    return scores


def _blocks(
    recipe: PretrainRecipe, data: Path, folder: Path, vocabulary: dict[str, int]
) -> Dataset:
    """Return the labelled blocks, from `folder` if an earlier run left them there."""
    if not folder.is_dir():
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        labelled_blocks(
            data,
            recipe.text,
            vocabulary,
            (vocabulary["<s>"], vocabulary["</s>"], vocabulary["<unk>"]),
            block_size=recipe.block_size,
            seed=recipe.seed,
            processes=os.cpu_count() or 1,
        ).save_to_disk(unfinished)
        unfinished.rename(folder)
    blocks = load_from_disk(folder)
    assert isinstance(blocks, Dataset)
    return blocks
