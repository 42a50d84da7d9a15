"""What this database is: its settings, whether it holds demonstration data, and its business day."""

import uuid
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock
from portfolio.models import Setting

DEMO = "installation.demo"
DAY_OFFSET = "installation.day_offset"  # days by which the business day lies behind the real one
ID = "installation.id"
WHOLE = "portfolio"
# Built once: every request asks for the business day first.
_VALUE = sa.select(col(Setting.value)).where(
    col(Setting.key) == sa.bindparam("key"), col(Setting.scope) == sa.bindparam("scope")
)


def get(db: Session, key: str, scope: str = WHOLE) -> str | None:
    """Return a setting's value, or None when it was never set."""
    return db.execute(_VALUE, {"key": key, "scope": scope}).scalar_one_or_none()


def put(db: Session, key: str, value: str, scope: str = WHOLE, source: str = "") -> None:
    """Set a setting; the caller records who did."""
    db.merge(Setting(key=key, scope=scope, value=value, source=source))
    db.flush()


def is_demo(db: Session) -> bool:
    """Whether this database holds demonstration data."""
    return get(db, DEMO) == "1"


def offset(db: Session) -> timedelta:
    """How far the business day lies behind the real one; zero outside demonstration databases."""
    return timedelta(days=int(get(db, DAY_OFFSET) or 0))


def today(db: Session, now: datetime | None = None) -> date:
    """Return the business day of this database at an instant (the real now by default)."""
    return clock.civil_date(now or clock.now(), offset(db))


def installation_id(db: Session) -> str:
    """Return the random id of this installation, dealt at its first use."""
    known = get(db, ID)
    if known is None:
        known = uuid.uuid4().hex
        put(db, ID, known)
    return known


MAIL_HELD = "mail.held"  # why nothing is mailed although the mail start has come


def hold_mail(db: Session, reason: str) -> None:
    """A restored or copied database draws a new id and mails nothing until `alerts start` releases it."""
    put(db, ID, uuid.uuid4().hex)
    put(db, MAIL_HELD, reason)
