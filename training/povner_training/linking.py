"""How well places are linked: gold divisions against what `povner.places` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from povner.entities import ORG, PLACE, Document, Entity, Place
from povner.gazetteer import Division, gazetteer
from povner.places import link_places
from povner_training.annotations import ABROAD, AnnotatedDocument, Span


@dataclass(frozen=True, slots=True)
class Link:
    """One gold mention and the place that was found for it.

    Attributes:
        document: The document's id.
        span: The gold span.
        place: What was found; None for nothing.
        outcome: ``right``; ``coarse``: a division that the right one lies in; ``none``: nothing
            although the division is known; ``wrong``; ``open``: nothing, and nothing is known.
    """

    document: str
    span: Span
    place: Place | None
    outcome: str


def gold_links(documents: Sequence[AnnotatedDocument]) -> Iterator[Link]:
    """Yield how the gold spans of each document are linked."""
    for document in documents:
        spans = [span for span in document.spans if span.label in (PLACE, ORG)]
        entities = tuple(
            Entity(span.label, document.text[span.start : span.end], span.start, span.end, 1.0)
            for span in spans
        )
        linked = link_places(Document(document.text, entities))
        for span, entity in zip(spans, linked.entities, strict=True):
            yield _link(document, span, entity)


def found_links(
    documents: Sequence[AnnotatedDocument], extract: Callable[[str], Document]
) -> Iterator[Link]:
    """Yield how each gold mention is linked when the spans are found, too.

    A mention has the place of the found entity of its label that overlaps it; of several, of the
    one whose place is right, if there is one.
    """
    for document in documents:
        found = extract(document.text).entities
        for span in document.spans:
            if span.label not in (PLACE, ORG):
                continue
            links = [
                _link(document, span, entity)
                for entity in found
                if entity.label == span.label
                and entity.start < span.end
                and span.start < entity.end
            ]
            right = [link for link in links if link.outcome == "right"]
            yield (right or links or [_link(document, span, None)])[0]


def _link(document: AnnotatedDocument, span: Span, entity: Entity | None) -> Link:
    place: Place | None = None
    if entity is not None and span.label == ORG:
        place = entity.place
    elif entity is not None and isinstance(entity.value, Place):
        place = entity.value
    return Link(document.id, span, place, outcome(span, place))


def outcome(span: Span, place: Place | None) -> str:
    """Say how a place compares with the gold division."""
    gold = span.division
    if place is None or place.country is None:
        return "open" if gold is None else "none"
    if gold == ABROAD:
        right = place.country == span.country if span.country else place.country != "CN"
        return "right" if right else "wrong"
    if place.adcode is None:
        return "open" if gold is None and place.country == "CN" else "wrong"
    if gold is None:
        return "wrong"
    code = division_code(gold)
    if code in (place.adcode, _administrative(place.adcode)):
        return "right"
    above = [division.code for division in gazetteer().chain(_division(code))]
    return "coarse" if place.adcode in above else "wrong"


def administrative_name(code: str) -> str:
    """Return the full name of a division, or of the one that a development zone lies in."""
    division = _division(_administrative(code))
    return gazetteer().full_name(division)


def _administrative(code: str) -> str:
    """Return the code of a division, or of the one that a development zone lies in."""
    return code if code in _codes().values() else _division(code).parent or code


def _division(code: str) -> Division:
    division = gazetteer().division(code)
    assert division is not None
    return division


def division_code(full_name: str) -> str:
    """Return the code of a division by its full name, such as 天津市河西区.

    Raises:
        KeyError: There is no such division today.
    """
    return _codes()[full_name]


@cache
def _codes() -> dict[str, str]:
    book = gazetteer()
    return {
        book.full_name(division): division.code
        for level in ("province", "city", "county")
        for division in book.divisions(level)
    }


@dataclass(frozen=True, slots=True)
class LinkScores:
    """Shares over the mentions of one kind.

    Attributes:
        mentions: All of them.
        known: Those whose division is known.
        accuracy: Share of the known ones with the right division; nothing found is an error.
        wrong: Share of all with a code that is neither right nor of a division around the right
            one.
        coverage: Share of the known ones for which a place was found.
    """

    mentions: int
    known: int
    accuracy: float
    wrong: float
    coverage: float


def link_scores(links: Sequence[Link]) -> LinkScores:
    """Count the outcomes of some links."""
    outcomes = Counter(link.outcome for link in links)
    with_gold = [link for link in links if link.span.division is not None]
    known = Counter(link.outcome for link in with_gold)
    mentions = sum(outcomes.values())
    return LinkScores(
        mentions,
        len(with_gold),
        known["right"] / max(1, len(with_gold)),
        outcomes["wrong"] / max(1, mentions),
        1 - known["none"] / max(1, len(with_gold)),
    )


def link_table(links: Sequence[Link]) -> str:
    """Return the scores of places and bodies as a Markdown table."""
    lines = [
        "| label | mentions | known | accuracy | wrong code | coverage |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for label in (PLACE, ORG):
        scores = link_scores([link for link in links if link.span.label == label])
        lines.append(
            f"| {label} | {scores.mentions} | {scores.known} | {scores.accuracy:.4f} "
            f"| {scores.wrong:.4f} | {scores.coverage:.4f} |"
        )
    return "\n".join(lines)
