"""One-time tokens: random, kept hashed, used once, short-lived. Sent as an address, never shown again."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.errors import NotFound
from portfolio.i18n import _
from portfolio.people.models import Account, OneTimeToken


class TokenPurpose(StrEnum):
    """What a token lets its holder do."""

    FIRST = "first"  # set the first password
    LINK = "link"  # sign in once
    RESET = "reset"  # set a new password


LIFETIME = {
    TokenPurpose.FIRST: timedelta(hours=24),
    TokenPurpose.LINK: timedelta(hours=1),
    TokenPurpose.RESET: timedelta(minutes=30),
}


def digest(token: str) -> str:
    """Return what is kept of a random token; it has 256 bits, so a plain hash cannot be undone."""
    return sha256(token.encode()).hexdigest()


def issue(db: Session, account_id: int, purpose: TokenPurpose, now: datetime) -> str:
    """Make a token and void the account's earlier unused ones of that purpose; returned this once."""
    void(db, account_id, now, purpose)
    token = secrets.token_urlsafe(32)
    db.add(
        OneTimeToken(
            token_hash=digest(token),
            account_id=account_id,
            purpose=purpose.value,
            created_at=now,
            expires_at=now + LIFETIME[purpose],
        )
    )
    db.flush()
    return token


def void(db: Session, account_id: int, now: datetime, *purposes: TokenPurpose) -> None:
    """Make the account's unused tokens (of these purposes, or all) worthless."""
    statement = sa.update(OneTimeToken).where(
        col(OneTimeToken.account_id) == account_id, col(OneTimeToken.used_at).is_(None)
    )
    if purposes:
        statement = statement.where(col(OneTimeToken.purpose).in_([each.value for each in purposes]))
    db.execute(statement.values(used_at=now))


def look(db: Session, token: str, now: datetime) -> tuple[Account, TokenPurpose]:
    """Return whose a usable token is and what for, without using it; raises NotFound."""
    row = db.execute(_usable(token, now)).one_or_none()
    if row is None:
        raise _worthless()
    return row.Account, TokenPurpose(row.purpose)


def consume(db: Session, token: str, now: datetime) -> tuple[Account, TokenPurpose]:
    """Use a token up; raises NotFound when it is unknown, used or too old."""
    account, purpose = look(db, token, now)
    # The row decides, not the look before it: of two requests at the same time one wins.
    used = db.execute(
        sa.update(OneTimeToken)
        .where(col(OneTimeToken.token_hash) == digest(token), col(OneTimeToken.used_at).is_(None))
        .values(used_at=now)
        .returning(col(OneTimeToken.id))
    ).one_or_none()
    if used is None:
        raise _worthless()
    return account, purpose


def _usable(token: str, now: datetime) -> sa.Select[Account, str]:
    return (
        sa.select(Account, col(OneTimeToken.purpose))
        .join(OneTimeToken, col(OneTimeToken.account_id) == col(Account.id))
        .where(
            col(OneTimeToken.token_hash) == digest(token),
            col(OneTimeToken.used_at).is_(None),
            col(OneTimeToken.expires_at) > now,
            col(Account.disabled_at).is_(None),
            col(Account.is_system).is_(False),
        )
    )


def _worthless() -> NotFound:
    return NotFound(_("这个链接已经用过、过期或者不完整。请在登录页重新申请，或请系统管理员再发一个。"))
