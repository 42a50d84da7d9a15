"""The head of the audit chain leaves the machine: every Monday by mail, and as a file.

Kept outside, it proves later that nothing sealed before it was cut off (`portfolio audit verify --head`).
To administrators and auditors, one mail each; it knows no mail start and is booked in the access log.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, calendar_days, clock, installation, schedule
from portfolio.access import Role
from portfolio.alerts.delivery import access_letters
from portfolio.alerts.delivery.access_letters import Letter
from portfolio.alerts.models import SuppressedAddress
from portfolio.database import Database
from portfolio.people.models import Account, Person, RoleGrant
from portfolio.settings import Settings
from portfolio.workdays import Calendar

JOB = "audit.head"
TEMPLATE = "audit_head"
FOLDER = "audit-heads"
FROM = time(8, 0)
LEASE = timedelta(minutes=15)  # after it another process takes up what one left half done
READERS = (Role.ADMINISTRATOR, Role.AUDITOR)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets the head."""

    account_id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a run did: mails handed over, mails that failed (tried again by the next run)."""

    sent: int = 0
    failed: int = 0


def send(database: Database, settings: Settings, now: datetime, *, owner: str) -> Told:
    """Send this week's head to each reader who has not got it; does nothing before it is due."""
    with database.reading() as db:
        today, demo = installation.today(db, now), installation.is_demo(db)
        is_due = due_on(calendar_days.load(db), today) <= today
    if not is_due or now.astimezone(clock.SHANGHAI).time() < FROM:
        return Told()
    audit.seal(database, now)
    with database.reading() as db:
        head, readers = audit.head(db), readers_on(db, today)
    if head is None:
        return Told()
    _keep(settings.data_dir / FOLDER, week_of(today), str(head))
    letter = Letter("", str(head), today, demo, f"audit-head-{week_of(today)}.txt")
    done = [_tell(database, settings, each, letter, now, owner) for each in readers if settings.mails]
    return Told(done.count(True), done.count(False))


def due_on(calendar: Calendar, today: date) -> date:
    """Return the day of this week from which its head is due: Monday, or the next working day.

    In a week without any, that day lies in a later one, which has a head of its own.
    """
    return calendar.on_or_after(today - timedelta(days=today.weekday()))


def week_of(day: date) -> str:
    """Name a week as ISO 8601 does: `2024-W26`."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


def readers_on(db: Session, today: date) -> list[Reader]:
    """Return who administers or audits on a day and can be reached by mail."""
    statement = (
        sa.select(col(Account.id), col(Person.name), col(Person.email))
        .join(Person, col(Person.id) == col(Account.person_id))
        .where(
            col(Account.disabled_at).is_(None),
            sa.or_(col(Person.left_on).is_(None), col(Person.left_on) >= today),
            col(Person.email) != "",
            col(Person.email).not_in(sa.select(col(SuppressedAddress.address))),
            col(Account.id).in_(
                sa.select(col(RoleGrant.account_id)).where(
                    col(RoleGrant.role).in_(READERS),
                    col(RoleGrant.starts_on) <= today,
                    sa.or_(col(RoleGrant.ends_on).is_(None), col(RoleGrant.ends_on) >= today),
                )
            ),
        )
        .order_by(col(Account.id))
    )
    return [Reader(id_ or 0, name, email) for id_, name, email in db.execute(statement)]


def _keep(folder: Path, week: str, head: str) -> None:
    """Write the week's file once; whoever copies files off this machine takes it along."""
    path = folder / f"{week}.txt"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{head}\n", "utf-8")


def _tell(
    database: Database, settings: Settings, reader: Reader, letter: Letter, now: datetime, owner: str
) -> bool | None:
    """Send one mail; None when it was sent before. A failed one is free for the next run."""
    period = f"{week_of(letter.day)}:{reader.account_id}"
    with database.writing() as db:
        if not schedule.claim(db, JOB, period, owner, now, lease=LEASE):
            return None
    sent = access_letters.send(
        database, settings, TEMPLATE, reader.email, letter, account_id=reader.account_id
    )
    with database.writing() as db:
        if sent:
            schedule.close(db, JOB, period, now, {"sent": 1})
        else:
            schedule.give_back(db, JOB, period, now, "mail")
    return sent
