"""Reference data of all rooms, loaded idempotently after every migration."""

from datetime import date

from sqlalchemy.orm import Session

from portfolio import calendar_days
from portfolio.finance import reference as sources
from portfolio.projects import reference as places


def load(db: Session, today: date) -> None:
    """Bring sectors, districts, funding sources, and the calendar up to next year, up to date."""
    places.load(db)
    sources.load(db)
    calendar_days.seed(db, until=today.year + 1)
