"""How the commands report: one line on stderr for an error, and an exit code."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from povner.entities import Failure
from povner.errors import InputError, OutputExists, PovnerError

FAILED = 1
USAGE = 2
WITH_FAILURES = 3


@contextmanager
def errors_as_exit_codes() -> Iterator[None]:
    """Turn the errors a user can cause into a line on stderr and an exit code.

    Anything else is a bug and keeps its traceback. A broken pipe is left to typer, which ends
    quietly.
    """
    try:
        yield
    except OutputExists as error:
        raise _exit(str(error), FAILED) from error
    except InputError as error:
        raise _exit(str(error), USAGE) from error
    except PovnerError as error:
        raise _exit(str(error), FAILED) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise _exit(f"{place}{error.strerror or error}", FAILED) from error


def _exit(message: str, code: int) -> typer.Exit:
    say(message)
    return typer.Exit(code)


def say(message: str) -> None:
    """Write a message to stderr as one line."""
    typer.echo(f"povner: {' '.join(message.split())}", err=True)


def speak_utf8() -> None:
    """Make stdout UTF-8 with plain line ends, whatever the locale says."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def report_failures(failures: Sequence[Failure], total: int) -> None:
    """Name the documents that failed, count them, and end with their exit code if there are any."""
    if not failures:
        return
    for failure in failures:
        say(f"{failure.type} in {failure.id}: {failure.message}")
    rest = "the others are done" if len(failures) < total else "none is done"
    say(f"{len(failures)} of {total} documents failed; {rest}.")
    raise typer.Exit(WITH_FAILURES)
