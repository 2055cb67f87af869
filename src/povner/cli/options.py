"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

Model: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="MODEL", help="A model's folder or name; by default povner's own."),
]
