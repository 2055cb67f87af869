"""The text as the model sees it, with the way back to the text as it was given.

The raw text is never altered. `NormalizedText` holds a *view* of it in which every character stands
for exactly one source character: full-width forms become half-width, traditional characters
simplified, and noise is left out (pinyin in brackets, stray spaces, invisible characters).
Nothing is ever expanded (ﬃ and ℃ stay one character), so offsets map back without ambiguity.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

REPLACEMENT = "\ufffd"
HAN = r"\u3400-\u9fff\U00020000-\U000323af〇○"

_QUOTES = {"「": "“", "」": "”", "『": "‘", "』": "’", "﹁": "“", "﹂": "”"}
_DOTS = dict.fromkeys("‧・•⋅∙", "·")
_SPACES = dict.fromkeys(
    "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t", " "
)
_LINE_ENDS = dict.fromkeys("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n")

_INVISIBLE = r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+"

# One Mandarin syllable as web pages print it behind a character: 協(xié)作, 萬(wàn)元, 們(men).
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_PINYIN = rf"(?<=[{HAN}])\((?:[a-zü]{{0,4}}[{_TONED}][a-zü]{{0,3}}|de|le|ne|men|me|zi|ge|tou)\)"

# A space is stray between two Han characters, between a digit and a Han character, around the
# point or comma of a number, and between digit groups of three (14 530); elsewhere it separates,
# also behind the number of a list (1. 500万元).
_NO_LIST_NUMBER = r"(?<!(?m:^)\d\.)(?<!(?m:^)\d\d\.)(?<![\s。;:!?]\d\.)(?<![\s。;:!?]\d\d\.)"
_STRAY_SPACE = (
    rf"(?<=[{HAN}\d]) +(?=[{HAN}])|(?<=[{HAN}]) +(?=\d)"
    rf"|(?<=\d) +(?=[.,]\d)|(?<=\d\.){_NO_LIST_NUMBER} +(?=\d)|(?<=\d,) +(?=\d{{3}}(?!\d))"
    r"|(?<=\d)(?<!\d{4})(?<!\.\d)(?<!\.\d\d)(?<!\.\d\d\d) (?=\d{3}(?!\d))"
)
_REPEATED_SPACE = r"(?<= ) +|(?<=\n)[ \n]+"

_NOISE = re.compile("|".join((_INVISIBLE, _PINYIN)))
_SPACING = re.compile("|".join((_STRAY_SPACE, _REPEATED_SPACE)))


@cache
def simplified_forms() -> dict[str, str]:
    """Return OpenCC's one-to-one traditional → simplified table."""
    table = resources.files("povner").joinpath("data/t2s.txt").read_text(encoding="utf-8")
    traditional, simplified = table.splitlines()
    return dict(zip(traditional, simplified, strict=True))


@cache
def _view_characters() -> dict[int, str]:
    """Return the translation table from source characters to view characters."""
    full_width = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    compatibility = {
        chr(code): unicodedata.normalize("NFKC", chr(code))
        for block in (range(0xF900, 0xFB00), range(0x2E80, 0x2FD6))
        for code in block
    }
    one_to_one = {old: new for old, new in compatibility.items() if len(new) == 1}
    simplified = simplified_forms()
    table = full_width | one_to_one | simplified | _QUOTES | _DOTS | _SPACES | _LINE_ENDS
    table |= {old: simplified[new] for old, new in one_to_one.items() if new in simplified}
    table |= dict.fromkeys(map(chr, range(0xD800, 0xE000)), REPLACEMENT)
    return {ord(old): new for old, new in table.items()}


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """A source text and the model's view of it.

    Attributes:
        source: The text as given.
        view: The text as the model sees it.
        positions: int32 ``[len(view)]``, the source offset of each view character, increasing.
    """

    source: str
    view: str
    positions: npt.NDArray[np.int32]

    @classmethod
    def from_source(cls, source: str) -> NormalizedText:
        """Make the view of any Unicode text, in time linear in its length.

        >>> NormalizedText.from_source("協(xié)作投入５00 萬(wàn)元").view
        '协作投入500万元'
        """
        view = source.translate(_view_characters())
        positions = np.arange(len(source), dtype=np.int32)
        view, positions = _without(_NOISE, view, positions)
        if " " in view or "\n" in view:  # all that _SPACING matches begins with one of them
            view, positions = _without(_SPACING, view, positions)
        return cls(source, view, positions)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Map the non-empty view span ``[start, end)`` to source offsets.

        Noise inside the span stays inside; noise before its first or after its last character
        stays outside.
        """
        return int(self.positions[start]), int(self.positions[end - 1]) + 1

    def to_view(self, start: int, end: int) -> tuple[int, int]:
        """Map source offsets to the view span of the characters that are left of them.

        The result is empty (start == end) if the view left out all of them.
        """
        bounds = np.searchsorted(self.positions, np.array((start, end), dtype=np.int32))
        return int(bounds[0]), int(bounds[1])


def _without(
    noise: re.Pattern[str], text: str, positions: npt.NDArray[np.int32]
) -> tuple[str, npt.NDArray[np.int32]]:
    """Cut every match of `noise` out of `text`, and its rows out of `positions`."""
    if not noise.search(text):
        return text, positions
    kept = np.ones(len(text), dtype=np.bool_)
    pieces: list[str] = []
    done = 0
    for match in noise.finditer(text):
        kept[match.start() : match.end()] = False
        pieces.append(text[done : match.start()])
        done = match.end()
    pieces.append(text[done:])
    return "".join(pieces), positions[kept]
