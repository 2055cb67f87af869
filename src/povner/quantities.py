"""MONEY and HEADCOUNT spans in their context → Quantity.

The words are in `data/quantities.toml`: a new currency, noun or qualifier is one word there. The
numbers themselves (三十几万) are read by `povner.numerals`. A span is read in five steps:

1. `_read_span`: the number and its unit, both sides of a range (6元—8元)
2. `_unit_in_context`: a unit that stands elsewhere: in a list (30、50万元), in the head of a table
3. `_hedge_before`, `_hedge_behind`: 近, 不少于, 以上 …
4. `_rates_before`, `_rates_behind`: 每亩, 人均, 年收入, 元/人·年 (`RATES`)
5. `_flags`: figures that a reader should check

All of it works on the view of a text (`povner.text`): half-width, simplified, without noise.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from importlib import resources
from typing import Any, Literal, NamedTuple, get_args

from povner.entities import EXACT, HEADCOUNT, MONEY, Qualifier, Quantity
from povner.errors import InputError
from povner.numerals import (
    DIGITS,
    NUMERAL,
    RANGE_MARK,
    UNITS,
    Numeral,
    plain,
    read_numeral,
    read_range,
    with_shared_unit,
)
from povner.text import NormalizedText

Region = Literal["HK", "MO", "TW"]

_NUMBER = re.compile(NUMERAL)
_DIGIT = "".join(DIGITS)
_NUMERIC = rf"\d{_DIGIT}{''.join(UNITS)}几"
_SENTENCE_END = "。!?\n"
_CLAUSE_END = ",;:—"


def _load_words() -> dict[str, Any]:
    """Return the tables of words."""
    table = resources.files("povner").joinpath("data/quantities.toml").read_text(encoding="utf-8")
    return tomllib.loads(table)


def _words(table: str, key: str) -> tuple[str, ...]:
    """Return the words under one key of a table."""
    return tuple(_TABLES[table][key].split())


def _any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


_TABLES = _load_words()


# ---------------------------------------------------------------- the public functions


def normalize(text: str, start: int, end: int, label: str) -> Quantity | None:
    """Return the value of the span ``[start, end)`` of `text`, read in its context.

    Args:
        text: Any text, as it is.
        start: Offset of the span's first character.
        end: Offset behind its last character.
        label: ``MONEY`` or ``HEADCOUNT``.

    Returns:
        The value, or None where the span has none: a damaged number, an idiom, another unit.

    Raises:
        InputError: The offsets do not lie in the text, or the label has no values.

    >>> str(normalize("每畝增收近2000元", 5, 10, "MONEY"))
    '<2,000 CNY/mu'
    """
    if label not in (MONEY, HEADCOUNT):
        raise InputError(f"The label {label!r} has no values. Use {MONEY!r} or {HEADCOUNT!r}.")
    if not 0 <= start < end <= len(text):
        raise InputError(
            f"The span [{start}, {end}) does not lie in the text, which has {len(text)} "
            "characters. Give code-point offsets with 0 <= start < end <= len(text)."
        )
    normalized = NormalizedText.from_source(text)
    begin, stop = normalized.to_view(start, end)
    if begin == stop:
        return None
    return read_quantity(normalized.view, begin, stop, label, page_region(normalized.view))


def normalize_money(phrase: str, *, region: Region | None = None) -> Quantity | None:
    """Return the amount in a phrase, with its qualifier and rate; None if it names none.

    Args:
        phrase: A phrase with one amount; of several the first is read.
        region: Where the phrase is from, which decides what 元 means: ``HK``, ``MO``, ``TW``.

    Raises:
        InputError: The region is unknown.

    >>> str(normalize_money("近3.5亿元"))
    '<350,000,000 CNY'
    >>> str(normalize_money("每公斤6元—8元"))
    '6–8 CNY/kg'
    """
    if region is not None and region not in get_args(Region):
        raise InputError(f"The region {region!r} is unknown. Use 'HK', 'MO', 'TW' or None.")
    return _first_value(phrase, _MONEY_SPANS, MONEY, region)


def normalize_headcount(phrase: str) -> Quantity | None:
    """Return the number of people or households in a phrase; None if it names none.

    >>> str(normalize_headcount("60多戶"))
    '>60 household'
    """
    return _first_value(phrase, _HEADCOUNT_SPANS, HEADCOUNT, None)


def read_quantity(
    view: str, start: int, end: int, label: str, region: str | None = None
) -> Quantity | None:
    """Return the value of the span ``[start, end)`` of a view, or None if it has none.

    Args:
        view: The view of a whole text; what lies far from the span is not read.
        start: Offset of the span's first character in the view.
        end: Offset behind its last character.
        label: ``MONEY`` or ``HEADCOUNT``; other labels have no values.
        region: What `page_region` says of the view.
    """
    if label not in (MONEY, HEADCOUNT) or start >= end or _is_damaged(view, start, end):
        return None
    span = view[start:end]
    if " " in span or "\n" in span:
        span = "".join(span.split())
    local = _LOCAL_CURRENCY.get(region, "CNY")
    reading = _read_span(span, label, local)
    if reading and not reading.unit:
        reading = _unit_in_context(view, start, end, label, reading, local)
    if not reading or not reading.numeral or _is_trap(view, start, end, span, label):
        return None
    unit, numeral = reading.unit, reading.numeral
    if unit == local and label == MONEY:
        unit = _currency_before(view, start) or local
    rates_behind, rates_end = _rates_behind(view, end, label)
    qualifier, lower, upper, inclusive = _bounds(
        numeral, _hedge_before(view, start), _hedge_behind(view, rates_end)
    )
    per = _rates_before(view, start, label, carried=not rates_behind) + rates_behind
    return Quantity(
        unit=unit,
        lower=lower,
        upper=upper,
        qualifier=qualifier,
        inclusive=inclusive,
        per=tuple(dict.fromkeys(per)) if per else per,
        flags=_flags(view, start, end, unit, numeral),
    )


def page_region(view: str) -> Region | None:
    """Return the region whose currency 元 is on this page: Hong Kong, Macau or Taiwan.

    A page counts as theirs when it speaks of their institutions from the inside (综援, 立法院) and
    more of theirs than of the mainland's; a mention of 香港 or 台湾 is not enough.
    """
    scores = {
        region: 2 * _count_words(view, words["inside"]) + _count_words(view, words["names"])
        for region, words in _REGIONS.items()
    }
    region = max(scores, key=scores.__getitem__)
    return region if scores[region] > 2 * max(1, _count_words(view, _MAINLAND)) else None


def _count_words(view: str, words: str) -> int:
    """Return how many of the words are in the view."""
    return sum(word in view for word in words.split())


_LOCAL_CURRENCY: dict[str | None, str] = {"HK": "HKD", "MO": "MOP", "TW": "TWD"}
_REGIONS: dict[Region, dict[str, str]] = {
    region: _TABLES["regions"][region] for region in get_args(Region)
}
_MAINLAND = _TABLES["regions"]["mainland"]["inside"]


# ---------------------------------------------------------------- 1. the span itself


class _Reading(NamedTuple):
    """The number of a span, its text, and its unit; the unit is empty where the span has none."""

    number: str
    unit: str
    numeral: Numeral | None


_CURRENCIES: dict[str, str] = {
    name: code for code, names in _TABLES["currencies"].items() for name in names.split()
}
_YUAN = "local"  # stands for the page's own currency until the region is looked up
_CURRENCY_BEHIND = {
    **dict.fromkeys(_words("yuan", "names"), _YUAN),
    **{yuan + name: code for yuan in ("", "元", "圆", "块") for name, code in _CURRENCIES.items()},
}
_CURRENCY_BEFORE = {**_CURRENCIES, "$": "USD"}
_CURRENCY = re.compile(_any_of(_CURRENCY_BEFORE))

_MEASURES = {word: unit for unit in _TABLES["measures"] for word in _words("measures", unit)}
_TENTH, _TWO = Decimal("0.1"), Decimal(2)
_COUPLES = ("对", "双")
_PEOPLE_TOGETHER = {"俩": "两人", "仨": "三人"}
_PEOPLE = _words("nouns", "people")
_HOUSEHOLDS = _words("nouns", "households")
_OTHER_THINGS = _words("nouns", "other")

_SIDE_MARK = re.compile(rf"(?:以上[,、]?(?:至|到)?|起?{RANGE_MARK})(?=[{_NUMERIC}上数￥¥$€£A-Z])")
_SMALL_CHANGE = re.compile(
    rf"(?:(?P<yuan>{NUMERAL})[元圆块])?零?"
    rf"(?:(?P<jiao>[\d{_DIGIT}几]+)[角毛])?零?"
    rf"(?:(?P<fen>[\d{_DIGIT}几]+)分)?"
    rf"(?P<tenths>[\d{_DIGIT}半])?(?P<more>[多来])?钱?"
)


def _read_span(span: str, label: str, local: str) -> _Reading | None:
    """Read a span's number and unit; both sides if it is a range."""
    read_side = _read_amount if label == MONEY else _read_count
    mark = _SIDE_MARK.search(span, 1)
    if not mark:
        return read_side(span, local)
    left = read_side(span[: mark.start()], local)
    right = read_side(span[mark.end() :], local)
    if not left or not right or (left.unit and right.unit and left.unit != right.unit):
        return None
    if not left.unit:
        both = read_range(left.number, right.number)
    elif left.numeral and right.numeral:
        both = Numeral(left.numeral.lower, right.numeral.upper, "range")
    else:
        both = None
    return _Reading(right.number, right.unit or left.unit, both)


