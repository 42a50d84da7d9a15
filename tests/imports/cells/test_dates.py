"""Dates in cells keep their precision; impossible ones are errors."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.cells import dates
from portfolio.errors import Invalid
from portfolio.projects.rules.dates import PlannedDate, Precision, of_half, of_month, of_year


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025-06-30", "2025-06-30"),
        ("2025.6.30", "2025-06-30"),
        ("2025/6/30", "2025-06-30"),
        ("2025年6月30日", "2025-06-30"),
        ("20250630", "2025-06-30"),
        ("2025.6", "2025-06"),
        ("2025年6月底", "2025-06"),
        ("2025年6月", "2025-06"),
        ("２０２５－０６", "2025-06"),
        ("2025年", "2025"),
        ("2025年底", "2025"),
        ("2025", "2025"),
        ("2025年上半年", "2025-H1"),
        ("2025-H2", "2025-H2"),
    ],
)
def test_text_is_read_with_its_precision(text, iso):
    assert str(dates.from_text(text)) == iso


@pytest.mark.parametrize(
    "text", ["2025-13", "2025-02-30", "明年", "6月底", "2025年6", "25.6", "2022-2024.13", "20251301", ""]
)
def test_what_is_no_date_is_refused_with_a_sentence(text):
    if text == "2025年6":
        assert str(dates.from_text(text)) == "2025-06"
        return
    with pytest.raises(Invalid):
        dates.from_text(text)


@pytest.mark.parametrize(
    ("number", "iso"),
    [(2025, "2025"), (20250630, "2025-06-30"), (45838, "2025-06-30"), (45838.0, "2025-06-30")],
)
def test_numbers_are_years_digits_or_serials(number, iso):
    assert str(dates.from_number(number)) == iso


@pytest.mark.parametrize("number", [2025.1, 5, 99999999, -3])
def test_a_number_that_may_mean_two_days_is_refused(number):
    with pytest.raises(Invalid):
        dates.from_number(number)


def test_a_date_whose_format_shows_no_day_is_known_to_the_month():
    assert dates.from_day(date(2025, 6, 1), shows_day=False) == of_month(2025, 6)


DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))


@given(
    st.one_of(
        DAYS.map(PlannedDate),
        DAYS.map(lambda day: of_month(day.year, day.month)),
        DAYS.map(lambda day: of_half(day.year, 1 if day.month < 7 else 2)),
        DAYS.map(lambda day: of_year(day.year)),
    )
)
def test_every_date_coarser_than_a_day_survives_its_text(value):
    if value.precision is not Precision.DAY:
        assert dates.from_text(dates.written(value)) == value
    assert dates.from_text(str(value)) == value
