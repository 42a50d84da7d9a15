"""The alert centre's list: what is open, who answers, how far it was told; worst first.

Every count beside a filter is the length of the list that the filter leads to.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor
from portfolio.alerts import reading
from portfolio.alerts.desk import reach
from portfolio.alerts.models import TOLD, Alert, AlertAck, AlertState, Notification, NotificationItem
from portfolio.alerts.reading import AlertView
from portfolio.alerts.rules.ladder import Step, step_of
from portfolio.alerts.rules.registry import RULES, Telling
from portfolio.people.models import Organisation, Person
from portfolio.projects.models import Duty, DutyKind, Milestone
from portfolio.projects.rules.lateness import RED_OVERDUE

SIZE = 50
STEPS = tuple(Step)


class Standing(StrEnum):
    """Where an alert stands for people: nobody took note, someone did, kept quiet, resolved this month."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


UNRESOLVED = (Standing.OPEN, Standing.ACKNOWLEDGED, Standing.SNOOZED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: only mine, one rule, one answering unit, one standing (empty: unresolved)."""

    mine: bool = False
    rule: str = ""
    owner: int | None = None
    standing: Standing | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """Who took note until when; of several the one that lasts longest."""

    person: str
    until: date


@dataclass(frozen=True, slots=True)
class Row:
    """One alert in the list. `told` are the steps of the ladder that were told."""

    alert: AlertView
    owner: str
    told: tuple[Step, ...]
    note: Note | None

    @property
    def climbs(self) -> bool:
        """Whether the alert stands on the ladder of a milestone."""
        return RULES[self.alert.rule].telling in (Telling.LADDER, Telling.REMINDERS)

    @property
    def highest(self) -> Step | None:
        """The highest step that was told."""
        return max(self.told, key=STEPS.index, default=None)


@dataclass(frozen=True, slots=True)
class Owner:
    """A unit that answers for alerts of the list, with how many."""

    id: int
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Centre:
    """The list, its counts by standing (within the other filters) and by rule, and the units."""

    rows: tuple[Row, ...]
    total: int
    standings: Mapping[Standing, int]
    rules: Mapping[str, int]
    owners: tuple[Owner, ...]
    opened_today: int
    resolved_today: int

    @property
    def unresolved(self) -> int:
        """How many are not resolved, within the filters by rule, owner and 'mine'."""
        return sum(self.standings.get(each, 0) for each in UNRESOLVED)


def centre(db: Session, actor: Actor, wanted: Wanted, *, today: date) -> Centre:
    """Read one page of the list with all its counts."""
    base = [reach.visible(actor, today=today)]
    if wanted.mine:
        base.append(reach.mine(actor, today=today))
    counts = _counts(db, base, today)
    standings, rules = _by_filter(counts, wanted)
    conditions = [*base, *_narrowed(wanted, today)]
    total = sum(
        number
        for (standing, rule, owner, _news), number in counts.items()
        if _fits(wanted, standing, rule, owner)
    )
    return Centre(
        rows=_rows(db, conditions, wanted.page, today) if total else (),
        total=total,
        standings=standings,
        rules=rules,
        owners=_owners(db, counts, wanted),
        opened_today=_news(counts, wanted, resolved=False),
        resolved_today=_news(counts, wanted, resolved=True),
    )


_Counts = Mapping[tuple[Standing, str, int | None, bool], int]


def _standing(today: date) -> Any:
    noted = (
        sa.select(col(AlertAck.alert_id))
        .where(
            col(AlertAck.alert_id) == col(Alert.id),
            col(AlertAck.episode) == col(Alert.episode),
            col(AlertAck.until) >= today,
        )
        .exists()
    )
    return sa.case(
        (col(Alert.state) == AlertState.RESOLVED, Standing.RESOLVED.value),
        (col(Alert.state) == AlertState.SNOOZED, Standing.SNOOZED.value),
        (noted, Standing.ACKNOWLEDGED.value),
        else_=Standing.OPEN.value,
    )


def _owner(today: date) -> Any:
    """Who answers: the milestone's own unit, else the project's responsible unit."""
    unit = (
        sa.select(sa.func.min(col(Duty.organisation_id)))
        .where(
            col(Duty.project_id) == col(Alert.project_id),
            col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT,
            col(Duty.starts_on) <= today,
            sa.or_(col(Duty.ends_on).is_(None), col(Duty.ends_on) >= today),
        )
        .scalar_subquery()
    )
    return sa.func.coalesce(col(Milestone.owner_organisation_id), unit)


def _recent(today: date) -> reach.Clause:
    """Resolved alerts are listed for the month in which they were resolved."""
    return sa.or_(col(Alert.state) != AlertState.RESOLVED, col(Alert.resolved_on) >= today.replace(day=1))


def _counts(db: Session, conditions: Sequence[reach.Clause], today: date) -> _Counts:
    news = sa.case(
        (col(Alert.state) == AlertState.RESOLVED, col(Alert.resolved_on) == today),
        else_=col(Alert.first_seen_on) == today,
    )
    each = (
        sa.select(
            _standing(today).label("standing"), col(Alert.rule).label("rule"),
            _owner(today).label("owner"), news.label("news"),
        )
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .where(*conditions, _recent(today))
        .subquery()
    )  # fmt: skip
    columns = (each.c.standing, each.c.rule, each.c.owner, each.c.news)
    rows = db.execute(sa.select(*columns, sa.func.count()).group_by(*columns))
    return {(Standing(standing), rule, owner, bool(is_news)): n for standing, rule, owner, is_news, n in rows}


def _fits(wanted: Wanted, standing: Standing, rule: str, owner: int | None) -> bool:
    return (
        (standing is wanted.standing if wanted.standing else standing in UNRESOLVED)
        and (not wanted.rule or rule == wanted.rule)
        and (wanted.owner is None or owner == wanted.owner)
    )


def _by_filter(counts: _Counts, wanted: Wanted) -> tuple[dict[Standing, int], dict[str, int]]:
    standings: dict[Standing, int] = defaultdict(int)
    rules: dict[str, int] = defaultdict(int)
    for (standing, rule, owner, _), number in counts.items():
        if _fits(Wanted(rule=wanted.rule, owner=wanted.owner, standing=standing), standing, rule, owner):
            standings[standing] += number
        if _fits(Wanted(owner=wanted.owner, standing=wanted.standing), standing, rule, owner):
            rules[rule] += number
    return standings, {code: rules[code] for code in RULES if rules[code]}


def _news(counts: _Counts, wanted: Wanted, *, resolved: bool) -> int:
    return sum(
        number
        for (standing, rule, owner, news), number in counts.items()
        if news
        and (standing is Standing.RESOLVED) is resolved
        and _fits(Wanted(rule=wanted.rule, owner=wanted.owner, standing=standing), standing, rule, owner)
    )


def _owners(db: Session, counts: _Counts, wanted: Wanted) -> tuple[Owner, ...]:
    numbers: dict[int, int] = defaultdict(int)
    for (standing, rule, owner, _), number in counts.items():
        if owner is not None and _fits(
            Wanted(rule=wanted.rule, standing=wanted.standing), standing, rule, owner
        ):
            numbers[owner] += number
    if wanted.owner is not None:
        numbers.setdefault(wanted.owner, 0)
    names = db.execute(
        sa.select(col(Organisation.id), col(Organisation.short_name), col(Organisation.name)).where(
            col(Organisation.id).in_(numbers)
        )
    )
    found = (Owner(row.id, row.short_name or row.name, numbers[row.id]) for row in names)
    return tuple(sorted(found, key=lambda owner: (-owner.count, owner.name)))


def _narrowed(wanted: Wanted, today: date) -> list[Any]:
    standing = _standing(today)
    clauses: list[Any] = [
        standing == wanted.standing.value if wanted.standing else col(Alert.state) != AlertState.RESOLVED,
        _recent(today),
    ]
    if wanted.rule:
        clauses.append(col(Alert.rule) == wanted.rule)
    if wanted.owner is not None:
        clauses.append(_owner(today) == wanted.owner)
    return clauses


_RED = tuple(rule.code for rule in RULES.values() if rule.lamp == "red")


def _worst_first(today: date) -> tuple[Any, ...]:
    """Red before amber, as `AlertView.gravity` has it; of a milestone's days the pauses are not taken off here."""
    still_amber = sa.and_(
        col(Alert.rule) == "milestone_overdue", col(Alert.opened_on) > today - timedelta(RED_OVERDUE)
    )
    return (
        sa.case((still_amber, 1), (col(Alert.rule).in_(_RED), 0), else_=2),
        sa.case((col(Alert.rule) == "milestone_due", col(Alert.due_on)), else_=col(Alert.opened_on)),
        col(Alert.id),
    )


def _rows(db: Session, conditions: Sequence[Any], page: int, today: date) -> tuple[Row, ...]:
    # First which fifty, by the alerts alone: what surrounds them is looked up of no other.
    shown = (
        sa.select(col(Alert.id))
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .where(*conditions)
        .order_by(*_worst_first(today))
        .limit(SIZE)
        .offset((max(1, page) - 1) * SIZE)
    )
    statement = reading.selection().where(col(Alert.id).in_(shown)).order_by(*_worst_first(today))
    views = reading.views(db, statement, today)
    told, notes, owners = _told(db, views), _notes(db, views, today), _owner_names(db, views, today)
    return tuple(
        Row(view, owners.get(view.id, ""), told.get(view.id, ()), notes.get(view.id)) for view in views
    )


def _told(db: Session, views: Sequence[AlertView]) -> dict[int, tuple[Step, ...]]:
    """The steps told of each alert; the reminder is told by the alert that came before, on the same milestone."""
    by_milestone = {view.milestone_id: view.id for view in views if view.rule == "milestone_overdue"}
    rows: Any = db.execute(
        sa.select(
            col(NotificationItem.alert_id), col(NotificationItem.rung), col(Alert.milestone_id),
            col(Alert.rule), col(NotificationItem.episode), col(Alert.episode).label("current"),
        )
        .join(Alert, col(Alert.id) == col(NotificationItem.alert_id))
        .join(Notification, col(Notification.id) == col(NotificationItem.notification_id))
        .where(
            sa.or_(
                col(Alert.id).in_([view.id for view in views]),
                sa.and_(col(Alert.rule) == "milestone_due", col(Alert.milestone_id).in_(by_milestone)),
            ),
            ~col(NotificationItem.cancelled),
            col(NotificationItem.rung) != "settled",
            col(Notification.status).in_(TOLD),
        )
        .distinct()
    )  # fmt: skip
    found: dict[int, set[Step]] = defaultdict(set)
    for row in rows:
        if row.episode == row.current:
            found[row.alert_id].add(step_of(row.rung))
        if row.rule == "milestone_due" and row.milestone_id in by_milestone:
            found[by_milestone[row.milestone_id]].add(Step.REMINDER)
    return {alert: tuple(sorted(steps, key=STEPS.index)) for alert, steps in found.items()}


def _notes(db: Session, views: Sequence[AlertView], today: date) -> dict[int, Note]:
    rows: Any = db.execute(
        sa.select(col(AlertAck.alert_id), col(Person.name), col(AlertAck.until))
        .join(Person, col(Person.id) == col(AlertAck.person_id))
        .join(Alert, col(Alert.id) == col(AlertAck.alert_id))
        .where(
            col(AlertAck.alert_id).in_([view.id for view in views]),
            col(AlertAck.episode) == col(Alert.episode),
            col(AlertAck.until) >= today,
        )
        .order_by(col(AlertAck.until))
    )
    return {alert: Note(person, until) for alert, person, until in rows}


def _owner_names(db: Session, views: Sequence[AlertView], today: date) -> dict[int, str]:
    unit = _owner(today)
    rows: Any = db.execute(
        sa.select(col(Alert.id), col(Organisation.short_name), col(Organisation.name))
        .select_from(Alert)
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Organisation, col(Organisation.id) == unit)
        .where(col(Alert.id).in_([view.id for view in views]))
    )
    return {alert: short or name for alert, short, name in rows}