def _read_amount(text: str, local: str) -> _Reading | None:
    """Read 3.09亿元, US$20万, 500万元人民币, 3块5."""
    sign = None
    number = _NUMBER.match(text)
    if not number:
        sign = _CURRENCY.match(text)
        number = sign and _NUMBER.match(text, sign.end())
        if not number:
            return None
    if "分之" in number[0]:
        return None
    unit = _CURRENCY_BEHIND.get(text[number.end() :], None if number.end() < len(text) else "")
    if unit is None:
        return _read_small_change(text, local)
    if sign and unit in ("", _YUAN):
        unit = local if sign[0] == "$" and local != "CNY" else _CURRENCY_BEFORE[sign[0]]
    if unit == _YUAN:
        unit = local
    return _Reading(number[0], unit, read_numeral(number[0]))


def _read_small_change(text: str, local: str) -> _Reading | None:
    """Read 123元1角1分, 三块五, 两块半, 几毛钱, 五分钱, 三块多."""
    parts = _SMALL_CHANGE.fullmatch(text)
    if not parts or (parts["fen"] and not (parts["yuan"] or parts["jiao"] or text[-1] == "钱")):
        return None
    sums = [Decimal(0), Decimal(0)]
    worth = Decimal(1)
    qualifiers: list[Qualifier] = ["exact"]
    for name, worth_of_part in (("yuan", "1"), ("jiao", "0.1"), ("fen", "0.01")):
        if parts[name]:
            numeral = read_numeral(parts[name])
            if not numeral:
                return None
            worth = Decimal(worth_of_part)
            qualifiers.append(numeral.qualifier)
            sums = [
                EXACT.fma(bound, worth, total)
                for bound, total in zip(numeral[:2], sums, strict=True)
            ]
    if parts["tenths"]:
        digit = "5" if parts["tenths"] == "半" else DIGITS.get(parts["tenths"], parts["tenths"])
        sums = [EXACT.fma(Decimal(digit), EXACT.multiply(worth, _TENTH), total) for total in sums]
    if parts["more"]:
        qualifiers.append("over" if parts["more"] == "多" else "about")
    qualifier = min(qualifiers, key=_PRIORITY.index)
    inclusive = qualifier != "over"
    return _Reading(text, local, Numeral(plain(sums[0]), plain(sums[1]), qualifier, inclusive))


