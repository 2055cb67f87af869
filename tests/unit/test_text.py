"""The view: what it shows, and that every offset finds its way back."""

import opencc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from povner.text import NormalizedText, simplified_forms

NOISY = st.text(
    st.sampled_from("協萬戶元123０９.,，（(wànxié)） \u3000\n\r\u200b\ufe0f𠮷😀ﬃ℃…㎡「」a\ud800"),
    max_size=60,
)


@pytest.mark.parametrize(
    ("source", "view"),
    [
        ("１２３．５億元", "123.5亿元"),
        ("萬(wàn)元(yuán)", "万元"),
        ("東西部協（xié）作", "东西部协作"),
        ("6100 戶14 530人", "6100户14530人"),
        ("貧 困 戶", "贫困户"),
        ("投入 500 萬元", "投入500万元"),
        ("3 .5亿", "3.5亿"),
        ("1 234 567元", "1234567元"),
        ("20 21年", "20 21年"),
        ("1. 500万元\n12. 30户", "1. 500万元\n12. 30户"),
        ("如下:2. 30户", "如下:2. 30户"),
        ("投入12. 5万元", "投入12.5万元"),
        ("14, 530人和3, 4人", "14,530人和3, 4人"),
        ("2020 100户", "2020 100户"),
        ("約5\u3000000人", "约5000人"),
        ("hello  world", "hello world"),
        ("一\r\n\r\n  二", "一\n二"),
        ("「扶貧」『協作』", "“扶贫”‘协作’"),
        ("扶\u200b貧", "扶贫"),
        ("氣溫20℃，ﬃ", "气温20℃,ﬃ"),
        ("（wifi）密碼", "(wifi)密码"),
        ("北京(Beijing)市", "北京(Beijing)市"),
        ("", ""),
    ],
)
def test_the_view_of_a_text(source, view):
    assert NormalizedText.from_source(source).view == view


@given(NOISY | st.text())
@example("\ud800")
@example("(de)" * 9)
def test_any_text_has_a_view_whose_characters_stand_in_order_in_the_source(source):
    normalized = NormalizedText.from_source(source)
    positions = normalized.positions.tolist()
    assert normalized.source is source
    assert len(positions) == len(normalized.view)
    assert positions == sorted(set(positions))
    assert all(0 <= position < len(source) for position in positions)


@given(NOISY | st.text(), st.data())
def test_a_span_goes_to_the_source_and_back(source, data):
    normalized = NormalizedText.from_source(source)
    if not normalized.view:
        return
    start = data.draw(st.integers(0, len(normalized.view) - 1))
    end = data.draw(st.integers(start + 1, len(normalized.view)))
    begin, stop = normalized.to_source(start, end)
    assert 0 <= begin < stop <= len(source)
    assert normalized.to_view(begin, stop) == (start, end)


@given(NOISY | st.text())
def test_the_view_of_a_text_holds_no_form_that_it_replaces(source):
    view = NormalizedText.from_source(source).view
    assert not set(view) & {
        "，",
        "（",
        "\u3000",
        "\r",
        "\u200b",
        "萬",
        "戶",
        "協",
        "「",
        "１",
        "\ud800",
    }


def test_stretches_that_the_view_leaves_out_map_to_nothing():
    normalized = NormalizedText.from_source("萬(wàn)元")
    start, end = normalized.to_view(1, 6)
    assert start == end


def test_the_table_is_opencc_s_and_one_to_one():
    converter = opencc.OpenCC("t2s")
    table = simplified_forms()
    assert len(table) > 3000
    assert all(len(old) == len(new) == 1 for old, new in table.items())
    assert all(converter.convert(old) == new for old, new in table.items())


def test_a_long_text_takes_linear_time():
    import time

    def seconds(length):
        text = ("萬(wàn)元 5 000 ，" * length)[:length]
        began = time.perf_counter()
        NormalizedText.from_source(text)
        return time.perf_counter() - began

    seconds(1000)
    assert (
        min(seconds(400_000) for _ in range(3)) < 40 * min(seconds(20_000) for _ in range(3)) + 0.1
    )
