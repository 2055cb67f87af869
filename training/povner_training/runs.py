"""Work folders: what a run is, so that nothing goes on under another recipe's name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from povner.errors import RecipeError

RUN = "run.json"


def claim(work: Path, run: Mapping[str, Any], *, resume: bool) -> None:
    """Make `work` the folder of `run`, or make sure that it is.

    Args:
        work: The folder for checkpoints and results.
        run: Everything that decides what the run does, as JSON.
        resume: Whether an earlier run may be gone on with.

    Raises:
        RecipeError: The folder holds an earlier run, and `resume` is false or it was another run.
    """
    described = json.loads(json.dumps(run))
    record = work / RUN
    if not record.is_file():
        if work.is_dir() and any(work.iterdir()):
            raise RecipeError(f"{work} holds other files. Give an empty folder with --work.")
        work.mkdir(parents=True, exist_ok=True)
        write_json(record, described)
        return
    if not resume:
        raise RecipeError(
            f"{work} holds an earlier run. Go on with --resume, or give another --work folder."
        )
    earlier = json.loads(record.read_text(encoding="utf-8"))
    if earlier != described:
        keys = sorted(
            key for key in {*earlier, *described} if earlier.get(key) != described.get(key)
        )
        raise RecipeError(
            f"{work} holds a run that differs in {', '.join(keys)}. Give another --work folder, "
            f"or the recipe of that run; see {record}."
        )


def refuse_existing(out: Path) -> None:
    """Make sure that nothing is overwritten.

    Raises:
        RecipeError: `out` is there and not an empty folder.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RecipeError(f"{out} exists already. Give another folder with --out.")


@contextmanager
def whole_or_absent(out: Path) -> Iterator[Path]:
    """Give a folder to fill, which becomes `out` when everything has gone well.

    Raises:
        RecipeError: `out` is there and not an empty folder.
    """
    refuse_existing(out)
    unfinished = out.with_name(f"{out.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    yield unfinished
    unfinished.rename(out)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write one JSON object, indented."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
