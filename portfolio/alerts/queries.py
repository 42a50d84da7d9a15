"""Reading the state of delivery: counts, books, last and next run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import calendar_days, clock, installation, schedule
from portfolio.alerts.days import DAY_JOB
from portfolio.alerts.models import OPEN, Notification, NotificationItem, Status

MORNING = time(8, 0)


@dataclass(frozen=True, slots=True)
class Books:
    """Due items by how they stand. `due` is counted apart from the sum, so that a gap shows."""

    by_status: Mapping[str, int]
    due: int

    @property
    def balanced(self) -> bool:
        """Whether every due item is in exactly one state."""
        return self.due == sum(self.by_status.values())


@dataclass(frozen=True, slots=True)
class Delivery:
    """How delivery stands now."""

    books: Books
    mails: Mapping[str, int]
    last_run: str | None
    next_run: datetime
    waiting: int


def books(db: Session, since: date | None = None) -> Books:
    """Count due items by state: their notification's, or cancelled alone. `open` is pending or leased."""
    in_period = [col(NotificationItem.period) >= since] if since else []
    rows: Any = db.execute(
        sa.select(col(NotificationItem.cancelled), col(Notification.status), sa.func.count())
        .join(Notification, col(Notification.id) == col(NotificationItem.notification_id))
        .where(*in_period)
        .group_by(col(NotificationItem.cancelled), col(Notification.status))
    )
    counts = dict.fromkeys([*(s.value for s in Status if s not in OPEN), "open"], 0)
    for cancelled, status, count in rows:
        word = Status.CANCELLED.value if cancelled else "open" if status in OPEN else status.value
        counts[word] += count
    due = db.execute(sa.select(sa.func.count()).select_from(NotificationItem).where(*in_period)).scalar_one()
    return Books(counts, due)


def delivery(db: Session, now: datetime) -> Delivery:
    """Say how delivery stands at an instant."""
    rows: Any = db.execute(
        sa.select(col(Notification.status), sa.func.count()).group_by(col(Notification.status))
    )
    mails = {status.value: count for status, count in rows}
    return Delivery(
        books(db),
        mails,
        schedule.last_period(db, DAY_JOB),
        next_digest(db, now),
        sum(mails.get(status.value, 0) for status in OPEN),
    )


def times(db: Session, now: datetime) -> tuple[datetime | None, datetime | None, datetime]:
    """The last heartbeat, the end of the last evaluation of a day, and when the next digests leave."""
    runs = schedule.latest(db, DAY_JOB)
    return schedule.last_beat(db), runs[0].finished_at if runs else None, next_digest(db, now)


def sent_on(db: Session, day: date) -> int:
    """Mails that left on a business day, by the wall clock of Zhengzhou."""
    begins = clock.business_instant(day, time(0, 0), installation.offset(db))
    return db.execute(
        sa.select(sa.func.count())
        .select_from(Notification)
        .where(
            col(Notification.status) == Status.SENT,
            col(Notification.sent_at) >= begins,
            col(Notification.sent_at) < begins + timedelta(days=1),
        )
    ).scalar_one()


def next_digest(db: Session, now: datetime) -> datetime:
    """Return the instant at which the next digests may leave: 08:00 of a working day."""
    offset = installation.offset(db)
    calendar = calendar_days.load(db)
    day = calendar.on_or_after(clock.civil_date(now, offset))
    instant = clock.business_instant(day, MORNING, offset)
    return instant if instant > now else clock.business_instant(calendar.after(day), MORNING, offset)
