"""Reference data of all rooms, loaded idempotently after every migration."""

from sqlalchemy.orm import Session

from portfolio.finance import reference as sources
from portfolio.projects import reference as places


def load(db: Session) -> None:
    """Bring sectors, districts, funding sources and the calendar up to date."""
    places.load(db)
    sources.load(db)
