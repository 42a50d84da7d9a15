"""One milestone, for the forms that change it."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.errors import NotFound
from portfolio.i18n import _
from portfolio.overview.projects import page_milestones
from portfolio.overview.projects.list_rows import pauses_of
from portfolio.overview.projects.page_milestones import MilestoneLine
from portfolio.projects import scope
from portfolio.projects.models import Milestone, MilestoneDate, Project
from portfolio.projects.rules import dates
from portfolio.projects.rules.dates import PlannedDate


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier forecast or actual: what, by whom, known since when, why."""

    field: str
    when: PlannedDate | None
    known_on: date
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class MilestonePage:
    """The milestone with its project and what was said of it before, newest first."""

    project_code: str
    project: str
    line: MilestoneLine
    said: tuple[Said, ...]


def milestone_page(db: Session, actor: Actor, code: str, *, today: date) -> MilestonePage:
    """Return a milestone by its code; raises NotFound for one that is out of sight."""
    statement = (
        sa.select(col(Project.id), col(Project.code), col(Project.name), col(Milestone.id))
        .join(Milestone, col(Milestone.project_id) == col(Project.id))
        .where(col(Milestone.code) == code, scope.covers(actor, today=today))
    )
    row = db.execute(statement).one_or_none()
    if row is None:
        raise NotFound(_("没有节点 %(code)s，或者它不在您的范围内。", code=code))
    project_id, project_code, name, milestone_id = row
    assert project_id is not None
    allowed = scope.permissions(db, actor, project_id, today=today)
    found = page_milestones.milestones(
        db,
        actor,
        project_id,
        today,
        pauses=pauses_of(db, [project_id]).get(project_id, []),
        reports=Permission.REPORT_DATES in allowed,
    )
    line = next(each for each in (*found.lines, *found.withdrawn) if each.id == milestone_id)
    return MilestonePage(project_code, name, line, _said(db, line.id))


def _said(db: Session, milestone_id: int) -> tuple[Said, ...]:
    statement = (
        sa.select(MilestoneDate)
        .where(col(MilestoneDate.milestone_id) == milestone_id)
        .order_by(col(MilestoneDate.known_on).desc(), col(MilestoneDate.id).desc())
    )
    return tuple(
        Said(row.field, dates.join(row.day, row.precision), row.known_on, row.recorded_by, row.reason)
        for row in db.execute(statement).scalars()
    )
