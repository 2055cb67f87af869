"""A model folder on disk: which files it holds, and what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from povner.decoding import TagScheme
from povner.errors import ModelError

DEFAULT_MODEL = "povner-base"
WEIGHTS = ("onnx/model_int8.onnx", "onnx/model.onnx")
PACKAGED_MODELS = Path(__file__).parent / "models"
CHECKOUT_MODELS = Path(__file__).parents[2] / "models"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One token id a character.

    Attributes:
        ids: int64 ``[code points]``, the token id of each character up to the last known one.
        begin: Id of the token before a window.
        end: Id of the token behind it.
        unknown: Id of every character that has no row.
    """

    ids: npt.NDArray[np.int64]
    begin: int
    end: int
    unknown: int

    @classmethod
    def from_tokens(
        cls, tokens: Mapping[str, int], *, begin: str, end: str, unknown: str
    ) -> Vocabulary:
        """Make the table from a tokenizer's vocabulary.

        Tokens of several characters stay out; a capital without a row takes its small letter's.

        Raises:
            KeyError: A special token is not in the vocabulary.
        """
        characters = {ord(token): index for token, index in tokens.items() if len(token) == 1}
        for capital in filter(str.isupper, map(chr, range(128))):  # uncased vocabularies
            if ord(capital) not in characters and capital.lower() in tokens:
                characters[ord(capital)] = tokens[capital.lower()]
        ids = np.full(max(characters, default=0) + 1, tokens[unknown])
        ids[list(characters)] = list(characters.values())
        return cls(ids, tokens[begin], tokens[end], tokens[unknown])

    def encode(self, view: str) -> npt.NDArray[np.int64]:
        """Return the token id of each character, int64 ``[len(view)]``, without special tokens."""
        points = np.frombuffer(view.encode("utf-32-le"), dtype=np.uint32)
        known = points < len(self.ids)
        return np.where(known, self.ids[np.where(known, points, 0)], self.unknown)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a model folder says.

    Attributes:
        name: The folder's name.
        scheme: The tags of the model's outputs.
        vocabulary: Characters → token ids.
        window: Characters the model reads at once, special tokens excluded.
        weights: The ONNX file.
        calibration: Label → slope and intercept: what turns the log odds of the model's posterior
            into those of a score that holds what it promises; empty if it was not calibrated.
    """

    name: str
    scheme: TagScheme
    vocabulary: Vocabulary
    window: int
    weights: Path
    calibration: Mapping[str, tuple[float, float]]

    def calibrated(self, label: str, posterior: float) -> float:
        """Return the score of a span that has a posterior by the model."""
        if label not in self.calibration:
            return posterior
        slope, intercept = self.calibration[label]
        odds = slope * log_odds(posterior) + intercept
        return 1 / (1 + exp(-min(max(odds, -50.0), 50.0)))


def log_odds(probability: float) -> float:
    """Return the logarithm of the odds of a probability, which stays finite at 0 and 1."""
    certain = min(max(probability, 1e-6), 1 - 1e-6)
    return log(certain / (1 - certain))


def find_model(model: str | Path | None) -> Path:
    """Return the folder of a model given by path, by name, or not at all (the default model).

    Raises:
        ModelError: There is no such folder.
    """
    name = DEFAULT_MODEL if model is None else model
    places = [Path(name), PACKAGED_MODELS / name, CHECKOUT_MODELS / name]
    if model is None:
        places = places[1:]
    places = list(dict.fromkeys(places))  # an absolute path is the same below every folder
    for place in places:
        if place.is_dir():
            return place
    raise ModelError(
        f"There is no model {str(name)!r}. Give the folder of a povner model, or nothing for "
        f"{DEFAULT_MODEL}. Looked in: {', '.join(map(str, places))}"
    )


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read a model folder.

    Raises:
        ModelError: A file is missing or broken; the message names it.
    """
    config = _read_json(folder / "config.json")
    tokens = _read_json(folder / "tokenizer.json")
    special = _read_json(folder / "tokenizer_config.json")
    weights = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if weights is None:
        raise ModelError(
            f"The model folder {folder} holds none of {', '.join(WEIGHTS)}. "
            "Make them with: povner-train export " + str(folder)
        )
    try:
        names = config["id2label"]
        scheme = TagScheme.from_tags([names[str(index)] for index in range(len(names))])
        vocabulary = Vocabulary.from_tokens(
            tokens["model"]["vocab"],
            begin=special["cls_token"],
            end=special["sep_token"],
            unknown=special["unk_token"],
        )
        window = int(config["window"])
        if window < 1:
            raise ValueError(f"a window of {window} characters")
        calibration = {
            str(label): (float(slope), float(intercept))
            for label, (slope, intercept) in config.get("calibration", {}).items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"The model folder {folder} is no povner model ({type(error).__name__}: {error}). "
            "Expected config.json, tokenizer.json and tokenizer_config.json as povner-train "
            "writes them."
        ) from error
    return Checkpoint(folder.resolve().name, scheme, vocabulary, window, weights, calibration)


def _read_json(path: Path) -> dict[str, Any]:
    """Read one JSON object of a model folder."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"The model folder {path.parent} lacks {path.name}.") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(f"{path} is no JSON file: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} holds no JSON object.")
    return content
