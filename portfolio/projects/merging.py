"""Duplicates become one project. Nothing is deleted: the duplicate stays, pointing to what was kept."""

from datetime import date
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit
from portfolio.access import Actor, Permission
from portfolio.audit import Change
from portfolio.database import check_version
from portfolio.errors import Conflict
from portfolio.i18n import _
from portfolio.projects import projects, scope
from portfolio.projects.models import Membership, Milestone, PlanReference, Project, ProjectAlias, Promise

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=400)]


class MergeIn(BaseModel):
    """Which project is a duplicate of which, and why. `version` is the duplicate's as it was seen."""

    model_config = ConfigDict(extra="forbid")
    duplicate_id: int
    into_id: int
    reason: Reason
    version: int | None = None


def merge(db: Session, actor: Actor, filled: MergeIn, *, today: date) -> Project:
    """Merge a duplicate into the project that is kept, and return that.

    Names become aliases; references, promises, memberships, parts and earlier duplicates move over. Duties, milestones,
    money and history stay with the duplicate, where they were written. Raises Conflict when the
    duplicate has milestones of its own that were reached or have a baseline, or when the kept one lies
    under it at any depth.
    """
    pair = [filled.duplicate_id, filled.into_id]
    scope.require(db, actor, pair, Permission.MERGE_PROJECTS, today=today)
    rows = projects.load(db, pair)
    duplicate, kept = rows[filled.duplicate_id], rows[filled.into_id]
    check_version(filled.version, duplicate.version)
    _refuse(db, duplicate, kept)
    moved = _move(db, filled.duplicate_id, filled.into_id)
    _take_names(db, duplicate, kept)
    duplicate.merged_into_id, duplicate.version = kept.id, duplicate.version + 1
    kept.version += 1
    db.flush()
    change = {"merged_into_id": kept.id, "merged_into": kept.code}
    audit.record(
        db,
        actor,
        Change("project", pair[0], "merge", {"merged_into_id": None}, change, pair[0], filled.reason),
        Change("project", pair[1], "take in", {}, {"from": duplicate.code} | moved, pair[1], filled.reason),
    )
    return kept


def _refuse(db: Session, duplicate: Project, kept: Project) -> None:
    if duplicate.id == kept.id:
        raise Conflict(_("一个项目不能并入它自己。"))
    if duplicate.id in _above(db, kept):
        raise Conflict(_("要保留的项目是另一个的一部分。请先改它的上级项目。"))
    dated = sa.select(sa.func.count()).where(
        col(Milestone.project_id) == duplicate.id,
        col(Milestone.withdrawn_at).is_(None),
        sa.or_(col(Milestone.baseline).is_not(None), col(Milestone.actual).is_not(None)),
    )
    if db.execute(dated).scalar_one():
        raise Conflict(_("重复项目已有基线或已完成的节点。请先把它们登记到要保留的项目，再撤销。"))


def _above(db: Session, project: Project) -> set[int]:
    """The project's wholes, at any depth."""
    found: set[int] = set()
    whole_id = project.part_of_id
    while whole_id is not None and whole_id not in found:
        found.add(whole_id)
        part_of = sa.select(col(Project.part_of_id)).where(col(Project.id) == whole_id)
        whole_id = db.execute(part_of).scalar_one()
    return found


def _move(db: Session, source: int, target: int) -> dict[str, int]:
    """Move what the plan says of the duplicate, and its parts; what the kept one has already stays."""
    taken = sa.select(col(PlanReference.section_id), col(PlanReference.name), col(PlanReference.occurrence))
    known = {tuple(row) for row in db.execute(taken.where(col(PlanReference.project_id) == target))}
    references = db.execute(sa.select(PlanReference).where(col(PlanReference.project_id) == source)).scalars()
    moved = 0
    for row in references:
        if (row.section_id, row.name, row.occurrence) not in known:
            row.project_id, moved = target, moved + 1
    promises = _repoint(db, Promise, col(Promise.project_id), source, target)
    parts = _repoint(db, Project, col(Project.part_of_id), source, target)
    _repoint(db, Project, col(Project.merged_into_id), source, target)  # an old code still leads to a page
    programme, project = col(Membership.programme_id), col(Membership.project_id)
    for one, other in ((project, programme), (programme, project)):
        have = sa.select(other).where(one == target)
        change = sa.update(Membership).where(one == source, other.not_in(have), other != target)
        db.execute(change.values({one: target}))
    return {"references": moved, "promises": promises, "parts": parts}


def _repoint(db: Session, table: Any, column: Any, source: int, target: int) -> int:
    done: Any = db.execute(sa.update(table).where(column == source).values({column: target}))
    return int(done.rowcount)


def _take_names(db: Session, duplicate: Project, kept: Project) -> None:
    """The duplicate's names find the kept project from now on."""
    of = sa.select(col(ProjectAlias.name), col(ProjectAlias.pinyin), col(ProjectAlias.initials))
    theirs = db.execute(of.where(col(ProjectAlias.project_id) == duplicate.id))
    names = {name: (full, initials) for name, full, initials in theirs}
    names[duplicate.name] = (duplicate.pinyin, duplicate.initials)
    ours = sa.select(col(ProjectAlias.name)).where(col(ProjectAlias.project_id) == kept.id)
    known = set(db.execute(ours).scalars())
    for name, (full, initials) in names.items():
        if name not in known and name != kept.name:
            assert kept.id is not None
            db.add(
                ProjectAlias(project_id=kept.id, name=name, pinyin=full, initials=initials, origin="merge")
            )
