"""Figures are added up by division, and what must not be added is counted apart."""

import io
from decimal import Decimal
from pathlib import Path

import pytest

from povner import Document, Entity, Quantity, link_places
from povner.tally import Tally, chart, tally, write_tally


def page(*pieces: str | tuple[str, str, Quantity | None]) -> Document:
    """Put a page together of words and entities, and link it."""
    text, entities = "", []
    for piece in pieces:
        words = piece if isinstance(piece, str) else piece[0]
        if not isinstance(piece, str):
            _, label, value = piece
            entities.append(Entity(label, words, len(text), len(text) + len(words), 1.0, value))
        text += words
    return link_places(Document(text, tuple(entities)))


def money(number: int | None, qualifier: str = "exact", **more: object) -> Quantity:
    lower = None if qualifier == "under" or number is None else Decimal(number)
    upper = Decimal(number) if qualifier in ("exact", "under") and number is not None else None
    return Quantity("CNY", lower, upper, qualifier, **more)  # type: ignore[arg-type]


PAGES = [
    page(
        ("岷县", "PLACE", None), "投入", ("100元", "MONEY", money(100)), "，帮助",
        ("3户", "HEADCOUNT", Quantity("household", Decimal(3), Decimal(3))),
        ("9人", "HEADCOUNT", Quantity("person", Decimal(9), Decimal(9))),
        "。又给", ("通渭县", "PLACE", None), "超过", ("50元", "MONEY", money(50, "over")), "。",
    ),
    page(
        ("岷县", "PLACE", None), "人均", ("7元", "MONEY", money(7, per=("person",))),
        "，不足", ("8元", "MONEY", money(8, "under")),
        "，", ("9元", "MONEY", money(9, flags=("lost_digit",))),
        "，", ("20元", "MONEY", money(20)), "。",
        ("5元", "MONEY", money(5)), "给了", ("老挝", "PLACE", None), "。",
        ("4元", "MONEY", money(4)), "没有地方",
    ),
]  # fmt: skip


def test_sums_by_county() -> None:
    assert tally(PAGES) == [
        Tally("", "", "", 0, "CNY", Decimal(4), 1, 0),
        Tally("", "老挝", "country", 1, "CNY", Decimal(5), 1, 0),
        Tally("621121", "甘肃省定西市通渭县", "county", 1, "CNY", Decimal(50), 1, 0),
        Tally("621126", "甘肃省定西市岷县", "county", 2, "CNY", Decimal(120), 2, 3),
        Tally("621126", "甘肃省定西市岷县", "county", 2, "household", Decimal(3), 1, 0),
        Tally("621126", "甘肃省定西市岷县", "county", 2, "person", Decimal(9), 1, 0),
    ]


@pytest.mark.parametrize(
    ("by", "code", "name"), [("city", "621100", "甘肃省定西市"), ("province", "620000", "甘肃省")]
)
def test_smaller_places_count_for_the_division_around(by: str, code: str, name: str) -> None:
    rows = [row for row in tally(PAGES, by) if row.unit == "CNY" and row.adcode]  # type: ignore[arg-type]
    assert rows == [Tally(code, name, by, 3, "CNY", Decimal(170), 3, 3)]


def test_a_place_without_figures_has_a_row() -> None:
    assert tally([page(("岷县", "PLACE", None), "很美")]) == [
        Tally("621126", "甘肃省定西市岷县", "county", 1, "", Decimal(0), 0, 0)
    ]


def test_the_table_writes_numbers_in_full() -> None:
    stream = io.StringIO()
    write_tally([Tally("620000", "甘肃省", "province", 1, "CNY", Decimal("1E+9"), 1, 0)], stream)
    assert stream.getvalue() == (
        "adcode,name,level,mentions,unit,total,n_used,n_excluded\n"
        "620000,甘肃省,province,1,CNY,1000000000,1,0\n"
    )


def test_the_chart_holds_all_it_needs(tmp_path: Path) -> None:
    page_ = chart(tally(PAGES))
    assert "甘肃省定西市岷县" in page_ or "\\u7518\\u8083" in page_
    assert " src=" not in page_.partition("<body>")[2] + page_[:2000]
    assert len(page_) > 10**6
    assert "No figure" in chart([])


def test_a_figure_beside_a_place_that_is_not_known_belongs_to_none() -> None:
    rows = tally(
        [page(("湖北省", "PLACE", None), "和", ("鼓楼区", "PLACE", None), "出资", ("9元", "MONEY", money(9)))]
    )  # fmt: skip
    assert [(row.adcode, row.total) for row in rows] == [("", Decimal(9)), ("420000", Decimal(0))]


def test_districts_of_a_municipality_count_for_it_by_city() -> None:
    pages = [page(("北京市海淀区", "PLACE", None)), page(("北京市朝阳区", "PLACE", None))]
    (row,) = tally(pages, "city")
    assert (row.adcode, row.name, row.mentions) == ("110000", "北京市", 2)
