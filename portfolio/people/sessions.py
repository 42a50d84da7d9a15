"""Signed-in browsers: found by a random token of which only the hash is kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.people.models import Account, SignInSession

IDLE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A valid session: whose it is, and the token its forms must carry."""

    id: int
    account_id: int
    csrf: str
    last_seen_at: datetime


def digest(token: str) -> str:
    """Return what is stored of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(db: Session, token: str, now: datetime) -> FoundSession | None:
    """Return the session of a token unless it ended, expired, idled too long or its account is disabled."""
    statement = (
        sa.select(
            col(SignInSession.id),
            col(SignInSession.account_id),
            col(SignInSession.csrf),
            col(SignInSession.last_seen_at),
        )
        .join(Account, col(Account.id) == col(SignInSession.account_id))
        .where(
            col(SignInSession.token_hash) == digest(token),
            col(SignInSession.ended_at).is_(None),
            col(SignInSession.expires_at) > now,
            col(SignInSession.last_seen_at) > now - IDLE,
            col(Account.disabled_at).is_(None),
        )
    )
    row = db.execute(statement).one_or_none()
    return None if row is None else FoundSession(int(row[0] or 0), row[1], row[2], row[3])
