"""What becomes of a claimed notification: its bytes are frozen, it is sent, tried again, buried, withdrawn.

Every step is one short transaction guarded by the claim's fence: who lost the lease finds no row and
stops. A message whose bytes may have reached the server keeps them and is offered once more, later.
"""

import random
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts import bulk
from portfolio.alerts.delivery import attempts
from portfolio.alerts.delivery.claiming import AMBIGUOUS_WAIT, LEASE, Claim
from portfolio.alerts.models import (
    Alert,
    AlertState,
    Notification,
    NotificationItem,
    Phase,
    Status,
    SuppressedAddress,
)
from portfolio.alerts.points import reached
from portfolio.database import Database, insert

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
MOST_ATTEMPTS = 12
_HELD = sa.update(Notification).where(
    col(Notification.id) == sa.bindparam("of_id"),
    col(Notification.fence) == sa.bindparam("of_fence"),
    col(Notification.status) == Status.LEASED,
)
_Values = dict[str, Any]


def renew(database: Database, claimed: Claim, now: datetime) -> bool:
    """Prolong the lease of a claim; False when it is held by another by now."""
    with database.writing() as db:
        return _change(db, _RENEW, claimed, {"until": now + LEASE})


_RENEW = _HELD.values(lease_until=sa.bindparam("until"))


def freeze(
    database: Database, claimed: Claim, address: str, subject: str, content: bytes, now: datetime
) -> bool:
    """Commit that DATA comes next, with the bytes; False when the lease is lost: then stop."""
    bytes_ = {"new_address": address, "new_subject": subject, "new_content": content, "now": now}
    with database.writing() as db:
        held = _change(db, _FREEZE, claimed, bytes_)
        reached("freeze.before_commit")
    return held


_FREEZE = _HELD.where(col(Notification.lease_until) > sa.bindparam("now")).values(
    phase=Phase.DATA,
    content=sa.bindparam("new_content"),
    subject=sa.bindparam("new_subject"),
    address=sa.bindparam("new_address"),
    data_fence=col(Notification.fence),
)


def sent(database: Database, claimed: Claim, now: datetime, code: int) -> bool:
    """The server answered 250 after the dot."""
    return _settle(database, claimed, _SENT, {"at": now, "code": code}, now, "sent", code)


_SENT = _HELD.values(
    status=Status.SENT,
    sent_at=sa.bindparam("at"),
    last_code=sa.bindparam("code"),
    last_error="",
    lease_until=None,
)


def put_back(database: Database, claimed: Claim, now: datetime, until: datetime, reason: str) -> None:
    """Return a message unburnt: the server takes nothing at all just now."""
    back = _HELD.values(
        status=Status.PENDING,
        phase=_phase_after(claimed),
        next_at=until,
        lease_until=None,
        last_error=reason[:400],
    )
    _settle(database, claimed, back, {}, now, "put_back", None, reason)


def retry(database: Database, claimed: Claim, now: datetime, code: int | None, reason: str) -> Status:
    """A temporary failure: try later, until the next digest takes over or twelve tries were made."""
    tries = claimed.attempts + 1
    wait = BACKOFF[min(tries, len(BACKOFF)) - 1]
    next_at = now + wait * random.uniform(0.9, 1.2)  # noqa: S311 - jitter, no secret
    status = Status.PENDING
    if tries >= MOST_ATTEMPTS:
        status = Status.DEAD
    elif next_at >= claimed.expires_at:
        status = Status.EXPIRED
    if status is not Status.PENDING and claimed.ambiguous_count:
        status = Status.UNKNOWN  # the first copy may have arrived: it counts as told
    later = _HELD.values(
        status=status, phase=_phase_after(claimed), attempts=tries, next_at=next_at, last_code=code,
        last_error=reason[:400], lease_until=None,
    )  # fmt: skip
    _settle(database, claimed, later, {}, now, "retry", code, reason)
    return status


