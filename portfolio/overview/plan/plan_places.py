"""Where the plan names the projects that an actor sees, and what it promises of them: rows for plan pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor
from portfolio.plan.models import PlanSection, SectionKind
from portfolio.plan.queries import VersionLine
from portfolio.projects import scope
from portfolio.projects.models import Milestone, PlanReference, Project, Promise, PromiseKind
from portfolio.projects.rules.dates import PlannedDate, join
from portfolio.projects.rules.promises import Standing, standing
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES, Kind, Stage

_IN_USE, _START = "in_use", "start"  # milestones that bring a completion and a start about


@dataclass(frozen=True, slots=True)
class Section:
    """A 篇, 章, 节 or 专栏; `level` is its depth in the tree, from 1."""

    id: int
    key: str
    kind: SectionKind
    number: str
    title: str
    parent_id: int | None
    level: int


@dataclass(frozen=True, slots=True)
class Item:
    """A project, programme or measure as plan pages count it."""

    id: int
    kind: Kind
    stage: Stage
    bundle: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One place where the plan names a project."""

    id: int
    section_id: int
    project_id: int
    label: str
    name: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise with its standing on the day asked."""

    project_id: int
    section_id: int | None
    kind: PromiseKind
    comparator: str
    value: str
    unit: str
    due: PlannedDate | None
    standing: Standing


def sections(db: Session, version_id: int) -> list[Section]:
    """Return the sections of a version in the order of the text."""
    statement = (
        sa.select(
            col(PlanSection.id),
            col(PlanSection.name_key),
            col(PlanSection.kind),
            col(PlanSection.number),
            col(PlanSection.title),
            col(PlanSection.parent_id),
        )
        .where(col(PlanSection.version_id) == version_id)
        .order_by(col(PlanSection.position))
    )
    found: list[Section] = []
    level: dict[int, int] = {}
    for row in db.execute(statement):
        level[row.id] = level.get(row.parent_id, 0) + 1
        found.append(
            Section(row.id, row.name_key, row.kind, row.number, row.title, row.parent_id, level[row.id])
        )
    return found


def items(db: Session, actor: Actor, *, today: date) -> dict[int, Item]:
    """Return what the actor sees of all that a plan names or promises, by id."""
    named = sa.select(col(PlanReference.project_id)).union(sa.select(col(Promise.project_id)))
    statement = sa.select(
        col(Project.id),
        col(Project.kind),
        col(Project.stage),
        col(Project.bundle_count),
        col(Project.first_due),
    ).where(col(Project.id).in_(named), scope.covers(actor, today=today))
    return {
        row.id: Item(row.id, row.kind, row.stage, row.bundle_count or 1, _is_overdue(row, today))
        for row in db.execute(statement)
    }


def places(db: Session, section_ids: Sequence[int]) -> list[Place]:
    """Return the places in these sections, in the order in which the plan's data give them."""
    statement = (
        sa.select(
            col(PlanReference.id),
            col(PlanReference.section_id),
            col(PlanReference.project_id),
            col(PlanReference.label),
            col(PlanReference.name),
            col(PlanReference.occurrence),
        )
        .where(col(PlanReference.section_id).in_(section_ids))
        .order_by(col(PlanReference.id))
    )
    return [
        Place(id_ or 0, section_id, project_id, label, name, nth)
        for id_, section_id, project_id, label, name, nth in db.execute(statement)
    ]


def promises(db: Session, version: VersionLine, seen: Mapping[int, Item], *, today: date) -> list[Promised]:
    """Return the promises of a version for the projects seen."""
    reached = _reached(db, today)
    statement = sa.select(Promise).where(col(Promise.version_id) == version.id).order_by(col(Promise.id))
    return [
        _judged(row, seen[row.project_id].stage, reached, version.ends_on, today)
        for row in db.execute(statement).scalars()
        if row.project_id in seen
    ]


def _judged(
    row: Promise, stage: Stage, reached: Mapping[tuple[int, bool], date], ends_on: date, today: date
) -> Promised:
    day = reached.get((row.project_id, row.kind is PromiseKind.START))
    due = join(row.due, row.due_precision)
    return Promised(
        row.project_id,
        row.section_id,
        row.kind,
        row.comparator,
        "" if row.value is None else f"{row.value:f}",
        row.unit,
        due,
        standing(row.kind.value, due, ends_on, stage, day, today),
    )


def _reached(db: Session, today: date) -> dict[tuple[int, bool], date]:
    """The day on which works began (True) or the project went into use (False), by project."""
    statement = (
        sa.select(
            col(Milestone.project_id),
            (col(Milestone.kind) == _START).label("start"),
            sa.func.min(col(Milestone.actual)),
        )
        .where(col(Milestone.project_id).in_(sa.select(col(Promise.project_id))))
        .where(col(Milestone.kind).in_((_START, _IN_USE)))
        .where(col(Milestone.withdrawn_at).is_(None), col(Milestone.actual) <= today)
        .group_by(col(Milestone.project_id), sa.text("start"))
    )
    return {(project_id, bool(start)): day for project_id, start, day in db.execute(statement) if day}


def _is_overdue(row: sa.Row[int | None, Kind, Stage, int | None, date | None], today: date) -> bool:
    first_due = row[4]
    return row[2] not in WITHOUT_DATE_RULES and first_due is not None and first_due < today
