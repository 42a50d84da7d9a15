"""Who would get what: a day evaluated and composed as it would be, looked at, and rolled back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import installation, schedule
from portfolio.alerts import mailing, reading
from portfolio.alerts.days import DAY_JOB
from portfolio.alerts.delivery.digest import count_words, subject
from portfolio.alerts.evaluation.evaluate import evaluate_in
from portfolio.alerts.models import OPEN, Alert, Notification, NotificationItem
from portfolio.alerts.reading import AlertView
from portfolio.alerts.sentences import rung_name
from portfolio.alerts.snapshot import MAIL_START, STOPS
from portfolio.database import Database
from portfolio.people.models import Person


@dataclass(frozen=True, slots=True)
class Line:
    """One thing someone would be told."""

    rung: str
    name: str
    fact: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One mail that would go out."""

    recipient: str
    address: str
    subject: str
    lines: tuple[Line, ...]


class _Looked(Exception):
    """Raised to roll back what was only looked at."""


def preview(database: Database, day: date, at: datetime, *, sender: str) -> list[Envelope]:
    """Say who would get what on a day, as if mails were on; changes nothing."""
    found: list[Envelope] = []
    try:
        with database.writing() as db:
            _as_if_on(db, day)
            if not schedule.is_done(db, DAY_JOB, day.isoformat()):
                for each in _days(db, day):
                    evaluate_in(db, each, at, sender, compose=each == day)
            found = _envelopes(db, day)
            raise _Looked  # noqa: TRY301 - the way out that rolls back
    except _Looked:
        return found


def _as_if_on(db: Session, day: date) -> None:
    state = mailing.state(db, day)
    if state.start is None or state.start > day:
        installation.put(db, MAIL_START, day.isoformat())
    if state.stopped:
        installation.put(db, STOPS, "[]")


def _days(db: Session, day: date) -> list[date]:
    last = schedule.last_period(db, DAY_JOB)
    first = date.fromisoformat(last) + timedelta(days=1) if last else day
    return [first + timedelta(days=n) for n in range((day - first).days + 1)]


def _envelopes(db: Session, day: date) -> list[Envelope]:
    rows = db.execute(
        sa.select(
            col(Notification.id), col(Notification.address), col(Person.name),
            col(NotificationItem.rung), col(NotificationItem.alert_id),
        )
        .join(NotificationItem, col(NotificationItem.notification_id) == col(Notification.id))
        .join(Person, col(Person.id) == col(Notification.recipient_id))
        .where(
            col(Notification.period) == day,
            col(Notification.status).in_(OPEN),
            ~col(NotificationItem.cancelled),
        )
        .order_by(col(Person.name), col(Notification.id))
    ).all()  # fmt: skip
    wanted = reading.selection().where(col(Alert.id).in_({row.alert_id for row in rows}))
    alerts = {view.id: view for view in reading.views(db, wanted, day)}
    mails: dict[int, tuple[str, str, list[tuple[str, AlertView]]]] = {}
    for row in rows:
        mails.setdefault(row.id, (row.name, row.address, []))[2].append((row.rung, alerts[row.alert_id]))
    return [
        Envelope(
            name,
            address,
            subject(count_words([(alert.rule, rung) for rung, alert in told]), day),
            tuple(_line(rung, alert) for rung, alert in sorted(told, key=lambda each: each[1].gravity)),
        )
        for name, address, told in mails.values()
    ]


def _line(rung: str, alert: AlertView) -> Line:
    return Line(rung_name(rung), alert.name, alert.said.fact, alert.said.sentence)
