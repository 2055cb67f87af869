"""Values: the case tables, and what must hold for any text."""

import csv
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povner.entities import HEADCOUNT, MONEY, Quantity
from povner.errors import InputError
from povner.quantities import (
    normalize,
    normalize_headcount,
    normalize_money,
    page_region,
    read_quantity,
)
from povner.text import NormalizedText

DATA = Path(__file__).parent / "data"
PINYIN = {"万": "wàn", "亿": "yì", "元": "yuán", "每": "měi", "人": "rén", "亩": "mǔ", "近": "jìn"}
TO_TRADITIONAL = opencc.OpenCC("s2t")
FULL_WIDTH = {digit: digit + 0xFEE0 for digit in b"0123456789"}


def read_table(name):
    r"""Return the rows of a case table; `\n` in a text is a line break."""
    with (DATA / name).open(encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{key: cell.replace("\\n", "\n") for key, cell in row.items()} for row in rows]


def expected_value(row):
    """Return unit, bounds, qualifier and rates of a row; None where the span has no value."""
    if row["unit"] in ("", "-"):
        return None
    lower, upper = (Decimal(row[bound]) if row[bound] else None for bound in ("lower", "upper"))
    return row["unit"], lower, upper, row["qualifier"], row["per"]


def shown(value):
    """Return the same of a quantity."""
    if value is None:
        return None
    return value.unit, value.lower, value.upper, value.qualifier, ",".join(value.per)


def traditional(text):
    """Convert a simplified text character by character."""
    converted = [TO_TRADITIONAL.convert(character) for character in text]
    return "".join(new if len(new) == 1 else old for old, new in zip(text, converted, strict=True))


def noisy(text):
    """Add what web pages add: pinyin in brackets, stray spaces, full-width digits."""
    text = "".join(
        f"{character}({PINYIN[character]})" if character in PINYIN else character
        for character in text
    )
    return text.replace("公", "公 ").replace("收", "收　").translate(FULL_WIDTH)


SCRIPTS: dict[str, Callable[[str], str]] = {
    "simplified": str,
    "traditional": traditional,
    "noisy": noisy,
}
SPANS = [*read_table("values.tsv"), *read_table("values_blind.tsv")]
PHRASES = read_table("money_phrases.tsv")


@pytest.mark.parametrize("row", SPANS, ids=[row["text"] for row in SPANS])
def test_span_in_context(row):
    before, span, after = row["text"].replace("⟧", "⟦").split("⟦")
    value = normalize(before + span + after, len(before), len(before + span), row["label"])
    assert shown(value) == expected_value(row)
    if value and row["inclusive"]:
        assert str(value.inclusive).lower() == row["inclusive"]
    if "flags" in row:
        assert ",".join(value.flags if value else ()) == row["flags"]


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("row", PHRASES, ids=[row["phrase"] for row in PHRASES])
def test_money_phrase(row, script):
    assert shown(normalize_money(SCRIPTS[script](row["phrase"]))) == expected_value(row)


def test_tables_cover_what_they_must():
    traps = [row for row in SPANS if expected_value(row) is None or "trap" in row["class"]]
    assert len(SPANS) >= 600
    assert len(traps) >= 80
    assert len({(row["label"], row["text"]) for row in SPANS}) >= 0.99 * len(SPANS)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("60多戶", ">60 household"),
        ("近200名群眾", "<200 person"),
        ("每年培训500人次以上", "≥500 person_time/year"),
        ("3至5名干部", "3–5 person"),
        ("92万建档立卡贫困劳动力", "920,000 person"),
        ("夫妻俩", "2 person"),
        ("3对夫妇", "6 person"),
        ("数以万计的群众", "≈10,000–100,000 person"),
        ("每户1人", "1 person/household"),
        ("5000万左右贫困人口", "≈50,000,000 person"),
        ("75岁", "None"),
        ("300家企业", "None"),
        ("一人不落", "None"),
        ("前10名", "None"),
        ("", "None"),
    ],
)
def test_headcount_phrase(phrase, expected):
    assert str(normalize_headcount(phrase)) == expected


