"""``povner places``: mentions and sums of figures by division, as CSV and as a chart."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from povner.cli.options import Model
from povner.cli.reporting import errors_as_exit_codes, report_failures, speak_utf8

if TYPE_CHECKING:
    from povner.entities import Document, Failure


class By(StrEnum):
    """The levels to count by."""

    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"


@errors_as_exit_codes()
def places(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATHS",
            help="Text files, folders with *.txt files, or what povner extract wrote (.jsonl).",
        ),
    ],
    by: Annotated[By, typer.Option("--by", help="The level to count by.")] = By.COUNTY,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the CSV to FILE.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write bar charts to FILE.")
    ] = None,
    model: Model = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the files if they exist.")
    ] = False,
) -> None:
    """Count the places of pages and add up their figures, by division.

    A figure belongs to the place named last before it in its sentence. Sums leave out rates, vague
    figures, upper bounds and flagged ones; n_used and n_excluded say how many.
    """
    from povner.batch import refuse_existing, whole_or_absent
    from povner.tally import chart, tally, write_tally

    for path in filter(None, (output, html)):
        refuse_existing(path, overwrite)
        path.parent.mkdir(parents=True, exist_ok=True)
    failures: list[Failure] = []
    read: list[int] = []
    rows = tally(_documents(paths, model, failures, read), by.value)
    if output is not None:
        with whole_or_absent(output, overwrite) as stream:
            write_tally(rows, stream)
    else:
        speak_utf8()
        write_tally(rows, sys.stdout)
        sys.stdout.flush()
    if html is not None:
        with whole_or_absent(html, overwrite) as stream:
            stream.write(chart(rows))
    report_failures(failures, len(read))


def _documents(
    paths: Sequence[str], model: str | None, failures: list[Failure], read: list[int]
) -> Iterator[Document]:
    """Yield the documents of earlier outputs and of texts; keep what failed, and count all."""
    from povner import Extractor
    from povner.batch import extract_records, find_inputs, keep_failures, read_documents, read_jsonl
    from povner.entities import Document

    outputs = [path for path in paths if path.endswith(".jsonl")]
    texts = [path for path in paths if not path.endswith(".jsonl")]
    records = chain.from_iterable(read_jsonl(Path(path)) for path in dict.fromkeys(outputs))
    if texts:
        inputs = find_inputs(texts)
        records = chain(records, extract_records(Extractor(model), read_documents(inputs)))
    for record in keep_failures(records, failures):
        read.append(1)
        if isinstance(record, Document):
            yield record
