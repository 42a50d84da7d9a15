"""One version of a baseline: what it moves for which milestone, from where, and by how much."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.errors import NotFound
from portfolio.i18n import _
from portfolio.projects import scope
from portfolio.projects.models import BaselineRow, BaselineState, BaselineVersion, Milestone, Project
from portfolio.projects.rules import dates, kinds
from portfolio.projects.rules.dates import PlannedDate
from portfolio.projects.rules.lateness import Slip, slip


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A milestone's new date beside the first and the present one."""

    name: str
    first: PlannedDate | None
    before: PlannedDate | None
    after: PlannedDate
    against_before: Slip | None
    against_first: Slip | None


@dataclass(frozen=True, slots=True)
class BaselinePage:
    """The version with its decision; `may` is what the reader may do on the project."""

    id: int
    no: int
    version: int
    state: BaselineState
    project_code: str
    project: str
    reason: str
    document: str
    proposed_by: str
    known_on: date
    decided_by: str
    decided_on: date | None
    comment: str
    moves: tuple[MoveLine, ...]
    may: frozenset[str]
    may_withdraw: bool

    @property
    def waits(self) -> bool:
        """Whether it still waits for a decision."""
        return self.state is BaselineState.PROPOSED


def baseline_page(db: Session, actor: Actor, version_id: int, *, today: date) -> BaselinePage:
    """Return a version; raises NotFound for one of a project that is out of sight."""
    statement = (
        sa.select(BaselineVersion, col(Project.code), col(Project.name))
        .join(Project, col(Project.id) == col(BaselineVersion.project_id))
        .where(col(BaselineVersion.id) == version_id, scope.covers(actor, today=today))
    )
    found = db.execute(statement).one_or_none()
    if found is None:
        raise NotFound(_("没有这一版基线，或者它不在您的范围内。"))
    row, code, name = found
    allowed = scope.permissions(db, actor, row.project_id, today=today)
    return BaselinePage(
        id=version_id,
        no=row.no,
        version=row.version,
        state=row.state,
        project_code=code,
        project=name,
        reason=row.reason,
        document=row.document,
        proposed_by=row.proposed_by,
        known_on=row.known_on,
        decided_by=row.decided_by,
        decided_on=row.decided_on,
        comment=row.comment,
        moves=_moves(db, row),
        may=frozenset(each.value for each in allowed),
        may_withdraw=Permission.DECIDE_BASELINE in allowed or _is_own(actor, row),
    )


def _is_own(actor: Actor, version: BaselineVersion) -> bool:
    return actor.account_id is not None and version.proposed_account_id == actor.account_id


def _moves(db: Session, version: BaselineVersion) -> tuple[MoveLine, ...]:
    before = _standing_before(db, version)
    statement = (
        sa.select(BaselineRow, Milestone)
        .join(Milestone, col(Milestone.id) == col(BaselineRow.milestone_id))
        .where(col(BaselineRow.version_id) == version.id)
        .order_by(col(BaselineRow.day), col(Milestone.position), col(Milestone.id))
    )
    lines = []
    for row, milestone in db.execute(statement):
        after, first = (
            PlannedDate(row.day, row.precision),
            dates.join(milestone.first_baseline, milestone.first_baseline_precision),
        )
        was = before.get(row.milestone_id)
        name = kinds.name_of(milestone.kind, milestone.label)
        lines.append(MoveLine(name, first, was, after, slip(after, was), slip(after, first)))
    return tuple(lines)


def _standing_before(db: Session, version: BaselineVersion) -> dict[int, PlannedDate]:
    """What each milestone's baseline was when the earlier versions had been decided."""
    statement = (
        sa.select(BaselineRow)
        .join(BaselineVersion, col(BaselineVersion.id) == col(BaselineRow.version_id))
        .where(
            col(BaselineVersion.project_id) == version.project_id,
            col(BaselineVersion.state) == BaselineState.APPROVED,
            col(BaselineVersion.no) < version.no,
        )
        .order_by(col(BaselineVersion.no))
    )
    return {row.milestone_id: PlannedDate(row.day, row.precision) for row in db.execute(statement).scalars()}
