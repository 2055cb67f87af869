"""Adapt the character encoder to words and names.

A student learns two things in one pass over raw text: the tags that a teacher gives each character,
and, where the recipe hides words from it, which characters stood there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset, load_from_disk
from torch import nn
from torch.nn import functional
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertModel,
    BertPreTrainedModel,
    EvalPrediction,
    Trainer,
    TrainingArguments,
    default_data_collator,
    set_seed,
)
from transformers.modeling_outputs import TokenClassifierOutput
from transformers.trainer_utils import get_last_checkpoint

from povner.errors import RecipeError
from povner_training.encoder import build_encoder
from povner_training.hardware import has_bf16
from povner_training.recipes import PretrainRecipe
from povner_training.runs import claim, refuse_existing, whole_or_absent, write_json
from povner_training.teacher import IGNORED, labelled_blocks, teacher_tags

HELD_OUT = 200
PRETRAIN = "pretrain.json"
# Of the hidden characters, BERT's shares: replaced by the mask, by another character, left alone.
MASKED, REPLACED = 0.8, 0.1


class Student(BertPreTrainedModel):
    """A BERT that gives each character a tag and, in training, guesses the hidden characters.

    Args:
        config: BERT's, with the tags as its labels.
        word_starts: The ids of the tags that a word starts with; words are hidden whole.
        hidden_share: The share of the words to hide in training.
        mask_id: The id of the mask token.
        special_tokens: The tokens below this id are no characters.
    """

    def __init__(
        self,
        config: BertConfig,
        *,
        word_starts: Sequence[int] = (),
        hidden_share: float = 0.0,
        mask_id: int = 0,
        special_tokens: int = 0,
    ) -> None:
        """Make the student; its weights are drawn, or loaded by `from_pretrained`."""
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.classifier = nn.Linear(config.hidden_size, len(config.id2label or {}))
        self.guess = nn.Sequential(
            nn.Linear(config.hidden_size, config.hidden_size),
            nn.GELU(),
            nn.LayerNorm(config.hidden_size),
        )
        self.word_starts = word_starts
        self.hidden_share = hidden_share
        self.mask_id = mask_id
        self.special_tokens = special_tokens
        self.post_init()  # type: ignore[no-untyped-call]

    def hide(
        self, input_ids: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the input with some words hidden, and where.

        Args:
            input_ids: ``[blocks, tokens]``.
            labels: The tag of each token, IGNORED for special tokens; ``[blocks, tokens]``.

        Returns:
            The new input ids and a boolean tensor of the same shape.
        """
        shape, device = labels.shape, labels.device
        starts = torch.isin(labels, torch.tensor([*self.word_starts, IGNORED], device=device))
        word = starts.long().cumsum(dim=1)
        by_word = torch.rand(shape[0], shape[1] + 1, device=device)
        hidden = (by_word.gather(1, word) < self.hidden_share) & (labels != IGNORED)
        fate = torch.rand(shape, device=device)
        other = torch.randint(self.special_tokens, self.config.vocab_size, shape, device=device)
        shown = torch.where(fate < MASKED, self.mask_id, input_ids)
        shown = torch.where((fate >= MASKED) & (fate < MASKED + REPLACED), other, shown)
        return torch.where(hidden, shown, input_ids), hidden

    def forward(self, input_ids: torch.Tensor, labels: torch.Tensor) -> TokenClassifierOutput:
        """Return the tag logits ``[blocks, tokens, tags]`` and the loss.

        The loss is the sum of all predictions' cross-entropies, tags and hidden characters alike,
        over the number of tagged characters.
        """
        characters = input_ids
        hidden = torch.zeros_like(labels, dtype=torch.bool)
        if self.training and self.hidden_share:
            input_ids, hidden = self.hide(input_ids, labels)
        states = self.bert(input_ids).last_hidden_state
        logits = self.classifier(states)
        loss = functional.cross_entropy(
            logits.flatten(0, 1).float(), labels.flatten(), ignore_index=IGNORED, reduction="sum"
        )
        if hidden.any():
            words = self.bert.embeddings.word_embeddings.weight
            guesses = functional.linear(self.guess(states[hidden]), words)
            loss = loss + functional.cross_entropy(
                guesses.float(), characters[hidden], reduction="sum"
            )
        return TokenClassifierOutput(loss=loss / (labels != IGNORED).sum(), logits=logits)


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
    start = Path(recipe.start) if recipe.start else work / "start"
    if not start.is_dir():
        if recipe.start:
            raise RecipeError(f"{start} is no folder; the recipe goes on from the encoder in it.")
        build_encoder(start, recipe.layers)
    tokenizer = AutoTokenizer.from_pretrained(start)
    special = (tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.unk_token_id)
    blocks = _blocks(recipe, data, work / "blocks", tokenizer.get_vocab(), special)
    if len(blocks) <= HELD_OUT:
        raise RecipeError(
            f"The text makes {len(blocks)} blocks of {recipe.block_size} tokens; {HELD_OUT} are "
            "held out, and more are needed to learn from. Name more text in the recipe."
        )
    tags = teacher_tags()
    # One pass over much text cannot overfit, and dropout makes a step three times slower on a CPU.
    student = Student.from_pretrained(
        start,
        num_labels=len(tags),
        id2label=dict(enumerate(tags)),
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        word_starts=[index for index, tag in enumerate(tags) if not tag.endswith("-I")],
        hidden_share=recipe.hidden_words,
        mask_id=tokenizer.mask_token_id,
        special_tokens=max(tokenizer.all_special_ids) + 1,
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
            eval_steps=1000,
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
        student.bert.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        before = start / PRETRAIN
        record = {
            "recipe": recipe.model_dump(mode="json"),
            "scores": scores,
            "start": json.loads(before.read_text("utf-8")) if before.is_file() else None,
        }
        write_json(folder / PRETRAIN, record)
    return scores


def _blocks(
    recipe: PretrainRecipe,
    data: Path,
    folder: Path,
    vocabulary: dict[str, int],
    special: tuple[int, int, int],
) -> Dataset:
    """Return the labelled blocks, from `folder` if an earlier run left them there.

    Args:
        recipe: What to read.
        data: Where it lies.
        folder: Where the blocks are kept.
        vocabulary: Character → token id.
        special: The ids of the tokens before and behind a block's texts, and of the unknown one.
    """
    if not folder.is_dir():
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        labelled_blocks(
            data,
            recipe.text,
            vocabulary,
            special,
            block_size=recipe.block_size,
            seed=recipe.seed,
            processes=os.cpu_count() or 1,
        ).save_to_disk(unfinished)
        unfinished.rename(folder)
    blocks = load_from_disk(folder)
    assert isinstance(blocks, Dataset)
    return blocks
