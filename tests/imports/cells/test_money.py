"""Money in cells: the decimal the user sees, exact to the fen, or a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.cells import money
from portfolio.errors import Invalid
from portfolio.money import Fen


@pytest.mark.parametrize(
    ("number", "unit", "fen"),
    [
        (12345.67, "万元", 12_345_670_000),
        (1000000.000001, "万元", 10**12 + 1),
        (0.1 + 0.2, "万元", 300_000),  # what a formula left in the last bits is not seen by the user
        (1e-6, "万元", 1),
        (-500, "万元", -500_000_000),
        (0, "万元", 0),
        (570412.29, "万元", 570_412_290_000),
        (12.34, "元", 1234),
        (1.5, "亿元", 15_000_000_000),
    ],
)
def test_a_number_is_read_as_it_is_seen(number, unit, fen):
    assert money.from_number(number, unit) == Fen(fen)


@pytest.mark.parametrize("number", [0.0000001, 1.2345678, 1e20, float("inf"), float("nan")])
def test_what_is_finer_than_a_fen_or_no_sum_is_refused(number):
    with pytest.raises(Invalid):
        money.from_number(number, "万元")


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,234.56", 1_234_560_000),
        ("１，２３４．５６", 1_234_560_000),
        (" 3.5亿 ", 35_000_000_000),
        ("3.5亿元", 35_000_000_000),
        ("1200元", 120_000),
        ("800万", 800_000_000),
        ("(12.5)", -12_500_000),
        ("（12.5）", -12_500_000),
        ("-12.5", -12_500_000),
        ("−12.5", -12_500_000),
        ("¥5", 5_000_000),
        (".5", 500_000),
    ],
)
def test_text_is_read_in_its_own_unit_or_the_sheets(text, fen):
    assert money.from_text(text, "万元") == Fen(fen)


@pytest.mark.parametrize(
    "text", ["约两千", "", "1.2.3", "12%", "(5", "--5", "1 234,5,", "=1+1", "1e5", "0.0000001"]
)
def test_what_is_no_sum_is_refused_with_a_sentence(text):
    with pytest.raises(Invalid):
        money.from_text(text, "万元")


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from(["万元", "元", "亿元"]))
def test_every_sum_survives_the_float_of_a_cell(fen, unit):
    number = money.to_number(Fen(fen), unit)
    if number is not None:  # what no float holds is written as text instead
        assert money.from_number(number, unit) == Fen(fen)


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_up_to_a_thousand_billion_yuan_a_cell_holds_a_number(fen):
    assert money.to_number(Fen(fen), "万元") is not None
