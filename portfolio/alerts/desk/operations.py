"""How delivery stands, for those who run it: runs, outbox, dead letters, refused addresses, heartbeat."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import installation, schedule
from portfolio.access import Actor, Permission
from portfolio.alerts import mailing, queries
from portfolio.alerts.channels.mail import Stage
from portfolio.alerts.days import DAY_JOB
from portfolio.alerts.mailing import Mailing
from portfolio.alerts.models import Notification, Status, SuppressedAddress
from portfolio.alerts.queries import Books
from portfolio.alerts.snapshot import STOPS
from portfolio.i18n import _
from portfolio.models import RunStatus, ScheduleRun, Setting
from portfolio.people.models import Person
from portfolio.projects import scope
from portfolio.projects.models import Project
from portfolio.schedule import Run

MOST = 50
STAGES: dict[str, str] = {
    Stage.CONNECT: _("没有连上"),
    Stage.AUTH: _("登录被拒"),
    Stage.SENDER: _("发件人被拒"),
    Stage.RECIPIENT: _("收件人被拒"),
    Stage.DATA: _("没有接收正文"),
    Stage.ANSWER: _("正文被拒"),
}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A mail that was refused for good, or that ended unknown. `taken_over`: a later digest carries it."""

    id: int
    recipient: str
    address: str
    subject: str
    period: date
    code: int | None
    error: str
    is_dead: bool
    taken_over: bool

    @property
    def can_be_resent(self) -> bool:
        """Whether resending helps: what a later digest carries would be told twice."""
        return self.is_dead and not self.taken_over

    @property
    def said(self) -> str:
        """What was refused, in words, and what the server said to it."""
        stage, _colon, answer = self.error.partition(": ")
        return f"{STAGES[stage]}：{answer}" if stage in STAGES else self.error


@dataclass(frozen=True, slots=True)
class Refused:
    """An address that takes no mail, since when, how that is known, and whose it is."""

    address: str
    since: datetime
    source: str
    person: str


@dataclass(frozen=True, slots=True)
class StoppedProject:
    """A project about which nothing is mailed, since when and why."""

    code: str
    name: str
    since: date
    reason: str


@dataclass(frozen=True, slots=True)
class Operations:
    """Everything on the operations page."""

    books: Books
    mails: Mapping[str, int]
    mailing: Mailing
    held_because: str
    last_day: Run | None
    next_run: datetime
    sent_today: int
    failed: tuple[Run, ...]
    letters: tuple[DeadLetter, ...]
    refused: tuple[Refused, ...]
    stopped: tuple[StoppedProject, ...]
    beat: datetime | None
    is_stale: bool
    offset: timedelta

    @property
    def evaluated(self) -> date | None:
        """The day that was evaluated last."""
        return date.fromisoformat(self.last_day.period_key) if self.last_day else None


def operations(db: Session, actor: Actor, *, today: date, now: datetime) -> Operations:
    """Read how delivery stands. Raises Refused for who may not see operations."""
    actor.require(Permission.SEE_OPERATIONS)
    state = queries.delivery(db, now)
    mails = mailing.state(db, today)
    beat = schedule.last_beat(db)
    days = schedule.latest(db, DAY_JOB)
    return Operations(
        books=state.books,
        mails=state.mails,
        mailing=mails,
        held_because=mails.reason(today),
        last_day=days[0] if days else None,
        next_run=state.next_run,
        sent_today=queries.sent_on(db, today),
        failed=_failed(db),
        letters=_letters(db),
        refused=_refused(db),
        stopped=_stopped(db, actor, today),
        beat=beat,
        is_stale=schedule.is_stale(beat, now),
        offset=installation.offset(db),
    )


def _failed(db: Session) -> tuple[Run, ...]:
    rows = db.execute(
        sa.select(ScheduleRun)
        .where(col(ScheduleRun.status) == RunStatus.FAILED)
        .order_by(col(ScheduleRun.started_at).desc())
        .limit(MOST)
    ).scalars()
    return tuple(
        Run(row.job, row.period_key, row.status, row.started_at, row.finished_at, {}, row.error)
        for row in rows
    )


def _letters(db: Session) -> tuple[DeadLetter, ...]:
    rows: Any = db.execute(
        sa.select(Notification, col(Person.name))
        .join(Person, col(Person.id) == col(Notification.recipient_id))
        .where(col(Notification.status).in_((Status.DEAD, Status.UNKNOWN)))
        .order_by(col(Notification.period).desc(), col(Notification.id).desc())
        .limit(MOST)
    )
    return tuple(_letter(row.Notification, row.name) for row in rows)


def _letter(mail: Notification, recipient: str) -> DeadLetter:
    return DeadLetter(
        id=mail.id or 0,
        recipient=recipient,
        address=mail.address,
        subject=mail.subject,
        period=mail.period,
        code=mail.last_code,
        error=mail.last_error,
        is_dead=mail.status is Status.DEAD,
        taken_over=mail.taken_over,
    )


def _refused(db: Session) -> tuple[Refused, ...]:
    whose = (
        sa.select(sa.func.min(col(Person.name)))
        .where(col(Person.email) == col(SuppressedAddress.address))
        .scalar_subquery()
    )
    rows = db.execute(
        sa.select(SuppressedAddress, whose.label("person"))
        .order_by(col(SuppressedAddress.at).desc())
        .limit(MOST)
    )
    return tuple(
        Refused(
            row.SuppressedAddress.address,
            row.SuppressedAddress.at,
            row.SuppressedAddress.source,
            row.person or "",
        )
        for row in rows
    )


def _stopped(db: Session, actor: Actor, today: date) -> tuple[StoppedProject, ...]:
    """The stopped projects by their codes; their names are for who sees them: an administrator does not."""
    rows: Any = db.execute(
        sa.select(col(Setting.scope), col(Setting.value)).where(
            col(Setting.key) == STOPS, col(Setting.scope).like("project:%")
        )
    )
    running = {}
    for scope_name, value in rows:
        for first, last, reason in json.loads(value):
            if first <= today.isoformat() <= (last or "9999"):
                running[int(scope_name.removeprefix("project:"))] = (date.fromisoformat(first), reason)
    name = sa.case((scope.covers(actor, today=today), col(Project.name)), else_="").label("name")
    everyone = scope.everything("who runs the mails must see which are stopped")
    statement = everyone.add_columns(col(Project.code), name).where(col(Project.id).in_(running))
    rows = db.execute(statement.order_by(col(Project.code)))
    return tuple(StoppedProject(row.code, row.name, *running[row.id]) for row in rows)