def _read_count(text: str, local: str) -> _Reading | None:
    """Read 142人, 60多户, 92万贫困人口, 俩, 3对."""
    text = _PEOPLE_TOGETHER.get(text, text)
    number = _NUMBER.match(text)
    if not number:
        return None
    noun = text[number.end() :]
    numeral = read_numeral(number[0])
    unit = _MEASURES.get(noun, None if noun else "")
    if unit is None:
        unit = _unit_of_noun(noun)
        if unit is None:
            return None
        if numeral and noun.startswith(_COUPLES) and not noun.startswith("对象"):
            numeral = numeral._replace(
                lower=EXACT.multiply(numeral.lower, _TWO),
                upper=EXACT.multiply(numeral.upper, _TWO),
            )
    return _Reading(number[0], unit, numeral)


def _unit_of_noun(noun: str) -> str | None:
    """Return what a noun behind a number counts; None if neither people nor households."""
    if noun.startswith("代人"):
        return None
    if noun.startswith("户") or noun.endswith(_HOUSEHOLDS):
        return "household"
    if noun.endswith("人次"):
        return "person_time"
    if noun.endswith("户次"):
        return "household_time"
    if noun.endswith(_PEOPLE) or noun.startswith(_COUPLES):
        return "person"
    if noun.startswith(_OTHER_THINGS) or noun.endswith(_OTHER_THINGS):
        return None
    return "person"


# ---------------------------------------------------------------- 2. units outside the span

_NEXT_IN_LIST = re.compile(rf"(?:[、,和及与或]|以及)({NUMERAL})")
_MONEY_UNIT = re.compile(_any_of(name for name in _CURRENCY_BEHIND if name))
_COUNT_UNIT = re.compile(r"个?(?:人次|户次|人|名|位|口|户|[^\W\d]{1,8}?(?:户|家庭|人|者|生|工|员))")
_HEAD_UNIT = rf"[{''.join(UNITS)}]*(?:{_MONEY_UNIT.pattern}|人次?|户)?"
_TABLE_HEAD = re.compile(
    rf"单位[:为]?(?P<unit>{_HEAD_UNIT})|[额款金资入出费值数]\((?P<column>{_HEAD_UNIT})\)"
)
_HEAD_REACH = 2000
_LIST_REACH = 16
_NO_MONEY_UNIT = re.compile(rf"人(?![民才工])|{_any_of(_words('nouns', 'not_money'))}")
_NOUN_BEHIND = re.compile(r"(?:左右|以上|以下)?(?:的|个)?[^\W\d的和]{0,8}?(户|家庭)(?!籍)")
_NOUN_BEFORE = re.compile(r"(户|家庭)|[人口民员生众工者名]")

_DECLARATION_REACH = 240
_DECLARED = re.compile(rf"(?P<name>{_any_of(_CURRENCIES)})(?:计|[,、]?下同)")
_LAST_OF_CURRENCY = {name[-1] for name in _CURRENCIES}


def _unit_in_context(
    view: str, start: int, end: int, label: str, reading: _Reading, local: str
) -> _Reading | None:
    """Complete a bare number by its context: 30 in 30、50万元, 13万, a cell of a table."""
    number, _, numeral = reading
    shared = _shared_in_list(view, end, label, number, local)
    if shared:
        return shared
    if _counts_other_things(view, end, label):
        return None
    unit = local if label == MONEY else _noun_in_context(view, start, end)
    if number[-1] in UNITS:
        return _Reading(number, unit, numeral)
    head = _table_head(view, start, label)
    if head:
        named = _read_span(f"{number}{head}", label, local)
        return named and _Reading(named.number, named.unit or unit, named.numeral)
    return None if _is_cell(view, start, end) else _Reading(number, unit, numeral)


def _shared_in_list(view: str, end: int, label: str, number: str, local: str) -> _Reading | None:
    """Complete a number by the unit of the last number of the list that it is in."""
    for _ in range(_LIST_REACH):
        following = _NEXT_IN_LIST.match(view, end)
        if not following:
            return None
        end = following.end()
        unit = (_MONEY_UNIT if label == MONEY else _COUNT_UNIT).match(view, end)
        if unit:
            last = _read_span(following[1] + unit[0], label, local)
            shared = with_shared_unit(number, following[1], reach=100)
            return last and _Reading(number, last.unit, shared)
    return None


