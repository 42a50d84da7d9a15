"""Evaluate a day: which alerts open, worsen, resolve, and who must be told. One transaction a day.

Days from the last finished one to the day asked for are evaluated in order, so that nothing that began
on a day without a run is missed; only the last of them composes digests, the older ones are coalesced.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portfolio import calendar_days, installation, schedule
from portfolio.alerts import configuration
from portfolio.alerts.conditions import Scope
from portfolio.alerts.days import DAY_JOB
from portfolio.alerts.evaluation import composing, standing
from portfolio.alerts.evaluation.composing import Composed
from portfolio.alerts.evaluation.scanning import Scanned, end_switched_off, scan_rule
from portfolio.alerts.evaluation.standing import Moment
from portfolio.alerts.points import reached
from portfolio.alerts.rules.registry import AT_ONCE, DAILY, Rule
from portfolio.database import Database
from portfolio.errors import Invalid


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one evaluation did. `period` is the day; zeros when it had been done before."""

    period: str
    opened: int = 0
    worsened: int = 0
    resolved: int = 0
    items: int = 0
    notifications: int = 0


def scan(database: Database, day: date, at: datetime, *, owner: str, sender: str) -> Outcome:
    """Evaluate every day from the last finished one to `day`; returns the sum. Safe to call again."""
    total = Outcome(day.isoformat())
    for each in _days(database, day):
        done = evaluate_day(database, each, at, owner=owner, sender=sender, compose=each == day)
        total = _sum(total, done)
    return total


def evaluate_day(
    database: Database, day: date, at: datetime, *, owner: str, sender: str, compose: bool = True
) -> Outcome:
    """Evaluate one day in one transaction; does nothing when the day is finished already."""
    period = day.isoformat()
    with database.writing() as db:
        if not schedule.claim(db, DAY_JOB, period, owner, at):
            return Outcome(period)
        outcome = evaluate_in(db, day, at, sender, compose=compose)
        counts = asdict(outcome) | {"coalesced": not compose}
        schedule.close(db, DAY_JOB, period, at, counts)
        reached("evaluate.before_commit")
    reached("evaluate.after_commit")
    return outcome


def moment(db: Session, day: date, at: datetime, sender: str) -> Moment:
    """Gather what a composition needs to know of the day and the installation."""
    calendar_days.ensure(db, day.year + 1)
    return Moment(
        day=day,
        at=at,
        offset=installation.offset(db),
        calendar=calendar_days.load(db),
        installation_id=installation.installation_id(db),
        domain=sender.rpartition("@")[2].rstrip(">") or "localhost",
    )


def active_rules(config: configuration.Configuration, rules: tuple[Rule, ...]) -> list[Rule]:
    """The rules that are switched on."""
    return [rule for rule in rules if rule.code in config.active]


def inactive_rules(config: configuration.Configuration, rules: tuple[Rule, ...]) -> list[Rule]:
    """The rules that are switched off everywhere."""
    return [rule for rule in rules if rule.code not in config.active]


def evaluate_in(db: Session, day: date, at: datetime, sender: str, *, compose: bool) -> Outcome:
    """Evaluate a day inside an open transaction, without claiming its period."""
    now = moment(db, day, at, sender)
    config = configuration.load(db)
    rules = active_rules(config, DAILY)
    scope = Scope(day, now.calendar, config.thresholds)
    scanned = Scanned()
    silent = standing.quiet(db)
    opened = []
    end_switched_off(db, inactive_rules(config, DAILY), day, at)
    for rule in rules:
        stand = standing.opening(rule, config, now, silent) if compose else None
        done = scan_rule(db, rule, scope, at, stand)
        scanned.add(done)
        if stand is not None and done.fresh:
            opened.append(standing.fresh(rule, stand, done.before_id))
    # What an at-once rule could not tell at once waits for this digest.
    speaking = rules + active_rules(config, AT_ONCE)
    composed = composing.compose_day(db, config, now, speaking, silent, opened) if compose else Composed()
    return Outcome(
        day.isoformat(),
        scanned.opened,
        scanned.worsened,
        scanned.resolved,
        composed.items,
        composed.notifications,
    )


def _days(database: Database, day: date) -> list[date]:
    with database.reading() as db:
        last = schedule.last_period(db, DAY_JOB)
    if last is None:
        return [day]
    finished = date.fromisoformat(last)
    if day < finished:
        raise Invalid(f"{day} 早于已经评估过的 {finished}。请用 {finished} 或之后的日期。")
    return [finished + timedelta(days=n) for n in range(1, (day - finished).days + 1)] or [day]


def _sum(a: Outcome, b: Outcome) -> Outcome:
    return Outcome(
        a.period,
        a.opened + b.opened,
        a.worsened + b.worsened,
        a.resolved + b.resolved,
        a.items + b.items,
        a.notifications + b.notifications,
    )
