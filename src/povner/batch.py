"""Files in, records out: find and read documents, extract them, write what was found.

Each step is a lazy function of the one before, so that any number of documents passes through in
bounded memory. A document that cannot be read or extracted becomes a `Failure` in its place; the
others go on.
"""

from __future__ import annotations

import csv
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import Protocol, TextIO, TypeAlias

from povner.entities import ROW, Document, Failure, entity_row
from povner.errors import InputError, ModelError, OutputExists

SCHEMA_VERSION = 1
STDIN = "-"

Record: TypeAlias = Document | Failure

_log = logging.getLogger(__name__)

# JSON allows these inside a string, but str.splitlines and many readers take them for a line's end.
_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


class SupportsExtract(Protocol):
    """What this module asks of an `Extractor`."""

    def __call__(self, text: str, /) -> Document:
        """Extract one text."""

    def pipe(self, texts: Iterable[str], /) -> Iterator[Document]:
        """Extract many texts lazily, in order."""


def find_inputs(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """List the documents behind files, folders and ``-`` (standard input), each once, in order.

    A folder stands for the ``*.txt`` files in it and below it, sorted by name.

    Raises:
        InputError: A path does not exist, or a folder holds no text file.
    """
    found: dict[str, str] = {}
    for path in paths:
        for document in _expand(os.fspath(path)):
            file = document if document == STDIN else os.path.realpath(document)
            found.setdefault(file, document)
    return list(found.values())


def _expand(path: str) -> list[str]:
    if path == STDIN:
        return [path]
    if os.path.isdir(path):
        files = sorted(file for file in Path(path).rglob("*.txt") if file.is_file())
        if not files:
            raise InputError(
                f"There is no *.txt file in the folder {path} or below it. "
                "Give a folder that holds UTF-8 text files, or name the files themselves."
            )
        return [os.path.join(path, file.relative_to(path)) for file in files]
    if not os.path.exists(path):
        raise InputError(
            f"There is no file or folder {path}. "
            "Give text files, folders with *.txt files, or - for standard input."
        )
    return [path]


def read_documents(inputs: Iterable[str]) -> Iterator[Record]:
    """Read what `find_inputs` listed: documents without entities, their id the path as listed.

    The bytes are taken as UTF-8, with or without a byte order mark, line ends as they are.
    """
    for source in inputs:
        try:
            yield Document(_read_text(source), id=source)
        except (InputError, OSError) as error:
            yield _failure(Document("", id=source), error)


def read_jsonl(path: Path) -> Iterator[Record]:
    """Yield the records of a JSON lines file that `write_output` wrote, failures included.

    Raises:
        InputError: A line is none of its records.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                record = json.loads(line.decode("utf-8"))
                if "error" in record:
                    error = record["error"]
                    yield Failure(record["id"], record["meta"], error["type"], error["message"])
                else:
                    yield Document.from_dict(record)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InputError(
                    f"{path}:{number} is no record of povner ({error}). Expected the JSON lines "
                    "that povner extract writes."
                ) from error


def _read_text(source: str) -> str:
    content = sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source} is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}. "
            "Convert it first, for example with `iconv -f GB18030 -t UTF-8`."
        ) from error


def extract_records(
    extractor: SupportsExtract, records: Iterable[Record], *, chunk_size: int = 16
) -> Iterator[Record]:
    """Extract every document, in order; id and meta are kept and failures passed on.

    When the extractor fails within a chunk, the rest of the chunk is tried one by one, so that
    only the document at fault becomes a `Failure`.

    Args:
        extractor: An `Extractor`, or anything that is called alike.
        records: Documents, of which the text counts, and failures.
        chunk_size: How many records are read ahead at a time, at least 1.

    Raises:
        ModelError: The model itself is broken, which no document is to blame for.
    """
    source = iter(records)
    while chunk := list(islice(source, chunk_size)):
        extracted = _extract_chunk(
            extractor, [item for item in chunk if isinstance(item, Document)]
        )
        for item in chunk:
            yield item if isinstance(item, Failure) else next(extracted)


def _extract_chunk(extractor: SupportsExtract, documents: list[Document]) -> Iterator[Record]:
    """Yield one record a document: through `pipe` as far as it goes, then one by one."""
    done = 0
    try:
        for result in extractor.pipe([document.text for document in documents]):
            yield replace(result, id=documents[done].id, meta=documents[done].meta)
            done += 1
    except ModelError:
        raise
    except Exception:
        _log.debug("a chunk failed after %d documents; going on one by one", done, exc_info=True)
    for document in documents[done:]:
        try:
            yield replace(extractor(document.text), id=document.id, meta=document.meta)
        except ModelError:
            raise
        except Exception as error:
            _log.debug("%s failed", document.id, exc_info=True)
            yield _failure(document, error)


def _failure(document: Document, error: Exception) -> Failure:
    return Failure(document.id, document.meta, type(error).__name__, str(error))


def keep_failures(records: Iterable[Record], kept: list[Failure]) -> Iterator[Record]:
    """Pass records on and append the failures among them to `kept`."""
    for record in records:
        if isinstance(record, Failure):
            kept.append(record)
        yield record


def write_output(
    records: Iterable[Record], path: str | os.PathLike[str], *, model: str, overwrite: bool = False
) -> None:
    """Write records to a ``.jsonl`` or ``.csv`` file, and what made them to ``PATH.meta.json``.

    Both files appear only when they are whole. Missing folders are made. The sidecar also lists
    the failures, since a CSV has no place for them.

    Args:
        records: What `extract_records` yields.
        path: The file to write; its ending chooses the format.
        model: The name of the model, for the sidecar.
        overwrite: Replace the file if it exists.

    Raises:
        InputError: The path is not one of a ``.jsonl`` or ``.csv`` file.
        OutputExists: The file exists and `overwrite` is not set.
        OSError: The file cannot be written.
    """
    path = Path(path)
    check_output(path, overwrite=overwrite)
    write = _WRITERS[path.suffix]
    path.parent.mkdir(parents=True, exist_ok=True)
    failures: list[Failure] = []
    with (
        whole_or_absent(path, overwrite) as stream,
        whole_or_absent(_sidecar(path), overwrite) as sidecar,
    ):
        write(keep_failures(records, failures), stream)
        provenance = {
            "schema_version": SCHEMA_VERSION,
            "povner_version": version("povner"),
            "model": model,
            "failures": [failure.to_dict() for failure in failures],
        }
        sidecar.write(json.dumps(provenance, ensure_ascii=False, indent=2) + "\n")


def check_output(path: Path, *, overwrite: bool) -> None:
    """Find out before the work whether `write_output` would take a path.

    Raises:
        InputError: The path is not one of a ``.jsonl`` or ``.csv`` file.
        OutputExists: The file exists and `overwrite` is not set.
    """
    if path.suffix not in _WRITERS:
        raise InputError(
            f"The output {path} must end in .jsonl (a record a line) or .csv (an entity a row)."
        )
    if path.is_dir():
        raise InputError(f"The output {path} is a folder. Name a file.")
    for file in (path, _sidecar(path)):
        refuse_existing(file, overwrite)


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Make sure that a file may be written.

    Raises:
        OutputExists: It exists and `overwrite` is not set.
    """
    if path.exists() and not overwrite:
        raise OutputExists(
            f"The output {path} exists already. Choose another name, or allow overwriting it "
            "(--overwrite, in Python overwrite=True)."
        )


def _sidecar(path: Path) -> Path:
    return path.with_name(f"{path.name}.meta.json")


@contextmanager
def whole_or_absent(path: Path, overwrite: bool) -> Iterator[TextIO]:
    """Open a file beside `path` for writing, and rename it to `path` if nothing goes wrong."""
    partial = path.with_name(f"{path.name}.{token_hex(4)}.partial")
    try:
        # A file name that is not UTF-8 has lone surrogates; \udcxx is also how JSON writes them.
        with partial.open("x", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            yield stream
        refuse_existing(path, overwrite)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_jsonl(records: Iterable[Record], stream: TextIO) -> None:
    """Write one JSON object a line, failures included."""
    for record in records:
        line = json.dumps(record.to_dict(), ensure_ascii=False).translate(_LINE_ENDS)
        stream.write(f"{line}\n")


def write_csv(records: Iterable[Record], stream: TextIO) -> None:
    """Write a header and one entity a row, with the columns of `Document.to_frame`.

    Failures have no entities and leave no row.
    """
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(ROW)
    for record in records:
        if isinstance(record, Document):
            table.writerows(map(_cell, entity_row(record, entity)) for entity in record.entities)


_WRITERS = {".jsonl": write_jsonl, ".csv": write_csv}


def _cell(value: object) -> object:
    """Return a value as a cell: plain digits of a Decimal, four decimals of a score."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return round(value, 4)
    return value
