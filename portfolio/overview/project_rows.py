"""Lines about projects for lists: who answers, where they lie, the next milestone, this year's money.

Everything is fetched for all the projects of a page at once: the number of statements does not
grow with the rows.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.finance.models import Amount, AmountKind
from portfolio.money import Fen
from portfolio.people.models import Organisation
from portfolio.plan.models import PlanSection
from portfolio.projects import scope
from portfolio.projects.models import (
    District,
    Duty,
    DutyKind,
    Milestone,
    Pause,
    PauseState,
    PlanReference,
    Project,
    ProjectDistrict,
    Sector,
)
from portfolio.projects.rules.dates import PlannedDate, join
from portfolio.projects.rules.kinds import name_of
from portfolio.projects.rules.lateness import Interval, Lateness, MilestoneDates, is_paused, lateness
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES, Kind, Stage

RED_AFTER_DAYS = 30  # the milestone lamp: overdue 1–30 days or slip from 30 days is amber, more is red


@dataclass(frozen=True, slots=True)
class NextMilestone:
    """The open milestone with the earliest baseline; its lateness today, and the colour it gives."""

    name: str
    baseline: PlannedDate | None
    forecast: PlannedDate | None
    lateness: Lateness
    tone: str


@dataclass(frozen=True, slots=True)
class YearMoney:
    """Planned and paid in the current year, all sources together; None is not known."""

    planned: Fen | None
    paid: Fen | None


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One line of a list of projects, with all that is shown."""

    id: int
    code: str
    name: str
    kind: Kind
    stage: Stage
    sector: str
    districts: tuple[str, ...]
    unit: str
    place: str
    bundle: int | None
    doubtful: bool
    paused: bool
    next: NextMilestone | None
    money: YearMoney | None


def rows_of(db: Session, actor: Actor, ids: Sequence[int], *, today: date) -> list[ProjectRow]:
    """Return the lines of these projects in this order; the caller has made sure that they are visible."""
    if not ids:
        return []
    found = {row.id: row for row in db.execute(_PROJECTS.where(col(Project.id).in_(ids)))}
    districts, units = _districts(db, ids), _units(db, ids, today)
    places, pauses = _places(db, ids), _pauses(db, ids)
    milestones = _next(db, ids, pauses, today)
    sums = _year_money(db, actor, ids, today)
    return [
        ProjectRow(
            id=each,
            code=found[each].code,
            name=found[each].name,
            kind=found[each].kind,
            stage=found[each].stage,
            sector=found[each].sector or "",
            districts=tuple(districts[each]),
            unit=units.get(each, ""),
            place=places.get(each, ""),
            bundle=found[each].bundle_count,
            doubtful=found[each].doubtful,
            paused=is_paused(pauses[each], today),
            next=None if found[each].stage in WITHOUT_DATE_RULES else milestones.get(each),
            money=sums.get(each),
        )
        for each in ids
        if each in found
    ]


def tone_of(found: Lateness) -> str:
    """The colour of the milestone lamp's rule for one milestone; empty without a baseline."""
    if not found.dated:
        return ""
    slip = found.against_current.days if found.against_current else 0
    if (found.overdue or 0) > RED_AFTER_DAYS:
        return "red"
    if found.overdue or (slip >= RED_AFTER_DAYS and not found.reached):
        return "amber"
    return "green"


_PROJECTS: sa.Select[Any, Any, Any, Any, Any, Any, Any, Any] = sa.select(
    col(Project.id),
    col(Project.code),
    col(Project.name),
    col(Project.kind),
    col(Project.stage),
    col(Project.bundle_count),
    col(Project.doubtful),
    col(Sector.name).label("sector"),
).outerjoin(Sector, col(Sector.code) == col(Project.sector_code))


