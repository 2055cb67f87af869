"""Count what each reader got right, and write it down."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from benchmarks.values.readers import Answers, Speed
from benchmarks.values.rows import CLAIMS, EVERYTHING, SCRIPTS, Row


class Result(NamedTuple):
    """How a reader did on some rows.

    Attributes:
        claimed: (right, rows) by class, of the rows that need only what the reader claims to read.
        others: The same of the other rows.
        complete: How many rows are right in unit, both bounds, qualifier and rates, exactly.
        traps: How many traps it took for an amount.
        per_second: Rows a second of processor time.
    """

    claimed: dict[str, tuple[int, int]]
    others: dict[str, tuple[int, int]]
    complete: int
    traps: int
    per_second: float


def count(rows: list[Row], reader: str, answers: Answers) -> Result:
    """Count what a reader got right."""
    claims = CLAIMS[reader]
    claimed = [row.needs() <= claims for row in rows]
    right = answers.right(rows, claims)
    complete = answers.right(rows, EVERYTHING)
    traps = [row.is_trap() and not is_right for row, is_right in zip(rows, right, strict=True)]
    return Result(
        _by_class(row for row in zip(rows, right, claimed, strict=True)),
        _by_class(
            (row, ok, not mine) for row, ok, mine in zip(rows, complete, claimed, strict=True)
        ),
        sum(complete),
        sum(traps),
        answers.per_second,
    )


def _by_class(rows: Iterable[tuple[Row, bool, bool]]) -> dict[str, tuple[int, int]]:
    """Return (right, rows) by class of the (row, right, counts) that count."""
    right, total = Counter[str](), Counter[str]()
    for row, is_right, counts in rows:
        total[row.kind] += counts
        right[row.kind] += counts and is_right
    return {kind: (right[kind], total[kind]) for kind in total}


def total(by_class: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """Return (right, rows) of all classes."""
    return sum(right for right, _ in by_class.values()), sum(rows for _, rows in by_class.values())


class Scores(NamedTuple):
    """How a reader did on the phrases, by script, and on the spans in their context."""

    phrases: dict[str, Result]
    spans: Result


HEAD = """\
# Values: povner and its peers

Written by `python -m benchmarks.values` in the project's environment. It makes one of its own for
the peers, or takes `--python` of one that has `requirements.txt`.

*Claimed* rows need only what the reader says that it reads, and are right if that is right:
{claims}.

*In full* means that unit, both bounds, qualifier and rate are exactly the row's, an open bound and
no rate included, of all rows; one who says no qualifier is taken to say *exact*. Of jionlp's two
functions the better answer counts. An amount that a reader finds elsewhere in the
sentence is not held against it. Speed is processor time of one process, everything loaded.

Read with care: povner was corrected after its first run on the phrases, of which it then read
173/190 in each script (the misses were traps), and on the blind spans, of which it read 678/691.
The peers have never seen either. The other spans were written beside povner.

Duckling is facebook/duckling as `pyduckling-native-phihos` 0.3.0 builds it for Python 3.11; its
Chinese calls 元 a dollar, so it is asked for no currency. No peer reads headcounts, or a given span
in its context: on spans, peers search the sentence and what they find at the span counts.
"""


def write(
    scores: dict[str, Scores], phrases: int, spans: list[Row], blind: int, speed: Speed
) -> str:
    """Return the report as Markdown."""
    script = next(iter(SCRIPTS))
    claims = "; ".join(
        f"{reader} {', '.join(['numbers', *sorted(CLAIMS[reader] - {'none'})])}"
        for reader in scores
    )
    lines = [HEAD.format(claims=claims)]
    lines += [f"## {phrases} money phrases", ""]
    lines += _table(
        [
            "reader",
            *(f"{name}: claimed" for name in SCRIPTS),
            *(f"{name}: in full" for name in SCRIPTS),
            "traps hit",
        ],
        (
            [
                reader,
                *(_share(*total(result.claimed)) for result in found.phrases.values()),
                *(f"{result.complete}/{phrases}" for result in found.phrases.values()),
                ", ".join(str(result.traps) for result in found.phrases.values()),
            ]
            for reader, found in scores.items()
        ),
    )
    lines += ["![phrases read right](results.png)", ""]
    lines += [f"## {len(spans)} MONEY spans in their context, {blind} of them blind", ""]
    lines += _table(
        ["reader", "claimed", "in full", "traps hit"],
        (
            [
                reader,
                _share(*total(found.spans.claimed)),
                f"{found.spans.complete}/{len(spans)}",
                str(found.spans.traps),
            ]
            for reader, found in scores.items()
        ),
    )
    lines += ["## Speed, a second on one core", ""]
    lines += _table(
        ["reader", f"phrases ({script})", "sentences with a span"],
        (
            [reader, f"{found.phrases[script].per_second:,.0f}", f"{found.spans.per_second:,.0f}"]
            for reader, found in scores.items()
        ),
    )
    lines += [
        f"povner on {speed.spans:,} distinct MONEY and HEADCOUNT spans in their context, nothing "
        f"kept from call to call: **{speed.in_view:,.0f} normalisations a second** in the view "
        "that a document makes once for all its spans (`read_quantity`, as `extract` calls it), "
        f"{speed.from_text:,.0f} from raw text, which is cleaned anew for each "
        "(`povner.normalize`).",
        "",
    ]
    for title, results in (
        (
            f"Phrases by class, {script}",
            {name: found.phrases[script] for name, found in scores.items()},
        ),
        ("Spans in their context by class", {name: found.spans for name, found in scores.items()}),
    ):
        lines += [f"## {title}", "", "Rows that the reader claims (– where there are none):", ""]
        lines += _class_table({name: result.claimed for name, result in results.items()})
        lines += ["Rows that the peer does not claim, and how many it read in full even so:", ""]
        lines += _class_table(
            {name: result.others for name, result in results.items() if total(result.others)[1]}
        )
    return "\n".join(lines)


def _class_table(shares: dict[str, dict[str, tuple[int, int]]]) -> list[str]:
    """Return the lines of a table with a row a class and a column a reader."""
    kinds = next(iter(shares.values()))
    rows = [[kind, *(_share(*by_class[kind]) for by_class in shares.values())] for kind in kinds]
    rows.append(["**all**", *(_share(*total(by_class)) for by_class in shares.values())])
    return _table(["class", *shares], (row for row in rows if set(row[1:]) != {"–"}))


def _table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """Return the lines of a Markdown table, and an empty one."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return [*("| " + " | ".join(line) + " |" for line in lines), ""]


def _share(right: int, rows: int) -> str:
    """Return right/rows, or a dash where there are no rows."""
    return f"{right}/{rows}" if rows else "–"
