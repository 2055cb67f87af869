"""The annotated sets a recipe can name, and how each is brought closer to povner's guideline.

The external sets are not part of this repository: a user who has them names their folder. What a
set does not label it must not teach to be absent, so every document says which labels it covers.
"""

from __future__ import annotations

import json
import lzma
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from povner.entities import HEADCOUNT, LABELS, MONEY, ORG, PLACE
from povner.errors import RecipeError
from povner_training.annotations import annotation_files, read_annotations
from povner_training.recipes import PretrainRecipe, StageSource, read_any_recipe
from povner_training.scoring import Key

ALL = frozenset(LABELS)
NAMES = frozenset({PLACE, ORG})


@dataclass(frozen=True, slots=True)
class TrainingDocument:
    """A text to learn from.

    Attributes:
        id: Its name.
        text: The raw text.
        spans: Gold spans ``(start, end, label)``.
        covers: The labels that are annotated completely; elsewhere absence means nothing.
        ignored: Stretches of which nothing is known.
    """

    id: str
    text: str
    spans: frozenset[Key]
    covers: frozenset[str] = ALL
    ignored: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ExternalFile:
    """Data that this repository does not hold.

    Attributes:
        file: Where it is expected below the data folder.
        origin: Where the public can get it.
        terms: Under which terms.
    """

    file: str
    origin: str
    terms: str


@dataclass(frozen=True, slots=True)
class ExternalSet(ExternalFile):
    """An annotated set that this repository does not hold.

    Attributes:
        read: Turns one of its JSON records into a document.
    """

    read: Callable[[str, Mapping[str, Any]], TrainingDocument]


def read_own(name: str, record: Mapping[str, Any]) -> TrainingDocument:
    """Read a record that is annotated to povner's own guideline."""
    spans = frozenset((span["start"], span["end"], span["label"]) for span in record["entities"])
    return TrainingDocument(record["id"], record["text"], spans)


def read_names(name: str, record: Mapping[str, Any]) -> TrainingDocument:
    """Read a record with LOC and ORG, and perhaps MONEY and HEADCOUNT spans made by rule."""
    text = record["text"]
    places = [(start, end) for start, end, label in record["entities"] if label == "LOC"]
    bodies = [(start, end) for start, end, label in record["entities"] if label == "ORG"]
    places, bodies, ignored = repair_names(text, places, bodies)
    counts = [
        (start, end, MONEY if label == MONEY else HEADCOUNT)
        for start, end, label in record.get("derived", ())
    ]
    spans = {(start, end, ORG) for start, end in bodies}
    for start, end, label in [*((*place, PLACE) for place in places), *counts]:
        if all(end <= other[0] or other[1] <= start for other in spans):
            spans.add((start, end, label))
    return TrainingDocument(name, text, frozenset(spans), NAMES, tuple(ignored))


Stretch = tuple[int, int]

_GOVERNMENT = re.compile(r"(?:人民)?政府|[省市县区州镇乡旗]委(?!员)")
# Bodies by our guideline that name-only sets leave unmarked.
_BARE_ORGAN = re.compile(
    r"[省市县區区州镇乡旗村](?:委|政府|人大|政协|纪委|党支部|党委)|党中央|中央|国务院|共产党|人民医院"
)


def repair_names(
    text: str, places: list[Stretch], bodies: list[Stretch]
) -> tuple[list[Stretch], list[Stretch], list[Stretch]]:
    """Bring LOC and ORG spans closer to our guideline.

    Adjacent levels become one chain (江西|乐安县); a pair of one-character names (中|美) and bare
    organs (市委) are left open; a place with its government becomes a body (北京市|政府).

    Returns:
        Places, bodies, and stretches of which nothing is known.
    """
    chains: list[Stretch] = []
    for start, end in sorted(places):
        if chains and chains[-1][1] == start:
            chains[-1] = (chains[-1][0], end)
        else:
            chains.append((start, end))
    single = {(start, end) for start, end in places if end - start == 1}
    ignored = [
        (start, end)
        for start, end in chains
        if end - start > 1 and all((at, at + 1) in single for at in range(start, end))
    ]
    named: list[Stretch] = []
    for start, end in chains:
        government = _GOVERNMENT.match(text, end)
        if (start, end) in ignored:
            continue
        if government:
            body = (start, government.end())
            bodies = [other for other in bodies if other[1] <= body[0] or body[1] <= other[0]]
            bodies.append(body)
        else:
            named.append((start, end))
    covered = [*bodies, *named]
    ignored += [
        match.span()
        for match in _BARE_ORGAN.finditer(text)
        if all(match.end() <= start or end <= match.start() for start, end in covered)
    ]
    return named, bodies, ignored


