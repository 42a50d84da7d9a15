"""Which projects an actor may reach: the only file that decides it, and the door of every query on projects.

A right is permission × scope. A project lies in an organisation's scope while a valid 责任单位 or
建设单位 duty names that organisation or a descendant. Scope passes from a whole to its parts, never
upward; any share counts for a district. A milestone's owner sees its project, without its money.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.access import Actor, Grant, Permission, Role, ScopeKind
from portfolio.database import in_parts
from portfolio.errors import NotFound, Refused
from portfolio.i18n import _
from portfolio.people.models import Organisation
from portfolio.projects.models import Duty, DutyKind, Milestone, Project, ProjectDistrict

Ids = sa.Select[Any]  # one column: project ids
_PLACING = (DutyKind.RESPONSIBLE_UNIT, DutyKind.BUILDER)


def covers(
    actor: Actor, *, today: date, permission: Permission = Permission.SEE_PROJECTS
) -> sa.ColumnElement[bool]:
    """The clause over `project` that is true where the actor holds the permission on that day.

    Duplicates that were merged into another project are left out.
    """
    kept = col(Project.merged_into_id).is_(None)
    if actor.may_everywhere(permission):
        return kept
    grants = actor.granting(permission)
    sources = (find(_values(grants, kind), today) for kind, find in _REACH.items())
    granted = [each for each in sources if each is not None]
    reached = [] if not granted else [col(Project.id).in_(_with_parts(sa.union(*granted)))]
    if permission is Permission.SEE_PROJECTS:
        reached += [
            col(Project.id).in_(_owned(actor, grants)),
            col(Project.id).in_(_in_charge(actor, today)),
        ]
    return sa.and_(kept, sa.or_(sa.false(), *reached))


def visible(actor: Actor, *, today: date, permission: Permission = Permission.SEE_PROJECTS) -> Ids:
    """Select the ids of the projects on which the actor holds the permission on that day."""
    return sa.select(col(Project.id)).where(covers(actor, today=today, permission=permission))


def among(
    column: Any, actor: Actor, *, today: date, permission: Permission = Permission.SEE_PROJECTS
) -> sa.ColumnElement[bool]:
    """The clause that is true where a column of project ids names one of `visible`; of all, only the few merged are read."""
    if actor.may_everywhere(permission):
        return sa.and_(column.is_not(None), column.not_in(merged()))
    named: sa.ColumnElement[bool] = column.in_(visible(actor, today=today, permission=permission))
    return named


def merged() -> Ids:
    """Select the ids of the duplicates that `covers` leaves out, whoever asks."""
    return sa.select(col(Project.id)).where(col(Project.merged_into_id).is_not(None))


def in_charge(actor: Actor, *, today: date) -> Ids:
    """Select the ids of the projects that lie in the charge of this leader by a valid 责任领导 duty."""
    return _in_charge(actor, today)


def owns_milestone(actor: Actor, owner_organisation_id: int | None, owner_person_id: int | None) -> bool:
    """Whether a milestone is the actor's own: by name, or through the unit the actor belongs to."""
    return (owner_person_id is not None and owner_person_id == actor.person_id) or (
        owner_organisation_id is not None and owner_organisation_id == actor.organisation_id
    )


def everything(reason: str) -> Ids:
    """Select the ids of all projects, merged ones too: for jobs and commands, which say why."""
    if not reason:
        raise ValueError("say why everything must be seen")
    return sa.select(col(Project.id))


def within(
    db: Session, actor: Actor, project_ids: Iterable[int], *, today: date, permission: Permission
) -> set[int]:
    """Return those of the projects on which the actor holds the permission."""
    found = set[int]()
    ids = visible(actor, today=today, permission=permission)
    for some in in_parts(project_ids):
        found.update(db.execute(ids.where(col(Project.id).in_(some))).scalars())
    return found


def require(
    db: Session, actor: Actor, project_ids: Iterable[int], permission: Permission, *, today: date
) -> None:
    """Raise NotFound for a project out of sight, Refused for one seen without the permission.

    For steps that change something: from here on nobody else changes these projects, see `lock`.
    """
    wanted = set(project_ids)
    lock(db, wanted)
    seen = within(db, actor, wanted, today=today, permission=Permission.SEE_PROJECTS)
    if wanted - seen:
        raise NotFound(_("没有这个项目，或者它不在您的范围内。"))
    if wanted - within(db, actor, wanted, today=today, permission=permission):
        refuse()


def lock(db: Session, project_ids: Iterable[int]) -> None:
    """Let nobody else change these projects, or what belongs to them, before this transaction ends.

    What a step decides on (is there a proposal that waits, who held the duty) stays true until it is written.
    Projects come before their rows and in the order of their ids, so that two do not wait for each other. On
    SQLite writers come one after the other anyway.
    """
    if db.get_bind().dialect.name == "sqlite":
        return
    for some in in_parts(project_ids):
        rows = sa.select(col(Project.id)).where(col(Project.id).in_(some)).order_by(col(Project.id))
        db.execute(rows.with_for_update(key_share=True))