def _counts_other_things(view: str, end: int, label: str) -> bool:
    """Return whether a measure word or noun behind a bare number is not of this label."""
    if label == MONEY:
        return bool(_NO_MONEY_UNIT.match(view, end))
    return view.startswith(_OTHER_THINGS, end) and not _PEOPLE_BEHIND.match(view, end)


def _noun_in_context(view: str, start: int, end: int) -> str:
    """Return what a bare number counts: 贫困户从12万减到8万."""
    if _NOUN_BEHIND.match(view, end):
        return "household"
    nouns = _NOUN_BEFORE.findall(view, max(0, start - 12), start)
    return "household" if nouns and nouns[-1] else "person"


def _is_cell(view: str, start: int, end: int) -> bool:
    """Return whether the span stands alone as in a table."""
    before = view[start - 1] if start else "\n"
    behind = view[end] if end < len(view) else "\n"
    return before in " \n|:)" and behind in " \n|"


def _table_head(view: str, start: int, label: str) -> str | None:
    """Return the unit (万元, 万, 户) of the nearest head above that is of this label."""
    nearest = None
    for head in _TABLE_HEAD.finditer(view, max(0, start - _HEAD_REACH), start):
        unit = head["unit"] or head["column"]
        if unit and (unit[-1] in UNITS or (unit[-1] in "人次户") == (label == HEADCOUNT)):
            nearest = unit
    return nearest


def _currency_before(view: str, start: int) -> str | None:
    """Return the currency that is named before the span: 港币500万元, (港币,下同), 以新台币计."""
    if start and view[start - 1] in _LAST_OF_CURRENCY:
        for length in (4, 3, 2):
            code = _CURRENCIES.get(view[max(0, start - length) : start])
            if code:
                return code
    near = view[max(0, start - _DECLARATION_REACH) : start]
    if "下同" in near or "元计" in near or "币计" in near:
        declared = _DECLARED.search(near)
        return _CURRENCIES[declared["name"]] if declared else None
    return None


# ---------------------------------------------------------------- damaged spans and traps

_DAMAGE = frozenset("\ufffd□■◻▯⒇")
_CUT_NUMBER = re.compile(r"\d,?$|(?<!\n)\d\.$")
_ONE = frozenset(("一人", "一名", "一户", "一个", "一个人", "一位", "1人", "1名", "1户"))
_NOT_ONE = re.compile(r"(?:不|没|无|未|绝不)[^,。;、]{0,5}$")
_VILLAGE = re.compile("[村屯](?![民干委])")  # 西九户村
_COUNT_IDIOMS = _words("idioms", "count")
_ONE_IDIOM = _words("idioms", "one_before")
_NO_MONEY = _words("idioms", "money_before")
_MONEY_IDIOMS = _words("idioms", "money")
_PIECES = re.compile(r"[^\W\d的]{0,3}?[田地石砖木牌屏碑匾冰糖肉布板表]")
_NO_NUMBER = re.compile(rf"[{''.join(UNITS)}]+[元圆]?")
_COMPANY = re.compile(r"[^\W\d的]{0,8}?(?:公司|集团|合作社)")
_RANKED = re.compile(r"(?:^|[^目之以此日年月天提先眼当生])前$")
_PEOPLE_BEHIND = re.compile(rf"[^\W\d]{{0,8}}?(?:{_any_of((*_PEOPLE, *_HOUSEHOLDS))})")


def _is_damaged(view: str, start: int, end: int) -> bool:
    """Return whether characters of the number are lost, or the span starts inside a number."""
    before = view[start - 1] if start else ""
    behind = view[end] if end < len(view) else ""
    if before in _DAMAGE or before == "第":
        return True
    first, last = view[start], view[end - 1]
    touching = first.isdigit() and (before.isdigit() or before in (",", "."))
    if touching and _CUT_NUMBER.search(view[max(0, start - 3) : start]):
        return True
    return last.isdigit() and (behind in _DAMAGE or behind.isdigit() or behind in ("%", "‰"))


def _is_trap(view: str, start: int, end: int, span: str, label: str) -> bool:
    """Return whether the words only look like a figure."""
    look = _is_money_trap if label == MONEY else _is_count_trap
    return look(view, start, end, span)


def _is_count_trap(view: str, start: int, end: int, span: str) -> bool:
    """Return whether this is a rank or a figure of speech: 前10名, 一人不落, 千家万户, 西九户村."""
    if view[start - 1 : start] == "前" and _RANKED.search(view[max(0, start - 2) : start]):
        return True
    if span in _ONE:
        negated = _NOT_ONE.search(view[max(0, start - 8) : start])
        if view.startswith(_ONE_IDIOM, end) or (negated and not _hedge_before(view, start)):
            return True
    elif span[0].isdigit():
        return False
    around = view[max(0, start - 3) : end + 3]
    is_village = span[-1] == "户" and _VILLAGE.match(view, end)
    return bool(is_village) or any(idiom in around for idiom in _COUNT_IDIOMS)


def _is_money_trap(view: str, start: int, end: int, span: str) -> bool:
    """Return whether this is part of another word: 百元店, 一分耕耘, 五块田, (万元)."""
    if span[-1] == "块" and _PIECES.match(view, end):
        return True
    if span[0].isdigit() or len(span) > 3:
        return False
    if _NO_NUMBER.fullmatch(span) and view[start - 1 : start] in ("(", ":"):
        return True
    around = view[max(0, start - 3) : end + 3]
    is_name = view.startswith(_NO_MONEY, end) or _COMPANY.match(view, end)
    return bool(is_name) or any(idiom in around for idiom in _MONEY_IDIOMS)


