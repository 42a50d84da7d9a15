"""Reference data of all rooms, loaded idempotently after every migration."""

from sqlalchemy.orm import Session

from portfolio.projects import reference


def load(db: Session) -> None:
    """Bring sectors, districts, funding sources and the calendar up to date."""
    reference.load(db)
