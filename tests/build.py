"""Builders: each makes one thing with sensible defaults, so that a test says only what matters to it."""

from datetime import date
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from portfolio import clock, numbering
from portfolio.access import Actor, Grant, Role, ScopeKind, Way
from portfolio.people.models import Organisation
from portfolio.projects.models import Duty, DutyKind, Project
from portfolio.projects.rules.stages import Kind, Stage

TODAY = date(2024, 6, 28)
_numbers = count(1)


def make_actor(
    role: Role = Role.OFFICE,
    scope: ScopeKind = ScopeKind.ALL,
    value: object = "",
    *,
    sees_money: bool = False,
    **fields: Any,
) -> Actor:
    """Someone with one right; without arguments the key-projects office over everything."""
    values: dict[str, Any] = {"account_id": None, "name": "王芳", "way": Way.PAGE}
    return Actor(**(values | fields), grants=(Grant(role, scope, str(value), sees_money),))


def make_project(db: Session, name: str = "", **fields: Any) -> Any:
    """A project under construction, flushed."""
    values: dict[str, Any] = {
        "code": numbering.project_codes(db)[0],
        "kind": Kind.PROJECT,
        "name": name or f"第{next(_numbers)}水厂",
        "stage": Stage.IMPLEMENTATION,
        "created_at": clock.now(),
    }
    return _added(db, Project(**(values | fields)))


def make_organisation(db: Session, name: str = "", **fields: Any) -> Any:
    """A unit of the city, flushed."""
    return _added(db, Organisation(name=name or f"第{next(_numbers)}局", **fields))


def make_duty(db: Session, project: Any, **fields: Any) -> Any:
    """A duty on a project that began with 2024: 责任单位 unless told otherwise."""
    values: dict[str, Any] = {"kind": DutyKind.RESPONSIBLE_UNIT, "starts_on": date(2024, 1, 1)}
    return _added(db, Duty(project_id=project.id, **(values | fields)))


def _added(db: Session, row: Any) -> Any:
    db.add(row)
    db.flush()
    return row
