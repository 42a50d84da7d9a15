"""The outbox: claim one notification under a lease, freeze its bytes, record how it ended.

Every step is one short transaction guarded by the claim's fence: who lost the lease finds no row and
stops. A message whose bytes may have reached the server keeps them and is offered once more, later.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts import bulk
from portfolio.alerts.models import (
    OPEN,
    Alert,
    AlertState,
    Notification,
    NotificationAttempt,
    NotificationItem,
    Phase,
    Status,
    SuppressedAddress,
)
from portfolio.alerts.points import reached
from portfolio.database import BigKey, Database, Instant
from portfolio.models import Counter

LEASE = timedelta(seconds=45)
RENEW_EVERY = 15.0
AMBIGUOUS_WAIT = timedelta(minutes=15)
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
MOST_ATTEMPTS = 12
_SLOT = "mail.slot"
_FARTHEST_SLOT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """One notification held under a lease. `content` is set when its bytes are frozen already."""

    id: int
    fence: int
    kind: str
    recipient_id: int
    address: str
    message_id: str
    phase: Phase
    ambiguous_count: int
    attempts: int
    expires_at: datetime
    content: bytes | None
    subject: str
    slot: datetime

    @property
    def is_frozen(self) -> bool:
        """Whether the server may have these bytes already: nothing about them may change."""
        return self.phase is Phase.DATA


class ClaimedTwice(RuntimeError):
    """The claiming statement took more than one row: the planner ran its subquery again."""


_CLAIMABLE = """
    WITH picked AS MATERIALIZED (
        SELECT id FROM notification
        WHERE status IN ('pending', 'leased') AND next_at <= :now AND not_before <= :open
          AND (status = 'pending' OR (lease_until < :now AND phase <> 'data'))
        ORDER BY next_at, id LIMIT 1{lock}
    )
    UPDATE notification SET status = 'leased', lease_owner = :owner, lease_until = :until,
        fence = fence + 1, phase = CASE WHEN phase = 'data' THEN 'data' ELSE 'claimed' END
    FROM picked WHERE notification.id = picked.id
    RETURNING notification.id, fence, kind, recipient_id, address, message_id, phase, ambiguous_count,
        attempts, expires_at, content, subject