# ---------------------------------------------------------------- 3. qualifiers

Hedge = tuple[Qualifier, bool]
"""A qualifier, and whether the stated number itself is meant."""

_NOT_BEHIND: dict[str, str] = _TABLES["no_hedge_behind"]
_NOT_BEFORE: dict[str, str] = _TABLES["no_hedge_before"]
_MORE_AND_LESS: dict[Qualifier, Qualifier] = {"over": "under", "under": "over"}
_PRIORITY: tuple[Qualifier, ...] = ("range", "vague", "under", "over", "about", "exact")


def _hedges_by_word(table: str) -> dict[str, Hedge]:
    """Return the hedge of every word in a table: its qualifier and whether it is `inclusive`."""
    kinds: dict[str, Hedge] = {
        "about": ("about", True),
        "over": ("over", False),
        "over_or_equal": ("over", True),
        "under": ("under", False),
        "under_or_equal": ("under", True),
    }
    return {word: kinds[kind] for kind in _TABLES[table] for word in _words(table, kind)}


_BEFORE, _BEHIND = _hedges_by_word("hedges_before"), _hedges_by_word("hedges_behind")
_BEFORE |= {
    highest + grant: _BEFORE[highest]
    for highest in ("最高", "最低")
    for grant in _words("reaching", "grants")
}


def _backwards(words: Iterable[str]) -> str:
    """Return a pattern for the words as they are met when a text is read from its end."""
    guards = {word: f"(?![{before}])" for word, before in _NOT_BEHIND.items()}
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(word[::-1] + guards.get(word, "") for word in ordered)


_EDGES = "起内多"  # qualifiers only at the edge of a clause: 500元起, but not 500元起诉


def _forwards(words: Iterable[str]) -> str:
    """Return a pattern for the words behind a span."""
    guards = {word: f"(?![{behind}])" for word, behind in _NOT_BEFORE.items()}
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(word + guards.get(word, "") for word in ordered)


# Read backwards from the span: 近 touches it; 超过 may be followed by 了, 每月; 至少 by a verb.
_HEDGE_BEFORE = re.compile(
    rf"(?P<tight>近(?![{_NOT_BEHIND['近']}]))"
    rf"|(?:[了达到为是有要在于“(]|[{_NUMERIC}]?[年月日天人户亩]个?每){{0,3}}?"
    rf"(?P<loose>{_backwards(_BEFORE.keys() - {'近'})})(?P<not>[得能会应可准许再有]?[不未没])?"
    rf"|[^\W\d{_DIGIT}的时次]{{0,5}}?(?P<far>{_backwards(_words('reaching', 'words'))})"
)
_HEDGE_BEHIND = re.compile(
    rf"(?:\(不?含[^)]{{0,8}}\)|[及或])?"
    rf"(?P<word>{_forwards(_BEHIND.keys() - set(_EDGES))})"
    rf"|(?P<edge>[{_EDGES}](?=[,。;、)\n的]|$|钱))"
)
_REACHING = re.compile(r"(?<![史会网础晚早线路])上$|(?<![通经])过$|(?<!打)破$")  # 上百家, 破亿元


def _hedge_before(view: str, start: int) -> Hedge | None:
    """Return what the words before a span say: 近, 不少于, 超过了, 最高可获补贴."""
    found = _HEDGE_BEFORE.match(view[max(0, start - 16) : start][::-1])
    if found:
        word = (found["tight"] or found["loose"] or found["far"])[::-1]
        qualifier, inclusive = _BEFORE.get(word) or _BEFORE[word[:2]]
        if found["not"] and qualifier in _MORE_AND_LESS:
            return _MORE_AND_LESS[qualifier], True
        return qualifier, inclusive
    if view[start] in UNITS and _REACHING.search(view, max(0, start - 2), start):
        return "over", view[start - 1] == "上"
    return _hedge_of_list(view, start)


def _hedge_of_list(view: str, start: int) -> Hedge | None:
    """Return the hedge that 分别 gives to all numbers of a list: 分别超过3万元和5万元."""
    if not start or view[start - 1] not in "和与、,":
        return None
    first = view.rfind("分别", max(0, start - 40), start)
    number = _NUMBER.search(view, first, start) if first >= 0 else None
    return _hedge_before(view, number.start()) if number else None


def _hedge_behind(view: str, end: int) -> Hedge | None:
    """Return what the words behind a span say: 以上, 左右, (含)以下."""
    found = _HEDGE_BEHIND.match(view, end)
    return _BEHIND[found["word"] or found["edge"]] if found else None


def _bounds(
    numeral: Numeral, before: Hedge | None, behind: Hedge | None
) -> tuple[Qualifier, Decimal | None, Decimal | None, bool]:
    """Return qualifier, bounds and `inclusive`, where range > vague > under > over > about."""
    if not before and not behind and numeral.qualifier == "exact":
        return "exact", numeral.lower, numeral.upper, True
    own: Hedge = (numeral.qualifier, numeral.inclusive)
    hedges = [hedge for hedge in (own, before, behind) if hedge]
    if numeral.qualifier == "vague" and behind and behind[0] in _MORE_AND_LESS:
        hedges = [behind]  # 几千元以上
    kinds = [hedge[0] for hedge in hedges]
    qualifier = min(kinds, key=_PRIORITY.index)
    inclusive = all(closed for kind, closed in hedges if kind == qualifier)
    lower = None if qualifier == "under" else numeral.lower
    upper = None if qualifier == "over" else numeral.upper
    return qualifier, lower, upper, inclusive


