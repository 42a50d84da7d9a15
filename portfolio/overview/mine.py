"""The first page: what is overdue, what is due soon, what waits for a decision of mine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, Permission, Role
from portfolio.alerts.desk.centre import Row, Wanted, centre
from portfolio.overview.projects.list_rows import pauses_of
from portfolio.overview.projects.project_filter import ProjectFilter, chosen
from portfolio.overview.projects.project_list import Counts, counts_of
from portfolio.people.models import Organisation
from portfolio.projects import duties, scope
from portfolio.projects.models import (
    BaselineRow,
    BaselineState,
    BaselineVersion,
    Duty,
    DutyKind,
    Milestone,
    Pause,
    PauseState,
    Project,
)
from portfolio.projects.rules import dates, kinds
from portfolio.projects.rules.lateness import Lateness, MilestoneDates, lateness, tone
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES

SOON = timedelta(days=30)
MOST, MOST_ALERTS = 15, 8


@dataclass(frozen=True, slots=True)
class DueLine:
    """A milestone that is overdue or due soon."""

    code: str
    project_code: str
    project: str
    name: str
    unit: str
    dates: MilestoneDates
    late: Lateness
    lamp: str


@dataclass(frozen=True, slots=True)
class WaitingBaseline:
    """A proposed baseline version that the reader may decide."""

    id: int
    no: int
    project_code: str
    project: str
    moves: int
    reason: str
    proposed_by: str
    known_on: date


@dataclass(frozen=True, slots=True)
class WaitingPause:
    """A pause that was asked for and that the reader may decide."""

    id: int
    project_code: str
    project: str
    reason: str
    starts_on: date
    asked_by: str


@dataclass(frozen=True, slots=True)
class Mine:
    """All that the page shows. `wanted` is the filter whose list the counts are of."""

    wanted: ProjectFilter
    counts: Counts
    overdue: tuple[DueLine, ...]
    overdue_count: int
    soon: tuple[DueLine, ...]
    soon_count: int
    longest: int
    baselines: tuple[WaitingBaseline, ...]
    pauses: tuple[WaitingPause, ...]
    alerts: tuple[Row, ...]
    alert_count: int
    fills_gaps: bool
    today: date


def mine(db: Session, actor: Actor, *, today: date) -> Mine:
    """Return the page of whoever asks; a leader's is about the projects in their charge, if there are any."""
    wanted = _wanted(db, actor, today)
    within = sa.and_(
        chosen(actor, wanted, today=today), col(Project.stage).not_in(WITHOUT_DATE_RULES)
    )  # fmt: skip
    overdue_count, soon_count = _numbers(db, within, today)
    baseline = col(Milestone.baseline)
    told = centre(db, actor, Wanted(mine=True), today=today)
    overdue = _lines(db, sa.and_(within, baseline < today), today)
    soon = _lines(db, sa.and_(within, baseline >= today, baseline <= today + SOON), today)
    return Mine(
        wanted=wanted,
        counts=counts_of(db, actor, wanted, today, unassigned=actor.may(Permission.ASSIGN_DUTIES)),
        overdue=overdue,
        overdue_count=overdue_count,
        soon=soon,
        soon_count=soon_count,
        longest=max((line.late.overdue or 0 for line in overdue), default=0),
        baselines=_baselines(db, actor, today),
        pauses=_pauses(db, actor, today),
        alerts=told.rows[:MOST_ALERTS],
        alert_count=told.total,
        fills_gaps=actor.may(Permission.ASSIGN_DUTIES),
        today=today,
    )


def _wanted(db: Session, actor: Actor, today: date) -> ProjectFilter:
    if not actor.has_role(Role.LEADER):
        return ProjectFilter()
    charged = db.execute(scope.in_charge(actor, today=today).limit(1)).first()
    return ProjectFilter(charge=charged is not None)


def _open(statement: Any) -> Any:
    return statement.where(
        col(Milestone.withdrawn_at).is_(None),
        col(Milestone.actual).is_(None),
        col(Milestone.baseline).is_not(None),
    )


