"""The rules' conditions as SQL, so that a scan costs what its queries cost.

Each returns the same columns (`FACTS`): the subject, its project and milestone, the day it was due,
the day the condition began, and a level that only grows when things get worse.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import col

from portfolio.alerts.configuration import Threshold
from portfolio.alerts.models import SuppressedAddress
from portfolio.alerts.rules.dates import SKIPPED_STAGES, stuck_since
from portfolio.finance.models import Amount
from portfolio.people.models import Organisation, Person, Post, PostHolding
from portfolio.plan.queries import newest_version
from portfolio.projects.models import Duty, DutyKind, Milestone, Project, Promise, PromiseKind
from portfolio.projects.rules.stages import Stage
from portfolio.workdays import Calendar

FACTS = ("subject_id", "project_id", "milestone_id", "due_on", "opened_on", "level")
Facts = sa.Select[Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition is asked for: the day, its calendar, the rules' thresholds."""

    day: date
    calendar: Calendar
    thresholds: Mapping[str, Threshold]


class days_between(FunctionElement[int]):  # noqa: N801 - reads as an SQL function
    """`days_between(later, earlier)`: whole days from the earlier to the later date."""

    type = sa.Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _days_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    later, earlier = (compiler.process(each, **kw) for each in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _days_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    later, earlier = (compiler.process(each, **kw) for each in element.clauses)
    return f"(CAST({later} AS DATE) - CAST({earlier} AS DATE))"


class plus_days(FunctionElement[date]):  # noqa: N801 - reads as an SQL function
    """`plus_days(day, n)`: the date n days later."""

    type = sa.Date()
    inherit_cache = True


@compiles(plus_days, "sqlite")
def _plus_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    day, count = (compiler.process(each, **kw) for each in element.clauses)
    return f"date({day}, ({count}) || ' days')"


@compiles(plus_days, "postgresql")
def _plus_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    day, count = (compiler.process(each, **kw) for each in element.clauses)
    return f"(CAST({day} AS DATE) + CAST({count} AS INTEGER))"


def _row(subject: Any, **columns: Any) -> Facts:
    nothing = sa.cast(sa.null(), sa.BigInteger)  # PostgreSQL takes a bare NULL for text
    given = {
        "subject_id": subject,
        "project_id": columns.get("project", nothing),
        "milestone_id": columns.get("milestone", nothing),
        "due_on": columns.get("due", sa.cast(sa.null(), sa.Date)),
        "opened_on": columns["opened"],
        "level": columns.get("level", sa.literal(0)),
    }
    return sa.select(*(value.label(name) for name, value in given.items()))


def row_of_facts(subject: int, day: date, level: int) -> Facts:
    """One given fact, for conditions that are no query over rows."""
    return _row(
        sa.cast(sa.literal(subject), sa.BigInteger),
        opened=sa.literal(day, sa.Date),
        level=sa.cast(sa.literal(level), sa.Integer),
    )


def _open_milestones(subject: Any, **columns: Any) -> Facts:
    stages = [Stage(each) for each in sorted(SKIPPED_STAGES)]
    return (
        _row(subject, project=col(Milestone.project_id), milestone=col(Milestone.id), **columns)
        .select_from(Milestone)
        .join(Project, col(Project.id) == col(Milestone.project_id))
        .where(
            col(Milestone.actual).is_(None),
            col(Milestone.withdrawn_at).is_(None),
            col(Project.stage).not_in(stages),
        )
    )


def milestone_overdue(scope: Scope) -> Facts:
    """Today lies after the current baseline; there is no actual."""
    baseline = col(Milestone.baseline)
    return _open_milestones(
        col(Milestone.id), due=baseline, opened=plus_days(baseline, sa.literal_column("1"))
    ).where(baseline < scope.day, baseline.is_not(None))


def milestone_due(scope: Scope) -> Facts:
    """The baseline is at most N days away. Whether a paused project is reminded is the ladder's affair."""
    threshold = scope.thresholds["milestone_due"]
    baseline = col(Milestone.baseline)
    facts = _open_milestones(col(Milestone.id), due=baseline, opened=_day(scope)).where(
        baseline >= scope.day, baseline <= scope.day + timedelta(days=threshold.widest)
    )
    if threshold.departs:
        facts = facts.where(days_between(baseline, _day(scope)) <= threshold.column())
    return facts


def milestone_slipping(scope: Scope) -> Facts:
    """The forecast lies N days or more after a baseline still ahead; the level counts whole Ns."""
    threshold = scope.thresholds["milestone_slipping"].column()
    baseline, forecast = col(Milestone.baseline), col(Milestone.forecast)
    slip = days_between(forecast, baseline)
    return _open_milestones(
        col(Milestone.id), due=baseline, opened=_day(scope), level=slip // threshold
    ).where(baseline >= scope.day, forecast > baseline, slip >= threshold)


def gate_stuck(scope: Scope) -> Facts:
    """Applied N working days ago; neither accepted nor approved."""
    since = scope.thresholds["gate_stuck"].chosen(
        lambda days: sa.literal(stuck_since(scope.calendar, scope.day, max(days, default=0)), sa.Date)
    )
    applied = col(Milestone.applied_on)
    return _open_milestones(col(Milestone.id), due=applied, opened=_day(scope)).where(
        applied <= since, col(Milestone.accepted_on).is_(None)
    )


_PROVES = {
    PromiseKind.COMPLETION: ("completion_acceptance", "in_use"),
    PromiseKind.START: ("start",),
}


def promise_at_risk(scope: Scope) -> Facts:
    """A forecast that proves a dated promise lies after it, and the promise has not lapsed."""
    kinds = sa.or_(
        *(
            sa.and_(col(Promise.kind) == kind, col(Milestone.kind).in_(names))
            for kind, names in _PROVES.items()
        )
    )
    late = sa.func.max(days_between(col(Milestone.forecast), col(Promise.due)))
    facts: Facts = (
        _open_milestones(col(Promise.id), opened=_day(scope))
        .join(Promise, col(Promise.project_id) == col(Project.id))
        .where(kinds, col(Promise.due) >= scope.day, col(Milestone.forecast) > col(Promise.due))
        .where(col(Promise.version_id) == newest_version())
        .group_by(col(Promise.id))
    )
    return facts.with_only_columns(
        col(Promise.id).label("subject_id"),
        sa.func.max(col(Milestone.project_id)).label("project_id"),
        sa.func.max(col(Milestone.id)).label("milestone_id"),
        sa.func.max(col(Promise.due)).label("due_on"),
        _day(scope).label("opened_on"),
        (late // 90).label("level"),
    )


_ACTIVE = (Stage.PREPARATION, Stage.IMPLEMENTATION, Stage.COMPLETION)


def active_projects() -> sa.Select[Any]:
    """Projects that someone should be building now."""
    return sa.select(col(Project.id)).where(
        col(Project.stage).in_(_ACTIVE), col(Project.merged_into_id).is_(None)
    )


def without_owner(day: date) -> sa.Select[Any]:
    """Active projects without a valid 责任单位."""
    duty = sa.select(col(Duty.id)).where(
        col(Duty.project_id) == col(Project.id),
        col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT,
        *_valid(Duty, day),
    )
    return active_projects().where(~duty.exists())


def without_dates() -> sa.Select[Any]:
    """Active projects in which no milestone has a baseline."""
    dated = sa.select(col(Milestone.id)).where(
        col(Milestone.project_id) == col(Project.id),
        col(Milestone.baseline).is_not(None),
        col(Milestone.withdrawn_at).is_(None),
    )
    return active_projects().where(~dated.exists())


def without_money() -> sa.Select[Any]:
    """Active projects without any current amount."""
    amount = sa.select(col(Amount.id)).where(
        col(Amount.project_id) == col(Project.id), col(Amount.is_current), col(Amount.sum).is_not(None)
    )
    return active_projects().where(~amount.exists())


def _gap(scope: Scope, lacking: sa.Select[Any]) -> Facts:
    """One alert for the portfolio: the count is its level, told weekly, never project by project."""
    count = sa.select(sa.func.count()).select_from(lacking.subquery()).scalar_subquery()
    return _row(sa.literal(0), opened=_day(scope), level=count).where(lacking.exists())


def unassigned(scope: Scope) -> Facts:
    """Some active project has no responsible unit."""
    return _gap(scope, without_owner(scope.day))


def undated(scope: Scope) -> Facts:
    """Some active project has no milestone with a baseline."""
    return _gap(scope, without_dates())


def unbudgeted(scope: Scope) -> Facts:
    """Some active project has no money at all."""
    return _gap(scope, without_money())


def owner_gone(scope: Scope) -> Facts:
    """A unit answers for an active project, and nobody in it can be told: no head, no contact."""
    held = (
        sa.select(col(Post.id))
        .join(PostHolding, col(PostHolding.post_id) == col(Post.id))
        .join(Person, col(Person.id) == col(PostHolding.person_id))
        .where(
            col(Post.organisation_id) == col(Organisation.id),
            *_valid(PostHolding, scope.day),
            *_here(scope.day),
        )
    )
    works = sa.select(col(Person.id)).where(
        col(Person.organisation_id) == col(Organisation.id), *_here(scope.day)
    )
    answers = sa.select(col(Duty.id)).where(
        col(Duty.organisation_id) == col(Organisation.id),
        col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT,
        col(Duty.project_id).in_(active_projects()),
        *_valid(Duty, scope.day),
    )
    return (
        _row(col(Organisation.id), opened=_day(scope))
        .select_from(Organisation)
        .where(answers.exists(), ~held.exists(), ~works.exists())
    )


def person_gone(scope: Scope) -> Facts:
    """Someone who left is still a contact, a responsible leader or a milestone's owner."""
    return _needed(scope).where(col(Person.left_on).is_not(None), col(Person.left_on) <= scope.day)


def address_bounced(scope: Scope) -> Facts:
    """The address of someone who is needed does not take mail."""
    refused = sa.select(col(SuppressedAddress.address)).where(
        col(SuppressedAddress.address) == col(Person.email)
    )
    return _needed(scope).where(refused.exists(), *_here(scope.day))


def _needed(scope: Scope) -> Facts:
    duty = sa.select(col(Duty.id)).where(
        col(Duty.person_id) == col(Person.id),
        col(Duty.project_id).in_(active_projects()),
        *_valid(Duty, scope.day),
    )
    owner = sa.select(col(Milestone.id)).where(
        col(Milestone.owner_person_id) == col(Person.id),
        col(Milestone.actual).is_(None),
        col(Milestone.withdrawn_at).is_(None),
    )
    post = sa.select(col(PostHolding.id)).where(
        col(PostHolding.person_id) == col(Person.id), *_valid(PostHolding, scope.day)
    )
    return (
        _row(col(Person.id), opened=_day(scope))
        .select_from(Person)
        .where(sa.or_(duty.exists(), owner.exists(), post.exists()))
    )


def _here(day: date) -> tuple[Any, ...]:
    return (sa.or_(col(Person.left_on).is_(None), col(Person.left_on) > day),)


def _valid(table: Any, day: date) -> tuple[Any, ...]:
    return (table.starts_on <= day, sa.or_(table.ends_on.is_(None), table.ends_on >= day))


def _day(scope: Scope) -> Any:
    return sa.literal(scope.day, sa.Date)


CONDITIONS: Mapping[str, Callable[[Scope], Facts]] = {
    each.__name__: each
    for each in (
        milestone_overdue, milestone_due, milestone_slipping, promise_at_risk, gate_stuck,
        unassigned, undated, unbudgeted, owner_gone, person_gone, address_bounced,
    )
}  # fmt: skip


def everywhere(rule: str, scope: Scope) -> Facts:
    """A rule's condition wherever it is met, whether the rule is switched on there or not."""
    return CONDITIONS[rule](scope)


def met(rule: str, scope: Scope) -> Facts:
    """A rule's condition where the rule is switched on."""
    facts = everywhere(rule, scope)
    switched_on = scope.thresholds[rule].switched_on()
    return facts if switched_on is None else facts.where(switched_on)


GAPS: Mapping[str, Callable[[date], sa.Select[Any]]] = {
    "unassigned": without_owner,
    "undated": lambda _day: without_dates(),
    "unbudgeted": lambda _day: without_money(),
}


def fact_columns(facts: Facts) -> Sequence[Any]:
    """The columns of a condition as a subquery, in the order of FACTS."""
    sub = facts.subquery()
    return [sub.c[name] for name in FACTS]
