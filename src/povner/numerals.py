"""Chinese, Arabic and mixed numerals → exact Decimals.

A numeral is read from its largest unit down: what stands before 亿 is multiplied, what stands
behind it is added, and both sides are numerals again (`_value`). Where to find what:

- a new digit or unit character: `DIGITS`, `UNITS`
- what a numeral may look like in a text: `_NUMERAL`
- 多 余 来 in a number: `_HEDGES`
- 几 数 (三十几万) and neighbouring digits (三五万): `_spread`
- fixed phrases (成百上千): `IDIOMS`
- ranges and units that two numbers share (2-3万): `read_range`, `with_shared_unit`
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact
from typing import NamedTuple

from povner.entities import EXACT, Qualifier
from povner.lexicon import any_of, words


class Numeral(NamedTuple):
    """What a numeral says; `lower` equals `upper` unless it is vague or a range.

    Attributes:
        lower: Smallest number meant, or the number as stated (5000多 → 5000).
        upper: Largest number meant.
        qualifier: ``exact``, ``about`` (十来), ``over`` (5000多), ``vague`` (几千) or
            ``range`` (三五万).
        inclusive: Whether the stated number itself is meant (上万 yes, 一万多 no).
    """

    lower: Decimal
    upper: Decimal
    qualifier: Qualifier = "exact"
    inclusive: bool = True


DIGITS = {
    "零": "0", "〇": "0", "○": "0", "一": "1", "二": "2", "三": "3", "四": "4", "五": "5",
    "六": "6", "七": "7", "八": "8", "九": "9", "两": "2", "幺": "1",
    "壹": "1", "贰": "2", "弍": "2", "叁": "3", "参": "3", "肆": "4", "伍": "5", "陆": "6",
    "柒": "7", "捌": "8", "玖": "9",
}  # fmt: skip
UNITS = {
    unit: Decimal(value)
    for unit, value in (
        ("兆", "1E12"), ("亿", "1E8"), ("万", "1E4"), ("千", "1000"), ("百", "100"), ("十", "10"),
    )
}  # fmt: skip
_FORMS = str.maketrans(
    {"拾": "十", "佰": "百", "仟": "千", "廿": "二十", "卅": "三十", "卌": "四十"}
)
_TEN = "Ⅹ"  # the digit that stands for the upper bound of 几
_ARABIC = str.maketrans(DIGITS | {_TEN: "10", "点": ".", "·": "."})
_SMALL_UNITS = "十百千"
_ZEROS = "零〇○"

# What may stand in a numeral besides digits and units, and what that makes of its qualifier.
_HEDGES: dict[str, tuple[Qualifier, bool]] = {
    "多": ("over", False),
    "余": ("over", False),
    "来": ("about", True),
    "把": ("about", True),
}
_HEDGE = re.compile(f"(?<=.)[{''.join(_HEDGES)}]")

IDIOMS = {
    "成百上千": Numeral(Decimal(100), Decimal(10_000), "vague"),
    "百上千": Numeral(Decimal(100), Decimal(10_000), "vague"),
    "成千上万": Numeral(Decimal(1_000), Decimal(100_000), "vague"),
    "几千上万": Numeral(Decimal(1_000), Decimal(100_000), "vague"),
    "千上万": Numeral(Decimal(1_000), Decimal(100_000), "vague"),
    "千百万": Numeral(Decimal(1_000_000), Decimal(10_000_000), "vague"),
    "亿万": Numeral(Decimal(100_000_000), Decimal(1_000_000_000), "vague"),
    "百儿八十": Numeral(Decimal(80), Decimal(100), "range"),
    "百八十": Numeral(Decimal(80), Decimal(100), "range"),
    "千儿八百": Numeral(Decimal(800), Decimal(1_000), "range"),
    "千八百": Numeral(Decimal(800), Decimal(1_000), "range"),
    "万儿八千": Numeral(Decimal(8_000), Decimal(10_000), "range"),
    "万八千": Numeral(Decimal(8_000), Decimal(10_000), "range"),
    "百十": Numeral(Decimal(100), Decimal(100), "about"),
}

DIGIT = "".join(DIGITS)
UNIT = "".join(UNITS)
NUMERIC = rf"\d{DIGIT}{UNIT}几"
"""What stands in numbers, for the brackets of a pattern; `DIGIT` and `UNIT` are parts of it."""

_UNIT = UNIT + "拾佰仟廿卅卌"
_SURE_DIGIT = DIGIT.replace("参", "")
# 参 is a digit in 参佰元 and 伍拾参元, not in 300万参保人员.
_FINANCIAL = "壹贰弍叁肆伍陆柒捌玖拾佰仟"
_THREE = f"参(?=[{_FINANCIAL}{_UNIT}元圆块角分点])|(?<=[{_FINANCIAL}])参"
_FIRST = rf"(?:[\d{_SURE_DIGIT}{_UNIT}几半]|{_THREE})"
# A word that begins where a number could go on: 2.3万五保户, 6000零就业家庭, 20万来沪人员.
_NEXT_WORD = rf"(?<=[\d百千万亿多余来])(?:{any_of(words('nouns', 'no_number'))})"
_INNER = "|".join(
    (
        rf"(?!百姓|(?<=\d)[{DIGIT}])[\d{_SURE_DIGIT}{_UNIT}几半点多余来把]",
        _THREE,
        r"(?<=\d)[,.·](?=\d)",  # 3,541.07; 1·97万
        f"个(?=[多半]?[{_UNIT}])",  # 8个亿, 3个多亿, 一个半亿
        "(?<=十)数",  # 十数
        "分之",
    )
)
_NUMERAL = "|".join(
    (
        "数以[十百千万亿]+计",
        "[成几]?百上千[万亿]?|[成几]?千上万",
        "[百千万]儿八[十百千]",
        "若干[十百千万亿]*",
        "数(?=[人名位户])",
        f"[上数成](?=[{_UNIT}])(?:(?!{_NEXT_WORD})(?:{_INNER}))+",  # 上万, 数百, 成千
        f"{_FIRST}(?:(?!{_NEXT_WORD})(?:{_INNER}))*",
    )
)
NUMERAL = f"(?>{_NUMERAL})"
"""A pattern for what may be a numeral; `read_numeral` decides."""
RANGE_MARK = r"(?:[—–―─−~〜-]{1,2}|至|到|、|或)"

_COMMON = re.compile(r"((?!0\d)\d+(?:\.\d+)?)(万亿|[百千万亿]?)")  # 12600, 3541.07万
_SIZES = UNITS | {"": Decimal(1), "万亿": EXACT.multiply(UNITS["万"], UNITS["亿"])}
_RANGE = re.compile(RANGE_MARK)
_LITERAL = re.compile(r"(?!0\d)(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_COUNTED_IN = re.compile(f"数以([{_UNIT}]+)计")
_USUAL = {"个半": "点五", "个": "", "若干": "几", "亿万": "万亿"}
_UNUSUAL = re.compile(f"[{''.join(map(chr, _FORMS))}个若上成计儿]|{'|'.join(IDIOMS)}")
_NUMBER_SHARED = re.compile("[百千]?[万亿兆]*$")
_COUNT = "一二两三四五六七八九"
_PAIR = re.compile(rf"(?<![\d{DIGIT}点])([{_COUNT}])([{_COUNT}])(?![\d{DIGIT}])")
_VAGUE = re.compile("[几数]")
_MANY = re.compile("[成几]?百上千[万亿]?")
_SKIPPING_PAIRS = ("三五", "三两")
_ZERO, _HALF, _ONE, _TENTH = Decimal(0), Decimal("0.5"), Decimal(1), Decimal("0.1")


def read_numeral(text: str) -> Numeral | None:
    """Read a numeral in the text's view; None where it is none or is damaged.

    >>> read_numeral("三十几万")
    Numeral(lower=Decimal('300000'), upper=Decimal('400000'), qualifier='vague', inclusive=True)
    >>> read_numeral("3,54.1万") is None
    True
    """
    common = _COMMON.fullmatch(text)
    if common:
        digits, unit = common.groups()
        return _exact(EXACT.multiply(Decimal(digits), _SIZES[unit]))
    mark = _RANGE.search(text)
    if mark:
        return read_range(text[: mark.start()], text[mark.end() :])
    return _single(text)


def read_range(left: str, right: str) -> Numeral | None:
    """Read two numerals as one range; `left` may take its unit from `right` (2-3万)."""
    upper = _single(right)
    lower = with_shared_unit(left, right, reach=1)
    if lower is None or upper is None:
        return None
    return Numeral(lower.lower, upper.upper, "range")


def with_shared_unit(left: str, right: str, *, reach: int) -> Numeral | None:
    """Read `left`, lending it the unit at the end of `right` where it has none of its own.

    `left` takes the unit only if it then stays within `reach` times `right`: in 500到1万 it is 500.
    """
    alone, limit = _single(left), _single(right)
    if alone is None or limit is None or left[-1] in "万亿兆":
        return alone
    highest = EXACT.multiply(limit.upper, Decimal(reach))
    shared = _NUMBER_SHARED.search(_HEDGE.sub("", right))
    unit = shared[0] if shared else ""
    for candidate in (unit, unit.lstrip("百千")):
        lent = _single(left + candidate) if candidate else None
        if lent and lent.upper <= highest:
            return lent
    return alone


def plain(value: Decimal) -> Decimal:
    """Return the same number without exponent and without trailing zeros behind the point."""
    whole = value.to_integral_value()
    return whole.quantize(_ONE, context=EXACT) if value == whole else value.normalize(EXACT)


def _single(text: str) -> Numeral | None:
    """Read one numeral, no range, with the hedges that it contains."""
    if text.isascii():
        return _exact(_literal(text))
    qualifier: Qualifier = "exact"
    inclusive = True
    hedge = _HEDGE.search(text)
    if hedge:
        qualifier, inclusive = _HEDGES[hedge[0]]
        text = text[: hedge.start()] + text[hedge.end() :]
        if text == "0":
            return None
    if _UNUSUAL.search(text):
        if text in IDIOMS:
            return IDIOMS[text]
        if "百上千" in text:
            return _many(text)
        text = _COUNTED_IN.sub(r"几\1", text.translate(_FORMS))
        for form, usual in _USUAL.items():
            text = text.replace(form, usual)
        if text.startswith(("上", "成")):
            qualifier, text = "over", text[1:]
    spread = _spread(text)
    if spread:
        low, high, qualifier = spread
        lower, upper = _value(low), _value(high)
        if lower is None or upper is None:
            return None
        return Numeral(plain(lower), plain(upper), qualifier)
    return _exact(_value(text), qualifier, inclusive)


def _many(text: str) -> Numeral | None:
    """Read 几百上千, 成百上千万."""
    size = UNITS[text[-1]] if text[-1] in "万亿" else _ONE
    if not _MANY.fullmatch(text):
        return None
    lower, upper, *_ = IDIOMS["百上千"]
    return Numeral(plain(EXACT.multiply(lower, size)), plain(EXACT.multiply(upper, size)), "vague")


def _exact(
    value: Decimal | None, qualifier: Qualifier = "exact", inclusive: bool = True
) -> Numeral | None:
    """Return a numeral of one value."""
    if value is None:
        return None
    value = plain(value)
    return Numeral(value, value, qualifier, inclusive)


def _spread(text: str) -> tuple[str, str, Qualifier] | None:
    """Return the numerals of both bounds where `text` holds 几, 数 or two neighbouring digits."""
    vague = _VAGUE.search(text)
    if vague:
        before, after = text[: vague.start()], text[vague.end() :]
        low = "零" if _adds(before, after) else "一"
        return before + low + after, before + _TEN + after, "vague"
    pair = _PAIR.search(text)
    if not pair:
        return None
    low, high = sorted(pair.groups(), key=DIGITS.__getitem__)
    if int(DIGITS[high]) - int(DIGITS[low]) != 1 and pair[0] not in _SKIPPING_PAIRS:
        return None
    before, after = text[: pair.start()], text[pair.end() :]
    return before + low + after, before + high + after, "range"


def _adds(before: str, after: str) -> bool:
    """Return whether 几 between these adds to a unit (三十几) rather than counts one (三百几十)."""
    unit, next_unit = UNITS.get(before[-1:]), UNITS.get(after[:1])
    return unit is not None and (next_unit is None or next_unit > unit)


def _value(text: str, *, leading: bool = True) -> Decimal | None:
    """Read a numeral without hedges; not `leading` if it stands behind a larger unit."""
    if text.isascii():
        return _literal(text)
    if "分之" in text:
        return _fraction(text)
    for unit, size in UNITS.items():
        if unit in text:
            head, _, tail = text.rpartition(unit)
            times, rest = _times(head, unit, leading), _rest(tail, size)
            if times is None or rest is None:
                return None
            return EXACT.add(EXACT.multiply(times, size), rest)
    return _literal(text.translate(_ARABIC))


def _times(head: str, unit: str, leading: bool) -> Decimal | None:
    """Read what a unit is multiplied by: nothing (百), a digit, or a numeral (三千万, 四万万)."""
    if not head:
        return _ONE if leading or unit == "十" else None
    if head == "半":
        return _HALF
    if unit in head[:-1]:
        return None
    if unit in _SMALL_UNITS:
        return _literal(head.translate(_ARABIC))
    return _value(head, leading=leading)


def _rest(tail: str, size: Decimal) -> Decimal | None:
    """Read what follows a unit: nothing, a smaller numeral, or tenths of it (三万五, 一万半)."""
    if not tail:
        return _ZERO
    if tail == "半":
        return EXACT.multiply(size, _HALF)
    if tail[0] in _ZEROS:
        return _value(tail[1:], leading=False) if tail[1:] else _ZERO
    if tail[0] == "点":
        return _literal("0" + tail.translate(_ARABIC))
    rest = _value(tail, leading=False)
    if rest is None or rest > size:
        return None
    if len(tail) == 1 and size >= UNITS["百"]:
        return EXACT.multiply(rest, EXACT.multiply(size, _TENTH))
    return rest


def _literal(digits: str) -> Decimal | None:
    """Read an Arabic number: 12600, 3,541.07."""
    if not _LITERAL.fullmatch(digits):
        return None
    return Decimal(digits.replace(",", ""))


def _fraction(text: str) -> Decimal | None:
    """Read 四分之三 where it has an exact Decimal."""
    denominator, _, numerator = text.partition("分之")
    if "分之" in numerator:
        return None
    below, above = _value(denominator), _value(numerator)
    if not below or above is None:
        return None
    exact = Context(prec=100)
    exact.traps[Inexact] = True
    try:
        return exact.divide(above, below)
    except Inexact:
        return None
