"""What the authored corpus holds: counts, densities, variety, repetition."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from povner.entities import LABELS
from povner_training.annotations import AnnotatedDocument, read_annotations

SPLITS = ("train", "dev", "test")
CARDS = "cards.json"
# How much text around a span makes its template, and how often a template may come.
CONTEXT, OFTEN = 6, 5
# Character n-grams by which two passages are compared.
SHINGLE, NEAR = 8, 0.3


def corpus_report(folder: Path, others: Sequence[AnnotatedDocument]) -> str:
    """Describe the corpus in `folder` as Markdown.

    Args:
        folder: Holds ``train.jsonl``, ``dev.jsonl``, ``test.jsonl`` and ``cards.json``.
        others: Documents that the corpus must not repeat, such as the seeds.

    Raises:
        AnnotationError: A file is missing or breaks the format.
    """
    splits = {split: read_annotations([folder / f"{split}.jsonl"]) for split in SPLITS}
    documents = [document for split in splits.values() for document in split]
    dealt_cards = json.loads((folder / CARDS).read_text("utf-8"))["cards"]
    cards = {card["id"]: card for card in dealt_cards}
    dealt = [cards[document.id] for document in documents]
    return "\n\n".join(
        (
            _table(
                ("split", "passages", "characters", *LABELS, "all", "per 1,000 characters"),
                [_counts(name, part) for name, part in {**splits, "all": documents}.items()],
            ),
            _table(
                ("form", "passages", "characters", *LABELS, "all", "per 1,000 characters"),
                [_counts(form, part) for form, part in _by("form", documents, cards).items()],
            ),
            _table(
                ("script", "passages", "characters", *LABELS, "all", "per 1,000 characters"),
                [_counts(script, part) for script, part in _by("script", documents, cards).items()],
            ),
            _table(
                ("planted, and no entity", "passages"),
                Counter(trap for card in dealt for trap in card["traps"]).most_common(),
            ),
            _table(("what", "figure"), _figures(documents, dealt, others)),
        )
    )


def _by(
    key: str, documents: Iterable[AnnotatedDocument], cards: dict[str, dict[str, Any]]
) -> dict[str, list[AnnotatedDocument]]:
    """Group the documents by a value of their cards, the largest group first."""
    groups: dict[str, list[AnnotatedDocument]] = defaultdict(list)
    for document in documents:
        groups[cards[document.id][key]].append(document)
    return dict(sorted(groups.items(), key=lambda group: -len(group[1])))


def _counts(name: str, documents: Sequence[AnnotatedDocument]) -> tuple[Any, ...]:
    """Return a row: passages, characters, spans by label, density."""
    spans = Counter(span.label for document in documents for span in document.spans)
    characters = sum(len(document.text) for document in documents)
    return (
        name, len(documents), characters, *(spans[label] for label in LABELS), spans.total(),
        f"{1000 * spans.total() / max(1, characters):.1f}",
    )  # fmt: skip


def _figures(
    documents: Sequence[AnnotatedDocument],
    cards: Sequence[dict[str, Any]],
    others: Sequence[AnnotatedDocument],
) -> list[tuple[str, object]]:
    """Return what has no table of its own."""
    spans = [span for document in documents for span in document.spans]
    counties = {card["region"]["county"] for card in cards}
    years = [card["year"] for card in cards]
    return [
        ("writers", len({document.id.split("-")[0] for document in documents})),
        ("counties dealt", len(counties)),
        ("provinces dealt", len({county[:2] for county in counties})),
        ("divisions named", len({span.division for span in spans if span.division})),
        ("years", f"{min(years)}–{max(years)}"),
        ("planted negatives", sum(len(card["traps"]) for card in cards)),
        ("different span texts", len(_span_texts(documents))),
        ("spans whose context comes more than five times", f"{repeated_share(documents):.2%}"),
        ("spans in the commonest context", f"{commonest_share(documents):.2%}"),
        ("near-duplicates within the corpus", len(near_duplicates(documents))),
        ("near-duplicates of the seeds", len(near_duplicates(documents, others))),
    ]  # fmt: skip


def _span_texts(documents: Iterable[AnnotatedDocument]) -> set[str]:
    """Return the different texts of spans."""
    return {
        document.text[span.start : span.end] for document in documents for span in document.spans
    }


def _contexts(documents: Iterable[AnnotatedDocument]) -> Counter[tuple[str, str]]:
    """Count what stands around the spans, six characters on each side."""
    return Counter(
        (
            document.text[max(0, span.start - CONTEXT) : span.start],
            document.text[span.end :][:CONTEXT],
        )
        for document in documents
        for span in document.spans
    )


def repeated_share(documents: Iterable[AnnotatedDocument]) -> float:
    """Return the share of spans whose context comes more than five times."""
    contexts = _contexts(documents)
    return sum(count for count in contexts.values() if count > OFTEN) / max(1, contexts.total())


def commonest_share(documents: Iterable[AnnotatedDocument]) -> float:
    """Return the share of spans that the most repeated context holds."""
    contexts = _contexts(documents)
    return max(contexts.values(), default=0) / max(1, contexts.total())


def near_duplicates(
    documents: Sequence[AnnotatedDocument], others: Sequence[AnnotatedDocument] | None = None
) -> list[tuple[str, str, float]]:
    """Return the pairs of documents that share much of their text.

    Args:
        documents: What to compare.
        others: What to compare it with; by default with itself.

    Returns:
        The two ids and the share of the shorter one's character 8-grams that both have, for each
        pair where it is more than 30 %.
    """
    own = [(document.id, _shingles(document.text)) for document in documents]
    if others is None:
        pairs: Iterable[tuple[Any, Any]] = combinations(own, 2)
    else:
        foreign = [(document.id, _shingles(document.text)) for document in others]
        pairs = ((one, two) for one in own for two in foreign)
    return [
        (first, second, share)
        for (first, one), (second, two) in pairs
        if (share := len(one & two) / max(1, min(len(one), len(two)))) > NEAR
    ]


def _shingles(text: str) -> set[str]:
    return {text[start : start + SHINGLE] for start in range(len(text) - SHINGLE + 1)}


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
