"""``povner extract``: the entities of text files, as JSON lines, CSV or a table."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from povner.cli.options import Model
from povner.cli.reporting import errors_as_exit_codes, report_failures, speak_utf8
from povner.errors import InputError

if TYPE_CHECKING:
    from povner.batch import Record
    from povner.entities import Failure


class Format(StrEnum):
    """The forms in which entities come out."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


@errors_as_exit_codes()
def extract(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATHS",
            help="Text files (UTF-8), folders with *.txt files, or - for standard input.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to FILE (.jsonl or .csv)."),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="By default a table on a terminal and jsonl on a pipe. "
            "With -o, the ending of FILE decides, and table shows the entities besides.",
        ),
    ] = None,
    model: Model = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace FILE if it exists.")
    ] = False,
) -> None:
    """Find the entities of text files, each with its value and its offsets.

    Exit codes: 0 done, 1 failed, 2 usage or missing path, 3 done, but some documents failed.
    """
    from povner import Extractor
    from povner.batch import (
        check_output,
        extract_records,
        find_inputs,
        keep_failures,
        read_documents,
        write_output,
    )

    form = _chosen_format(form, output)
    if output is not None:
        check_output(output, overwrite=overwrite)
    inputs = find_inputs(paths)
    extractor = Extractor(model)
    failures: list[Failure] = []
    records: Iterable[Record] = extract_records(extractor, read_documents(inputs))
    records = keep_failures(records, failures)
    if len(inputs) > 1 and _stderr_is_free(form):
        records = _with_progress(records, len(inputs))
    if output is None:
        _print_records(records, form or Format.JSONL)
    else:
        shown = records if form is None else _table(records)
        write_output(shown, output, model=extractor.model_name, overwrite=overwrite)
    report_failures(failures, len(inputs))


def _chosen_format(form: Format | None, output: Path | None) -> Format | None:
    """Return what goes to stdout, None for nothing.

    Raises:
        InputError: The format is not that of the output's ending.
    """
    if output is None:
        return form or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)
    if form is None or form is Format.TABLE:
        return form
    if output.suffix != f".{form}":
        raise InputError(
            f"--format {form} does not fit the output {output}. Leave one of them out."
        )
    return None


def _stderr_is_free(form: Format | None) -> bool:
    """Tell whether stderr is a terminal on which lines of stdout do not get in the way."""
    return sys.stderr.isatty() and not (form is not None and sys.stdout.isatty())


def _with_progress(records: Iterable[Record], total: int) -> Iterator[Record]:
    """Pass records on and show on stderr how many have come."""
    from rich.console import Console
    from rich.progress import track

    yield from track(records, "Extracting", total, console=Console(stderr=True), transient=True)


def _print_records(records: Iterable[Record], form: Format) -> None:
    """Write records to stdout."""
    if form is Format.TABLE:
        for _ in _table(records):
            pass
    else:
        from povner.batch import write_csv, write_jsonl

        speak_utf8()
        (write_csv if form is Format.CSV else write_jsonl)(records, sys.stdout)
    sys.stdout.flush()


def _table(records: Iterable[Record]) -> Iterator[Record]:
    """Pass records on and show each on stdout."""
    from rich.console import Console

    from povner.cli.table import show

    speak_utf8()
    return show(records, Console())
