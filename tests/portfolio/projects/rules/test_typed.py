"""Dates as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.errors import Invalid
from portfolio.projects.rules import dates
from portfolio.projects.rules.dates import PlannedDate
from portfolio.projects.rules.typed import understand, whole_day

TODAY = date(2024, 6, 28)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2024-06", "2024-06"),
        ("2024.6", "2024-06"),
        ("2024/6", "2024-06"),
        ("２０２４年６月", "2024-06"),
        ("2024年6月底", "2024-06"),
        ("6月底", "2024-06"),
        ("6月25日", "2024-06-25"),
        ("2024-06-25", "2024-06-25"),
        ("2024年6月25日", "2024-06-25"),
        ("20240625", "2024-06-25"),
        ("2025", "2025"),
        ("2025年底", "2025"),
        ("2025年上半年", "2025-H1"),
        ("2025-H2", "2025-H2"),
    ],
)
def test_a_date_is_understood_with_the_precision_in_which_it_was_typed(text, meant):
    assert str(understand(text, TODAY)) == meant


@pytest.mark.parametrize(
    "text", ["2024-06-25", "2024.6.25", "2024/6/25", "2024年6月25日", "20240625", " ２０２４-06-25 "]
)
def test_a_whole_day_is_read_however_it_is_written(text):
    assert whole_day(text) == date(2024, 6, 25)


@pytest.mark.parametrize("text", ["", "2024-06", "6月25日", "2024-02-30", "明天", "06/25/2024"])
def test_what_leaves_the_day_open_is_no_whole_day(text):
    assert whole_day(text) is None


@pytest.mark.parametrize("text", ["2022-2024.13", "2024-13", "2024-02-30", "尽快", "", "24.6"])
def test_what_is_no_date_is_refused_with_an_example(text):
    with pytest.raises(Invalid, match=r"2025-04|改正|没有 13 月。请填年月，如 2024-12"):
        understand(text, TODAY)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(["day", "month", "half", "year"]))
def test_what_we_write_we_read(day, precision):
    made = {
        "day": PlannedDate(day),
        "month": dates.of_month(day.year, day.month),
        "half": dates.of_half(day.year, 1 if day.month < 7 else 2),
        "year": dates.of_year(day.year),
    }[precision]
    assert understand(str(made), TODAY) == made