@pytest.mark.parametrize(
    ("region", "unit"), [(None, "CNY"), ("HK", "HKD"), ("MO", "MOP"), ("TW", "TWD")]
)
def test_the_region_decides_what_yuan_means(region, unit):
    def unit_of(phrase):
        value = normalize_money(phrase, region=region)
        return value and value.unit

    for phrase in ("3000元", "三千块钱", "3000元至5000元", "五毛钱", "约3万元以上"):
        assert unit_of(phrase) == unit
    assert unit_of("3000美元") == "USD"
    assert unit_of("人民币3000元") == "CNY"
    assert unit_of("$3000") == (unit if region else "USD")


@pytest.mark.parametrize(
    ("page", "region"),
    [
        ("立法會財委會撥款150億元注資關愛基金", "HK"),
        ("本澳社工局向澳門居民派發現金分享", "MO"),
        ("立法院審查行政院所提中低收入戶補助", "TW"),
        ("香港企业家向贫困村捐款200万元，助力脱贫攻坚", None),
        ("台灣同胞為災區捐款30萬元", None),
        ("国务院扶贫办：香港特区政府和立法会议员访问我省贫困村，总书记重视脱贫攻坚，驻村", None),
        ("", None),
    ],
)  # fmt: skip
def test_page_region(page, region):
    assert page_region(NormalizedText.from_source(page).view) == region


def test_offsets_outside_the_text_are_refused():
    for start, end in ((-1, 2), (0, 5), (2, 2), (3, 1)):
        with pytest.raises(InputError, match=r"0 <= start < end"):
            normalize("30万元", start, end, MONEY)
    with pytest.raises(InputError, match="'MONEY' or 'HEADCOUNT'"):
        normalize("30万元", 0, 4, "PLACE")
    with pytest.raises(InputError, match="'HK', 'MO', 'TW'"):
        normalize_money("30万元", region="CN")  # type: ignore[arg-type]


def test_a_span_of_noise_alone_has_no_value():
    assert normalize("万(wàn)元", 1, 6, MONEY) is None


def test_other_labels_have_no_value():
    assert read_quantity("30万元", 0, 4, "PLACE") is None


amounts = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "近", "超过", "不少于", "约", "每亩", "人均年收入", "每公斤"]),
    st.integers(1, 10**7),
    st.sampled_from(["", "万", "多万", "亿", "余亿"]),
    st.sampled_from(["元", "美元", "元人民币"]),
    st.sampled_from(["", "以上", "左右", "/月"]),
)


@given(amounts)
def test_scripts_and_noise_do_not_matter(phrase):
    value = normalize_money(phrase)
    assert isinstance(value, Quantity)
    assert normalize_money(traditional(phrase)) == value
    assert normalize_money(noisy(phrase)) == value
    assert normalize_money(phrase.translate(FULL_WIDTH)) == value


TEXT = st.text(
    st.sampled_from("0123456789一二三两十百千万亿几数多余半点个元块角人户名每年月亩近超不到以上、,.?□\ufffd—至 \n的单位:()俩")
    | st.characters(),
    max_size=40,
)  # fmt: skip


@given(TEXT, st.integers(0, 40), st.integers(0, 40), st.sampled_from([MONEY, HEADCOUNT]))
def test_nothing_raises(text, start, end, label):
    normalize_money(text)
    normalize_headcount(text)
    if start < end <= len(text):
        value = normalize(text, start, end, label)
        assert value is None or Quantity.from_dict(value.to_dict()) == value
        assert str(value)


@pytest.mark.parametrize(
    "unit",
    [
        "9",
        "一",
        "万",
        "每",
        "1元",
        "一年",
        "人均",
        "1、",
        "和1",
        "(",
        "元",
        "1户",
        "合1元",
        "单位:",
    ],
)
def test_time_is_linear(unit):
    text = unit * (100_000 // len(unit)) + "5元"
    begin = time.process_time()
    for label in (MONEY, HEADCOUNT):
        read_quantity(text, 0, len(text), label)
        read_quantity(text, 0, len(unit), label)
        read_quantity(text, len(text) - 2, len(text), label)
    normalize_money(text)
    normalize_headcount(text)
    assert time.process_time() - begin < 3
