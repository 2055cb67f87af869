"""Ask povner and its peers what the rows say, and how long they take over it."""

import json
import subprocess
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.values.rows import IN_CONTEXT, Amount, Row, in_context
from povner import normalize, normalize_money
from povner.entities import Quantity
from povner.quantities import page_region, read_quantity
from povner.text import NormalizedText

HERE = Path(__file__).parent
ROUNDS = 5

# The functions of each peer: the first finds amounts in a text, a second one reads a span alone.
# The better answer counts, row by row; on traps the first one's.
APIS = {
    "jionlp": ("jionlp_extract", "jionlp_parse"),
    "recognizers": ("recognizers",),
    "duckling": ("duckling",),
    "chinese2digits": ("chinese2digits",),
    "cn2an": ("cn2an",),
}


class Answers(NamedTuple):
    """What a reader says of each row, a list of amounts for each of its functions.

    Attributes:
        found: The amounts, by row and by function.
        per_second: Rows a second of processor time, by the function that finds.
    """

    found: list[list[list[Amount]]]
    per_second: float

    def right(self, rows: list[Row], claims: set[str]) -> list[bool]:
        """Return for each row whether the reader is right."""
        return [
            any(row.is_right(amounts, claims) for amounts in (by[:1] if row.is_trap() else by))
            for row, by in zip(rows, self.found, strict=True)
        ]


def ask_povner(rows: list[Row], read: Callable[[Row], Quantity | None]) -> Answers:
    """Return what povner says."""
    begin = time.process_time()
    values = [read(row) for row in rows]
    seconds = time.process_time() - begin
    found = [[[_amount(value)] if value else []] for value in values]
    return Answers(found, len(rows) / seconds)


def as_phrase(row: Row) -> Quantity | None:
    """Read a row as a phrase."""
    return normalize_money(row.text)


def as_span(row: Row) -> Quantity | None:
    """Read a row's span in its context."""
    return normalize(row.text, row.start, row.end, "MONEY")


def _amount(value: Quantity) -> Amount:
    return Amount(
        shown(value.lower),
        shown(value.upper),
        value.unit,
        value.qualifier,
        per=",".join(value.per),
    )


def shown(number: Decimal | None) -> str | None:
    """Return a bound as text."""
    return None if number is None else format(number, "f")


def ask_peer(python: Path, peer: str, rows: list[Row]) -> Answers:
    """Return what each function of a peer says."""
    finding, *reading = APIS[peer]
    results = [_run(python, finding, [row.text for row in rows])]
    results += [_run(python, function, [row.span for row in rows]) for function in reading]
    by_function = [
        [[Amount(*said) for said in amounts] for amounts in result["answers"]] for result in results
    ]
    found = [list(by) for by in zip(*by_function, strict=True)]
    return Answers(found, len(rows) / results[0]["seconds"])


def _run(python: Path, function: str, texts: list[str]) -> dict[str, Any]:
    """Run one function of `peers.py` in the peers' environment."""
    command = [str(python), str(HERE / "peers.py"), function]
    run = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    result: dict[str, Any] = json.loads(run.stdout[run.stdout.index('{"answers"') :])
    return result


class Speed(NamedTuple):
    """Normalisations a second of processor time, on distinct spans in their context.

    Attributes:
        spans: How many distinct spans there were.
        in_view: `read_quantity` on the view that a document makes once for all its spans.
        from_text: `povner.normalize` on the raw text, which makes the view for each span.
    """

    spans: int
    in_view: float
    from_text: float


def measure_povner() -> Speed:
    """Return povner's speed: the best of some rounds over all spans of the tables, no two alike."""
    spans = {
        (row.text, row.start, row.end, label)
        for name in IN_CONTEXT
        for label, row in in_context(name)
    }
    jobs = []
    for text, start, end, label in spans:
        normalized = NormalizedText.from_source(text)
        view = normalized.view
        jobs.append((view, *normalized.to_view(start, end), label, page_region(view)))
    return Speed(len(spans), _rate(read_quantity, jobs), _rate(normalize, list(spans)))


def _rate(function: Callable[..., object], jobs: list[Any]) -> float:
    """Return calls a second of processor time, in the best of some rounds."""
    seconds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        for job in jobs:
            function(*job)
        seconds.append(time.process_time() - begin)
    return len(jobs) / min(seconds)
