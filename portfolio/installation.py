"""What this database is: its settings, whether it holds demonstration data, its business day, where it lies."""

import os
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock
from portfolio.database import insert, select
from portfolio.models import Setting

DEMO = "installation.demo"
DAY_OFFSET = "installation.day_offset"  # days by which the business day lies behind the real one
ID = "installation.id"
WHOLE = "portfolio"
# Built once, as all that every request asks.
_VALUE = sa.select(col(Setting.value)).where(
    col(Setting.key) == sa.bindparam("key"), col(Setting.scope) == sa.bindparam("scope")
)
_STANDING = sa.select(col(Setting.key), col(Setting.value)).where(
    col(Setting.key).in_((DAY_OFFSET, DEMO)), col(Setting.scope) == WHOLE
)


def get(db: Session, key: str, scope: str = WHOLE) -> str | None:
    """Return a setting's value, or None when it was never set."""
    return db.execute(_VALUE, {"key": key, "scope": scope}).scalar_one_or_none()


def put(db: Session, key: str, value: str, scope: str = WHOLE, source: str = "") -> None:
    """Set a setting; the caller records who did."""
    values = {"value": value, "source": source}
    db.execute(
        insert(db, Setting)
        .values(key=key, scope=scope, **values)
        .on_conflict_do_update(index_elements=["key", "scope"], set_=values)
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What every request asks first: the business day, and whether the data is demonstration data."""

    today: date
    demo: bool


def standing(db: Session, now: datetime) -> Standing:
    """Return both, in one statement."""
    known = {row.key: row.value for row in select(db, _STANDING)}
    return Standing(clock.civil_date(now, _days(known.get(DAY_OFFSET))), known.get(DEMO) == "1")


def is_demo(db: Session) -> bool:
    """Whether this database holds demonstration data."""
    return get(db, DEMO) == "1"


def offset(db: Session) -> timedelta:
    """How far the business day lies behind the real one; zero outside demonstration databases."""
    return _days(get(db, DAY_OFFSET))


def today(db: Session, now: datetime | None = None) -> date:
    """Return the business day of this database at an instant (the real now by default)."""
    return clock.civil_date(now or clock.now(), offset(db))


def installation_id(db: Session) -> str:
    """Return the random id of this installation, dealt at its first use."""
    known = get(db, ID)
    if known is None:
        # Two processes may come here first at once: the second takes what the first has dealt.
        dealt = insert(db, Setting).values(key=ID, scope=WHOLE, value=uuid.uuid4().hex, source="")
        db.execute(dealt.on_conflict_do_nothing())
        known = db.execute(_VALUE, {"key": ID, "scope": WHOLE}).scalar_one()
    return known


def _days(stored: str | None) -> timedelta:
    return timedelta(days=int(stored or 0))


MAIL_HELD = "mail.held"  # why nothing is mailed although the mail start has come
PLACE = "installation.place"  # where the database lay when it was last in use
COPIED = "数据库不在原来的位置，看来是一份复制"


def hold_mail(db: Session, reason: str) -> None:
    """A restored or copied database draws a new id and mails nothing until `alerts start` releases it."""
    put(db, ID, uuid.uuid4().hex)
    put(db, MAIL_HELD, reason)
    put(db, PLACE, place(db))


def settle(db: Session) -> bool:
    """Remember where the database lies; True when it lay elsewhere before, so that its mail is held now."""
    before, here = get(db, PLACE), place(db)
    if before is None:
        put(db, PLACE, here)
    elif before != here:
        hold_mail(db, COPIED)
        return True
    return False


def is_settled(db: Session) -> bool:
    """Whether the database lies where it lay before: nothing is to be written."""
    return get(db, PLACE) == place(db)


def place(db: Session) -> str:
    """Say where the database lies, in a way that a copy cannot share; empty for one in memory.

    SQLite: file system and inode, so that renaming, VACUUM and the journal change nothing; the file
    system is named by its own number where it has one, since device numbers change at a restart.
    PostgreSQL: the cluster's identifier and the database's number; without the right to ask for the
    first, the number alone.
    """
    return _place_on_server(db) if db.get_bind().dialect.name == "postgresql" else _place_of_file(db)


def _place_of_file(db: Session) -> str:
    path = db.execute(sa.text("SELECT file FROM pragma_database_list WHERE name = 'main'")).scalar_one()
    if not path:
        return ""
    file = os.stat(path)  # noqa: PTH116  the number of the file, not its path
    volume = os.statvfs(path).f_fsid if hasattr(os, "statvfs") else 0
    return f"file:{volume or file.st_dev}:{file.st_ino}"


def _place_on_server(db: Session) -> str:
    allowed = "SELECT has_function_privilege('pg_control_system()', 'execute')"
    cluster = ""
    if db.execute(sa.text(allowed)).scalar_one():
        cluster = db.execute(sa.text("SELECT system_identifier FROM pg_control_system()")).scalar_one()
    number = db.execute(
        sa.text("SELECT oid FROM pg_database WHERE datname = current_database()")
    ).scalar_one()
    return f"postgresql:{cluster}:{number}"
