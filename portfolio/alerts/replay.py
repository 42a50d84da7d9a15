"""Replay past days for a demonstration: evaluated as they would have been, their mails booked as delivered.

So that on the demonstration's own day each rung of the ladder is due to someone, and histories are full.
"""

from datetime import date, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock, installation
from portfolio.alerts.delivery.digest import count_words, subject
from portfolio.alerts.evaluation.evaluate import evaluate_day
from portfolio.alerts.models import (
    Alert,
    Notification,
    NotificationAttempt,
    NotificationItem,
    Phase,
    Status,
)
from portfolio.database import Database, Instant

MORNING = time(8, 0)
OWNER = "replay"


def replay(database: Database, from_day: date, to_day: date, *, sender: str) -> int:
    """Evaluate the days from `from_day` to `to_day`, both included; returns the mails booked as delivered."""
    booked = 0
    with database.reading() as db:
        offset = installation.offset(db)
    day = from_day
    while day <= to_day:
        at = clock.business_instant(day, MORNING, offset)
        evaluate_day(database, day, at, owner=OWNER, sender=sender)
        with database.writing() as db:
            booked += _book(db, day)
        day += timedelta(days=1)
    return booked


def _book(db: Session, day: date) -> int:
    waiting = (
        sa.select(col(Notification.id), col(Notification.not_before))
        .where(col(Notification.period) == day, col(Notification.status) == Status.PENDING)
        .order_by(col(Notification.id))
    )
    rows = db.execute(waiting).all()
    if not rows:
        return 0
    subjects = _subjects(db, day)
    db.connection().execute(
        sa.update(Notification)
        .where(col(Notification.id) == sa.bindparam("key"))
        .values(
            status=Status.SENT, phase=Phase.DATA, fence=1, data_fence=1, last_code=250,
            subject=sa.bindparam("words"), sent_at=sa.bindparam("sent", type_=Instant),
        ),
        [{"key": row.id, "words": subjects[row.id], "sent": row.not_before} for row in rows],
    )  # fmt: skip
    db.execute(
        sa.insert(NotificationAttempt),
        [
            {
                "notification_id": row.id, "fence": 1, "at": row.not_before, "outcome": "sent", "code": 250,
                "detail": "演示数据：没有真的发送",
            }
            for row in rows
        ],
    )  # fmt: skip
    return len(rows)


def _subjects(db: Session, day: date) -> dict[int, str]:
    """The subjects those mails would have carried."""
    found: Any = db.execute(
        sa.select(col(NotificationItem.notification_id), col(NotificationItem.rung), col(Alert.rule))
        .join(Alert, col(Alert.id) == col(NotificationItem.alert_id))
        .where(col(NotificationItem.period) == day)
    )
    items: dict[int, list[tuple[str, str]]] = {}
    for notification, rung, rule in found:
        items.setdefault(notification, []).append((rule, rung))
    return {notification: subject(count_words(told), day) for notification, told in items.items()}
