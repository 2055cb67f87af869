"""MONEY and HEADCOUNT spans in their context → Quantity.

The words are in `data/quantities.toml`: a new currency, noun or qualifier is one word there. The
numbers themselves (三十几万) are read by `povner.numerals`, what modifies them (近, 每亩) by
`povner.modifiers`. A span is read in five steps:

1. `_is_damaged`: lost digits beside it, or only a part of a number
2. `_read_span`: the number and its unit, both sides of a range (6元—8元)
3. `_unit_in_context`: a unit that stands elsewhere: in a list (30、50万元), in the head of a table
4. `_is_trap`: 百元店, 前10名, 一人不落
5. qualifiers, rates, and `_flags`: figures that a reader should check

All of it works on the view of a text (`povner.text`): half-width, simplified, without noise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Literal, NamedTuple, get_args

from povner.entities import EXACT, HEADCOUNT, MONEY, Qualifier, Quantity
from povner.errors import InputError
from povner.lexicon import CURRENCIES, TABLES, any_of, either, words
from povner.modifiers import (
    HEDGE_WORD_BEHIND,
    PRIORITY,
    hedge_before,
    hedge_behind,
    hedged,
    rates_before,
    rates_behind,
)
from povner.numerals import (
    DIGIT,
    DIGITS,
    NUMERAL,
    NUMERIC,
    RANGE_MARK,
    UNIT,
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
    view = normalized.view
    if len(view) != len(text):  # otherwise nothing was left out, and the offsets are the same
        start, end = normalized.to_view(start, end)
    region = page_region(view) if label == MONEY else None
    return read_quantity(view, start, end, label, region)


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
    elif reading and span[-1] == "个" and _THINGS_BEHIND.match(view, end):
        return None  # 832个贫困县
    if not reading or not reading.numeral or _is_trap(view, start, end, span, label):
        return None
    unit, numeral = reading.unit, reading.numeral
    if unit == local and label == MONEY:
        unit = _currency_before(view, start) or local
    behind, rates_end = rates_behind(view, end, label)
    per = rates_before(view, start, label, carried=not behind) + behind
    qualifier, lower, upper, inclusive = hedged(
        numeral, hedge_before(view, start), hedge_behind(view, rates_end)
    )
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
    if not _REGIONAL.search(view):
        return None
    scores = {
        region: 2 * _count_words(view, inside) + _count_words(view, names)
        for region, (inside, names) in _REGIONS.items()
    }
    region = max(scores, key=scores.__getitem__)
    return region if scores[region] > 2 * max(1, _count_words(view, _MAINLAND)) else None


def _count_words(view: str, wanted: Iterable[str]) -> int:
    """Return how many of the words are in the view."""
    return sum(word in view for word in wanted)


_LOCAL_CURRENCY: dict[str | None, str] = {"HK": "HKD", "MO": "MOP", "TW": "TWD"}
_REGIONS: dict[Region, tuple[list[str], list[str]]] = {
    region: (table["inside"].split(), table["names"].split())
    for region, table in ((region, TABLES["regions"][region]) for region in get_args(Region))
}
_REGIONAL = re.compile(any_of(chain.from_iterable(chain.from_iterable(_REGIONS.values()))))
_MAINLAND: list[str] = TABLES["regions"]["mainland"]["inside"].split()


# ---------------------------------------------------------------- 1. damage

_DAMAGE = frozenset("\ufffd□■◻▯⒇")
_SCALE_BEHIND = re.compile(r" ?(?:hundred|thousand|[mbtr]+illion|(?:[kKmMbB]|[mb]n)\b)")
_CUT_NUMBER = re.compile(r"\d[,/]?$|(?<!\n)\d\.$")


def _is_damaged(view: str, start: int, end: int) -> bool:
    """Return whether characters of the number are lost, or the span starts inside a number."""
    before = view[start - 1] if start else ""
    behind = view[end] if end < len(view) else ""
    if before in _DAMAGE or before == "第":
        return True
    first, last = view[start], view[end - 1]
    if _is_other_number(first, before, view[start - 2 : start - 1] if start > 1 else ""):
        return True
    touching = first.isdigit() and (before.isdigit() or before in (",", ".", "/"))
    if touching and _CUT_NUMBER.search(view[max(0, start - 3) : start]):
        return True
    return last.isdigit() and (
        behind in _DAMAGE
        or behind.isdigit()
        or behind in ("%", "‰")
        or (behind == "/" and view[end + 1 : end + 2].isdigit())
        or bool(_SCALE_BEHIND.match(view, end))
    )


def _is_other_number(first: str, before: str, earlier: str) -> bool:
    """Return whether what stands before makes another number of it: -5元, 1e5元, Ⅴ万元."""
    if first in UNITS:
        return "Ⅰ" <= before <= "ⅿ" or (before.isascii() and before.isalpha() and earlier == "")
    if not first.isdigit():
        return False
    if before in ("-", "−"):
        return not earlier.isalnum() and earlier not in ("%", ")")
    return before in ("e", "E") and earlier.isdigit()


# ---------------------------------------------------------------- 2. the span itself


class _Reading(NamedTuple):
    """The number of a span, its text, and its unit; the unit is empty where the span has none."""

    number: str
    unit: str
    numeral: Numeral | None


_YUAN = "local"  # stands for the page's own currency until the region is looked up
_CURRENCY_BEHIND = {
    **dict.fromkeys(words("yuan", "names"), _YUAN),
    **{yuan + name: code for yuan in ("", "元", "圆", "块") for name, code in CURRENCIES.items()},
}
_CURRENCY_BEFORE = {**CURRENCIES, "$": "USD"}
_CURRENCY = re.compile(any_of(_CURRENCY_BEFORE))

_MEASURES = {word: unit for unit in TABLES["measures"] for word in words("measures", unit)}
_TENTH, _TWO = Decimal("0.1"), Decimal(2)
_COUPLES = ("对", "双")
_PEOPLE_TOGETHER = {"俩": "两人", "仨": "三人"}
_PART = re.compile(rf"[/%‰]|成(?!年|员|人(?!口)|都|功|家)(?:[{DIGIT}半])?")  # 1/3, 3.5%, 七成五
_GENERATION = re.compile("代人|后(?!进|备|勤|卫)")  # 三代人, 90后青年
_PEOPLE = words("nouns", "people")
_HOUSEHOLDS = words("nouns", "households")
_OTHER_THINGS = words("nouns", "other")

_SIDE_MARK = re.compile(rf"(?:以上[,、]?(?:至|到)?|起?{RANGE_MARK})(?=[{NUMERIC}上数￥¥$€£A-Z])")
_RATE_OF_SIDE = re.compile(r"(?<=[元圆块])[/每][^\W\d]{1,3}$")  # 6元/公斤—8元/公斤
_SMALL_CHANGE = re.compile(
    "零?".join(
        (
            f"(?:(?P<yuan>{NUMERAL})[元圆块])?",
            rf"(?:(?P<jiao>[\d{DIGIT}几]+)[角毛])?",
            rf"(?:(?P<fen>[\d{DIGIT}几]+)分)?",
        )
    )
    + rf"(?P<tenths>[\d{DIGIT}半])?(?P<more>[多来])?钱?"
)


def _read_span(span: str, label: str, local: str) -> _Reading | None:
    """Read a span's number and unit; both sides if it is a range."""
    read_side = _read_amount if label == MONEY else _read_count
    mark = _SIDE_MARK.search(span, 1)
    if not mark:
        return read_side(span, local)
    left = read_side(_RATE_OF_SIDE.sub("", span[: mark.start()]), local)
    right = read_side(span[mark.end() :], local)
    if not left or not right or (left.unit and right.unit and left.unit != right.unit):
        return None
    if not left.unit or not right.unit:
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
    qualifier = min(qualifiers, key=PRIORITY.index)
    inclusive = qualifier != "over"
    return _Reading(text, local, Numeral(plain(sums[0]), plain(sums[1]), qualifier, inclusive))


