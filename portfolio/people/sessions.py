"""Signed-in browsers: a random id kept hashed, an idle and an absolute limit, ended at will.

Limits: two hours without a request, twelve hours in all (a working day). Source: ASVS 5.0, 7.3;
NIST SP 800-63B section 2.2.3 asks for 12 hours or less at its second level.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.database import select
from portfolio.errors import NotFound
from portfolio.i18n import _
from portfolio.people.models import Account, SignInSession
from portfolio.people.tokens import digest

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Found:
    """A valid session. `stale` says that its last-seen time is due to be written again."""

    id: int
    account_id: int
    csrf: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Open:
    """One signed-in browser as its owner and the administrator see it."""

    id: int
    account_id: int
    login: str
    created_at: datetime
    last_seen_at: datetime
    origin: str
    agent: str


def start(db: Session, account_id: int, now: datetime, *, origin: str = "", agent: str = "") -> str:
    """Open a session and return its token, which is nowhere else: the caller sets it as a cookie."""
    token = secrets.token_urlsafe(32)
    db.add(
        SignInSession(
            token_hash=digest(token),
            account_id=account_id,
            csrf=secrets.token_urlsafe(32),
            created_at=now,
            last_seen_at=now,
            expires_at=now + ABSOLUTE,
            origin=origin[:100],
            agent=agent[:300],
        )
    )
    db.flush()
    return token


def find(db: Session, token: str, now: datetime) -> Found | None:
    """Return the valid session of a token; None when unknown, ended, too old, or its account is disabled."""
    row = select(db, _FOUND, {"token": digest(token), **_at(now)}).one_or_none()
    if row is None:
        return None
    return Found(row.id, row.account_id, row.csrf, now - row.last_seen_at >= SEEN_EVERY)


def seen(db: Session, session_id: int, now: datetime) -> None:
    """Note that the session was used; called at most every five minutes."""
    db.execute(sa.update(SignInSession).where(col(SignInSession.id) == session_id).values(last_seen_at=now))


def end(db: Session, account_id: int, session_id: int, now: datetime) -> None:
    """End one session of this account; raises NotFound for anyone else's, as for none."""
    ended = db.execute(
        sa.update(SignInSession)
        .where(
            col(SignInSession.id) == session_id,
            col(SignInSession.account_id) == account_id,
            col(SignInSession.ended_at).is_(None),
        )
        .values(ended_at=now)
        .returning(col(SignInSession.id))
    ).one_or_none()
    if ended is None:
        raise NotFound(_("没有这个登录，或者它已经结束。"))


def drop(db: Session, session_id: int, now: datetime) -> None:
    """End the session that the same browser replaces by a new one."""
    db.execute(
        sa.update(SignInSession)
        .where(col(SignInSession.id) == session_id, col(SignInSession.ended_at).is_(None))
        .values(ended_at=now)
    )


def end_all(db: Session, account_id: int, now: datetime, *, but: int | None = None) -> int:
    """End the account's sessions, but one if given; returns how many were open."""
    statement = sa.update(SignInSession).where(
        col(SignInSession.account_id) == account_id, col(SignInSession.ended_at).is_(None)
    )
    if but is not None:
        statement = statement.where(col(SignInSession.id) != but)
    ended = statement.values(ended_at=now).returning(col(SignInSession.id))
    return len(db.execute(ended).all())


def open_ones(db: Session, now: datetime, account_id: int | None = None) -> Sequence[Open]:
    """List the open sessions of an account, or of all, the last used first."""
    statement = (
        sa.select(
            col(SignInSession.id),
            col(SignInSession.account_id),
            col(Account.login),
            col(SignInSession.created_at),
            col(SignInSession.last_seen_at),
            col(SignInSession.origin),
            col(SignInSession.agent),
        )
        .join(Account, col(Account.id) == col(SignInSession.account_id))
        .where(*_OPEN)
        .order_by(col(SignInSession.last_seen_at).desc())
    )
    if account_id is not None:
        statement = statement.where(col(SignInSession.account_id) == account_id)
    found = db.execute(statement, _at(now))
    return [Open(row.id or 0, *row[1:]) for row in found]


def _at(now: datetime) -> dict[str, datetime]:
    return {"now": now, "used_after": now - IDLE}


_OPEN = (
    col(SignInSession.ended_at).is_(None),
    col(SignInSession.expires_at) > sa.bindparam("now"),
    col(SignInSession.last_seen_at) > sa.bindparam("used_after"),
)
# Built once: every request asks it.
_FOUND = (
    sa.select(
        col(SignInSession.id),
        col(SignInSession.account_id),
        col(SignInSession.csrf),
        col(SignInSession.last_seen_at),
    )
    .join(Account, col(Account.id) == col(SignInSession.account_id))
    .where(col(SignInSession.token_hash) == sa.bindparam("token"), col(Account.disabled_at).is_(None), *_OPEN)
)
