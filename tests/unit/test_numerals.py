"""Numerals: what Chinese writers write, read back exactly."""

import decimal
import time
from collections.abc import Callable
from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povner.numerals import IDIOMS, read_numeral
from povner.text import NormalizedText

EXACT = {
    "0": "0", "12600": "12600", "3,541.07": "3541.07", "0.5": "0.5", "8.50": "8.5",
    "3541.07万": "35410700", "1·97万亿": "1970000000000", "2亿万": "2000000000000",
    "零": "0", "十": "10", "十五": "15", "二十": "20", "百": "100", "一百零五": "105",
    "两千零三": "2003", "三千五百": "3500", "一万零五": "10005", "二〇二〇": "2020",
    "二万二千亿": "2200000000000", "四万万": "400000000", "八百万亿": "800000000000000",
    "壹佰贰拾叁万": "1230000", "廿五": "25", "卅万": "300000", "卌": "40", "幺二三": "123", "五八": "58",
    "3万5千": "35000", "一万1千": "11000", "1亿2000万": "120000000", "8个亿": "800000000",
    "三点五万": "35000", "1点5亿": "150000000", "三百五十点五": "350.5", "十二点三四": "12.34",
    "三万五": "35000", "一百二": "120", "两千三": "2300", "1万5": "15000", "二十万五": "205000",
    "一万半": "15000", "半亿": "50000000", "半百": "50",
    "四分之三": "0.75", "百分之五": "0.05", "万亿": "1000000000000",
}  # fmt: skip

HEDGED = {
    "5000多": "5000 5000 over", "二百余万": "2000000 2000000 over", "一亿多": "1E8 1E8 over",
    "十来": "10 10 about", "百把": "100 100 about", "百十来": "100 100 about",
    "上万": "10000 10000 over", "上百万": "1000000 1000000 over",
    "几": "1 10 vague", "十几": "10 20 vague", "几十": "10 100 vague",
    "三十几万": "300000 400000 vague", "一百几十": "110 200 vague", "两千几": "2000 3000 vague",
    "十几亿": "1E9 2E9 vague", "几百万": "1E6 1E7 vague", "数千": "1000 10000 vague",
    "十数": "10 20 vague", "若干万": "10000 100000 vague", "数以百万计": "1E6 1E7 vague",
    "三五万": "30000 50000 range", "七八百": "700 800 range", "两三": "2 3 range",
    "三两": "2 3 range", "二三十": "20 30 range", "一百二三十": "120 130 range",
    "三千四五百": "3400 3500 range", "十七八万": "170000 180000 range",
    "2-3万": "20000 30000 range", "2~3万": "20000 30000 range", "2——3万": "20000 30000 range",
    "八到九百亿": "8E10 9E10 range", "十八至三十万": "180000 300000 range",
    "500到1万": "500 10000 range", "五百到一千万": "5E6 1E7 range", "4、5千": "4000 5000 range",
    "几万到十几万": "10000 200000 range", "5万到3万": "50000 30000 range",
}  # fmt: skip

NO_NUMERALS = [
    "", "元", "?0多", "0多", "007", "3,54.1万", "12,34", ",5", "5.", "1.2.3", "□万", "3□万",
    "×万", "5万3万", "万千", "三分之一", "零分之一", "二分之一分之一", "一-", "-", "1-2-3", "三五七点",
    "多", "个", "半半", "万万万",
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), EXACT.items(), ids=EXACT)
def test_exact(text, value):
    numeral = read_numeral(text)
    assert numeral is not None
    assert (format(numeral.lower, "f"), numeral.upper, numeral.qualifier) == (
        value,
        Decimal(value),
        "exact",
    )


@pytest.mark.parametrize(("text", "expected"), HEDGED.items(), ids=HEDGED)
def test_hedged(text, expected):
    lower, upper, qualifier = expected.split()
    numeral = read_numeral(text)
    assert numeral is not None
    assert numeral[:3] == (Decimal(lower), Decimal(upper), qualifier)


@pytest.mark.parametrize("text", NO_NUMERALS)
def test_no_numeral(text):
    assert read_numeral(text) is None


@pytest.mark.parametrize("phrase", IDIOMS)
def test_idioms(phrase):
    assert read_numeral(phrase) == IDIOMS[phrase]


DIGITS = "零一二三四五六七八九"
FINANCIAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")


def in_chinese(number: int) -> str:
    """Write a number below 10^16 the way a bank clerk would."""
    for size, unit in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= size:
            head, rest = divmod(number, size)
            gap = "零" if rest and rest < size // 10 else ""
            return in_chinese(head) + unit + gap + (in_chinese(rest) if rest else "")
    return DIGITS[number]


def mixed(number: int) -> str:
    """Write a number as 1亿2000万300."""
    text = ""
    for size, unit in ((10**8, "亿"), (10**4, "万")):
        head, number = divmod(number, size)
        text += f"{head}{unit}" if head else ""
    gap = "零" if text and 0 < number < 10 else ""
    return text + gap + (str(number) if number or not text else "")


STYLES: dict[str, Callable[[int], str]] = {
    "arabic": str,
    "grouped": "{:,}".format,
    "chinese": in_chinese,
    "financial": lambda number: in_chinese(number).translate(FINANCIAL),
    "mixed": mixed,
    "digits": lambda number: "".join(DIGITS[int(digit)] for digit in str(number)),
}


@pytest.mark.parametrize("style", STYLES)
@given(number=st.integers(0, 10**16 - 1) | st.integers(0, 20_000))
def test_written_numbers_are_read_back(style, number):
    written = STYLES[style](number)
    if style == "digits" and len(written) == 2:
        return  # 三四 is three or four
    numeral = read_numeral(written)
    assert numeral is not None, written
    assert (numeral.lower, numeral.upper, numeral.qualifier) == (number, number, "exact"), written


@pytest.mark.parametrize("mode", ["low", "up", "rmb"])
@given(number=st.integers(0, 10**16 - 1) | st.integers(0, 20_000))
def test_reads_what_cn2an_writes(mode, number):
    written = cn2an.an2cn(number, mode).removesuffix("元整")
    numeral = read_numeral(NormalizedText.from_source(written).view)
    assert numeral is not None, written
    assert (numeral.lower, numeral.upper, numeral.qualifier) == (number, number, "exact"), written


@given(
    number=st.decimals(0, 10**9, places=4, allow_nan=False),
    unit=st.sampled_from(["", "万", "亿", "万亿"]),
)
def test_decimals_are_read_back(number, unit):
    numeral = read_numeral(f"{number:f}{unit}")
    size = {"": 0, "万": 4, "亿": 8, "万亿": 12}[unit]
    assert numeral is not None
    assert numeral.lower == numeral.upper == number.scaleb(size)


@pytest.mark.parametrize("length", [60, 5000])
def test_no_digit_is_lost(length):
    digits = "1234567891" * (length // 10)
    with decimal.localcontext(decimal.Context(prec=3, traps=[decimal.Inexact])):
        numeral = read_numeral(f"{digits}.5万")
    assert numeral is not None
    assert format(numeral.lower, "f") == digits + "5000"


@given(
    st.text(
        st.sampled_from("0123456789一二三两十百千万亿几数多余半点个来.,·-~至到零上分之Ⅹ"),
        max_size=40,
    )
)
def test_never_raises(text):
    read_numeral(text)


@pytest.mark.parametrize(
    "unit", ["9", "一", "万", "亿万", "几", "百", "1,", "1-", "十一", "点", "分之"]
)
def test_time_is_linear(unit):
    begin = time.process_time()
    read_numeral(unit * (100_000 // len(unit)))
    assert time.process_time() - begin < 1
