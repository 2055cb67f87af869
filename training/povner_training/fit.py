"""Fine-tune an encoder into a model: the recipe's stages one after the other, then export."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    EvalPrediction,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Trainer,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_utils import get_last_checkpoint

from povner.checkpoint import Vocabulary
from povner.decoding import TagScheme, decode, tags_from_spans
from povner.errors import RecipeError
from povner_training.augment import augmented
from povner_training.character_tokenizer import SpecialTokens, character_tokenizer
from povner_training.examples import UNKNOWN, examples, tag_set_loss, tags_of
from povner_training.hardware import has_bf16
from povner_training.recipes import Augment, FitRecipe, Stage
from povner_training.runs import claim, whole_or_absent
from povner_training.sources import TrainingDocument, load

MODEL = "model"


@dataclass(frozen=True, slots=True)
class Parts:
    """What training a token classifier takes.

    Attributes:
        model: The token classifier, in fp32.
        tokenizer: One token a character.
        vocabulary: The same as povner's runtime reads it.
        scheme: The tags of the model's outputs.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    vocabulary: Vocabulary
    scheme: TagScheme


def load_parts(encoder: str | Path, recipe: FitRecipe, dropout: float) -> Parts:
    """Load any BERT-like encoder (or an earlier model) as a classifier of the recipe's tags.

    Args:
        encoder: A Hugging Face folder or hub name.
        recipe: Gives the labels, the window and the seed of the new head.
        dropout: Of hidden states.

    Raises:
        RecipeError: There is no such encoder, or it cannot read the recipe's windows.
    """
    set_seed(recipe.seed)
    tags = tags_of(recipe.labels)
    try:
        original = AutoTokenizer.from_pretrained(encoder)
        config = AutoConfig.from_pretrained(
            encoder,
            id2label=dict(enumerate(tags)),
            label2id={tag: index for index, tag in enumerate(tags)},
        )
        config.hidden_dropout_prob = dropout
        config.attention_probs_dropout_prob = 0.0
        config.window = recipe.window
        if hasattr(config, "calibration"):  # that of the model that this one starts from
            del config.calibration
        model = AutoModelForTokenClassification.from_pretrained(
            encoder, config=config, ignore_mismatched_sizes=True, dtype=torch.float32
        )
        _keep_known_tags(model, encoder, tags)
    except OSError as error:
        raise RecipeError(
            f"There is no encoder {str(encoder)!r}: give a Hugging Face folder (povner-train "
            f"encoder and povner-train pretrain make one) or a hub name. {error}"
        ) from error
    if recipe.window + 2 > model.config.max_position_embeddings:
        raise RecipeError(
            f"The encoder {encoder} reads {model.config.max_position_embeddings} tokens, fewer "
            f"than a window of {recipe.window} characters and two special tokens. Set window."
        )
    names = [field.name for field in fields(SpecialTokens)]
    if missing := [name for name in names if getattr(original, name, None) is None]:
        raise RecipeError(
            f"The tokenizer of {encoder} has no {', '.join(missing)}. povner fine-tunes BERT-like "
            "encoders, whose tokenizers have all of " + ", ".join(names)
        )
    special = SpecialTokens(**{name: getattr(original, name) for name in names})
    tokens = original.get_vocab()
    vocabulary = Vocabulary.from_tokens(
        tokens, begin=special.cls_token, end=special.sep_token, unknown=special.unk_token
    )
    tokenizer = character_tokenizer(tokens, special, max_length=recipe.window + 2)
    return Parts(model, tokenizer, vocabulary, TagScheme.from_tags(tags))


def _keep_known_tags(model: PreTrainedModel, start: str | Path, tags: Sequence[str]) -> None:
    """Take the rows of the head over from an earlier model, for the tags that it knew by name."""
    config = AutoConfig.from_pretrained(start)
    known = {tag: index for index, tag in (config.id2label or {}).items()}
    if not set(tags) & set(known):
        return
    earlier = AutoModelForTokenClassification.from_pretrained(start, dtype=torch.float32)
    head, before = model.state_dict(), earlier.state_dict()
    for index, tag in enumerate(tags):
        for part in ("classifier.weight", "classifier.bias"):
            if tag in known:
                head[part][index] = before[part][known[tag]]


def stage_documents(
    stage: Stage, recipe: FitRecipe, data: Path | None, without: frozenset[str] = frozenset()
) -> list[TrainingDocument]:
    """Return what one stage reads in an epoch."""
    return [
        document
        for source in stage.sources
        for document in load(source, data, recipe.seed, without, recipe.labels)
    ]


def dev_documents(recipe: FitRecipe, data: Path | None) -> list[TrainingDocument]:
    """Return what the recipe measures on.

    Raises:
        RecipeError: A dev source does not annotate all of the recipe's labels.
    """
    documents = [
        document
        for source in recipe.dev
        for document in load(source, data, recipe.seed, labels=recipe.labels)
    ]
    if any(not document.covers.issuperset(recipe.labels) for document in documents):
        names = ", ".join(source.name for source in recipe.dev)
        raise RecipeError(
            f"dev ({names}) must annotate all of {', '.join(recipe.labels)}, "
            "or its scores would mean nothing. Take sources with fewer labels for stages only."
        )
    return documents


