"""Public codes, dealt in order by the database inside the caller's transaction."""

from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.database import insert
from portfolio.models import Counter


def deal(db: Session, name: str, count: int = 1) -> range:
    """Take `count` consecutive numbers of a counter; they are gone even if left unused."""
    statement = (
        insert(db, Counter)
        .values(name=name, value=count)
        .on_conflict_do_update(index_elements=["name"], set_={"value": col(Counter.value) + count})
        .returning(col(Counter.value))
    )
    last = int(db.execute(statement).scalar_one())
    return range(last - count + 1, last + 1)


def project_codes(db: Session, count: int = 1) -> list[str]:
    """Deal project codes: `P0042`. They carry no meaning and stay for life."""
    return [f"P{number:04d}" for number in deal(db, "project", count)]


def milestone_codes(db: Session, count: int = 1) -> list[str]:
    """Deal milestone codes: `M00042`."""
    return [f"M{number:05d}" for number in deal(db, "milestone", count)]
