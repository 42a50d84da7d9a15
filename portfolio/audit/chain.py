"""Seals: links over committed events, each carrying the one before.

Made by a job, not by writers: linking inside each transaction would put all writers in one line.

On SQLite numbers leave no gaps. On PostgreSQL a rolled-back transaction leaves one; a gap may be
named only when it is certain that nobody will fill it: when every transaction that was running
after the events were read has ended (`pg_snapshot_xmin`). Until then the seal stops before it.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.audit.events import keys
from portfolio.database import Database
from portfolio.models import AuditEvent, AuditSeal

GENESIS = "genesis"
PATIENCE_SECONDS = 2.0
_ADVISORY_LOCK = 7_201_401  # any number that nothing else here locks


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one run did: events linked now, the last number sealed, events left for the next run."""

    rows: int
    up_to: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal: kept outside, it proves later that nothing before it was cut off."""

    no: int
    signature: str

    def __str__(self) -> str:
        return f"{self.no}:{self.signature}"


def seal(database: Database, now: datetime, *, patience: float = PATIENCE_SECONDS) -> Sealed:
    """Link all events that can be linked; waits up to `patience` seconds for transactions under way."""
    horizon = _horizon(database)
    # Asked after the horizon was read: only then is a gap below it sure to belong to what we wait for.
    final = database.is_sqlite or _gaps_are_final(database, patience)
    with database.writing() as db:
        _one_at_a_time(db, database)
        last = _last(db)
        first = last.last_event + 1 if last else 1
        events = _events_from(db, first)
        whole = [each for each in events if each[0] <= horizon] if final else []
        ready = whole or list(_before_first_gap(events, first))
        if ready:
            _link(db, last, first, ready, now, names_gaps=not database.is_sqlite)
        up_to = ready[-1][0] if ready else first - 1
        return Sealed(len(ready), up_to, len(events) - len(ready))


def head(db: Session) -> Head | None:
    """Return the last seal, or None before the first."""
    last = _last(db)
    return None if last is None else Head(last.no, last.signature)


def content(seal_: AuditSeal) -> bytes:
    """Return the bytes that a seal's signature covers."""
    at = seal_.at.astimezone(UTC).isoformat(timespec="microseconds")
    parts = (seal_.no, at, seal_.first_event, seal_.last_event, seal_.rows)
    return "|".join(map(str, (*parts, seal_.missing, seal_.rows_hash, seal_.previous))).encode()


def hash_of(events: Iterable[tuple[int, str]]) -> str:
    """Hash numbers and signatures in order; a signature covers all else of its event."""
    digest = sha256()
    for number, signature in events:
        digest.update(f"{number}:{signature}\n".encode())
    return digest.hexdigest()


def spans(numbers: Iterable[int]) -> str:
    """Write numbers short: 4, 7, 8, 9 → `4,7-9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def numbers_in(text: str) -> set[int]:
    """Read what `spans` wrote; raises ValueError for anything else."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def _link(
    db: Session,
    last: AuditSeal | None,
    first: int,
    events: Sequence[tuple[int, str]],
    now: datetime,
    *,
    names_gaps: bool,
) -> None:
    final = events[-1][0]
    present = {number for number, _ in events}
    gaps = (number for number in range(first, final) if number not in present) if names_gaps else ()
    made = AuditSeal(
        no=last.no + 1 if last else 1,
        at=now,
        first_event=first,
        last_event=final,
        rows=len(events),
        missing=spans(gaps),
        rows_hash=hash_of(events),
        previous=last.signature if last else GENESIS,
        signature="",
    )
    made.signature = keys().sign(content(made))
    db.add(made)
    db.flush()


def _horizon(database: Database) -> int:
    with database.reading() as db:
        return db.execute(sa.select(sa.func.max(col(AuditEvent.id)))).scalar_one() or 0


def _last(db: Session) -> AuditSeal | None:
    return db.execute(sa.select(AuditSeal).order_by(col(AuditSeal.no).desc()).limit(1)).scalar_one_or_none()


def _events_from(db: Session, first: int) -> Sequence[tuple[int, str]]:
    statement = (
        sa.select(col(AuditEvent.id), col(AuditEvent.signature))
        .where(col(AuditEvent.id) >= first)
        .order_by(col(AuditEvent.id))
    )
    return [(number or 0, signature) for number, signature in db.execute(statement)]


def _before_first_gap(events: Iterable[tuple[int, str]], first: int) -> Iterable[tuple[int, str]]:
    for expected, event in enumerate(events, first):
        if event[0] != expected:
            return
        yield event


def _one_at_a_time(db: Session, database: Database) -> None:
    # SQLite has one writer anyway; taken per transaction, as a pooler would share a session's lock.
    if not database.is_sqlite:
        db.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def _gaps_are_final(database: Database, patience: float) -> bool:
    """Wait until every transaction that had begun before now has ended; say whether it came to that."""
    with database.writing() as db:
        begun = int(db.execute(sa.text("SELECT pg_current_xact_id()::text::bigint")).scalar_one())
    deadline = time.monotonic() + patience
    while True:
        with database.reading() as db:
            oldest = sa.text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if int(db.execute(oldest).scalar_one()) > begun:
                return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