def ambiguous(database: Database, claimed: Claim, now: datetime, reason: str) -> Status:
    """The answer after the dot was lost: offer the same bytes once more, then call it unknown."""
    again = claimed.ambiguous_count == 0
    status = Status.PENDING if again else Status.UNKNOWN
    lost = _HELD.values(
        status=status, ambiguous_count=claimed.ambiguous_count + 1, next_at=now + AMBIGUOUS_WAIT,
        last_code=None, last_error=reason[:400], lease_until=None,
    )  # fmt: skip
    _settle(database, claimed, lost, {}, now, "ambiguous", None, reason)
    return status


def bury(database: Database, claimed: Claim, now: datetime, code: int, reason: str) -> None:
    """The server refused for good: a dead letter, unless an earlier copy may have arrived."""
    status = Status.UNKNOWN if claimed.ambiguous_count else Status.DEAD
    dead = _HELD.values(
        status=status, phase=_phase_after(claimed), attempts=claimed.attempts + 1, last_code=code,
        last_error=reason[:400], lease_until=None,
    )  # fmt: skip
    _settle(database, claimed, dead, {}, now, "refused", code, reason)


def withdraw(database: Database, claimed: Claim, now: datetime, status: Status, reason: str) -> None:
    """End a message that is not to be sent any more: cancelled, suppressed or expired."""
    gone = _HELD.values(status=status, phase=Phase.NONE, last_error=reason[:400], lease_until=None)
    _settle(database, claimed, gone, {}, now, status.value, None, reason)


def cancel_items(database: Database, item_ids: list[int], look_on: date) -> None:
    """Cancel items that are settled, snoozed or no longer permitted; their mail goes on without them.

    Their alerts are looked at again from `look_on` on: what turns out to hold after all is due again.
    """
    with database.writing() as db:
        cancelled = col(NotificationItem.id).in_(item_ids)
        bulk.changed(db, sa.update(NotificationItem).where(cancelled).values(cancelled=True))
        bulk.changed(
            db,
            sa.update(Alert)
            .where(
                col(Alert.id).in_(sa.select(col(NotificationItem.alert_id)).where(cancelled)),
                col(Alert.state) != AlertState.RESOLVED,
                sa.or_(col(Alert.next_on).is_(None), col(Alert.next_on) > look_on),
            )
            .values(next_on=look_on),
        )


def suppress(db: Session, address: str, at: datetime, code: str, source: str) -> None:
    """Keep an address from being mailed until someone corrects it."""
    db.execute(
        insert(db, SuppressedAddress)
        .values(address=address, at=at, code=code, source=source)
        .on_conflict_do_nothing()
    )


def resend(db: Session, notification_id: int, now: datetime, expires_at: datetime) -> bool:
    """Put a dead letter back; False when it is none, or its items went into a later digest."""
    return (
        bulk.changed(
            db,
            sa.update(Notification)
            .where(
                col(Notification.id) == notification_id,
                col(Notification.status) == Status.DEAD,
                ~col(Notification.taken_over),
            )
            .values(
                status=Status.PENDING, phase=Phase.NONE, attempts=0, next_at=now, expires_at=expires_at,
                fence=col(Notification.fence) + 1,
            ),
        )
        == 1
    )  # fmt: skip


def _phase_after(claimed: Claim) -> Phase:
    """A definite refusal thaws the bytes, unless an earlier copy of them may have arrived."""
    return Phase.DATA if claimed.ambiguous_count else Phase.NONE


def _settle(
    database: Database,
    claimed: Claim,
    statement: sa.Update,
    values: _Values,
    now: datetime,
    outcome: str,
    code: int | None,
    detail: str = "",
) -> bool:
    """Write down how a claim ended, and log the try, if it is still ours."""
    with database.writing() as db:
        held = _change(db, statement, claimed, values)
        if held:
            attempts.note(db, claimed.id, claimed.fence, now, outcome, code, detail)
        reached("settle.before_commit")
    reached("settle.after_commit")
    return held


def _change(db: Session, statement: sa.Update, claimed: Claim, values: _Values) -> bool:
    """Run a guarded statement; whether its row was there."""
    given = {"of_id": claimed.id, "of_fence": claimed.fence, **values}
    return bulk.changed(db, statement, given) == 1
