"""Quantity: arithmetic on bounds, honest comparison, the short text."""

import decimal
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from povner.entities import Quantity
from povner.errors import InputError


def exact(number, unit="CNY", per=()):
    return Quantity(unit, Decimal(number), Decimal(number), per=per)


def over(number, *, inclusive=False):
    return Quantity("CNY", Decimal(number), None, "over", inclusive)


def under(number, *, inclusive=False):
    return Quantity("CNY", None, Decimal(number), "under", inclusive)


def between(lower, upper, qualifier="range"):
    return Quantity("CNY", Decimal(lower), Decimal(upper), qualifier)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (exact("309000000"), "309,000,000 CNY"),
        (over(200_000_000), ">200,000,000 CNY"),
        (over(500, inclusive=True), "≥500 CNY"),
        (under(200), "<200 CNY"),
        (under(300, inclusive=True), "≤300 CNY"),
        (between(3000, 5000), "3,000–5,000 CNY"),
        (between(1000, 10000, "vague"), "≈1,000–10,000 CNY"),
        (between(46, 46, "about"), "≈46 CNY"),
        (exact("6356.6", per=("person", "year")), "6,356.6 CNY/person/year"),
        (Quantity("CNY", Decimal(6), Decimal(8), "range", per=("kg",)), "6–8 CNY/kg"),
        (exact(142, "person"), "142 person"),
        (exact("1E+9"), "1,000,000,000 CNY"),
    ],
    ids=str,
)
def test_short_text(value, text):
    assert str(value) == text


def test_midpoint():
    assert between(6, 9).midpoint == Decimal("7.5")
    assert exact(5).midpoint == 5
    assert over(5).midpoint is None
    assert under(5).midpoint is None


def test_midpoint_is_exact_in_any_context():
    large = 10**60 + 1
    with decimal.localcontext(decimal.Context(prec=3)):
        assert between(large, large + 1).midpoint == Decimal(f"{large}.5")


@pytest.mark.parametrize(
    ("value", "inside", "outside"),
    [
        (exact(5), [5], [4, 6, Decimal("5.01")]),
        (over(5), [6, Decimal("5.01"), 10**30], [5, 4]),
        (over(5, inclusive=True), [5, 6], [4]),
        (under(5), [4, 0], [5, 6]),
        (under(5, inclusive=True), [4, 5], [6]),
        (between(5, 8), [5, 6, 8], [4, 9]),
        (between(8, 5), [8, 5], [6, 4, 9]),
    ],
    ids=str,
)
def test_contains(value, inside, outside):
    assert all(value.contains(number) for number in inside)
    assert not any(value.contains(number) for number in outside)


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        (exact(5), exact(6)),
        (exact(5), over(5)),
        (under(5), exact(5)),
        (under(5), over(5)),
        (under(5, inclusive=True), over(5)),
        (between(5, 8), exact(9)),
        (between(8, 5), exact(9)),
        (exact(4), between(8, 5)),
        (exact(4), 5),
        (4, exact(5)),
        (under(5), 5),
        (Decimal("4.5"), between(5, 8)),
    ],
    ids=str,
)
def test_surely_smaller(smaller, larger):
    assert smaller < larger
    assert smaller <= larger
    assert larger > smaller
    assert larger >= smaller
    assert not larger < smaller
    assert not larger <= smaller


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (over(5), exact(6)),
        (under(5), exact(4)),
        (between(5, 8), exact(6)),
        (over(5), under(9)),
        (over(5), over(9)),
        (between(5, 8), between(7, 9)),
        (between(8, 5), exact(6)),
    ],
    ids=str,
)
def test_unknown_order_is_neither(one, other):
    assert not one < other
    assert not one > other
    assert not one <= other
    assert not one >= other


def test_bounds_that_touch_may_be_equal():
    assert exact(5) <= exact(5)
    assert exact(5) >= exact(5)
    assert not exact(5) < exact(5)
    assert between(5, 8) <= over(8, inclusive=True)
    assert not between(5, 8) < over(8, inclusive=True)


def test_different_units_and_rates_are_not_compared():
    with pytest.raises(InputError, match="units and rates must be the same"):
        _ = exact(5) < exact(6, "USD")
    with pytest.raises(InputError, match="units and rates must be the same"):
        _ = exact(5) >= exact(6, per=("year",))
    with pytest.raises(TypeError):
        _ = exact(5) < "6"
    assert exact(5, per=("year", "mu")) < exact(6, per=("mu", "year"))


def test_nan_is_not_compared():
    nan = Decimal("NaN")
    with pytest.raises(InputError, match="NaN"):
        exact(5).contains(nan)
    with pytest.raises(InputError, match="NaN"):
        _ = exact(5) < nan
    with pytest.raises(InputError, match="NaN"):
        _ = over(5) >= Decimal("sNaN")


def test_about_stands_for_its_stated_number():
    about = between(5, 5, "about")
    assert about < 6
    assert about.contains(5)
    assert not about.contains(6)


numbers = st.decimals(-(10**40), 10**40, allow_nan=False, places=3)


@given(numbers, numbers)
def test_order_agrees_with_contains(one, other):
    low, high = sorted((one, other))
    value = between(low, high)
    assert value.contains(value.midpoint)
    assert value.contains(low)
    assert value.contains(high)
    assert not value < low
    assert not value > high
    assert Quantity.from_dict(value.to_dict()) == value
