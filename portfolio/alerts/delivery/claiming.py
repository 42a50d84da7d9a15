"""Claim what is due under a lease, several at once and each with a fence of its own; take up what the dead left.

Who lost the lease finds no row at the next step and stops. Only the one being sent is renewed: the others
of a batch lapse after 45 seconds when their owner hangs, and another sender takes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts import bulk
from portfolio.alerts.delivery import attempts
from portfolio.alerts.models import OPEN, Notification, Phase, Status
from portfolio.alerts.points import reached
from portfolio.database import BigKey, Database, Instant, insert
from portfolio.models import Counter

LEASE = timedelta(seconds=45)
RENEW_EVERY = 15.0
AMBIGUOUS_WAIT = timedelta(minutes=15)
BATCH = 10
_SLOT = "mail.slot"
_FARTHEST_SLOT = timedelta(minutes=1)
_FAR = timedelta(days=36500)


@dataclass(frozen=True, slots=True)
class Claim:
    """One notification held under a lease. `content` is set when its bytes are frozen already."""

    id: int
    fence: int
    lease_until: datetime
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


class ClaimedTooMany(RuntimeError):
    """The claiming statement took more rows than it was allowed: the planner ran its subquery again."""


_CLAIMABLE = """
    WITH picked AS MATERIALIZED (
        SELECT id FROM notification
        WHERE status IN ('pending', 'leased') AND next_at <= :now AND not_before <= :open
          AND (status = 'pending' OR (lease_until < :now AND phase <> 'data'))
        ORDER BY next_at, id LIMIT :most{lock}
    )
    UPDATE notification SET status = 'leased', lease_owner = :owner, lease_until = :until,
        fence = fence + 1, phase = CASE WHEN phase = 'data' THEN 'data' ELSE 'claimed' END
    FROM picked WHERE notification.id = picked.id
    RETURNING notification.id, fence, lease_until, kind, recipient_id, address, message_id, phase,
        ambiguous_count, attempts, expires_at, content, subject, next_at
"""


def _claiming(lock: str) -> Any:
    given = [sa.bindparam(name, type_=Instant) for name in ("now", "open", "until")]
    return (
        sa.text(_CLAIMABLE.format(lock=lock))
        .bindparams(*given)
        .columns(
            sa.column("id", BigKey), sa.column("fence"), sa.column("lease_until", Instant), sa.column("kind"),
            sa.column("recipient_id"), sa.column("address"), sa.column("message_id"),
            sa.column("phase", sa.Enum(Phase, native_enum=False, values_callable=_values)),
            sa.column("ambiguous_count"), sa.column("attempts"), sa.column("expires_at", Instant),
            sa.column("content", sa.LargeBinary), sa.column("subject"), sa.column("next_at", Instant),
        )
    )  # fmt: skip


def _values(members: type[Phase]) -> list[str]:
    return [member.value for member in members]


_CLAIM = {"sqlite": _claiming(""), "postgresql": _claiming(" FOR UPDATE SKIP LOCKED")}


def claim(
    database: Database,
    owner: str,
    now: datetime,
    *,
    most: int | None = None,
    by_hand: bool = False,
    per_second: float = 0,
) -> list[Claim]:
    """Take at most so many notifications that are due, the oldest first. By hand no hour is waited for.

    Under a throttle no more are taken than may leave within about a second.
    """
    most = BATCH if most is None else most
    if per_second > 0:
        most = min(most, max(1, int(per_second)))
    opens = now + _FAR if by_hand else now
    given = {"now": now, "open": opens, "owner": owner, "until": now + LEASE, "most": most}
    with database.writing() as db:
        _recover(db, now)
        rows = db.connection().execute(_CLAIM[db.get_bind().dialect.name], given).all()
        if len(rows) > most:
            raise ClaimedTooMany([row.id for row in rows])
        slots = next_slots(db, now, per_second, len(rows))
        rows = sorted(rows, key=lambda row: (row.next_at, row.id))
        claimed = [_claim(row, slot) for row, slot in zip(rows, slots, strict=True)]
        reached("claim.before_commit")
    if claimed:
        reached("claim.after_commit")
    return claimed


def release(database: Database, claims: Sequence[Claim]) -> None:
    """Give back what was claimed and not begun."""
    with database.writing() as db:
        connection = db.connection()
        for each in claims:
            connection.execute(_RELEASE, {"of_id": each.id, "of_fence": each.fence})


def next_slots(db: Session, now: datetime, per_second: float, count: int) -> list[datetime]:
    """Reserve the next moments at which the server may be given mails, shared by all processes."""
    if per_second <= 0 or not count:
        return [now] * count
    step = int(1_000_000 / per_second)
    here = int(now.timestamp() * 1_000_000)
    farthest = here + int(_FARTHEST_SLOT.total_seconds() * 1_000_000)
    value = col(Counter.value)
    next_free = sa.case((value < here, here), (value > farthest, here), else_=value)
    after = db.execute(
        insert(db, Counter)
        .values(name=_SLOT, value=here + step * count)
        .on_conflict_do_update(index_elements=["name"], set_={"value": next_free + step * count})
        .returning(value)
    ).scalar_one()
    first = max(0, after - step * count - here)
    return [now + timedelta(microseconds=first + step * n) for n in range(count)]


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
        attempts.note(db, row.id, row.fence, now, outcome, None, "发送进程中断")


def _claim(row: Any, slot: datetime) -> Claim:
    values = row._asdict()
    del values["next_at"]
    return Claim(**values, slot=slot)


_RELEASE = (
    sa.update(Notification)
    .where(
        col(Notification.id) == sa.bindparam("of_id"),
        col(Notification.fence) == sa.bindparam("of_fence"),
        col(Notification.status) == Status.LEASED,
    )
    .values(
        status=Status.PENDING,
        phase=sa.case((col(Notification.phase) == Phase.DATA, Phase.DATA), else_=Phase.NONE),
        lease_until=None,
    )
)