def _read_count(text: str, local: str) -> _Reading | None:
    """Read 142人, 60多户, 92万贫困人口, 俩, 3对."""
    text = _PEOPLE_TOGETHER.get(text, text)
    number = _NUMBER.match(text)
    if not number:
        return None
    noun = text[number.end() :]
    if "分之" in number[0] or _PART.match(noun):
        return None
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
    if _GENERATION.match(noun):
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


# ---------------------------------------------------------------- 3. units outside the span

_NEXT_IN_LIST = re.compile(rf"(?:[、,和及与或]|以及)({NUMERAL})")
_MONEY_UNIT = re.compile(any_of(name for name in _CURRENCY_BEHIND if name))
_COUNT_UNIT = re.compile(r"个?(?:人次|户次|人|名|位|口|户|[^\W\d]{1,8}?(?:户|家庭|人|者|生|工|员))")
_HEAD_UNIT = f"[{UNIT}]*(?:{_MONEY_UNIT.pattern}|人次?|户)?"
_TABLE_HEAD = re.compile(
    either(
        f"单位[:为]?(?P<unit>{_HEAD_UNIT})",
        rf"[额款金资入出费值数]\((?P<column>{_HEAD_UNIT})\)",
    )
)
_HAS_LARGE_UNIT = re.compile(f"[{UNIT}]$|[百千万亿][{DIGIT}]?$|计$")  # 13万, 三万五, 数以万计
_HEAD_REACH = 2000
_LIST_REACH = 16
_NO_MONEY_UNIT = re.compile(rf"人(?![民才工])|{any_of(words('nouns', 'not_money'))}")
_NOUN_BEHIND = re.compile(r"(?:左右|以上|以下)?(?:的|个)?[^\W\d的和]{0,8}?(户|家庭)(?!籍)")
_NOUN_BEFORE = re.compile(r"(户|家庭)|[人口民员生众工者名]")