"""


def _claiming(lock: str) -> Any:
    given = [sa.bindparam(name, type_=Instant) for name in ("now", "open", "until")]
    return (
        sa.text(_CLAIMABLE.format(lock=lock))
        .bindparams(*given)
        .columns(
            sa.column("id", BigKey), sa.column("fence"), sa.column("kind"), sa.column("recipient_id"),
            sa.column("address"), sa.column("message_id"), sa.column("phase"), sa.column("ambiguous_count"),
            sa.column("attempts"), sa.column("expires_at", Instant), sa.column("content", sa.LargeBinary),
            sa.column("subject"),
        )
    )  # fmt: skip


_CLAIM = {"sqlite": _claiming(""), "postgresql": _claiming(" FOR UPDATE SKIP LOCKED")}
_FAR = timedelta(days=36500)


def claim(
    database: Database, owner: str, now: datetime, *, by_hand: bool = False, per_second: float = 0
) -> Claim | None:
    """Take the next notification that is due; None when there is none. By hand no hour is waited for."""
    with database.writing() as db:
        _recover(db, now)
        rows = db.execute(
            _CLAIM[db.get_bind().dialect.name],
            {"now": now, "open": now + _FAR if by_hand else now, "owner": owner, "until": now + LEASE},
        ).all()
        if len(rows) > 1:
            raise ClaimedTwice([row.id for row in rows])
        claimed = None
        if rows:
            row = rows[0]._asdict()
            row["phase"] = Phase(row["phase"])
            claimed = Claim(**row, slot=next_slot(db, now, per_second))
        reached("claim.before_commit")
    if claimed is not None:
        reached("claim.after_commit")
    return claimed


def renew(database: Database, claimed: Claim, now: datetime) -> bool:
    """Prolong the lease of a claim; False when it is held by another by now."""
    with database.writing() as db:
        return bulk.changed(db, _mine(claimed).values(lease_until=now + LEASE)) == 1


def freeze(
    database: Database, claimed: Claim, address: str, subject: str, content: bytes, now: datetime
) -> bool:
    """Commit that DATA comes next, with the bytes; False when the lease is lost: then stop."""
    with database.writing() as db:
        held = bulk.changed(
            db,
            _mine(claimed)
            .where(col(Notification.lease_until) > now)
            .values(
                phase=Phase.DATA, content=content, subject=subject, address=address, data_fence=claimed.fence
            ),
        )
        reached("freeze.before_commit")
    return held == 1


def sent(database: Database, claimed: Claim, now: datetime, code: int) -> bool:
    """The server answered 250 after the dot."""
    done = _mine(claimed).values(
        status=Status.SENT, sent_at=now, last_code=code, last_error="", lease_until=None
    )
    return _settle(database, claimed, done, now, "sent", code, "")


def put_back(database: Database, claimed: Claim, now: datetime, until: datetime, reason: str) -> None:
    """Return a message unburnt: the server takes nothing at all just now."""
    back = _mine(claimed).values(
        status=Status.PENDING,
        phase=_phase_after(claimed),
        next_at=until,
        lease_until=None,
        last_error=reason[:400],
    )
    _settle(database, claimed, back, now, "put_back", None, reason)


def retry(database: Database, claimed: Claim, now: datetime, code: int | None, reason: str) -> Status:
    """A temporary failure: try later, until the next digest takes over or twelve tries were made."""
    attempts = claimed.attempts + 1
    wait = BACKOFF[min(attempts, len(BACKOFF)) - 1]
    next_at = now + wait * random.uniform(0.9, 1.2)  # noqa: S311 - jitter, no secret
    status = Status.PENDING
    if attempts >= MOST_ATTEMPTS:
        status = Status.DEAD
    elif next_at >= claimed.expires_at:
        status = Status.EXPIRED
    if status is not Status.PENDING and claimed.ambiguous_count:
        status = Status.UNKNOWN  # the first copy may have arrived: it counts as told
    later = _mine(claimed).values(
        status=status, phase=_phase_after(claimed), attempts=attempts, next_at=next_at, last_code=code,
        last_error=reason[:400], lease_until=None,
    )  # fmt: skip
    _settle(database, claimed, later, now, "retry", code, reason)
    return status


def ambiguous(database: Database, claimed: Claim, now: datetime, reason: str) -> Status:
    """The answer after the dot was lost: offer the same bytes once more, then call it unknown."""
    again = claimed.ambiguous_count == 0
    status = Status.PENDING if again else Status.UNKNOWN
    lost = _mine(claimed).values(
        status=status, ambiguous_count=claimed.ambiguous_count + 1, next_at=now + AMBIGUOUS_WAIT,
        last_code=None, last_error=reason[:400], lease_until=None,
    )  # fmt: skip
    _settle(database, claimed, lost, now, "ambiguous", None, reason)
    return status


def bury(database: Database, claimed: Claim, now: datetime, code: int, reason: str) -> None:
    """The server refused for good: a dead letter, unless an earlier copy may have arrived."""
    status = Status.UNKNOWN if claimed.ambiguous_count else Status.DEAD
    dead = _mine(claimed).values(
        status=status, phase=_phase_after(claimed), attempts=claimed.attempts + 1, last_code=code,
        last_error=reason[:400], lease_until=None,
    )  # fmt: skip
    _settle(database, claimed, dead, now, "refused", code, reason)


def withdraw(database: Database, claimed: Claim, now: datetime, status: Status, reason: str) -> None:
    """End a message that is not to be sent any more: cancelled, suppressed or expired."""
    gone = _mine(claimed).values(status=status, phase=Phase.NONE, last_error=reason[:400], lease_until=None)
    _settle(database, claimed, gone, now, status.value, None, reason)


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
        bulk.insert(db, SuppressedAddress)
        .values(address=address, at=at, code=code, source=source)
        .on_conflict_do_nothing()
    )


def refused_on_other_days(db: Session, address: str, now: datetime) -> bool:
    """Whether the address was refused for good on an earlier day as well."""
    earlier = (
        sa.select(col(NotificationAttempt.id))
        .join(Notification, col(Notification.id) == col(NotificationAttempt.notification_id))
        .where(
            col(Notification.address) == address,
            col(NotificationAttempt.outcome) == "refused",
            col(NotificationAttempt.code).between(550, 553),
            col(NotificationAttempt.at) < now - timedelta(hours=12),
        )
    )
    return db.execute(earlier.limit(1)).first() is not None


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


def _recover(db: Session, now: datetime) -> None:
    """Take up what dead senders left, and let lapse what nobody sent in time."""
    if db.connection().execute(_ANYTHING_LEFT, {"now": now}).first() is None:
        return
    for row in db.execute(_LAPSED, {"now": now}).all():
        _recover_one(db, row, now)
    db.execute(_EXPIRE, {"now": now})


_LAPSED = sa.select(
    col(Notification.id), col(Notification.fence), col(Notification.data_fence),
    col(Notification.ambiguous_count), col(Notification.lease_until),
).where(
    col(Notification.status) == Status.LEASED,
    col(Notification.phase) == Phase.DATA,
    col(Notification.lease_until) < sa.bindparam("now", type_=Instant),
)  # fmt: skip
_ANYTHING_LEFT = (
    sa.select(col(Notification.id))
    .where(
        col(Notification.status).in_(OPEN),
        sa.or_(
            col(Notification.lease_until) < sa.bindparam("now", type_=Instant),
            col(Notification.expires_at) <= sa.bindparam("now", type_=Instant),
        ),
    )
    .limit(1)
)
_EXPIRE = (
    sa.update(Notification)
    .where(
        sa.or_(
            col(Notification.status) == Status.PENDING,
            sa.and_(
                col(Notification.status) == Status.LEASED,
                col(Notification.lease_until) < sa.bindparam("now", type_=Instant),
            ),
        ),
        col(Notification.phase) != Phase.DATA,
        col(Notification.expires_at) <= sa.bindparam("now", type_=Instant),
    )
    .values(status=Status.EXPIRED, fence=col(Notification.fence) + 1, lease_until=None)
    .execution_options(synchronize_session=False)
)


def _recover_one(db: Session, row: Any, now: datetime) -> None:
    """A sender died holding frozen bytes: ambiguous, unless this claim never came to DATA."""
    values: dict[str, Any] = {"status": Status.PENDING, "next_at": row.lease_until, "lease_until": None}
    outcome = "lost_before_data"
    if row.data_fence == row.fence:
        outcome = "ambiguous"
        values |= {
            "ambiguous_count": row.ambiguous_count + 1,
            "next_at": row.lease_until + AMBIGUOUS_WAIT,
            "status": Status.PENDING if row.ambiguous_count == 0 else Status.UNKNOWN,
        }
    held = bulk.changed(
        db,
        sa.update(Notification)
        .where(
            col(Notification.id) == row.id,
            col(Notification.fence) == row.fence,
            col(Notification.status) == Status.LEASED,
        )
        .values(**values),
    )
    if held:
        _note(db, row.id, row.fence, now, outcome, None, "发送进程中断")


def next_slot(db: Session, now: datetime, per_second: float) -> datetime:
    """Reserve the next moment at which the server may be given a mail, shared by all processes."""
    if per_second <= 0:
        return now
    step = int(1_000_000 / per_second)
    here = int(now.timestamp() * 1_000_000)
    farthest = here + int(_FARTHEST_SLOT.total_seconds() * 1_000_000)
    value = col(Counter.value)
    next_free = sa.case((value < here, here), (value > farthest, here), else_=value)
    taken = db.execute(
        bulk.insert(db, Counter)
        .values(name=_SLOT, value=here + step)
        .on_conflict_do_update(index_elements=["name"], set_={"value": next_free + step})
        .returning(value)
    ).scalar_one()
    return now + timedelta(microseconds=max(0, taken - step - here))


def _mine(claimed: Claim) -> sa.Update:
    return sa.update(Notification).where(
        col(Notification.id) == claimed.id,
        col(Notification.fence) == claimed.fence,
        col(Notification.status) == Status.LEASED,
    )


def _phase_after(claimed: Claim) -> Phase:
    """A definite refusal thaws the bytes, unless an earlier copy of them may have arrived."""
    return Phase.DATA if claimed.ambiguous_count else Phase.NONE


def _settle(
    database: Database,
    claimed: Claim,
    statement: sa.Update,
    now: datetime,
    outcome: str,
    code: int | None,
    detail: str,
) -> bool:
    with database.writing() as db:
        held = bulk.changed(db, statement) == 1
        if held:
            _note(db, claimed.id, claimed.fence, now, outcome, code, detail)
        reached("settle.before_commit")
    reached("settle.after_commit")
    return held


def _note(
    db: Session, notification: int, fence: int, at: datetime, outcome: str, code: int | None, detail: str
) -> None:
    db.execute(
        sa.insert(NotificationAttempt),
        [{
            "notification_id": notification, "fence": fence, "at": at, "outcome": outcome, "code": code,
            "detail": detail[:400],
        }],
    )  # fmt: skip


def waiting(db: Session) -> int:
    """How many notifications are still to be sent."""
    return db.execute(
        sa.select(sa.func.count()).select_from(Notification).where(col(Notification.status).in_(OPEN))
    ).scalar_one()
