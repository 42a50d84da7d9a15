"""Where alerts stand on the ladder today: gathered by what decides their rung, then stepped on together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts import bulk, snapshot
from portfolio.alerts.configuration import Configuration
from portfolio.alerts.models import Alert, AlertEvent, AlertState
from portfolio.alerts.rules.ladder import (
    Ladder,
    Span,
    next_day,
    next_reminder_on,
    reading,
    reminder,
    week_word,
)
from portfolio.alerts.rules.registry import RULES, Rule, Telling
from portfolio.database import Instant
from portfolio.workdays import Calendar

FIRST_READING = 1  # what the clock reads on the very day from which it may count


@dataclass(frozen=True, slots=True)
class Moment:
    """When a composition happens: business day, instant, offset of a demonstration database, calendar."""

    day: date
    at: datetime
    offset: timedelta
    calendar: Calendar
    installation_id: str
    domain: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """The days that no clock counts: for all, and more of them for some projects."""

    for_all: tuple[Span, ...]
    by_project: Mapping[int, tuple[Span, ...]]

    @property
    def projects(self) -> set[int]:
        """The projects whose clock runs apart."""
        return {project for project, spans in self.by_project.items() if spans}

    def speaks_on(self, moment: Moment) -> bool:
        """Whether digests are composed on the day at all."""
        return moment.calendar.is_workday(moment.day) and not any(
            span.covers(moment.day) for span in self.for_all
        )


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an alert that opens on a day of digests stands at once, but for projects whose clock runs apart."""

    rung: str
    next_on: date | None
    apart: frozenset[int]


@dataclass(frozen=True, slots=True)
class Group:
    """Alerts that are told alike today: one rule, one reading of the clock. `fresh` ones opened on this rung."""

    rule: Rule
    rungs: tuple[str, ...]
    next_on: date | None
    where: tuple[Any, ...]
    fresh: bool = False

    @property
    def top(self) -> str:
        """The highest rung reached, which the alert then stands on."""
        return self.rungs[-1]


def quiet(db: Session) -> Quiet:
    """Read the days that no clock counts."""
    return Quiet(*snapshot.quiet_days(db))


def opening(rule: Rule, config: Configuration, moment: Moment, silent: Quiet) -> Stand | None:
    """Say where alerts of a rule stand when they open today; None when that has to be worked out later."""
    if rule.telling is not Telling.LADDER or not silent.speaks_on(moment):
        return None
    ladder = config.ladder(rule)
    rungs = ladder.due(FIRST_READING)
    ahead = ladder.next_reading(FIRST_READING)
    if len(rungs) != 1 or ahead is None:
        return None
    later = next_day(moment.calendar, moment.day, ahead - FIRST_READING, silent.for_all)
    apart = frozenset(silent.projects | config.thresholds[rule.code].by_project.keys())
    return Stand(rungs[0], later or moment.day + timedelta(days=1), apart)


def fresh(rule: Rule, stand: Stand, after_id: int) -> Group:
    """The alerts of a rule that opened today on their first rung."""
    where = (col(Alert.id) > after_id, col(Alert.rule) == rule.code, col(Alert.rung) == stand.rung)
    return Group(rule, (stand.rung,), stand.next_on, where, fresh=True)


@dataclass(frozen=True, slots=True)
class Apart:
    """Projects for which the same days are quiet and the same thresholds hold, other than everywhere else."""

    projects: tuple[int, ...]
    quiet: tuple[Span, ...]
    days: Mapping[str, tuple[int, ...]]


def _apart(config: Configuration, rules: Sequence[Rule], silent: Quiet) -> list[Apart]:
    """Gather the projects that depart, by how they do."""
    own: dict[int, dict[str, tuple[int, ...]]] = {project: {} for project in silent.projects}
    for rule in rules:
        for project, days in config.thresholds[rule.code].by_project.items():
            own.setdefault(project, {})[rule.code] = days
    alike: dict[Any, list[int]] = {}
    for project, days_by_rule in own.items():
        key = (silent.by_project.get(project, ()), tuple(sorted(days_by_rule.items())))
        alike.setdefault(key, []).append(project)
    return [Apart(tuple(projects), quiet, dict(days)) for (quiet, days), projects in alike.items()]