def _districts(db: Session, ids: Sequence[int]) -> defaultdict[int, list[str]]:
    statement = (
        sa.select(col(ProjectDistrict.project_id), col(District.name))
        .join(District, col(District.code) == col(ProjectDistrict.district_code))
        .where(col(ProjectDistrict.project_id).in_(ids))
        .order_by(col(District.position))
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for project_id, name in db.execute(statement):
        found[project_id].append(name)
    return found


def _units(db: Session, ids: Sequence[int], today: date) -> dict[int, str]:
    statement = (
        sa.select(col(Duty.project_id), col(Organisation.name), col(Organisation.short_name))
        .join(Organisation, col(Organisation.id) == col(Duty.organisation_id))
        .where(col(Duty.project_id).in_(ids), col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT)
        .where(col(Duty.starts_on) <= today)
        .where(sa.or_(col(Duty.ends_on).is_(None), col(Duty.ends_on) >= today))
        .order_by(col(Duty.starts_on))
    )
    return {project_id: short or name for project_id, name, short in db.execute(statement)}


def _places(db: Session, ids: Sequence[int]) -> dict[int, str]:
    """Where the plan names the project first: `第八章 · 专栏5`."""
    parent = aliased(PlanSection)
    statement = (
        sa.select(col(PlanReference.project_id), col(parent.number), col(PlanSection.number))
        .join(PlanSection, col(PlanSection.id) == col(PlanReference.section_id))
        .outerjoin(parent, col(parent.id) == col(PlanSection.parent_id))
        .where(col(PlanReference.project_id).in_(ids))
        .order_by(col(PlanReference.id).desc())
    )
    return {
        project_id: f"{above or ''} {number}".strip() for project_id, above, number in db.execute(statement)
    }


def _pauses(db: Session, ids: Sequence[int]) -> defaultdict[int, list[Interval]]:
    statement = (
        sa.select(col(Pause.project_id), col(Pause.starts_on), col(Pause.ends_on))
        .where(col(Pause.project_id).in_(ids))
        .where(col(Pause.state).in_((PauseState.RUNNING, PauseState.ENDED)))
    )
    found: defaultdict[int, list[Interval]] = defaultdict(list)
    for project_id, first, last in db.execute(statement):
        found[project_id].append(Interval(first, last))
    return found


def _next(
    db: Session, ids: Sequence[int], pauses: defaultdict[int, list[Interval]], today: date
) -> dict[int, NextMilestone]:
    """The open milestone with the earliest baseline of each project; one without baseline only if none has."""
    statement = (
        sa.select(Milestone)
        .where(col(Milestone.project_id).in_(ids))
        .where(col(Milestone.actual).is_(None), col(Milestone.withdrawn_at).is_(None))
        .order_by(col(Milestone.baseline).is_(None), col(Milestone.baseline), col(Milestone.position))
    )
    found: dict[int, NextMilestone] = {}
    for row in db.execute(statement).scalars():
        if row.project_id not in found:
            dates = dates_of(row)
            judged = lateness(dates, today, pauses[row.project_id])
            found[row.project_id] = NextMilestone(
                name_of(row.kind, row.label), dates.current, dates.forecast, judged, tone_of(judged)
            )
    return found


def dates_of(row: Milestone) -> MilestoneDates:
    """Put a milestone's stored columns together."""
    return MilestoneDates(
        join(row.first_baseline, row.first_baseline_precision),
        join(row.baseline, row.baseline_precision),
        join(row.forecast, row.forecast_precision),
        join(row.actual, row.actual_precision),
    )


def _year_money(db: Session, actor: Actor, ids: Sequence[int], today: date) -> dict[int, YearMoney]:
    """Planned and paid of the year, where the actor may see the money."""
    if not actor.may(Permission.SEE_MONEY):
        return {}
    seen = scope.within(db, actor, ids, today=today, permission=Permission.SEE_MONEY)
    statement = (
        sa.select(col(Amount.project_id), col(Amount.kind), sa.func.sum(col(Amount.sum)))
        .where(col(Amount.project_id).in_(seen), col(Amount.is_current), col(Amount.year) == today.year)
        .where(col(Amount.kind).in_((AmountKind.PLANNED, AmountKind.PAID)))
        .where(sa.or_(col(Amount.kind) == AmountKind.PLANNED, col(Amount.month) <= today.month))
        .where(col(Amount.sum).is_not(None))
        .group_by(col(Amount.project_id), col(Amount.kind))
    )
    sums = {(project_id, kind): sum_ for project_id, kind, sum_ in db.execute(statement)}
    return {
        each: YearMoney(sums.get((each, AmountKind.PLANNED)), sums.get((each, AmountKind.PAID)))
        for each in seen
    }