# ---------------------------------------------------------------- 4. rates

_NO_DATE = rf"(?<![\d{_DIGIT}十去今明当上前后同往历多几近连全新青幼老壮童成中晚过数])"
_NO_ORDINAL = rf"(?<![\d{_DIGIT}十百第近过这那前后头同有某隔])"
_NO_LAST = rf"(?<!上){_NO_ORDINAL}"
_YEARLY_NOUN = rf"[^\W\d]{{0,4}}?(?:{_any_of(_words('rates', 'yearly'))})"
_MONTHLY = _any_of(_words("rates", "monthly"))
_FARMERS = "[农牧渔贫困特低保脱搬迁难收入建档立卡散]{0,8}"
_FOLK = "学生|孩子|儿童|老人|农民|村民|居民|职工|员工|劳动力|残疾人|群众|党员"
_DOING = r"[^\W\d,]{1,4}"  # 每安排一名, 每脱贫一户
_ON_AVERAGE = r"平均|[^\W\d,]{0,3}平均[分获得]"  # 职工平均年收入, 30户可以平均分得
RATES = {
    "year": rf"每[一1]?(?:学|个?纳税)?年|年均|{_NO_DATE}年薪|{_NO_DATE}年(?=人均|户均|亩均)"
    rf"|{_NO_DATE}年(?![轻龄纪代底初末终关级满货幼老迈间内前后来中度])(?={_YEARLY_NOUN})"
    rf"|{_NO_LAST}[一1]年(?![来多内前后半级度期时])",
    "month": rf"每[一1]?个?月|月均|(?<![\d{_DIGIT}十个上本当这该腊正元])月(?={_MONTHLY})"
    rf"|{_NO_LAST}[一1]个月(?![来多内前后])",
    "day": rf"每[一1]?[天日]|日均|(?<![\d{_DIGIT}十昨今明生节假近即当])日(?=薪|工资|收入|接待|产)"
    rf"|{_NO_LAST}[一1]天(?![来多内前后晚早])",
    "household": rf"每[一1]?{_FARMERS}户|每家(?!企业|公司|合作)|户均|单户"
    rf"|每个[^\W\d的村县]{{0,7}}?(?:户|家庭)|每{_DOING}[一1]户"
    rf"|{_NO_ORDINAL}[一1]户(?=[一1每补]|$)|(?:户|家庭)(?={_ON_AVERAGE})",
    "person": r"每[一1]?[人名位口生员](?!次)|每个人|[人生]均"
    rf"|每{_DOING}[一1][人名位]|{_NO_ORDINAL}[一1]人(?=[一1每补]|$)"
    rf"|每[一1]?个?(?:贫困)?(?:{_FOLK})|(?:人|名|{_FOLK})(?={_ON_AVERAGE})",
    "mu": rf"每[一1]?亩|亩均|{_NO_ORDINAL}[一1]亩",
    "kg": rf"每[一1]?(?:公斤|千克)|{_NO_ORDINAL}[一1](?:公斤|千克)",
    "jin": rf"每[一1]?市?斤|{_NO_ORDINAL}[一1]市?斤",
    "item": rf"每(?![到当逢每{_DIGIT}十百千])(?=[^\W\d])|[村校班社店]均|村(?={_ON_AVERAGE})"
    rf"|{_NO_ORDINAL}[一1](?:吨|升|平方米|平米|立方米|方|棵|株|只|张|盒|袋|箱|瓶|碗|周|个?小时)"
    r"(?!子|[^,。;]{0,6}[卖买花]了)",
}
_RATE = re.compile(
    "(?=[每单年月日一1人生户亩村校班社店名学孩儿老农居职员劳残群党家])(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in RATES.items())
    + ")"
)
# A fast look for what every rate contains: 每, 均, 单, 年 outside a date, or 一 before a measure.
_RATE_HINT = re.compile(
    r"[每均单年月日一1](?:(?<=[每均单])|(?<=[年月日])(?<!\d.)(?![\d,。来度底初末前后中])"
    r"|(?<=[一1])(?=[年个天亩斤公千市吨升平立方棵株只张盒袋箱瓶碗户人名位小周]))"
)
_RATE_BEHIND = re.compile(
    r"(?:[/每·.]|[一1](?=年|个?月|天|亩|公?斤|吨|升|平|立方|[户人棵株只张盒袋箱瓶碗]))个?"
    r"(?:(?P<year>学?年)|(?P<month>月)|(?P<day>[天日])|(?P<household>户)"
    r"|(?P<person>(?:人(?!次|均)|生|名|位|口))|(?P<mu>亩)|(?P<kg>公斤|千克|[kK][gG])|(?P<jin>市?斤)"
    r"|(?P<item>人次|平方米|立方米|平米|小时|㎡|[^\W\d]))"
)
_RATE_REACH = 64
_BEFORE_HINT = 8  # how far before its hint a rate may begin: 劳动力平均
_SOLE_RATE_CLAUSE = 8  # a clause no longer than this may only set the scene: 一天下来
_MOST_RATES = 4
_MONEY_AMOUNT = rf"{NUMERAL}(?:[元圆块]钱?|(?:美|港|欧|日|澳|韩|加)元|英镑|卢布|叙镑)(?:人民币)?"
_AMOUNTS = {
    MONEY: re.compile(_MONEY_AMOUNT),
    HEADCOUNT: re.compile(rf"(?<![每{_NUMERIC}])(?:{_MONEY_AMOUNT}|{NUMERAL}[人名位户])"),
}
# Words between two amounts that let the second continue the first: 从…增至…, 提高到现在的….
_CONTINUING = (
    "从由到至和与及合折、,增加长提高升涨上降下减少达为是变成持续进一步约近超过突破不足逾仅只比"
    "现在如今目前当时去明同期初年月底末已经的了原来最以又还再多将预计有望分别跃攀"
)
_THIS_FIGURE = "这[一个]?(?:数字|数据|金额|标准)"
_CONTINUES = re.compile(
    rf"(?:[{_CONTINUING}\d%.\"“({_DIGIT}十]|{_THIS_FIGURE}|;(?=[^;。]{{0,12}}{_THIS_FIGURE}))*"
    r"|[^\W\d]{0,4}[和与及、]"
)
# A clause that splits the amount before it: 每股370元,政府支持300元,个人掏70元.
_SHARE = re.compile(
    r"[^,。;]{0,4},(?:其中,?|扣除|除了?)?(?:政府|财政|国家|个人|自己|自筹|农户|村民|企业)[^,。;\d共总]{0,10}"
)
_EQUIVALENT = re.compile(rf"\(?(?:约合|折合|合|相当于)约?{_MONEY_AMOUNT}\)?")


