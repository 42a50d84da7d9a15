"""The civil day is Zhengzhou's, whatever the server's time zone."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from portfolio import clock

instants = st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
offsets = st.integers(-3000, 3000).map(timedelta)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2024, 6, 27, 15, 59, 59, tzinfo=UTC), date(2024, 6, 27)),
        (datetime(2024, 6, 27, 16, 0, tzinfo=UTC), date(2024, 6, 28)),
        (datetime(2024, 12, 31, 16, 0, tzinfo=UTC), date(2025, 1, 1)),
        (datetime(2024, 6, 28, 0, 30, tzinfo=timezone(timedelta(hours=9))), date(2024, 6, 27)),
    ],
)
def test_the_day_changes_at_midnight_in_zhengzhou(instant, day):
    assert clock.civil_date(instant) == day


@given(instants, offsets)
def test_a_demonstration_lies_so_many_days_behind(instant, offset):
    assert clock.civil_date(instant, offset) == clock.civil_date(instant) - offset


@given(st.dates(date(2010, 1, 1), date(2090, 1, 1)), st.times(), offsets)
def test_the_instant_of_a_business_day_lies_on_that_day(day, at, offset):
    instant = clock.business_instant(day, at, offset)
    assert clock.civil_date(instant, offset) == day
    assert instant.tzinfo is UTC


def test_eight_in_the_morning_is_midnight_in_utc():
    assert clock.business_instant(date(2024, 6, 28), time(8)) == datetime(2024, 6, 28, tzinfo=UTC)


@time_machine.travel(datetime(2024, 6, 28, 4, 0, tzinfo=UTC), tick=False)
def test_now_is_aware_and_in_utc():
    assert clock.now() == datetime(2024, 6, 28, 4, 0, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
