"""The only reader of the wall clock.

`now()` is the real instant in UTC and is never shifted: leases, sessions, audit and link
expiry depend on it. `civil_date()` turns an instant into the date in Zhengzhou; a
demonstration database may lie `offset` days behind, so that its business day is fixed.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC)


def civil_date(instant: datetime, offset: timedelta = timedelta(0)) -> date:
    """Return the business date of an instant: its Shanghai date minus the demonstration offset."""
    return instant.astimezone(SHANGHAI).date() - offset


def business_instant(day: date, at: time, offset: timedelta = timedelta(0)) -> datetime:
    """Return the real UTC instant of a Shanghai wall time on a business day."""
    return datetime.combine(day + offset, at, SHANGHAI).astimezone(UTC)
