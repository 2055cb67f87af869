"""povner's values against its peers on the case tables: ``python -m benchmarks.values``.

Every peer runs through its own best API in an environment of its own. A row is right if all that
the reader claims to read is right. Rows that need what a peer does not claim to read (a rate, a
qualifier, a range) are counted apart.
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.environment import make_environment
from benchmarks.values.readers import (
    HERE,
    Answers,
    as_phrase,
    as_span,
    ask_peer,
    ask_povner,
    measure_povner,
)
from benchmarks.values.report import Scores, count, total, write
from benchmarks.values.rows import CLAIMS, IN_CONTEXT, SCRIPTS, Row, in_context, read_phrases
from povner.entities import Quantity


def main() -> None:
    """Run all readers and write results.md and results.png."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--python", type=Path, help="Python of an environment with the peers")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for results.md, results.png")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        python = arguments.python or make_environment(Path(folder), HERE / "requirements.txt")
        run(python, arguments.out)


def run(python: Path, out: Path) -> None:
    """Ask every reader everything, and report."""
    phrases = {script: read_phrases(writer) for script, writer in SCRIPTS.items()}
    own, blind = (
        [row for label, row in in_context(name) if label == "MONEY"] for name in IN_CONTEXT
    )
    spans = own + blind
    scores = {
        reader: Scores(
            {
                script: count(rows, reader, ask(python, reader, rows, as_phrase))
                for script, rows in phrases.items()
            },
            count(spans, reader, ask(python, reader, spans, as_span)),
        )
        for reader in CLAIMS
    }
    rows = len(phrases["simplified"])
    report = write(scores, rows, spans, len(blind), measure_povner())
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.md").write_text(report, encoding="utf-8")
    draw(python, scores, out / "results.png")
    print(report)


def ask(
    python: Path, reader: str, rows: list[Row], read: Callable[[Row], Quantity | None]
) -> Answers:
    """Ask one reader for every row; povner reads it with `read`."""
    return ask_povner(rows, read) if reader == "povner" else ask_peer(python, reader, rows)


def draw(python: Path, scores: dict[str, Scores], path: Path) -> None:
    """Draw the shares of the phrases that are right, of those that a reader claims."""
    shares = {}
    for reader, found in scores.items():
        totals = [total(result.claimed) for result in found.phrases.values()]
        shares[f"{reader}\n{totals[0][1]} rows"] = [right / rows for right, rows in totals]
    picture = {"path": str(path), "scripts": list(SCRIPTS), "scores": shares}
    plot = [str(python), str(HERE / "plot.py")]
    subprocess.run(plot, input=json.dumps(picture), text=True, check=True)


if __name__ == "__main__":
    main()
