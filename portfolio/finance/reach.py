"""Whose money an actor may reach; the room's door to `projects/scope`."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.errors import Refused
from portfolio.projects import scope
from portfolio.projects.models import Project


def seen(
    db: Session, actor: Actor, project_ids: Iterable[int], permission: Permission, *, today: date
) -> set[int]:
    """Return those of the projects on whose money the actor holds the permission."""
    return scope.within(db, actor, project_ids, today=today, permission=permission)


def require(
    db: Session, actor: Actor, project_ids: Iterable[int], permission: Permission, *, today: date
) -> None:
    """Raise NotFound for a project out of sight, Refused for one whose money is not the actor's to touch."""
    wanted = set(project_ids)
    if wanted != seen(db, actor, wanted, permission, today=today):
        scope.require(db, actor, wanted, permission, today=today)
        raise Refused("您的角色不能改这个项目的资金。需要时请找重点项目办。")


def rows(actor: Actor, permission: Permission, *, today: date) -> sa.Subquery:
    """The projects on whose money the actor holds the permission, as a table of `id`."""
    return scope.visible(actor, today=today, permission=permission).subquery()


def ancestors(counted: Callable[[Any], sa.ColumnElement[bool]]) -> sa.CTE:
    """Every project that is counted with each whole above it, at any height, that is too: `id`, `whole_id`.

    `counted` makes the clause that is true where a column of project ids names one that is counted: asked of
    the few parts and wholes, since a list of all that is counted would take longer.
    """
    part = aliased(Project)
    pairs: sa.Select[Any, Any] = sa.select(
        col(part.id).label("id"), col(part.part_of_id).label("whole_id")
    ).where(col(part.part_of_id).is_not(None))
    tree = pairs.cte("ancestors", recursive=True)
    above = aliased(Project)
    tree = tree.union(
        sa.select(tree.c.id, col(above.part_of_id))
        .where(col(above.id) == tree.c.whole_id)
        .where(tree.c.whole_id.in_(parts()))
    )
    both = (counted(tree.c.id), counted(tree.c.whole_id))
    return sa.select(tree.c.id, tree.c.whole_id).where(*both).cte("counted_wholes")


def parts() -> sa.Select[Any]:
    """Select the ids of the projects that are parts of another: few, and read from an index alone."""
    part = aliased(Project)
    return sa.select(col(part.id)).where(col(part.part_of_id).is_not(None))
