"""How values are shown."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.money import Fen
from portfolio.projects.rules.dates import PlannedDate, of_half, of_month, of_year
from portfolio.rendering import filters

WHEN = [
    (date(2024, 6, 25), "2024年6月25日", "24.06"),
    (PlannedDate(date(2024, 6, 25)), "2024年6月25日", "24.06"),
    (of_month(2024, 6), "2024年6月底", "24.06"),
    (of_half(2025, 1), "2025年上半年", "2025上"),
    (of_half(2025, 2), "2025年下半年", "2025下"),
    (of_year(2025), "2025年", "2025年"),
    (None, "–", "–"),
]


@pytest.mark.parametrize(("when", "long", "short"), WHEN)
def test_a_date_shows_no_more_than_is_known(when, long, short) -> None:
    assert filters.riqi(when) == long
    assert filters.duanri(when) == short


def test_a_weekday_is_added_on_request() -> None:
    assert filters.riqi(date(2024, 6, 25), weekday=True) == "2024年6月25日（周二）"


@pytest.mark.parametrize(
    ("days", "shown"), [(36, "晚 36 天"), (-28, "早 28 天"), (0, "按期"), (1371, "晚 1,371 天"), (None, "–")]
)
def test_slip_is_a_phrase(days, shown) -> None:
    assert filters.huaqi(days) == shown


def test_money_has_one_unit_a_place() -> None:
    sum_ = Fen(3_987_049_999_999)
    assert filters.wan(sum_) == "3,987,050"
    assert filters.yi(sum_) == "398.7"
    assert filters.yi(Fen(10_000_000_000)) == "1.0"
    assert filters.jine(sum_) == "398.7 亿元"
    assert filters.jine(Fen(-5_000_000)) == "−5 万元"
    assert filters.wan(None) == filters.yi(None) == filters.jine(None) == "–"


def test_percentages_and_points_have_one_place() -> None:
    assert filters.bai(Decimal("0.4")) == "40.0%"
    assert filters.bai(-0.0136) == "−1.4%"
    assert filters.bai(0) == "0.0%"
    assert filters.dian(-36.26) == "36.3 个百分点"


def test_an_instant_is_shown_in_shanghai() -> None:
    assert filters.shike(datetime(2024, 6, 4, 16, 5, tzinfo=UTC)) == "2024年6月5日 00:05"


@given(st.integers(-(10**9), 10**9))
def test_a_count_reads_back(number: int) -> None:
    assert int(filters.shu(number).replace(",", "").replace("−", "-")) == number


def test_exact_numbers_of_a_column_are_filled_up_with_blanks_as_wide_as_digits():
    texts = ["4,042.341625", "50,008.35", "−3", "许多", "–"]
    assert filters.buwei(texts) == ["", "\u2007" * 4, "\u2008" + "\u2007" * 6, "", ""]
    assert filters.buwei(["1", "2"]) == ["", ""]


def test_in_a_column_every_sum_keeps_two_places_so_that_the_points_stand_below_each_other():
    sums = (Fen(20_003_340_000_000), Fen(666_778_000_000), Fen(0), None)
    assert [filters.wan(each, fixed=True) for each in sums] == ["20,003,340.00", "666,778.00", "0.00", "–"]


@given(st.integers(-(10**15), 10**15))
def test_wan_is_never_further_than_half_a_hundredth_from_the_sum(fen: int) -> None:
    shown = Decimal(filters.wan(Fen(fen)).replace(",", "").replace("−", "-"))
    assert abs(shown - Decimal(fen) / 1_000_000) <= Decimal("0.005")


@given(st.decimals(-10, 10, places=6))
def test_a_percentage_never_shows_a_negative_zero(share: Decimal) -> None:
    assert filters.bai(share) != "−0.0%"