def groups(
    db: Session,
    config: Configuration,
    moment: Moment,
    rules: Sequence[Rule],
    silent: Quiet,
) -> list[Group]:
    """Gather the alerts to be looked at today by what decides their rung."""
    apart = _apart(config, rules, silent)
    special = [project for each in apart for project in each.projects]
    whens = [(col(Alert.project_id).in_(each.projects), number) for number, each in enumerate(apart)]
    odd = sa.case(*whens, else_=None) if whens else sa.cast(sa.null(), sa.Integer)
    keys = db.execute(
        sa.select(
            col(Alert.rule), col(Alert.state), col(Alert.clock_on), col(Alert.due_on),
            col(Alert.rung), odd.label("apart"),
        )
        .where(
            col(Alert.next_on) <= moment.day,
            col(Alert.state) != AlertState.SNOOZED,
            col(Alert.rule).in_([rule.code for rule in rules]),
        )
        .distinct()
    ).all()  # fmt: skip
    wanted: dict[tuple[Any, ...], None] = {}
    for key in keys:
        wanted.setdefault(_group_key(key), None)
    found = []
    for rule_code, state, by, value, number in wanted:
        rule = RULES[rule_code]
        own = apart[number] if number is not None else Apart((), (), {})
        where = (
            col(Alert.rule) == rule_code,
            col(Alert.state) == state,
            col(Alert.next_on) <= moment.day,
            *((getattr(Alert, by) == value,) if by else ()),
            col(Alert.project_id).in_(own.projects)
            if number is not None
            else sa.or_(col(Alert.project_id).is_(None), col(Alert.project_id).not_in(special)),
        )
        days = own.days.get(rule_code, config.days(rule))
        found.append(_group(rule, state, value, silent.for_all + own.quiet, where, days, moment))
    return found


def _group_key(key: Any) -> tuple[Any, ...]:
    """Which column decides the rung: the clock's start, the due date, or the rung already set."""
    telling = RULES[key.rule].telling
    if key.state is AlertState.RESOLVED or telling is Telling.WEEKLY:
        return key.rule, key.state, "", None, key.apart
    if telling is Telling.LADDER:
        return key.rule, key.state, "clock_on", key.clock_on, key.apart
    if telling is Telling.REMINDERS:
        return key.rule, key.state, "due_on", key.due_on, key.apart
    return key.rule, key.state, "rung", key.rung, key.apart


def _group(
    rule: Rule,
    state: AlertState,
    value: Any,
    quiet: tuple[Span, ...],
    where: tuple[Any, ...],
    days: tuple[int, ...],
    moment: Moment,
) -> Group:
    day, tomorrow = moment.day, moment.day + timedelta(days=1)
    if state is AlertState.RESOLVED:
        return Group(rule, ("settled",), None, where)
    standing_still = any(span.covers(day) for span in quiet)
    if standing_still:
        return Group(rule, (), tomorrow, where)
    match rule.telling:
        case Telling.LADDER:
            ladder = Ladder.of(days)
            now = reading(moment.calendar, value, day, quiet)
            ahead = ladder.next_reading(now)
            later = next_day(moment.calendar, day, ahead - now, quiet) if ahead else None
            return Group(rule, ladder.due(now), later or tomorrow, where)
        case Telling.REMINDERS:
            word = reminder((value - day).days, days)
            return Group(rule, (word,) if word else (), next_reminder_on(value, day, days), where)
        case Telling.WEEKLY:
            monday = day + timedelta(days=7 - day.weekday())
            return Group(rule, (week_word(day),), monday, where)
        case Telling.ONCE:
            return Group(rule, ("1",) if value in ("", "1") else ("1", value), None, where)


def step_on(db: Session, group: Group, moment: Moment) -> None:
    """Set the rung reached and the day to look again; a new rung is logged."""
    if group.rungs and group.rungs != ("settled",) and group.rule.telling is not Telling.WEEKLY:
        higher = _higher(group)
        values = {
            "alert_id": col(Alert.id), "seq": col(Alert.version) + 1, "episode": col(Alert.episode),
            "kind": sa.literal("rung"), "rung": sa.literal(group.top), "day": sa.literal(moment.day, sa.Date),
            "at": sa.literal(moment.at, Instant), "actor": sa.literal(""),
            "detail": sa.literal(""),
        }  # fmt: skip
        climbing = sa.select(*values.values()).where(*group.where, higher)
        climbed = bulk.changed(db, sa.insert(AlertEvent).from_select(list(values), climbing))
        if climbed:
            bulk.changed(
                db,
                sa.update(Alert)
                .where(*group.where, higher)
                .values(rung=group.top, version=col(Alert.version) + 1, next_on=group.next_on),
            )
    bulk.changed(db, sa.update(Alert).where(*group.where).values(next_on=group.next_on))


def _higher(group: Group) -> Any:
    """Where the rung reached is a new one; steps that were set later never take a ladder's alert down again."""
    new = col(Alert.rung) != group.top
    if group.rule.telling is not Telling.LADDER:
        return new
    return sa.and_(new, sa.func.substr(col(Alert.rung), 1, 1) <= group.top[0])
