"""Reference data of all rooms, loaded idempotently after every migration."""

from sqlalchemy.orm import Session


def load(db: Session) -> None:
    """Bring sectors, districts, funding sources and the calendar up to date."""
