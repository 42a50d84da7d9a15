"""Working days: the State Council's calendar, and what is assumed where it is missing."""

from datetime import date

import pytest

from portfolio.workdays import Calendar

# Spring Festival 2024: 10–17 February off, Sunday 4 and 18 February worked.
CALENDAR = Calendar(
    holidays=frozenset(date(2024, 2, day) for day in (12, 13, 14, 15, 16)),
    workdays=frozenset({date(2024, 2, 4), date(2024, 2, 18)}),
    confirmed=frozenset({2024}),
)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2024, 2, 9), True),
        (date(2024, 2, 10), False),
        (date(2024, 2, 12), False),
        (date(2024, 2, 18), True),
        (date(2024, 2, 25), False),
    ],
)
def test_a_day_is_worked_by_the_notice_not_by_the_weekday_alone(day, worked):
    assert CALENDAR.is_workday(day) is worked


def test_counting_includes_both_ends():
    assert CALENDAR.count(date(2024, 2, 9), date(2024, 2, 19)) == 3


def test_adding_working_days_skips_the_festival_and_uses_the_shifted_sunday():
    assert CALENDAR.add(date(2024, 2, 9), 1) == date(2024, 2, 18)
    assert CALENDAR.add(date(2024, 2, 19), -2) == date(2024, 2, 9)


def test_a_due_day_that_is_no_working_day_moves_either_way():
    assert CALENDAR.on_or_before(date(2024, 2, 17)) == date(2024, 2, 9)
    assert CALENDAR.on_or_after(date(2024, 2, 10)) == date(2024, 2, 18)


def test_an_unknown_year_never_raises_and_is_marked_provisional():
    assert CALENDAR.is_workday(date(2031, 1, 2))
    assert CALENDAR.is_provisional(date(2031, 1, 2))
    assert not CALENDAR.is_provisional(date(2024, 2, 12))