_DECLARATION_REACH = 240
_DECLARED = re.compile(rf"(?P<name>{any_of(CURRENCIES)})(?:计|[,、]?下同)")
_LAST_OF_CURRENCY = {name[-1] for name in CURRENCIES}


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
    if _HAS_LARGE_UNIT.search(number):
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
            code = CURRENCIES.get(view[max(0, start - length) : start])
            if code:
                return code
    near = view[max(0, start - _DECLARATION_REACH) : start]
    if "下同" in near or "元计" in near or "币计" in near:
        declared = _DECLARED.search(near)
        return CURRENCIES[declared["name"]] if declared else None
    return None


# ---------------------------------------------------------------- 4. traps

_ONE = frozenset(("一人", "一名", "一户", "一个", "一个人", "一位", "1人", "1名", "1户"))
_NOT_ONE = re.compile(r"(?:不|没|无|未|绝不)[^,。;、]{0,5}$")
_VILLAGE = re.compile("[村屯](?![民干委])")  # 西九户村
_COUNT_IDIOMS = words("idioms", "count")
_ONE_IDIOM = words("idioms", "one_before")
_NO_MONEY = words("idioms", "money_before")
_MONEY_IDIOMS = words("idioms", "money")
_PIECES = re.compile(r"[^\W\d的]{0,3}?[田地石砖木牌屏碑匾冰糖肉布板表]")
_NO_NUMBER = re.compile(rf"[{UNIT}]+[元圆]?")
_NAME = re.compile(f"[{DIGIT}]人民币")  # 李四人民币…
_COMPANY = re.compile(r"[^\W\d的]{0,8}?(?:公司|集团|合作社)")
_RANKED = re.compile(r"(?:^|[^目之以此日年月天提先眼当生])前$")
_PEOPLE_BEHIND = re.compile(rf"[^\W\d]{{0,8}}?(?:{any_of((*_PEOPLE, *_HOUSEHOLDS))})")
_BODY = "县|村|乡|镇|省|市|项目|企业|单位|学校|医院|基地|国家|地区|民族|合作社|公司|车间|小组"
_TO_BODY = rf"[^\W\d的]{{0,6}}?(?:{_BODY})"
_THINGS_BEHIND = re.compile(
    "".join(
        (
            rf"(?!{_TO_BODY}[^\W\d]{{0,2}}?(?:{any_of((*_PEOPLE, *_HOUSEHOLDS))}))",
            _TO_BODY,
        )
    )
)


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
        if view.startswith(_ONE_IDIOM, end) or (negated and not hedge_before(view, start)):
            return True
    elif span[0].isdigit():
        return False
    around = view[max(0, start - 3) : end + 3]
    is_village = span[-1] == "户" and _VILLAGE.match(view, end)
    return bool(is_village) or any(idiom in around for idiom in _COUNT_IDIOMS)


def _is_money_trap(view: str, start: int, end: int, span: str) -> bool:
    """Return whether this is part of another word: 百元店, 一分耕耘, 五块田, (万元)."""
    if (span[-1] == "块" and _PIECES.match(view, end)) or _NAME.fullmatch(span):
        return True
    if span[0].isdigit() or len(span) > 3:
        return False
    if _NO_NUMBER.fullmatch(span) and view[start - 1 : start] in ("(", ":"):
        return True
    around = view[max(0, start - 3) : end + 3]
    is_name = view.startswith(_NO_MONEY, end) or _COMPANY.match(view, end)
    return bool(is_name) or any(idiom in around for idiom in _MONEY_IDIOMS)


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

