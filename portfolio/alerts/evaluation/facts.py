"""At-once rules, evaluated in slots of ten minutes over what holds now; one transaction a slot.

08:00–20:00 on working days, at most three at-once mails a day to a person; everything else waits for
the next digest, where it is due like any other item.
"""

from collections import Counter
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock, installation, schedule
from portfolio.alerts import configuration, mailing, snapshot
from portfolio.alerts.conditions import CONDITIONS, Facts, Scope, met, row_of_facts
from portfolio.alerts.evaluation.composing import AT_ONCE, MAIL
from portfolio.alerts.evaluation.evaluate import Outcome, active_rules, inactive_rules, moment
from portfolio.alerts.evaluation.scanning import Scanned, end_switched_off, scan_facts
from portfolio.alerts.evaluation.standing import Moment
from portfolio.alerts.message_ids import message_id
from portfolio.alerts.models import (
    OPEN,
    TOLD,
    Alert,
    AlertAck,
    AlertState,
    Notification,
    NotificationItem,
    Phase,
    Status,
)
from portfolio.alerts.points import reached
from portfolio.alerts.rules import registry
from portfolio.alerts.rules.audience import Directory, Hearer, Subject, hearers
from portfolio.alerts.rules.ladder import step_of
from portfolio.alerts.rules.registry import RULES, Rule
from portfolio.calendar_days import unconfirmed
from portfolio.database import Database, insert
from portfolio.models import RunStatus, ScheduleRun
from portfolio.people.models import Person

FACTS_JOB = "alerts.facts"
SLOT = timedelta(minutes=10)
OPENS, CLOSES = time(8, 0), time(20, 0)
MOST_A_DAY = 3
DEAD_LETTERS, FAILED_JOBS, STANDSTILL, CALENDAR, OFFICE_GONE = 1, 2, 3, 4, 5


def slot_key(now: datetime) -> str:
    """Name the slot of ten minutes, in Shanghai time: `2024-06-28T08:10`."""
    local = now.astimezone(clock.SHANGHAI)
    return f"{local:%Y-%m-%dT%H}:{local.minute // 10 * 10:02d}"


def evaluate_facts(database: Database, now: datetime, *, owner: str, sender: str) -> Outcome:
    """Evaluate the at-once rules of the present slot; does nothing when the slot is finished."""
    key = slot_key(now)
    with database.writing() as db:
        if not schedule.claim(db, FACTS_JOB, key, owner, now):
            return Outcome(key)
        outcome = _evaluate(db, now, key, sender)
        schedule.close(db, FACTS_JOB, key, now, asdict(outcome))
        reached("evaluate.before_commit")
    reached("evaluate.after_commit")
    return outcome


def _evaluate(db: Session, now: datetime, key: str, sender: str) -> Outcome:
    day = installation.today(db, now)
    when = moment(db, day, now, sender)
    config = configuration.load(db)
    rules = active_rules(config, registry.AT_ONCE)
    scope = Scope(day, when.calendar, config.thresholds)
    scanned = Scanned()
    end_switched_off(db, inactive_rules(config, registry.AT_ONCE), day, now)
    for rule in rules:
        facts = met(rule.code, scope) if rule.code in CONDITIONS else _operations(db, day, now)
        scanned.add(scan_facts(db, rule, facts, day, now))
    items = mails = 0
    if _in_hours(when) and mailing.state(db, day).may_send(day):
        items, mails = _tell_now(db, rules, when)
    return Outcome(key, scanned.opened, scanned.worsened, scanned.resolved, items, mails)


def _in_hours(when: Moment) -> bool:
    wall = when.at.astimezone(clock.SHANGHAI).time()
    return when.calendar.is_workday(when.day) and OPENS <= wall < CLOSES


def _operations(db: Session, day: date, now: datetime) -> Facts:
    """What is wrong with the system itself; each kind is one subject, its count the level."""
    dead = sa.select(sa.func.count()).where(
        col(Notification.status) == Status.DEAD, col(Notification.period) >= day - timedelta(days=7)
    )
    failed = sa.select(sa.func.count()).where(
        col(ScheduleRun.status) == RunStatus.FAILED, col(ScheduleRun.started_at) > now - timedelta(days=1)
    )
    stood_still = failed.where(col(ScheduleRun.job) == schedule.HEARTBEAT_JOB)
    counts = {
        DEAD_LETTERS: db.execute(dead).scalar_one(),
        FAILED_JOBS: db.execute(failed.where(col(ScheduleRun.job) != schedule.HEARTBEAT_JOB)).scalar_one(),
        STANDSTILL: db.execute(stood_still).scalar_one(),
        CALENDAR: int(day.month >= 11 and unconfirmed(db, day.year + 1)),
        OFFICE_GONE: int(not snapshot.office_is_reachable(db, day)),
    }
    rows = [row_of_facts(subject, day, count) for subject, count in counts.items() if count]
    if not rows:
        return row_of_facts(0, day, 0).where(sa.false())
    found = sa.union_all(*rows).subquery()
    return sa.select(*found.c)


