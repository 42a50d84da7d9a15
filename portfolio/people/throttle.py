"""Counting tries of what checks a secret, across all processes, in the database.

Each kind of try has one or more buckets (an address, a login, both); a bucket counts within fixed
windows. The count is taken and committed before the secret is looked at, so that parallel tries
cannot slip past it. Limits follow ASVS 5.0 6.3.1 and leave room for an office behind one address.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.database import insert
from portfolio.models import ThrottleWindow

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `hits` tries of this kind by one `who` within a window."""

    kind: str
    who: str
    hits: int
    window: timedelta

    @property
    def bucket(self) -> str:
        """The row's name: nothing typed by a stranger is kept in the clear."""
        return f"{self.kind}:{sha256(self.who.casefold().encode()).hexdigest()[:40]}"


def for_sign_in(login: str, origin: str) -> Sequence[Limit]:
    """Limits of a sign-in with a password."""
    return (
        Limit("sign-in/login+origin", f"{login}|{origin}", 10, QUARTER),
        Limit("sign-in/login", login, 60, HOUR),
        Limit("sign-in/origin", origin, 200, QUARTER),
    )


def for_link(origin: str) -> Sequence[Limit]:
    """Limits of opening a one-time address."""
    return (Limit("link/origin", origin, 60, QUARTER),)


def for_reset(login: str, origin: str) -> Sequence[Limit]:
    """Limits of asking for a reset mail."""
    return (Limit("reset/login", login, 3, HOUR), Limit("reset/origin", origin, 30, HOUR))


def for_own_password(account_id: int) -> Sequence[Limit]:
    """Limits of stating the old password when setting a new one."""
    return (Limit("own-password/account", str(account_id), 10, QUARTER),)


def count(db: Session, limits: Sequence[Limit], now: datetime) -> int:
    """Count one try in every bucket; return 0, or the seconds to wait when one is over its limit."""
    waits = [_wait(limit, _hit(db, limit, now), now) for limit in limits]
    return max(waits, default=0)


def forgive(db: Session, limits: Sequence[Limit], now: datetime) -> None:
    """Take back the count of a try that succeeded."""
    for limit in limits:
        db.execute(
            sa.update(ThrottleWindow)
            .where(
                col(ThrottleWindow.bucket) == limit.bucket,
                col(ThrottleWindow.window_start) == _start(limit, now),
                col(ThrottleWindow.hits) > 0,
            )
            .values(hits=col(ThrottleWindow.hits) - 1)
        )


def sweep(db: Session, now: datetime) -> None:
    """Drop windows that no limit looks at any more."""
    db.execute(sa.delete(ThrottleWindow).where(col(ThrottleWindow.window_start) < now - KEPT))


def _hit(db: Session, limit: Limit, now: datetime) -> int:
    statement = (
        insert(db, ThrottleWindow)
        .values(bucket=limit.bucket, window_start=_start(limit, now), hits=1)
        .on_conflict_do_update(
            index_elements=["bucket", "window_start"], set_={"hits": col(ThrottleWindow.hits) + 1}
        )
        .returning(col(ThrottleWindow.hits))
    )
    return int(db.execute(statement).scalar_one())


def _wait(limit: Limit, hits: int, now: datetime) -> int:
    if hits <= limit.hits:
        return 0
    return max(1, int((_start(limit, now) + limit.window - now).total_seconds()))


def _start(limit: Limit, now: datetime) -> datetime:
    seconds = int(limit.window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
