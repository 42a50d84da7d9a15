"""The log of tries to deliver: one line a claim, with what came of it. Append-only."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts.models import Notification, NotificationAttempt

_ANOTHER_DAY = timedelta(hours=12)
_NOTE = sa.insert(NotificationAttempt)


def note(
    db: Session, notification: int, fence: int, at: datetime, outcome: str, code: int | None, detail: str
) -> None:
    """Log what came of a claim; `code` is the server's answer, if it gave one."""
    db.connection().execute(
        _NOTE,
        {
            "notification_id": notification, "fence": fence, "at": at, "outcome": outcome, "code": code,
            "detail": detail[:400],
        },
    )  # fmt: skip


def refused_on_other_days(db: Session, address: str, now: datetime) -> bool:
    """Whether the address was refused for good on an earlier day as well."""
    earlier = (
        sa.select(col(NotificationAttempt.id))
        .join(Notification, col(Notification.id) == col(NotificationAttempt.notification_id))
        .where(
            col(Notification.address) == address,
            col(NotificationAttempt.outcome) == "refused",
            col(NotificationAttempt.code).between(550, 553),
            col(NotificationAttempt.at) < now - _ANOTHER_DAY,
        )
    )
    return db.execute(earlier.limit(1)).first() is not None