def _rates_before(view: str, start: int, label: str, *, carried: bool) -> tuple[str, ...]:
    """Return what an amount is per by the words before it, within its sentence.

    Rates in the amount's own clause are its own. Without one, and if `carried`, it takes the rates
    of the amount before it where it continues that (人均年收入从3000元增至8000元).
    """
    reach = max(0, start - _RATE_REACH)
    hint = _RATE_HINT.search(view, reach, start)
    if not hint:
        return ()
    reach = max(reach, *(view.rfind(mark, reach, start) + 1 for mark in _SENTENCE_END))
    rates = list(_RATE.finditer(view, max(reach, hint.start() - _BEFORE_HINT), start))
    if not rates:
        return ()
    amounts = [found.span() for found in _AMOUNTS[label].finditer(view, reach, start)]
    stop = start
    for begin, end in (*reversed(amounts), (reach, reach)):
        own = [rate for rate in rates if end <= rate.start() and rate.end() <= stop]
        if own:
            return _rates_of_clause(view, end, stop, own)
        if not carried or not _continues(view, begin, end, stop, label):
            return ()
        stop = begin
    return ()


def _continues(view: str, begin: int, end: int, stop: int, label: str) -> bool:
    """Return whether what stands at `stop` goes on with the amount ``[begin, end)`` before it."""
    if label == HEADCOUNT and view[end - 1] not in "人名位户":
        return False
    if _CONTINUES.fullmatch(view, end, stop):
        return True
    part, whole = _NUMBER.match(view, stop), _NUMBER.match(view, begin)
    if not part or not whole or not _SHARE.fullmatch(view, end, stop):
        return False
    part_size, whole_size = read_numeral(part[0]), read_numeral(whole[0])
    return bool(part_size and whole_size and part_size.upper < whole_size.lower)


def _rates_of_clause(
    view: str, begin: int, stop: int, rates: list[re.Match[str]]
) -> tuple[str, ...]:
    """Return the names of the rates in the last clause of ``[begin, stop)``, in text order.

    The clause before counts too where the last one only goes on (人均纯收入,1987年为463元) or where
    it sets the scene (一天下来,能挣300元; 每人入学时,补助500元).
    """
    clause = _clause_start(view, begin, stop)
    own = [rate for rate in rates if rate.start() >= clause and not _ends_in_list(view, rate, stop)]
    if not own and clause > begin:
        previous = _clause_start(view, begin, clause - 1)
        own = [rate for rate in rates if rate.start() >= previous]
        short = clause - previous <= _SOLE_RATE_CLAUSE
        if not _CONTINUES.fullmatch(view, clause, stop) and view[clause - 2] != "时":
            own = [rate for rate in own if _sets_scene(rate[0], short)]
    return tuple(str(rate.lastgroup) for rate in own)


def _ends_in_list(view: str, rate: re.Match[str], stop: int) -> bool:
    """Return whether 一年, 一斤 … belong to an earlier part of a list: 1个月综援、拨款1亿元."""
    return rate[0][0] in "一1" and view.find("、", rate.end(), stop) >= 0


def _sets_scene(rate: str, short: bool) -> bool:
    """Return whether a rate reaches into the next clause: 一天下来,… and 每安排一名…,…."""
    return (short and rate[0] in "一1") or (rate[0] == "每" and len(rate) > 3 and rate[-2] in "一1")


def _clause_start(view: str, begin: int, stop: int) -> int:
    """Return where the clause that ends at `stop` starts, not before `begin`."""
    return max(begin, *(view.rfind(mark, begin, stop) + 1 for mark in _CLAUSE_END))


def _rates_behind(view: str, end: int, label: str) -> tuple[tuple[str, ...], int]:
    """Return the rates directly behind an amount (元/人·年, 90元一公斤) and where they end."""
    names: list[str] = []
    if label == HEADCOUNT and view.startswith("每", end):
        return (), end  # 546人每人200元: the rate is the next amount's
    same = _EQUIVALENT.match(view, end)
    if same and _RATE_BEHIND.match(view, same.end()):
        return _rates_behind(view, same.end(), label)[0], end
    while len(names) < _MOST_RATES and (found := _RATE_BEHIND.match(view, end)):
        names.append(str(found.lastgroup))
        end = found.end()
    return tuple(names), end


