"""Which period of which job has run: claimed once, whatever the number of processes.

A run that is one transaction claims its period inside it (`claim`): a second process waits for the
first one's commit and then finds the period taken; when the first dies, its claim dies with it.
Knows no APScheduler: the ticker only calls, this table is the truth.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.database import Database, insert
from portfolio.models import Heartbeat, RunStatus, ScheduleRun


@dataclass(frozen=True, slots=True)
class Run:
    """One run as pages and commands show it."""

    job: str
    period_key: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None
    counts: dict[str, Any]
    error: str


def claim(
    db: Session, job: str, period_key: str, owner: str, at: datetime, *, lease: timedelta | None = None
) -> bool:
    """Take a period for this transaction; False when it is done or another process holds it.

    A failed period may be taken again. One that is claimed in a transaction of its own, before the
    work, is claimed with a lease: when that has passed unfinished, another process may take it.
    """
    values = {
        "status": RunStatus.RUNNING, "owner": owner, "started_at": at, "error": "",
        "lease_until": None if lease is None else at + lease,
    }  # fmt: skip
    lapsed = sa.and_(col(ScheduleRun.status) == RunStatus.RUNNING, col(ScheduleRun.lease_until) < at)
    statement = (
        insert(db, ScheduleRun)
        .values(job=job, period_key=period_key, counts="{}", **values)
        .on_conflict_do_update(
            index_elements=["job", "period_key"],
            set_=values,
            where=sa.or_(col(ScheduleRun.status) == RunStatus.FAILED, lapsed),
        )
        .returning(col(ScheduleRun.job))
    )
    return db.execute(statement).first() is not None


def close(db: Session, job: str, period_key: str, at: datetime, counts: Mapping[str, Any]) -> None:
    """Mark a claimed period as done, with what it did."""
    db.execute(
        sa.update(ScheduleRun)
        .where(col(ScheduleRun.job) == job, col(ScheduleRun.period_key) == period_key)
        .values(status=RunStatus.DONE, finished_at=at, counts=json.dumps(dict(counts), ensure_ascii=False))
    )


def give_back(db: Session, job: str, period_key: str, at: datetime, error: str) -> None:
    """Mark a claimed period as failed, so that a later run takes it again."""
    db.execute(
        sa.update(ScheduleRun)
        .where(col(ScheduleRun.job) == job, col(ScheduleRun.period_key) == period_key)
        .values(status=RunStatus.FAILED, finished_at=at, error=error)
    )


def fail(database: Database, job: str, period_key: str, owner: str, at: datetime, error: str) -> None:
    """Note that a run failed, in a transaction of its own, since the run's was rolled back."""
    with database.writing() as db:
        if claim(db, job, period_key, owner, at):
            db.execute(
                sa.update(ScheduleRun)
                .where(col(ScheduleRun.job) == job, col(ScheduleRun.period_key) == period_key)
                .values(status=RunStatus.FAILED, finished_at=at, error=error[:2000])
            )


def is_done(db: Session, job: str, period_key: str) -> bool:
    """Whether a period was finished."""
    return (
        db.execute(
            sa.select(col(ScheduleRun.job)).where(
                col(ScheduleRun.job) == job,
                col(ScheduleRun.period_key) == period_key,
                col(ScheduleRun.status) == RunStatus.DONE,
            )
        ).first()
        is not None
    )


def last_period(db: Session, job: str) -> str | None:
    """Return the latest finished period of a job; keys of one job sort by time."""
    return db.execute(
        sa.select(sa.func.max(col(ScheduleRun.period_key))).where(
            col(ScheduleRun.job) == job, col(ScheduleRun.status) == RunStatus.DONE
        )
    ).scalar_one()


def latest(db: Session, job: str, limit: int = 1) -> list[Run]:
    """Return the newest runs of a job, newest first."""
    rows = db.execute(
        sa.select(ScheduleRun)
        .where(col(ScheduleRun.job) == job)
        .order_by(col(ScheduleRun.period_key).desc())
        .limit(limit)
    ).scalars()
    return [
        Run(r.job, r.period_key, r.status, r.started_at, r.finished_at, json.loads(r.counts), r.error)
        for r in rows
    ]


STALE = timedelta(minutes=15)  # without a heartbeat for longer, everything timed stands still
HEARTBEAT_JOB = "job.heartbeat"


def beat(db: Session, name: str, at: datetime, detail: str = "") -> None:
    """Note that a process is alive; the first beat after a standstill notes that too, as a failed run."""
    last = last_beat(db)
    if last is not None and at - last > STALE:
        minutes = int((at - last).total_seconds() // 60)
        run = ScheduleRun(job=HEARTBEAT_JOB, period_key=f"{last:%Y-%m-%dT%H:%M:%S}", owner=name)
        run.status, run.started_at, run.finished_at = RunStatus.FAILED, at, at
        run.error = f"定时任务停了 {minutes} 分钟"
        db.merge(run)
    db.merge(Heartbeat(name=name, at=at, detail=detail))


def is_stale(last: datetime | None, now: datetime) -> bool:
    """Whether the timed jobs stand still, given the last heartbeat of any process."""
    return last is None or now - last > STALE


def last_beat(db: Session) -> datetime | None:
    """Return when any scheduler process was last alive."""
    return db.execute(sa.select(sa.func.max(col(Heartbeat.at)))).scalar_one()