def _tell_now(db: Session, rules: list[Rule], when: Moment) -> tuple[int, int]:
    """One mail per alert and person, until three have gone to that person today."""
    alerts = db.execute(
        sa.select(Alert)
        .where(
            col(Alert.rule).in_([rule.code for rule in rules]),
            col(Alert.state) == AlertState.FIRING,
            col(Alert.next_on) <= when.day,
        )
        .order_by(col(Alert.id))
    ).scalars()
    due = list(alerts)
    if not due:
        return 0, 0
    directory = snapshot.directory(db, when.day, {alert.project_id for alert in due if alert.project_id})
    gone = _mails_today(db, when.day)
    mails = sum(_tell_one(db, alert, directory, gone, when) for alert in due)
    return mails, mails


def _mails_today(db: Session, day: date) -> Counter[int]:
    rows: Any = db.execute(
        sa.select(col(Notification.recipient_id), sa.func.count())
        .where(col(Notification.kind) == AT_ONCE, col(Notification.period) == day)
        .group_by(col(Notification.recipient_id))
    )
    return Counter(dict(rows.all()))


def _tell_one(db: Session, alert: Alert, directory: Directory, gone: Counter[int], when: Moment) -> int:
    rung = alert.rung or "1"
    places = RULES[alert.rule].hearers_at(step_of(rung))
    people = hearers(directory, Subject(alert.project_id or 0), places)
    told, left_over = 0, not people
    for hearer in people:
        if _known(db, alert, rung, hearer, when.day):
            continue
        if gone[hearer.recipient] >= MOST_A_DAY:
            left_over = True
            continue
        _put(db, alert, rung, hearer, when)
        gone[hearer.recipient] += 1
        told += 1
    alert.rung = rung
    alert.next_on = when.day + timedelta(days=1) if left_over else None
    db.flush()
    return told


def _known(db: Session, alert: Alert, rung: str, hearer: Hearer, day: date) -> bool:
    """Whether this was told already, or is on its way, or its reader took note of it."""
    known = (
        sa.select(col(NotificationItem.id))
        .join(Notification, col(Notification.id) == col(NotificationItem.notification_id))
        .where(
            col(NotificationItem.alert_id) == alert.id,
            col(NotificationItem.episode) == alert.episode,
            col(NotificationItem.rung) == rung,
            sa.or_(
                col(NotificationItem.principal_id) == hearer.principal,
                col(NotificationItem.recipient_id) == hearer.recipient,
            ),
            ~col(NotificationItem.cancelled),
            col(Notification.status).in_((*OPEN, *TOLD)),
        )
    )
    noted = sa.select(col(AlertAck.alert_id)).where(
        col(AlertAck.alert_id) == alert.id,
        col(AlertAck.person_id) == hearer.principal,
        col(AlertAck.episode) == alert.episode,
        col(AlertAck.until) >= day,
    )
    return any(db.execute(each.limit(1)).first() is not None for each in (known, noted))


def _put(db: Session, alert: Alert, rung: str, hearer: Hearer, when: Moment) -> None:
    key = f"now:{hearer.recipient}:{MAIL}:{when.day}:{alert.id}:{alert.episode}:{rung}"
    closes = clock.business_instant(
        when.day, CLOSES, when.offset
    )  # what has not left by then waits for the digest
    address = db.execute(sa.select(col(Person.email)).where(col(Person.id) == hearer.recipient)).scalar_one()
    made = Notification(
        dedup_key=key, kind=AT_ONCE, channel=MAIL, recipient_id=hearer.recipient, address=address,
        period=when.day, message_id=message_id(key, when.installation_id, when.domain),
        status=Status.PENDING, phase=Phase.NONE, not_before=when.at, next_at=when.at, expires_at=closes,
        created_at=when.at,
    )  # fmt: skip
    db.add(made)
    db.flush()
    db.execute(
        insert(db, NotificationItem)
        .values(
            notification_id=made.id, alert_id=alert.id, episode=alert.episode, rung=rung,
            recipient_id=hearer.recipient, principal_id=hearer.principal, channel=MAIL, period=when.day,
            missing=hearer.missing, cancelled=False,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
