"""Tables of alerts and of their delivery: what opened, what must be told to whom, what was sent.

`alert_event` and `notification_attempt` are logs: the database refuses to change or remove their rows.
"""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from portfolio.database import BigKey, choice, instant, key, maybe_ref, ref


class AlertState(StrEnum):
    """Where an alert stands; the facts resolve it, never a person."""

    FIRING = "firing"
    SNOOZED = "snoozed"  # 暂不提醒, by the key-projects office until a date
    RESOLVED = "resolved"


_TO_DO = sa.text("next_on IS NOT NULL")


class Alert(SQLModel, table=True):
    """A condition that opened on a subject; `rule` and `subject_id` are its fingerprint.

    `episode` counts re-openings. `clock_on` is the first day that the rung clock may count, `next_on`
    the day on which someone may have to be told again; None when only a change of the facts can cause it.
    """

    __tablename__ = "alert"
    __table_args__ = (
        sa.UniqueConstraint("rule", "subject_id"),
        sa.Index("ix_alert_next_on", "next_on", sqlite_where=_TO_DO, postgresql_where=_TO_DO),
        sa.Index("ix_alert_rule_state", "rule", "state"),
    )
    id: int | None = key()
    rule: str = Field(max_length=40)
    subject_id: int = Field(sa_type=BigKey)
    project_id: int | None = maybe_ref("project.id")
    milestone_id: int | None = maybe_ref("milestone.id", index=False)
    state: AlertState = choice(AlertState, AlertState.FIRING)
    rung: str = Field(default="", max_length=24)
    level: int = 0
    episode: int = 1
    due_on: date | None = None
    opened_on: date
    first_seen_on: date
    clock_on: date
    next_on: date | None = None
    snoozed_until: date | None = None
    resolved_on: date | None = None
    outcome: str = Field(default="", max_length=24)
    version: int = 1


class AlertEvent(SQLModel, table=True):
    """One transition of an alert, numbered within it. Append-only."""

    __tablename__ = "alert_event"
    __table_args__ = (sa.UniqueConstraint("alert_id", "seq"),)
    id: int | None = key()
    alert_id: int = ref("alert.id", index=False)
    seq: int
    episode: int
    kind: str = Field(max_length=24)
    rung: str = Field(default="", max_length=24)
    day: date
    at: datetime = instant()
    actor: str = Field(default="", max_length=200)
    detail: str = Field(default="", sa_type=sa.Text)


class AlertAck(SQLModel, table=True):
    """Someone took note until a date: quiet for that person, never for others."""

    __tablename__ = "alert_ack"
    alert_id: int = ref("alert.id", primary_key=True, index=False)
    person_id: int = ref("person.id", primary_key=True)
    episode: int
    until: date
    comment: str = Field(default="", max_length=400)
    at: datetime = instant()


class Status(StrEnum):
    """Where a notification stands."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    UNKNOWN = "unknown"  # the answer was lost twice; counts as told
    DEAD = "dead"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Phase(StrEnum):
    """How far its sender is; from `data` on the bytes are frozen."""

    NONE = "none"
    CLAIMED = "claimed"
    DATA = "data"


TOLD = (Status.SENT, Status.UNKNOWN)
OPEN = (Status.PENDING, Status.LEASED)
_WAITING = sa.text("status IN ('pending', 'leased')")
_SOMEONE_MISSING = sa.text("missing <> ''")
_UNTOLD = sa.text("NOT taken_over AND status IN ('dead', 'expired', 'suppressed')")


class Notification(SQLModel, table=True):
    """One message to one person by one channel. `dedup_key` lets it exist once only.

    `fence` counts the claims, `data_fence` is the claim that last went on to DATA: what it sent may
    have arrived. `taken_over`: it was not told, and a later composition has looked at its items again.
    """

    __tablename__ = "notification"
    __table_args__ = (
        sa.Index(
            "ix_notification_waiting", "next_at", "id", sqlite_where=_WAITING, postgresql_where=_WAITING
        ),
        sa.Index("ix_notification_untold", "id", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
        sa.Index("ix_notification_recipient_id_period", "recipient_id", "period"),
    )
    id: int | None = key()
    dedup_key: str = Field(max_length=160, unique=True)
    kind: str = Field(max_length=16)
    channel: str = Field(default="mail", max_length=16)
    recipient_id: int = ref("person.id", index=False)
    address: str = Field(max_length=200)
    period: date
    subject: str = Field(default="", max_length=200)
    content: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    message_id: str = Field(max_length=200, unique=True)
    status: Status = choice(Status, Status.PENDING)
    phase: Phase = choice(Phase, Phase.NONE)
    attempts: int = 0
    ambiguous_count: int = 0
    data_fence: int = 0
    not_before: datetime = instant()
    next_at: datetime = instant()
    expires_at: datetime = instant()
    lease_owner: str = Field(default="", max_length=80)
    lease_until: datetime | None = instant(nullable=True)
    fence: int = 0
    last_code: int | None = None
    last_error: str = Field(default="", max_length=400)
    created_at: datetime = instant()
    sent_at: datetime | None = instant(nullable=True)
    taken_over: bool = False


class NotificationItem(SQLModel, table=True):
    """A due item: this alert, episode and rung must be told to this person in this period.

    Its state is its notification's, unless it was cancelled alone. `principal_id` is whom it is meant
    for; a stand-in receives it. `missing` names who should have been told and is not there.
    """

    __tablename__ = "notification_item"
    __table_args__ = (
        sa.UniqueConstraint("alert_id", "episode", "rung", "recipient_id", "channel", "period"),
        sa.Index(
            "ix_notification_item_missing",
            "alert_id",
            sqlite_where=_SOMEONE_MISSING,
            postgresql_where=_SOMEONE_MISSING,
        ),
    )
    id: int | None = key()
    notification_id: int = ref("notification.id")
    alert_id: int = ref("alert.id", index=False)
    episode: int
    rung: str = Field(max_length=24)
    recipient_id: int = ref("person.id", index=False)
    principal_id: int = ref("person.id", index=False)
    channel: str = Field(default="mail", max_length=16)
    period: date
    missing: str = Field(default="", max_length=120)
    cancelled: bool = False


class NotificationAttempt(SQLModel, table=True):
    """One try to deliver, with the server's answer. Append-only."""

    __tablename__ = "notification_attempt"
    __table_args__ = (sa.UniqueConstraint("notification_id", "fence"),)
    id: int | None = key()
    notification_id: int = ref("notification.id", index=False)
    fence: int
    at: datetime = instant()
    outcome: str = Field(max_length=24)
    code: int | None = None
    detail: str = Field(default="", max_length=400)


class SuppressedAddress(SQLModel, table=True):
    """An address that definitely does not take mail, until someone corrects it."""

    __tablename__ = "suppressed_address"
    address: str = Field(primary_key=True, max_length=200)
    at: datetime = instant()
    code: str = Field(default="", max_length=20)
    source: str = Field(max_length=200)
