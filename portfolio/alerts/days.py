"""Which day may be evaluated: not the future, not before the last finished one; a demonstration may go on."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portfolio import clock, installation
from portfolio.errors import Invalid

DAY_JOB = "alerts.day"  # the job that evaluates a day; the day is its period


def business_day(db: Session, wanted: date | None, now: datetime) -> date:
    """Return the day to evaluate; a later one moves a demonstration's clock forward for good.

    Raises Invalid for a day that has not come yet, outside a demonstration database.
    """
    today = installation.today(db, now)
    if wanted is None or wanted == today:
        return today
    if wanted > today:
        if not installation.is_demo(db):
            raise Invalid(f"{wanted} 还没有到，今天是 {today}。只有演示数据库可以评估以后的日期。")
        offset = clock.civil_date(now) - wanted
        installation.put(db, installation.DAY_OFFSET, str(offset.days), source="alerts scan --on")
    return wanted