def train_stage(
    stage: Stage,
    recipe: FitRecipe,
    start: str | Path,
    work: Path,
    data: Path | None,
    *,
    resume: bool,
    without: frozenset[str] = frozenset(),
) -> Path:
    """Train one stage and return the folder of the resulting fp32 classifier.

    Args:
        stage: What to learn.
        recipe: The recipe it belongs to.
        start: The encoder, or the folder that the stage before returned.
        work: Where this stage keeps checkpoints and its result.
        data: The folder of external sets.
        resume: Whether to go on from what `work` holds.
        without: Ids of documents to leave out.

    Raises:
        RecipeError: `work` holds an earlier run and `resume` is false, or another run.
    """
    run = recipe.model_dump(mode="json", exclude={"stages"}) | {
        "stage": stage.model_dump(mode="json"),
        "start": str(start),
        "without": sorted(without),
    }
    claim(work, run, resume=resume)
    result = work / MODEL
    if result.is_dir():
        return result
    parts = load_parts(start, recipe, stage.dropout)
    copies = ceil(stage.epochs) if stage.augment != Augment() else 1
    documents = augmented(
        stage_documents(stage, recipe, data, without), stage.augment, copies, recipe.seed
    )
    train = examples(documents, parts.vocabulary, parts.scheme, recipe.window)
    dev = dev_documents(recipe, data)
    steps = max(1, round(stage.epochs * len(train) / copies / stage.batch_size))
    trainer = Trainer(
        model=parts.model,
        args=TrainingArguments(
            output_dir=str(work / "checkpoints"),
            per_device_train_batch_size=stage.batch_size,
            per_device_eval_batch_size=stage.batch_size,
            max_steps=steps,
            warmup_steps=stage.warmup,
            lr_scheduler_type="linear",
            train_sampling_strategy="group_by_length",
            bf16=has_bf16(),
            use_cpu=not torch.cuda.is_available(),
            seed=recipe.seed,
            logging_steps=max(1, steps // 50),
            eval_strategy="steps" if dev else "no",
            eval_steps=max(1, steps // 4),
            save_steps=max(1, steps // 4),
            save_total_limit=1,
            report_to="none",
        ),
        train_dataset=train,
        eval_dataset=(
            examples(dev, parts.vocabulary, parts.scheme, recipe.window) if dev else None
        ),
        data_collator=DataCollatorForTokenClassification(
            parts.tokenizer, label_pad_token_id=UNKNOWN
        ),
        compute_loss_func=tag_set_loss,
        compute_metrics=lambda prediction: seqeval_scores(prediction, parts.scheme),
        optimizers=(_optimizer(parts.model, stage), None),
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(trainer.args.output_dir))
    with whole_or_absent(result) as folder:
        parts.model.save_pretrained(folder)
        parts.tokenizer.save_pretrained(folder)
    shutil.rmtree(work / "checkpoints", ignore_errors=True)
    return result


def train(recipe: FitRecipe, work: Path, data: Path | None, *, resume: bool) -> Path:
    """Train all stages of a recipe and return the folder of the fp32 classifier."""
    folder: str | Path = recipe.encoder
    for index, stage in enumerate(recipe.stages):
        folder = train_stage(stage, recipe, folder, work / f"stage-{index}", data, resume=resume)
    return Path(folder)


def save_half(folder: Path, out: Path) -> None:
    """Copy a classifier to `out` with its weights in fp16."""
    model = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float16)
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(folder).save_pretrained(out)


def seqeval_scores(prediction: EvalPrediction, scheme: TagScheme) -> dict[str, float]:
    """Return seqeval's strict IOB2 F1 of the best legal paths, per label and micro-averaged.

    The gold tags are those of completely annotated sources: one tag a token.
    """
    tags = np.array(scheme.tags)
    gold: list[list[str]] = []
    predicted: list[list[str]] = []
    for logits, sets in zip(prediction.predictions, prediction.label_ids, strict=True):
        counted = sets > UNKNOWN
        gold.append(tags[np.log2(sets[counted]).astype(np.int64)].tolist())
        spans = [(span.start, span.end, span.label) for span in decode(logits[counted], scheme)]
        predicted.append(tags[tags_from_spans(spans, int(counted.sum()), scheme)].tolist())
    report = classification_report(
        gold, predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0
    )
    names = {"micro avg": "micro", **{label: label for label in scheme.labels}}
    return {
        f"f1_{short}": float(report[name]["f1-score"])
        for name, short in names.items()
        if name in report
    }


def _optimizer(model: PreTrainedModel, stage: Stage) -> torch.optim.AdamW:
    """Return AdamW with a faster head and no decay on biases and norms."""
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        is_head = not name.startswith(model.base_model_prefix)
        groups.setdefault((is_head, parameter.ndim > 1), []).append(parameter)
    settings: Sequence[dict[str, Any]] = [
        {
            "params": parameters,
            "lr": stage.learning_rate * (stage.head_factor if is_head else 1.0),
            "weight_decay": stage.weight_decay if decays else 0.0,
        }
        for (is_head, decays), parameters in groups.items()
    ]
    return torch.optim.AdamW(settings)
