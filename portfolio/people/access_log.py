"""Sign-ins, failures, refusals and throttle hits. Written apart from what was refused, so they survive it."""

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.models import AccessEvent

KEPT = timedelta(days=366)  # at least six months are asked for (网络安全法 art. 21)


class Kind(StrEnum):
    """What happened at the door."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    LINK_USED = "link_used"
    LINK_FAILED = "link_failed"
    RESET_ASKED = "reset_asked"
    PASSWORD_SET = "password_set"  # noqa: S105
    REFUSED = "refused"
    HIDDEN = "hidden"
    FOREIGN_REQUEST = "foreign_request"
    THROTTLED = "throttled"
    LETTER_SENT = "letter_sent"
    LETTER_FAILED = "letter_failed"


def note(
    db: Session,
    kind: Kind,
    now: datetime,
    *,
    account_id: int | None = None,
    login: str = "",
    origin: str = "",
    route: str = "",
    detail: str = "",
) -> None:
    """Write one event."""
    db.add(
        AccessEvent(
            at=now,
            kind=kind.value,
            account_id=account_id,
            login=login[:200],
            origin=origin[:100],
            route=route[:200],
            detail=detail[:1000],
        )
    )


def sweep(db: Session, now: datetime) -> None:
    """Drop what is older than a year."""
    db.execute(sa.delete(AccessEvent).where(col(AccessEvent.at) < now - KEPT))
