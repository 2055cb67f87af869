"""povner's places against its peers on annotated mentions: ``python -m benchmarks.places``.

povner reads each gold span on its page. The peers know no page; they are given the best of
conditions: the span alone, without noise, in simplified characters. What a peer calls by a name or
code of former years counts as what it is today.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.environment import make_environment
from povner.entities import PLACE, Entity, Place
from povner.gazetteer import Former, gazetteer
from povner.places import link
from povner.text import NormalizedText
from povner_training.annotations import AnnotatedDocument, read_annotations
from povner_training.linking import Link, division_code, gold_links, link_scores, outcome

HERE = Path(__file__).parent
PEERS = ("cpca", "addressparser", "jionlp")
PARTS = (
    "annotations/seeds",
    "annotations/linking/dev.jsonl",
    "annotations/linking/test.jsonl",
    "annotations/authored/train.jsonl",
    "annotations/authored/test.jsonl",
)
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Reader:
    """What one reader says of one part, and how many mentions a second of processor time."""

    links: list[Link]
    per_second: float


def main() -> None:
    """Run all readers on all parts and write results.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--python", type=Path, help="Python of an environment with the peers")
    parser.add_argument("--out", type=Path, default=HERE / "results.md", help="the table")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        python = arguments.python or make_environment(Path(folder), HERE / "requirements.txt")
        report = "\n\n".join(part_report(python, Path(part)) for part in PARTS)
    arguments.out.write_text(f"# Places\n\n{__doc__}\n{report}\n", encoding="utf-8")
    print(report)


def part_report(python: Path, part: Path) -> str:
    """Return a table of all readers on one part."""
    documents = read_annotations([part])
    readers = {"povner": ask_povner(documents)}
    readers |= {peer: ask_peer(python, peer, documents) for peer in PEERS}
    lines = [
        f"## {part}",
        "",
        "| reader | mentions | known | accuracy | wrong code | coverage | mentions a second |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, reader in readers.items():
        scores = link_scores(reader.links)
        lines.append(
            f"| {name} | {scores.mentions} | {scores.known} | {scores.accuracy:.4f} "
            f"| {scores.wrong:.4f} | {scores.coverage:.4f} | {reader.per_second:,.0f} |"
        )
    return "\n".join(lines)


def ask_povner(documents: Sequence[AnnotatedDocument]) -> Reader:
    """Link the gold spans of each page; the time is that of linking alone."""
    pages = [
        (
            NormalizedText.from_source(document.text),
            [
                Entity(PLACE, document.text[span.start : span.end], span.start, span.end, 1.0)
                for span in document.spans
                if span.label == PLACE
            ],
        )
        for document in documents
    ]
    mentions = sum(len(entities) for _, entities in pages)
    seconds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        for page, entities in pages:
            list(link(page, entities))
        seconds.append(time.process_time() - begin)
    links = [each for each in gold_links(documents) if each.span.label == PLACE]
    return Reader(links, mentions / min(seconds))


def ask_peer(python: Path, peer: str, documents: Sequence[AnnotatedDocument]) -> Reader:
    """Ask a peer for every gold span."""
    spans = [
        (document, span) for document in documents for span in document.spans if span.label == PLACE
    ]
    names = [
        NormalizedText.from_source(document.text[span.start : span.end]).view.replace("\n", "")
        for document, span in spans
    ]
    command = [python, HERE / "peers.py", peer]
    run = subprocess.run(
        command, input=json.dumps(names), capture_output=True, text=True, check=True
    )
    said = json.loads(run.stdout)
    links = [
        Link(document.id, span, place, outcome(span, place))
        for (document, span), names_ in zip(spans, said["answers"], strict=True)
        for place in [place_of(names_)]
    ]
    return Reader(links, len(names) / said["seconds"])


def place_of(names: Sequence[str | None]) -> Place | None:
    """Return the place of today that a peer names by province, city and county."""
    known = [name for name in names if name and "直辖" not in name and name != "市辖区"]
    while known:
        code = code_of(tuple(known))
        if code is not None:
            division = gazetteer().division(code)
            assert division is not None
            full_name = gazetteer().full_name(division)
            return Place(code, division.name, full_name, division.level, "CN")
        known.pop()
    return None


@cache
def code_of(names: tuple[str, ...]) -> str | None:
    """Return today's code of a division by the names of its chain, as of any year since 1980."""
    for chain in {names, (names[0], names[-1]), names[:1] if len(set(names)) == 1 else names}:
        try:
            return division_code("".join(chain))
        except KeyError:
            continue
    formers: Iterator[Former] = iter(gazetteer().former_named(names[-1]))
    for former in formers:
        if former.name == names[-1] and names[0] in former.chain and former.successors:
            return former.successors[0]
    for division in gazetteer().named(names[-1]):
        if gazetteer().chain(division)[0].name == names[0]:
            return division.code
    return None


if __name__ == "__main__":
    main()
