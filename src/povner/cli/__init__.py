"""The command line, ``povner``: a file a command; each parses, then calls a plain function."""

from typing import Annotated

import typer

from povner.cli.extract import extract
from povner.cli.normalize import normalize
from povner.cli.places import places

app = typer.Typer(
    name="povner",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"povner {version('povner')}")
        raise typer.Exit


@app.callback()
def povner(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Find money, headcounts, places and organisations in Chinese texts, with their values."""


app.command()(extract)
app.command()(normalize)
app.command()(places)