_SIGN = either(any_of(_CURRENCY_BEFORE))
# Where a value may begin: at a number, never inside one, and its sign before it.
_BEGINNINGS = re.compile(rf"(?:{_SIGN} ?)?{NUMERAL}(?P<part>{_PART.pattern})?|[俩仨]")
# A number without a unit is money in a phrase only where nothing else can follow: 13万, 10亿资金.
_FUNDS = "款|资金|投资|贷|补助|补贴|债"
_ENDS_AMOUNT = rf"(?=$|[,。;、)]|{HEDGE_WORD_BEHIND}|的?[^\W\d]{{0,6}}?(?:{_FUNDS}))"
_BARE_AMOUNT = f"(?:(?<=[万亿计])|(?<=[万亿千百][{DIGIT}])){_ENDS_AMOUNT}"
_CHANGE = either(
    rf"(?:零?[\d{DIGIT}]+[角毛分]){{1,2}}(?:(?<=[角毛])[\d{DIGIT}](?![{NUMERIC}个]))?",  # 3元5角
    rf"(?<=[块角毛])[\d{DIGIT}半](?![{NUMERIC}个])",  # 3块5
)
_AMOUNT_SPAN = "".join(
    (
        f"(?:{_SIGN} ?)?{NUMERAL}",
        either(f" ?(?:{_MONEY_UNIT.pattern})", "[角毛分]", _BARE_AMOUNT),
        f"{_CHANGE}?(?:(?:(?<=[块元角毛])|(?<=[^一]分))[多来]?钱)?",
    )
)
_FIRST_AMOUNT = either(
    f"(?:{_SIGN} ?)?{NUMERAL}[元圆块]?", rf"{_AMOUNT_SPAN}(?:[/每][^\W\d]{{1,3}})?"
)
_MONEY_SPANS = re.compile(
    either(
        f"(?:{_FIRST_AMOUNT}{_SIDE_MARK.pattern})?{_AMOUNT_SPAN}",
        f"{_SIGN} ?{NUMERAL}(?:{_SIDE_MARK.pattern}(?:{_SIGN} ?)?{NUMERAL})?",
    )
)
# In a phrase a number counts people where their word stands behind it (92万贫困劳动力), or nothing.
_NO_COUNT = f"[{DIGIT}{UNIT}几]{{1,9}}[人名位户口]"
_MODIFIER = rf"(?:(?!以[上下内]|左右|上下|{_NO_COUNT})[^\W\d至到或元]){{0,12}}"
_PERSON_WORD = any_of((*_PEOPLE, *_HOUSEHOLDS))
_NO_BODY = "(?!小?组|企业|单位|学校|医院|团体|合作社|协会|公司|村)"  # 13个村民小组
_COUNT_SPAN = NUMERAL + either(
    "人次|户次|[人名位户口员](?!家)",
    f"个?{_MODIFIER}(?:{_PERSON_WORD}){_NO_BODY}",
    rf"(?:[对双]|(?<=[百千万亿计]))(?=$|[,。;、)的]|{HEDGE_WORD_BEHIND})",
)
_FIRST_COUNT = f"{NUMERAL}(?:人次|户次|[人名位户口员个])?{_SIDE_MARK.pattern}"
_NO_FAMILY = rf"(?!一家[\d{DIGIT}]+口)"  # 一家三口 are three
_HEADCOUNT_SPANS = re.compile(either(f"{_NO_FAMILY}(?:{_FIRST_COUNT})?{_COUNT_SPAN}", "[俩仨]"))


def _first_value(
    phrase: str, spans: re.Pattern[str], label: str, region: str | None
) -> Quantity | None:
    """Return the first value in a phrase, preferring numbers that have a unit."""
    view = NormalizedText.from_source(phrase).view
    found = sorted(_matches(view, spans), key=lambda match: bool(_NUMBER.fullmatch(match[0])))
    for match in found:
        value = read_quantity(view, *match.span(), label, region)
        if value:
            return value
    return None


def _matches(view: str, spans: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield the spans that begin at a number, none inside another."""
    end = 0
    for beginning in _BEGINNINGS.finditer(view):
        if beginning.start() < end or beginning["part"]:
            continue
        match = spans.match(view, beginning.start())
        if match:
            yield match
            end = match.end()
