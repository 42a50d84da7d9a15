"""Working days: the State Council's calendar, and what is assumed where it is missing."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


days = st.dates(date(2024, 1, 1), date(2024, 12, 31))


@given(days, st.integers(1, 60))
def test_the_nth_working_day_is_worked_and_n_are_counted_up_to_it(day, n):
    reached = CALENDAR.add(day, n)
    assert CALENDAR.is_workday(reached)
    assert CALENDAR.count(day + timedelta(1), reached) == n


@given(days, st.integers(1, 60))
def test_going_back_as_many_working_days_ends_where_it_began(day, n):
    worked = CALENDAR.on_or_after(day)
    assert CALENDAR.add(CALENDAR.add(worked, n), -n) == worked


@given(days)
def test_no_working_days_away_is_the_day_itself_and_the_next_is_the_first(day):
    assert CALENDAR.add(day, 0) == day
    assert CALENDAR.after(day) == CALENDAR.add(day, 1)


@given(days, days)
def test_working_days_backwards_are_none_and_spans_add_up(one, other):
    first, last = min(one, other), max(one, other)
    if first < last:
        assert CALENDAR.count(last, first) == 0
    middle = first + (last - first) // 2
    both = CALENDAR.count(first, middle) + CALENDAR.count(middle + timedelta(1), last)
    assert CALENDAR.count(first, last) == both
