"""The State Council's calendar in the database: known years confirmed, later ones provisional."""

from datetime import date, timedelta

import chinese_calendar
import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio import calendar_days
from portfolio.errors import Invalid
from portfolio.models import CalendarDay, CalendarYear

LAST_KNOWN = max(chinese_calendar.holidays).year
NEXT = LAST_KNOWN + 1


@pytest.fixture
def seeded(sqlite_db):
    calendar_days.seed(sqlite_db, NEXT)
    return sqlite_db


def days_of(db, year):
    rows = sa.select(col(CalendarDay.day)).where(
        col(CalendarDay.day).between(date(year, 1, 1), date(year, 12, 31))
    )
    return list(db.execute(rows.order_by(col(CalendarDay.day))).scalars())


def test_every_day_of_every_known_year_is_worked_or_off_as_the_notice_says(seeded):
    calendar, first = calendar_days.load(seeded), date(calendar_days.FIRST_YEAR, 1, 1)
    days = [first + timedelta(n) for n in range((date(LAST_KNOWN, 12, 31) - first).days + 1)]
    assert [day for day in days if calendar.is_workday(day) != chinese_calendar.is_workday(day)] == []


def test_known_years_are_confirmed_and_the_next_is_provisional(seeded):
    calendar = calendar_days.load(seeded)
    assert calendar.is_provisional(date(NEXT, 3, 1))
    assert not calendar.is_provisional(date(LAST_KNOWN, 3, 1))
    assert calendar_days.unconfirmed(seeded, NEXT)
    assert not calendar_days.unconfirmed(seeded, LAST_KNOWN)
    assert calendar_days.unconfirmed(seeded, NEXT + 40)


def test_a_provisional_year_has_the_fixed_days_off_and_no_shifted_ones(seeded):
    calendar = calendar_days.load(seeded)
    for month, day in ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3)):
        assert not calendar.is_workday(date(NEXT, month, day))
    assert not any(day.year == NEXT for day in calendar.workdays)


def test_seeding_again_writes_nothing(db):
    assert calendar_days.seed(db, NEXT) > 0
    assert calendar_days.seed(db, NEXT) == 0


def test_a_notice_replaces_what_was_assumed_and_stays(db):
    calendar_days.seed(db, NEXT)
    off, worked = date(NEXT, 2, 1), date(NEXT, 2, 28)
    calendar_days.confirm(db, NEXT, {off: "春节"}, {worked: "春节"}, "国办发明电")
    calendar_days.seed(db, NEXT)
    assert days_of(db, NEXT) == [off, worked]
    assert not calendar_days.unconfirmed(db, NEXT)
    assert db.get(CalendarYear, NEXT).source == "国办发明电"


def test_a_confirmed_year_can_be_corrected_and_its_neighbours_stay(db):
    calendar_days.seed(db, NEXT)
    before = days_of(db, LAST_KNOWN - 1)
    calendar_days.confirm(db, LAST_KNOWN, {date(LAST_KNOWN, 12, 31): "元旦"}, {}, "更正")
    assert days_of(db, LAST_KNOWN) == [date(LAST_KNOWN, 12, 31)]
    assert days_of(db, LAST_KNOWN - 1) == before


def test_a_notice_may_shift_the_last_days_of_the_year_before(db):
    calendar_days.seed(db, NEXT)
    before, shifted = days_of(db, LAST_KNOWN), date(LAST_KNOWN, 12, 26)
    calendar_days.confirm(db, NEXT, {date(NEXT, 1, 1): "元旦"}, {shifted: "元旦"}, "国办发明电")
    assert days_of(db, LAST_KNOWN) == sorted({*before, shifted})


@pytest.mark.parametrize("days", [{}, {date(NEXT + 1, 1, 1): "元旦"}])
def test_an_empty_notice_or_one_of_another_year_is_refused(seeded, days):
    with pytest.raises(Invalid, match=str(NEXT)):
        calendar_days.confirm(seeded, NEXT, days, {}, "国办发明电")
    assert calendar_days.unconfirmed(seeded, NEXT)


def test_the_calendar_is_carried_on_only_where_it_does_not_reach(sqlite_db):
    calendar_days.ensure(sqlite_db, NEXT + 2)
    years = set(sqlite_db.execute(sa.select(col(CalendarYear.year))).scalars())
    assert years == set(range(calendar_days.FIRST_YEAR, NEXT + 3))