def lock_around(db: Session, project_id: Any, row_id: Any, ids: Iterable[int]) -> None:
    """Lock the projects that rows of a table belong to; its two columns say which."""
    if db.get_bind().dialect.name != "sqlite":
        lock(db, db.execute(sa.select(project_id).where(row_id.in_(set(ids))).distinct()).scalars())


def permissions(db: Session, actor: Actor, project_id: int, *, today: date) -> frozenset[Permission]:
    """Return what the actor may do on one project, in one statement at most."""
    if actor.is_system:
        return frozenset(Permission)
    sure = {each for each in Permission if actor.may_everywhere(each)}
    asked = [each for each in Permission if each not in sure and actor.may(each)]
    if not asked:
        return frozenset(sure)
    columns = [sa.case((covers(actor, today=today, permission=each), 1), else_=0) for each in asked]
    row = db.execute(sa.select(*columns).where(col(Project.id) == project_id)).one_or_none()
    return frozenset(sure | {each for each, held in zip(asked, row or (), strict=False) if held})


def refuse() -> NoReturn:
    """Raise Refused: the project is seen, the step is not this actor's."""
    raise Refused(_("您的角色不能在这个项目上做这一步。需要时请找重点项目办。"))


def _values(grants: Iterable[Grant], kind: ScopeKind) -> list[str]:
    return sorted({grant.value for grant in grants if grant.scope is kind})


def _organisation(values: list[str], today: date) -> Ids | None:
    if not values:
        return None
    return (
        sa.select(col(Duty.project_id))
        .where(col(Duty.kind).in_(_PLACING), col(Duty.organisation_id).in_(_subtree(values)))
        .where(_valid(today))
    )


def _district(values: list[str], _today: date) -> Ids | None:
    if not values:
        return None
    return sa.select(col(ProjectDistrict.project_id)).where(col(ProjectDistrict.district_code).in_(values))


def _sector(values: list[str], _today: date) -> Ids | None:
    return sa.select(col(Project.id)).where(col(Project.sector_code).in_(values)) if values else None


def _project(values: list[str], _today: date) -> Ids | None:
    return sa.select(col(Project.id)).where(col(Project.id).in_(map(int, values))) if values else None


_REACH: dict[ScopeKind, Callable[[list[str], date], Ids | None]] = {
    ScopeKind.ORGANISATION: _organisation,
    ScopeKind.DISTRICT: _district,
    ScopeKind.SECTOR: _sector,
    ScopeKind.PROJECT: _project,
}


def _subtree(values: list[str]) -> Ids:
    """The organisations named and all below them."""
    top = sa.select(col(Organisation.id)).where(col(Organisation.id).in_(map(int, values)))
    tree = top.cte(recursive=True)
    below = aliased(Organisation)
    return sa.select(tree.union(sa.select(col(below.id)).where(col(below.parent_id) == tree.c.id)).c.id)


def _valid(today: date) -> sa.ColumnElement[bool]:
    return sa.and_(
        col(Duty.starts_on) <= today, sa.or_(col(Duty.ends_on).is_(None), col(Duty.ends_on) >= today)
    )


def _owned(actor: Actor, grants: Iterable[Grant]) -> Ids:
    # Compared with None, a column would be asked IS NULL: nobody's milestones are not everybody's.
    mine = [
        column == value
        for column, value in (
            (col(Milestone.owner_person_id), actor.person_id),
            (col(Milestone.owner_organisation_id), actor.organisation_id),
        )
        if value is not None
    ]
    owned = sa.select(col(Milestone.project_id)).where(col(Milestone.withdrawn_at).is_(None))
    if not list(grants):
        return owned.where(sa.false())  # an administrator sees no business data, whatever the unit owns
    return owned.where(sa.or_(sa.false(), *mine))


def _in_charge(actor: Actor, today: date) -> Ids:
    charged = sa.select(col(Duty.project_id)).where(col(Duty.kind) == DutyKind.RESPONSIBLE_LEADER)
    if actor.person_id is None or not actor.has_role(Role.LEADER):
        return charged.where(sa.false())
    return charged.where(col(Duty.person_id) == actor.person_id, _valid(today))


def _with_parts(ids: sa.CompoundSelect[Any]) -> Ids:
    """The projects and all their parts, at any depth."""
    base = ids.subquery()
    reached = sa.select(base.c[0].label("id")).cte(recursive=True)
    part = aliased(Project)
    reached = reached.union(sa.select(col(part.id)).where(col(part.part_of_id) == reached.c.id))
    return sa.select(reached.c.id)
