"""Who acts in tests of alerts, and an alert that has been told some days."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Actor, Role
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Alert, Notification, Status
from portfolio.database import Database
from tests import build
from tests.portfolio.alerts.city import SENDER, City, make_city, make_milestone, morning

BASELINE, FRIDAY, TODAY = date(2024, 6, 20), date(2024, 6, 21), date(2024, 6, 28)


def found_city(database: Database) -> City:
    """A city with one milestone that was due on Thursday the 20th."""
    with database.writing() as db:
        city = make_city(db)
        make_milestone(db, city.project, BASELINE, kind="structure_complete", label="")
        return city


def scan_and_deliver(database: Database, *days: date) -> None:
    """Evaluate just these days (the baseline's and the first overdue one) and book their mails as sent."""
    for day in days or (BASELINE, FRIDAY):
        evaluate.evaluate_day(database, day, morning(day), owner="test", sender=SENDER)
        with database.writing() as db:
            db.execute(
                sa.update(Notification)
                .where(col(Notification.status) == Status.PENDING)
                .values(status=Status.SENT, sent_at=morning(day))
            )


_prepared: dict[Callable[[Database], City], tuple[bytes, City]] = {}


def prepared(database: Database, prepare: Callable[[Database], City]) -> City:
    """Prepare a database; on SQLite only once a process, and copied after that, since a scan takes seconds."""
    if not database.is_sqlite:
        return prepare(database)
    path = Path(database.url.database or "")
    if prepare in _prepared:
        content, city = _prepared[prepare]
        path.write_bytes(content)
        return city
    city = prepare(database)
    copy = path.with_suffix(".copy")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    _prepared[prepare] = (copy.read_bytes(), city)
    return city


def told_city(database: Database) -> City:
    """A city whose people were told of the milestone on its baseline and on the first overdue day."""
    city = found_city(database)
    scan_and_deliver(database)
    return city


def overdue(database: Database) -> Any:
    """The alert on the overdue milestone."""
    with database.reading() as db:
        return db.execute(sa.select(Alert).where(col(Alert.rule) == "milestone_overdue")).scalar_one()


def as_person(person_id: int, role: Role | None = None, **fields: Any) -> Actor:
    """Someone of the city, with one role over everything or with none."""
    actor = build.make_actor(role or Role.VIEWER, person_id=person_id, **fields)
    return actor if role else replace(actor, grants=())