_INDOMAIN_ORIGIN = "not public: real passages, annotated to povner's guideline"

EXTERNAL: Mapping[str, ExternalSet] = {
    "indomain_real_train": ExternalSet(
        "data/indomain_real_train.jsonl.xz",
        _INDOMAIN_ORIGIN,
        "not redistributed",
        read_own,
    ),
    "indomain_real_dev": ExternalSet(
        "data/indomain_real_dev.jsonl.xz",
        _INDOMAIN_ORIGIN,
        "not redistributed",
        read_own,
    ),
    "msra": ExternalSet(
        "data/msra_train.jsonl.xz",
        "MSRA NER, SIGHAN 2006 bakeoff (training part)",
        "research use; no clear grant",
        read_names,
    ),
    "pfr199801": ExternalSet(
        "data/pfr199801.jsonl.xz",
        "PFR corpus: People's Daily, January 1998, Peking University and Fujitsu",
        "research use",
        read_names,
    ),
}


def wanted(recipes: Sequence[Path]) -> dict[str, ExternalFile]:
    """Return the external data that recipes of either kind name.

    Raises:
        RecipeError: A file is no recipe.
    """
    found: dict[str, ExternalFile] = {}
    for path in recipes:
        recipe = read_any_recipe(path)
        if isinstance(recipe, PretrainRecipe):
            found |= {
                text.file: ExternalFile(text.file, text.origin, text.terms) for text in recipe.text
            }
        else:
            sources = [
                *recipe.dev,
                *(source for stage in recipe.stages for source in stage.sources),
            ]
            found |= {
                source.name: EXTERNAL[source.name] for source in sources if source.name in EXTERNAL
            }
    return found


def load(
    source: StageSource,
    data: Path | None,
    seed: int,
    without: frozenset[str] = frozenset(),
    labels: Sequence[str] = LABELS,
) -> list[TrainingDocument]:
    """Return the documents of one source of a recipe.

    Args:
        source: A known external set, or a path to annotation files.
        data: The folder of external sets, if the user has one.
        seed: Seed of the sample where the source has a limit.
        without: Ids of documents to leave out.
        labels: What spans may be labelled.

    Raises:
        RecipeError: An external set is named, and is not there.
        AnnotationError: An annotation file is missing or broken.
    """
    if source.name in EXTERNAL:
        documents = list(_read_external(source.name, data))
    else:
        documents = read_documents([Path(source.name)], labels)
    if source.covers is not None:
        covers = frozenset(source.covers)
        documents = [replace(document, covers=covers) for document in documents]
    documents = [document for document in documents if document.id not in without]
    if source.limit is not None and source.limit < len(documents):
        documents = random.Random(seed).sample(documents, source.limit)
    return documents * source.repeat


def read_documents(paths: Sequence[Path], labels: Sequence[str] = LABELS) -> list[TrainingDocument]:
    """Return the documents of annotation files and folders.

    They cover povner's own labels, and those of the others that occur among them.
    """
    documents = read_annotations(paths, labels)
    used = {span.label for document in documents for span in document.spans}
    return [
        TrainingDocument(document.id, document.text, frozenset(document.keys()), ALL | used)
        for document in documents
    ]


def source_files(name: str, data: Path | None) -> list[Path]:
    """Return the files of a source, resolved.

    Raises:
        RecipeError: An external set is named, and is not there.
        AnnotationError: A path holds no annotation file.
    """
    if name not in EXTERNAL:
        return [path.resolve() for path in annotation_files([Path(name)])]
    external = EXTERNAL[name]
    if data is None or not (data / external.file).is_file():
        raise RecipeError(
            f"The recipe uses {name} ({external.origin}), which povner does not hold. "
            f"Give the folder that has it as {external.file} with --data, or use a recipe without "
            f"it. Looked in: {data or 'no folder was given'}"
        )
    return [(data / external.file).resolve()]


def _read_external(name: str, data: Path | None) -> Iterator[TrainingDocument]:
    (path,) = source_files(name, data)
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            yield EXTERNAL[name].read(f"{name}-{number}", json.loads(line))