# ---------------------------------------------------------------- 5. doubts

# How many people an area can hold, and before which characters its word is no area (农村, 城市).
_AREAS = {
    "村": (50_000, "农乡山到进驻入下"),
    "乡": (500_000, "城家返回下"),
    "镇": (1_000_000, "城乡集"),
    "县": (3_000_000, ""),
    "区": (8_000_000, "地山社老园景灾牧矿库林校小辖"),
    "市": (40_000_000, "城超上都门股"),
    "省": (140_000_000, "节"),
    "国": (1_500_000_000, "外各"),
}
_SMALLEST_LIMIT = min(limit for limit, _ in _AREAS.values())
_AREA_REACH = 24
_EARTH = 9_000_000_000
_AREA = re.compile("|".join(f"(?<![{no}0-9]){area}(?![村镇])" for area, (_, no) in _AREAS.items()))
_SEVERAL = re.compile("[个各些等批]|所有")
_LARGE_HOUSEHOLD = Decimal(50)
_GLUE_REACH = 16
_GLUED_PEOPLE = re.compile(rf"[,、]?共?计?({NUMERAL})[人名口](?!次)")
_GLUED_HOUSEHOLDS = re.compile(rf"({NUMERAL})户[,、]?共?计?$")
_BEHIND_HOUSEHOLDS = frozenset("户,、共计")


def _flags(view: str, start: int, end: int, unit: str, numeral: Numeral) -> tuple[str, ...]:
    """Return the reasons to doubt a figure, as `Quantity.flags` documents them."""
    flags = []
    if numeral.lower > numeral.upper:
        flags.append("bounds_inverted")
    if view[start - 1 : start] == "?" and (start < 2 or not view[start - 2].isalpha()):
        flags.append("lost_digit")
    if unit == "household":
        glued = _GLUED_PEOPLE.match(view, end)
        people = glued and read_numeral(glued[1])
        if people and people.upper < numeral.lower:
            flags.append("more_households_than_people")
    if unit == "person":
        glued = None
        if view[start - 1 : start] in _BEHIND_HOUSEHOLDS:
            glued = _GLUED_HOUSEHOLDS.search(view, max(0, start - _GLUE_REACH), start)
        households = glued and read_numeral(glued[1])
        if households and numeral.upper < households.lower:
            flags.append("more_households_than_people")
        if households and numeral.lower > EXACT.multiply(households.upper, _LARGE_HOUSEHOLD):
            flags.append("too_many_people_per_household")
        if numeral.lower > _SMALLEST_LIMIT and numeral.lower > _population(view, start):
            flags.append("exceeds_population")
    return tuple(flags)


def _population(view: str, start: int) -> int:
    """Return how many people can live in the area that was named last, if it is a single one."""
    areas = list(_AREA.finditer(view, max(0, start - _AREA_REACH), start))
    if not areas or _SEVERAL.search(view, max(0, areas[-1].start() - 8), areas[-1].start()):
        return _EARTH
    return _AREAS[areas[-1][0]][0]


# ---------------------------------------------------------------- spans in a phrase

# A number without a unit is money in a phrase only where nothing else can follow: 13万, 10亿资金.
_ENDS_AMOUNT = (
    rf"(?=$|[,。;、)]|{_forwards(_BEHIND.keys())}"
    r"|的?[^\W\d]{0,6}?(?:款|资金|投资|贷|补助|补贴|债))"
)
_BARE_AMOUNT = rf"(?<=[万亿]){_ENDS_AMOUNT}|(?<=[万亿千百][{_DIGIT}]){_ENDS_AMOUNT}"
_AMOUNT_SPAN = (
    rf"(?:{_any_of(_CURRENCY_BEFORE)})?{NUMERAL}(?:{_MONEY_UNIT.pattern}|[角毛分]|{_BARE_AMOUNT})"
    rf"(?:(?:零?[\d{_DIGIT}]+[角毛分]){{1,2}}|(?<=[块角毛])[\d{_DIGIT}半](?![{_NUMERIC}个]))?"
    r"(?:(?<=[块元毛])[多来]?钱)?"
)
_COUNT_SPAN = (
    rf"(?:{NUMERAL}(?:人次|户次|[人名位户口员](?!家)|"
    r"个?(?:(?!以[上下内]|左右|上下)[^\W\d至到或]){0,12})|俩|仨)"
)
_NO_NUMBER_BEFORE = f"(?<![{_NUMERIC}])"
_FIRST_SIDE = rf"(?:(?:{NUMERAL}[元圆块]?|{_AMOUNT_SPAN}){_SIDE_MARK.pattern})?"
_MONEY_SPANS = re.compile(
    rf"{_NO_NUMBER_BEFORE}{_FIRST_SIDE}{_AMOUNT_SPAN}|(?:{_any_of(_CURRENCY_BEFORE)}){NUMERAL}"
)
_HEADCOUNT_SPANS = re.compile(
    rf"{_NO_NUMBER_BEFORE}{_COUNT_SPAN}(?:{_SIDE_MARK.pattern}{_COUNT_SPAN})?"
)


def _first_value(
    phrase: str, spans: re.Pattern[str], label: str, region: str | None
) -> Quantity | None:
    """Return the first value in a phrase, preferring numbers that have a unit."""
    view = NormalizedText.from_source(phrase).view
    found = sorted(spans.finditer(view), key=lambda match: bool(_NUMBER.fullmatch(match[0])))
    for match in found:
        value = read_quantity(view, *match.span(), label, region)
        if value:
            return value
    return None
