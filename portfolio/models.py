"""Tables that belong to no room: settings, counters, audit, schedule, calendar, stored files."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from portfolio.database import BigKey, Instant, choice, instant, key


class Setting(SQLModel, table=True):
    """One setting kept in the database; `scope` is `portfolio`, `sector:<code>` or `project:<id>`."""

    __tablename__ = "setting"
    key: str = Field(primary_key=True, max_length=60)
    scope: str = Field(default="portfolio", primary_key=True, max_length=60)
    value: str = Field(sa_type=sa.Text)
    source: str = Field(default="", max_length=200)


class Counter(SQLModel, table=True):
    """Numbers dealt in order without gaps: public codes."""

    __tablename__ = "counter"
    name: str = Field(primary_key=True, max_length=40)
    value: int = Field(sa_type=sa.BigInteger)


class AuditEvent(SQLModel, table=True):
    """One row changed by someone. The database refuses UPDATE and DELETE on this table."""

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index("ix_audit_event_entity_entity_id", "entity", "entity_id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = key()
    at: datetime = instant(index=True)
    actor_account_id: int | None = Field(default=None, sa_type=BigKey, index=True)
    actor: str = Field(max_length=200)
    on_behalf_of: str = Field(default="", max_length=200)
    way: str = Field(max_length=24)
    origin: str = Field(default="", max_length=100)
    entity: str = Field(max_length=60)
    entity_id: str = Field(max_length=80)
    project_id: int | None = Field(default=None, sa_type=BigKey, index=True)
    action: str = Field(max_length=60)
    before: str = Field(default="", sa_type=sa.Text)
    after: str = Field(default="", sa_type=sa.Text)
    reason: str = Field(default="", sa_type=sa.Text)
    batch: str = Field(default="", max_length=80)
    signature: str = Field(max_length=80)


class AuditSeal(SQLModel, table=True):
    """One link of the chain over audit events: rows `first_event`…`last_event`, hashed in order."""

    __tablename__ = "audit_seal"
    no: int = Field(primary_key=True, sa_type=BigKey)
    at: datetime = instant()
    first_event: int = Field(sa_type=BigKey)
    last_event: int = Field(sa_type=BigKey)
    rows: int
    missing: str = Field(default="", sa_type=sa.Text)
    rows_hash: str = Field(max_length=64)
    previous: str = Field(max_length=80)
    signature: str = Field(max_length=80)


class AccessEvent(SQLModel, table=True):
    """A sign-in, a failed one, a refusal or a throttle hit; survives the rollback of its request."""

    __tablename__ = "access_event"
    id: int | None = key()
    at: datetime = instant(index=True)
    kind: str = Field(max_length=40)
    account_id: int | None = Field(default=None, sa_type=BigKey, index=True)
    login: str = Field(default="", max_length=200)
    origin: str = Field(default="", max_length=100)
    route: str = Field(default="", max_length=200)
    detail: str = Field(default="", sa_type=sa.Text)


class RunStatus(StrEnum):
    """Where a scheduled run stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ScheduleRun(SQLModel, table=True):
    """One period of one job; its primary key lets a period be claimed once only."""

    __tablename__ = "schedule_run"
    job: str = Field(primary_key=True, max_length=40)
    period_key: str = Field(primary_key=True, max_length=40)
    status: RunStatus = choice(RunStatus, RunStatus.RUNNING)
    owner: str = Field(default="", max_length=80)
    lease_until: datetime | None = instant(nullable=True)
    started_at: datetime = instant()
    finished_at: datetime | None = instant(nullable=True)
    counts: str = Field(default="{}", sa_type=sa.Text)
    error: str = Field(default="", sa_type=sa.Text)


class Heartbeat(SQLModel, table=True):
    """When a scheduler process was last alive."""

    __tablename__ = "heartbeat"
    name: str = Field(primary_key=True, max_length=80)
    at: datetime = instant()
    detail: str = Field(default="", max_length=200)


class CalendarStatus(StrEnum):
    """Whether the State Council's notice for the year is in."""

    CONFIRMED = "confirmed"
    PROVISIONAL = "provisional"


class CalendarYear(SQLModel, table=True):
    """A year of the working-day calendar and where its days come from."""

    __tablename__ = "calendar_year"
    year: int = Field(primary_key=True)
    status: CalendarStatus = choice(CalendarStatus)
    source: str = Field(max_length=200)


class DayKind(StrEnum):
    """How a day departs from 'Monday to Friday'."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"


class CalendarDay(SQLModel, table=True):
    """A weekday that is off, or a weekend day that is worked (调休)."""

    __tablename__ = "calendar_day"
    day: date = Field(primary_key=True)
    kind: DayKind = choice(DayKind)
    name: str = Field(default="", max_length=40)


class StoredFile(SQLModel, table=True):
    """A file as it was received, kept once by its hash; in the database, so that any server has it."""

    __tablename__ = "stored_file"
    id: int | None = key()
    sha256: str = Field(max_length=64, unique=True)
    size: int
    media_type: str = Field(max_length=100)
    content: bytes = Field(sa_type=sa.LargeBinary)
    received_at: datetime = instant()


class ThrottleWindow(SQLModel, table=True):
    """Tries of one kind from one source within one window, counted across all processes."""

    __tablename__ = "throttle_window"
    bucket: str = Field(primary_key=True, max_length=120)
    window_start: datetime = Field(primary_key=True, sa_type=Instant)
    hits: int
