"""Change training documents so that a model sees more than was written; the spans stay right.

Each way takes a document and a random generator and returns a new document: the text in traditional
script, other places, other bodies, figures in another style, a noisier page.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache

import cn2an
from opencc import OpenCC
from pypinyin import Style, pinyin

from povner.entities import HEADCOUNT, MONEY, ORG, PLACE
from povner.gazetteer import Division, gazetteer
from povner.text import NormalizedText
from povner_training.recipes import Augment
from povner_training.sources import TrainingDocument

Augmentation = Callable[[TrainingDocument, random.Random], TrainingDocument]
Edit = tuple[int, int, str]
"""Put a text in place of ``[start, end)``."""


def augmented(
    documents: Sequence[TrainingDocument], augment: Augment, copies: int, seed: int
) -> list[TrainingDocument]:
    """Return copies of the documents, each changed in the ways that the dice choose.

    Args:
        documents: What was written.
        augment: How likely each way is.
        copies: How many of each document, such as one an epoch.
        seed: Of the dice.
    """
    draw = random.Random(seed)
    bodies = [
        document.text[start:end]
        for document in documents
        for start, end, label in sorted(document.spans)
        if label == ORG
    ]
    ways: list[tuple[float, Augmentation]] = [
        (augment.places, other_places),
        (augment.bodies, other_bodies(bodies)),
        (augment.figures, other_figures),
        (augment.traditional, traditional),
        (augment.noise, noise),
    ]
    changed: list[TrainingDocument] = []
    for document in [*documents] * copies:
        for likelihood, way in ways:
            if draw.random() < likelihood:
                document = way(document, draw)
        changed.append(document)
    return changed


def edited(document: TrainingDocument, edits: Iterable[Edit]) -> TrainingDocument:
    """Return a document with stretches of its text replaced.

    Args:
        document: The document.
        edits: What to replace, by source offsets. No two overlap, and none crosses the edge of a
            span. What is put in at the start or the end of a span stays outside of it.
    """
    pieces: list[str] = []
    moves: list[tuple[int, int, int]] = []
    done = 0
    for start, end, text in sorted(edits):
        pieces += [document.text[done:start], text]
        done = end
        moves.append((start, end, len(text) - (end - start)))
    pieces.append(document.text[done:])

    def start_of(offset: int) -> int:
        return offset + sum(by for start, end, by in moves if end <= offset)

    def end_of(offset: int) -> int:
        return offset + sum(
            by for start, end, by in moves if start < offset or start < end == offset
        )

    return replace(
        document,
        text="".join(pieces),
        spans=frozenset((start_of(a), end_of(b), label) for a, b, label in document.spans),
        ignored=tuple((start_of(a), end_of(b)) for a, b in document.ignored),
    )


# ---------------------------------------------------------------- script


def traditional(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    """Write the text in traditional characters of the mainland, Taiwan or Hong Kong."""
    converter = _converter(draw.choice(("s2t", "s2tw", "s2hk")))
    text = converter.convert(document.text)
    if len(text) != len(document.text):
        text = "".join(converter.convert(character) for character in document.text)
    return replace(document, text=text)


@cache
def _converter(kind: str) -> OpenCC:
    return OpenCC(kind)


# ---------------------------------------------------------------- names


def other_places(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    """Put other divisions in the place of those that are named, the same for the same."""
    county = draw.choice(_counties())
    names: dict[str, str | None] = {}
    edits: list[Edit] = []
    for start, end, label in sorted(document.spans):
        if label == PLACE:
            old = document.text[start:end]
            if old not in names:
                names[old] = _like(old, county, draw)
                if draw.random() < 0.3:
                    county = draw.choice(_counties())
            if new := names[old]:
                edits.append((start, end, new))
    return edited(document, edits)


_PART = re.compile(
    "(.{1,10}?)(自治[区州县旗]|特别行政区|[省市县縣区區州盟旗]|街道|[镇鎮乡鄉]|村|社区|社區)"
)
_LEVELS = {"自治区": 0, "特别行政区": 0, "省": 0, "市": 1, "自治州": 1, "州": 1, "盟": 1,
           "县": 2, "縣": 2, "区": 2, "區": 2, "自治县": 2, "自治旗": 2, "旗": 2}  # fmt: skip


def _like(old: str, county: Division, draw: random.Random) -> str | None:
    """Return a name of the same shape as `old` in another county; None where that has no sense."""
    book = gazetteer()
    chain = [part.name for part in book.chain(county)]
    name = NormalizedText.from_source(old).view
    named = book.named(name)
    if named and named[0].level != "country" and book.is_official(name, named[0]):
        place = {"province": 0, "city": min(1, len(chain) - 1)}.get(named[0].level, -1)
        return chain[place]
    parts = [] if named else _PART.findall(old)
    if not parts:
        short = chain[-1] if draw.random() < 0.7 else chain[min(1, len(chain) - 1)]
        bare = short.rstrip("市县区旗州盟省")
        return bare if 2 <= len(old) <= 3 and 2 <= len(bare) <= 3 else None
    if sum(len(name) + len(kind) for name, kind in parts) != len(old):
        return None
    levels = [_LEVELS.get(kind, 3) for _, kind in parts]
    new = [
        name
        for level, name in zip((0, 1, 2), (chain[0], *chain[1:-1], chain[-1]), strict=False)
        if level in levels or (level == 2 and levels[0] == 1 and len(levels) == 1)
    ]
    towns = [town.name for town in book.children(county.code)]
    if 3 in levels:
        kinds = [kind for _, kind in parts]
        if towns and kinds[-1] not in ("村", "社区", "社區"):
            new.append(draw.choice(towns))
        elif towns:
            if len(kinds) > 1 and kinds[-2] in ("镇", "鎮", "乡", "鄉", "街道"):
                new.append(draw.choice(towns))
            new.append(draw.choice(towns)[:2] + kinds[-1])
    return "".join(new) or None


@cache
def _counties() -> list[Division]:
    """Return the counties that have townships."""
    book = gazetteer()
    return [county for county in book.divisions("county") if book.children(county.code)]


def other_bodies(bodies: Sequence[str]) -> Augmentation:
    """Return a way to put bodies from `bodies` in the place of those that are named."""

    def change(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
        names: dict[str, str] = {}
        edits: list[Edit] = []
        for start, end, label in sorted(document.spans):
            if label == ORG and draw.random() < 0.5:
                old = document.text[start:end]
                edits.append((start, end, names.setdefault(old, draw.choice(bodies))))
        return edited(document, edits)

    return change


# ---------------------------------------------------------------- figures

_FIGURE = re.compile(r"([\d,]*\d(?:\.\d+)?)(万|萬|亿|億)?(?=[元名人户戶位个個口])")
_SCALES: Mapping[str, int] = {"": 1, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}


def other_figures(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    """Write exact figures in another style, with the same value: 3.5万元, 35,000元, 三万五千元."""
    edits: list[Edit] = []
    for start, end, label in sorted(document.spans):
        if label in (MONEY, HEADCOUNT) and draw.random() < 0.5:
            found = _FIGURE.match(document.text, start, end)
            if found:
                scale = _SCALES[found[2] or ""]
                value = Decimal(found[1].replace(",", "")) * scale
                edits.append((start, found.end(), draw.choice(list(_styles(value)))))
    return edited(document, edits)


def _styles(value: Decimal) -> Iterator[str]:
    """Yield ways to write a number."""
    yield f"{value.normalize():f}"
    if value == value.to_integral_value():
        yield f"{value:,.0f}"
        yield f"{value:.0f}".translate(_WIDE)
        if value < 10**12:
            yield cn2an.an2cn(int(value))
    for scale, unit in ((10**4, "万"), (10**8, "亿")):
        if value >= scale:
            yield f"{(value / scale).normalize():f}{unit}"


_WIDE = {ord("0") + digit: chr(ord("０") + digit) for digit in range(10)}

# ---------------------------------------------------------------- noise

_HAN = re.compile(r"[\u4e00-\u9fff]")
_MARK = re.compile("[，、；。]")
_CHROME = (
    "首页 > 新闻 > 正文\n", "【字体：大 中 小】\n", "打印本页 关闭窗口\n", "浏览次数：{number}\n",
    "分享到：\n", "责任编辑：佚名\n", "上一篇：\n下一篇：\n", "扫一扫在手机打开当前页\n",
    "我要糾錯\n", "相關文章：\n", "來源：本站原創 發布時間：{number}\n",
)  # fmt: skip


def noise(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    """Damage the page as web pages are: pinyin, spaces, line breaks, wide digits, lost marks."""
    ways = [_pinyin, _spaces, _line_breaks, _wide_digits, _lost_marks, _chrome]
    for way in draw.sample(ways, draw.choice((1, 1, 2, 3))):
        document = way(document, draw)
    return document


def test_noise(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    """Damage a page as reports measure it: pinyin on 5 % of the characters, spaces, wide digits."""
    return _wide_digits(_spaces(_pinyin(document, draw), draw), draw)


def _insert(
    document: TrainingDocument, draw: random.Random, share: float, text: Callable[[int], str]
) -> TrainingDocument:
    """Insert text behind a share of the Han characters that a Han character follows."""
    edits = [
        (match.end(), match.end(), text(match.start()))
        for match in _HAN.finditer(document.text)
        if match.end() < len(document.text)
        and _HAN.match(document.text, match.end())
        and draw.random() < share
    ]
    return edited(document, edits)


def _pinyin(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    """Put the pinyin of some characters in brackets behind them: 協(xié)作."""

    def sound(at: int) -> str:
        return f"({pinyin(document.text[at], style=Style.TONE)[0][0]})"

    return _insert(document, draw, 0.05, sound)


def _spaces(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    return _insert(document, draw, 0.05, lambda at: " ")


def _line_breaks(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    """Break lines at a fixed width, as pages that were wrapped hard do."""
    width = draw.randint(18, 42)
    breaks = range(width, len(document.text), width)
    text = document.text
    return edited(document, [(at, at, "\n") for at in breaks if "\n" not in text[at - 1 : at + 1]])


def _wide_digits(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    return replace(document, text=document.text.translate(_WIDE))


def _lost_marks(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    """Drop some punctuation marks, but not those between two spans."""
    edges = {offset for start, end, _ in document.spans for offset in (start, end)}
    edits = [
        (match.start(), match.end(), "")
        for match in _MARK.finditer(document.text)
        if draw.random() < 0.2 and not {match.start(), match.end()} & edges
    ]
    return edited(document, edits)


def _chrome(document: TrainingDocument, draw: random.Random) -> TrainingDocument:
    """Put the header and footer of a web page around the text."""
    head, foot = (
        "".join(draw.sample(_CHROME, draw.randint(1, 3))).format(number=draw.randint(100, 99999))
        for _ in range(2)
    )
    end = len(document.text)
    return edited(document, [(0, 0, head), (end, end, "\n" + foot)])
