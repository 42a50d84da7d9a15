"""The working-day calendar in the database: seeded from the State Council's notices, read as a value.

Known years come from the `chinesecalendar` package; the years after it are provisional, with the
statutory days whose date is fixed, until an administrator enters the notice.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import chinese_calendar
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.database import insert
from portfolio.errors import Invalid
from portfolio.models import CalendarDay, CalendarStatus, CalendarYear, DayKind
from portfolio.workdays import Calendar

SOURCE = "国务院办公厅节假日安排（chinesecalendar）"
PROVISIONAL_SOURCE = "未收到节假日安排，按周一至周五及法定固定日推算"
FIRST_YEAR = 2015
_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}
# Statutory days whose date is the same every year; the lunar ones wait for the notice.
_FIXED = (
    ((1, 1), "元旦"), ((5, 1), "劳动节"), ((5, 2), "劳动节"),
    ((10, 1), "国庆节"), ((10, 2), "国庆节"), ((10, 3), "国庆节"),
)  # fmt: skip


def load(db: Session) -> Calendar:
    """Read the calendar; seed it first with `seed`, or every year is provisional."""
    rows = db.execute(sa.select(col(CalendarDay.day), col(CalendarDay.kind))).all()
    years = sa.select(col(CalendarYear.year)).where(col(CalendarYear.status) == CalendarStatus.CONFIRMED)
    return Calendar(
        holidays=frozenset(day for day, kind in rows if kind is DayKind.HOLIDAY),
        workdays=frozenset(day for day, kind in rows if kind is DayKind.WORKDAY),
        confirmed=frozenset(db.execute(years).scalars()),
    )


def seed(db: Session, until: int) -> int:
    """Load every known year and mark later ones up to `until` provisional; returns the days written.

    A year that is confirmed already is left as it is, so that a corrected notice stays.
    """
    known = {row.year: row.status for row in db.execute(sa.select(CalendarYear)).scalars()}
    last = max(chinese_calendar.holidays).year
    written = 0
    for year in range(FIRST_YEAR, max(until, last) + 1):
        if known.get(year) is CalendarStatus.CONFIRMED:
            continue
        if year <= last:
            written += _replace(db, year, CalendarStatus.CONFIRMED, SOURCE, _from_package(year))
        elif year not in known:
            written += _replace(db, year, CalendarStatus.PROVISIONAL, PROVISIONAL_SOURCE, _fixed(year))
    return written


def confirm(db: Session, year: int, off: Mapping[date, str], worked: Mapping[date, str], source: str) -> None:
    """Replace a year by its notice: weekdays off and weekend days worked, by name; the caller records who did.

    Days of the December before, which the notice of a new year may shift, are set beside what that year holds.
    Raises Invalid for days of any other year.
    """
    days = [(day, DayKind.HOLIDAY, name) for day, name in off.items()]
    days += [(day, DayKind.WORKDAY, name) for day, name in worked.items()]
    if any(day.year != year and (day.year, day.month) != (year - 1, 12) for day, _kind, _name in days):
        raise Invalid(f"安排里有不属于{year}年的日期。请核对后再录入。")
    if not days:
        raise Invalid(f"没有填写{year}年的放假和调休日期。")
    _replace(db, year, CalendarStatus.CONFIRMED, source, [each for each in days if each[0].year == year])
    for day, kind, name in days:
        if day.year != year:
            db.merge(CalendarDay(day=day, kind=kind, name=name))
    db.flush()


def years(db: Session, since: int) -> list[CalendarYear]:
    """The years known from one on, with what their days come from."""
    wanted = sa.select(CalendarYear).where(col(CalendarYear.year) >= since).order_by(col(CalendarYear.year))
    return list(db.execute(wanted).scalars())


def ensure(db: Session, year: int) -> None:
    """Seed the calendar if it does not reach a year yet; costs one statement when it does."""
    if db.execute(sa.select(col(CalendarYear.year)).where(col(CalendarYear.year) == year)).first() is None:
        seed(db, year)


def unconfirmed(db: Session, year: int) -> bool:
    """Whether the notice of a year is still missing."""
    status = db.execute(
        sa.select(col(CalendarYear.status)).where(col(CalendarYear.year) == year)
    ).scalar_one_or_none()
    return status is not CalendarStatus.CONFIRMED


_Day = tuple[date, DayKind, str]


def _from_package(year: int) -> list[_Day]:
    off = [
        (day, DayKind.HOLIDAY, _NAMES.get(name, name))
        for day, name in chinese_calendar.holidays.items()
        if day.year == year and day.weekday() < 5
    ]
    worked = [
        (day, DayKind.WORKDAY, _NAMES.get(name, name))
        for day, name in chinese_calendar.workdays.items()
        if day.year == year and day.weekday() >= 5
    ]
    return off + worked


def _fixed(year: int) -> list[_Day]:
    days = [(date(year, month, day), name) for (month, day), name in _FIXED]
    return [(day, DayKind.HOLIDAY, name) for day, name in days if day.weekday() < 5]


def _replace(db: Session, year: int, status: CalendarStatus, source: str, days: Iterable[_Day]) -> int:
    first, last = date(year, 1, 1), date(year + 1, 1, 1) - timedelta(days=1)
    db.execute(sa.delete(CalendarDay).where(col(CalendarDay.day).between(first, last)))
    rows = [{"day": day, "kind": kind, "name": name} for day, kind, name in days]
    if rows:
        db.execute(sa.insert(CalendarDay), rows)
    db.execute(
        insert(db, CalendarYear)
        .values(year=year, status=status, source=source)
        .on_conflict_do_update(index_elements=["year"], set_={"status": status, "source": source})
    )
    return len(rows)
