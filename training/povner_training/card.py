"""The model card: a template filled from the JSON files that training left in the folder."""

from __future__ import annotations

import json
from pathlib import Path

from povner_training.pages import render

TEMPLATE = "card.md.jinja"


def write_card(folder: Path) -> None:
    """Write ``README.md`` of a model folder from metrics.json and, if there, leave_one_out.json."""
    left_out = folder / "leave_one_out.json"
    card = render(
        TEMPLATE,
        escape=False,
        metrics=json.loads((folder / "metrics.json").read_text(encoding="utf-8")),
        leave_one_out=(
            json.loads(left_out.read_text(encoding="utf-8")) if left_out.is_file() else None
        ),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
