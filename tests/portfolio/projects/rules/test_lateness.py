"""Overdue and slip: one table of examples, and what must hold for any dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.projects.rules import dates
from portfolio.projects.rules.dates import PlannedDate, Precision
from portfolio.projects.rules.lateness import (
    Interval,
    MilestoneDates,
    Slip,
    days_covered,
    is_paused,
    lapsed,
    lateness,
    slip,
)

TODAY = date(2024, 6, 28)
DAY = PlannedDate
APRIL, MAY_NEXT = dates.of_month(2024, 4), dates.of_month(2025, 4)
END_OF_PLAN = date(2025, 12, 31)


@pytest.mark.parametrize(
    ("when", "overdue", "to_go"),
    [
        (MilestoneDates(), None, None),
        (MilestoneDates(current=APRIL), 59, None),
        (MilestoneDates(current=APRIL, forecast=MAY_NEXT), 59, None),
        (MilestoneDates(current=APRIL, actual=DAY(date(2024, 6, 1))), None, None),
        (MilestoneDates(current=DAY(TODAY)), None, 0),
        (MilestoneDates(current=DAY(TODAY - timedelta(1))), 1, None),
        (MilestoneDates(current=dates.of_year(2024)), None, 186),
    ],
)
def test_a_milestone_is_overdue_from_the_day_after_its_baseline_until_it_is_reached(when, overdue, to_go):
    found = lateness(when, TODAY)
    assert (found.overdue, found.to_go) == (overdue, to_go)


def test_moving_the_forecast_does_not_silence_an_overdue_milestone():
    before = lateness(MilestoneDates(current=APRIL), TODAY)
    after = lateness(MilestoneDates(current=APRIL, forecast=MAY_NEXT), TODAY)
    assert after.overdue == before.overdue == 59
    assert after.slipping


@pytest.mark.parametrize(
    ("end", "baseline", "expected"),
    [
        (MAY_NEXT, APRIL, Slip(365)),
        (DAY(date(2024, 4, 2)), DAY(date(2024, 4, 30)), Slip(-28)),
        (DAY(date(2024, 4, 2)), APRIL, Slip(0, Precision.MONTH)),
        (dates.of_month(2025, 4), dates.of_year(2025), Slip(0, Precision.YEAR)),
        (dates.of_year(2025), dates.of_month(2025, 4), Slip(0, Precision.YEAR)),
        (dates.of_year(2026), dates.of_year(2025), Slip(365)),
        (DAY(date(2025, 1, 10)), dates.of_half(2024, 2), Slip(10)),
        (None, APRIL, None),
        (APRIL, None, None),
    ],
)
def test_slip_compares_last_days_and_is_nothing_within_the_coarser_span(end, baseline, expected):
    assert slip(end, baseline) == expected


def test_what_was_reached_late_stays_late():
    reached = MilestoneDates(first=APRIL, current=APRIL, actual=DAY(date(2024, 6, 1)))
    assert lateness(reached, TODAY) == lateness(reached, TODAY + timedelta(900))
    assert lateness(reached, TODAY).against_current == Slip(32)


def test_paused_days_are_taken_off_the_overdue_ones_and_said():
    pauses = [Interval(date(2024, 4, 1), date(2024, 5, 10)), Interval(date(2024, 6, 21))]
    found = lateness(MilestoneDates(current=APRIL), TODAY, pauses)
    assert (found.overdue, found.paused) == (59 - 18, 18)


def test_overlapping_pauses_take_a_day_off_once():
    pauses = [Interval(date(2024, 6, 1), date(2024, 6, 20)), Interval(date(2024, 6, 10), date(2024, 6, 25))]
    assert days_covered(pauses, date(2024, 6, 1), date(2024, 6, 30)) == 25
    assert is_paused(pauses, date(2024, 6, 22))
    assert not is_paused(pauses, date(2024, 6, 26))


@pytest.mark.parametrize(
    ("due", "kept", "today", "expected"),
    [
        (dates.of_year(2025), False, date(2025, 12, 31), False),
        (dates.of_year(2025), False, date(2026, 1, 1), True),
        (dates.of_year(2023), False, date(2024, 6, 28), False),
        (dates.of_year(2023), False, date(2026, 1, 1), True),
        (None, False, date(2026, 1, 1), True),
        (dates.of_year(2025), True, date(2026, 1, 1), False),
        (dates.of_year(2035), False, date(2026, 1, 1), True),
    ],
)
def test_an_unmet_promise_lapses_with_the_end_of_the_plan(due, kept, today, expected):
    assert lapsed(due, END_OF_PLAN, kept, today) is expected


some_days = st.dates(date(2021, 1, 1), date(2027, 12, 31))
some_dates = st.one_of(
    some_days.map(DAY),
    st.builds(dates.of_month, st.integers(2021, 2027), st.integers(1, 12)),
    st.builds(dates.of_half, st.integers(2021, 2027), st.integers(1, 2)),
    st.builds(dates.of_year, st.integers(2021, 2027)),
)
some_pauses = st.lists(
    st.builds(lambda day, length: Interval(day, day + timedelta(length)), some_days, st.integers(0, 200)),
    max_size=4,
)


@given(some_dates, some_dates)
def test_slip_is_the_same_to_either_side(one, other):
    there, back = slip(one, other), slip(other, one)
    assert there is not None
    assert back is not None
    assert there.days == -back.days
    assert there.same is back.same


@given(some_dates, some_days, some_pauses)
def test_pauses_never_add_days_and_are_counted_day_by_day(baseline, today, pauses):
    found = lateness(MilestoneDates(current=baseline), today, pauses)
    late = [baseline.day + timedelta(n) for n in range(1, (today - baseline.day).days + 1)]
    assert (found.overdue or 0) == sum(not is_paused(pauses, day) for day in late)
    assert found.paused == sum(is_paused(pauses, day) for day in late)


@given(some_dates, st.none() | some_dates, some_days)
def test_a_forecast_never_changes_what_is_overdue(baseline, forecast, today):
    assert (
        lateness(MilestoneDates(current=baseline, forecast=forecast), today).overdue
        == lateness(MilestoneDates(current=baseline), today).overdue
    )