def _numbers(db: Session, within: sa.ColumnElement[bool], today: date) -> tuple[int, int]:
    past = sa.case((col(Milestone.baseline) < today, 1), else_=0)
    statement = _open(
        sa.select(sa.func.coalesce(sa.func.sum(past), 0), sa.func.count())
        .select_from(Milestone)
        .join(Project, col(Project.id) == col(Milestone.project_id))
        .where(within, col(Milestone.baseline) <= today + SOON)
    )
    overdue, both = db.execute(statement).one()
    return int(overdue), int(both) - int(overdue)


def _lines(db: Session, within: sa.ColumnElement[bool], today: date) -> tuple[DueLine, ...]:
    statement = _open(
        sa.select(Milestone, col(Project.code), col(Project.name))
        .join(Project, col(Project.id) == col(Milestone.project_id))
        .where(within)
        .order_by(col(Milestone.baseline), col(Milestone.id))
        .limit(MOST)
    )
    rows = db.execute(statement).all()
    ids = sorted({row[0].project_id for row in rows})
    units, intervals = _units(db, ids, today), pauses_of(db, ids)
    found = []
    for row, code, name in rows:
        known = MilestoneDates(
            current=dates.join(row.baseline, row.baseline_precision),
            forecast=dates.join(row.forecast, row.forecast_precision),
        )
        late = lateness(known, today, intervals.get(row.project_id, ()))
        label = kinds.name_of(row.kind, row.label)
        unit = units.get(row.project_id, "")
        found.append(DueLine(row.code, code, name, label, unit, known, late, tone(late)))
    return tuple(found)


def _units(db: Session, ids: Sequence[int], today: date) -> dict[int, str]:
    statement = (
        sa.select(col(Duty.project_id), col(Organisation.short_name), col(Organisation.name))
        .join(Organisation, col(Organisation.id) == col(Duty.organisation_id))
        .where(col(Duty.project_id).in_(ids), col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT)
        .where(duties.valid_on(today))
    )
    return {id_: short or name for id_, short, name in db.execute(statement)}


def _baselines(db: Session, actor: Actor, today: date) -> tuple[WaitingBaseline, ...]:
    if not actor.may(Permission.DECIDE_BASELINE):
        return ()
    moves = (
        sa.select(sa.func.count())
        .where(col(BaselineRow.version_id) == col(BaselineVersion.id))
        .scalar_subquery()
    )
    statement = (
        sa.select(
            col(BaselineVersion.id),
            col(BaselineVersion.no),
            col(Project.code),
            col(Project.name),
            moves,
            col(BaselineVersion.reason),
            col(BaselineVersion.proposed_by),
            col(BaselineVersion.known_on),
        )
        .join(Project, col(Project.id) == col(BaselineVersion.project_id))
        .where(col(BaselineVersion.state) == BaselineState.PROPOSED)
        .where(scope.covers(actor, today=today, permission=Permission.DECIDE_BASELINE))
        .order_by(col(BaselineVersion.known_on), col(BaselineVersion.id))
    )
    return tuple(WaitingBaseline(row[0] or 0, *row[1:]) for row in db.execute(statement))


def _pauses(db: Session, actor: Actor, today: date) -> tuple[WaitingPause, ...]:
    if not actor.may(Permission.DECIDE_PAUSE):
        return ()
    statement = (
        sa.select(
            col(Pause.id),
            col(Project.code),
            col(Project.name),
            col(Pause.reason),
            col(Pause.starts_on),
            col(Pause.asked_by),
        )
        .join(Project, col(Project.id) == col(Pause.project_id))
        .where(col(Pause.state) == PauseState.ASKED)
        .where(scope.covers(actor, today=today, permission=Permission.DECIDE_PAUSE))
        .order_by(col(Pause.starts_on), col(Pause.id))
    )
    return tuple(WaitingPause(row[0] or 0, *row[1:]) for row in db.execute(statement))
