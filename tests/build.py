"""Builders: each makes one thing with sensible defaults, so that a test says only what matters to it.

They return `Any`: a stored row has its id, which the table class cannot promise.
"""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portfolio import audit, clock, numbering
from portfolio.access import Actor, Grant, Role, ScopeKind, Way
from portfolio.people.models import Account, Organisation, Person, RoleGrant
from portfolio.plan.models import Plan, PlanSection, PlanVersion, SectionKind
from portfolio.projects.models import Duty, DutyKind, Milestone, Project, Sector
from portfolio.projects.rules.dates import Precision
from portfolio.projects.rules.stages import Kind, Stage
from portfolio.signing import KeyRing, Purpose

TODAY = date(2024, 6, 28)
NOON = datetime(2024, 6, 28, 4, 0, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef-tests"
_numbers = count(1)

audit.use_keys(KeyRing(Purpose.AUDIT, [SECRET]))


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


def make_system_actor() -> Actor:
    """The actor of commands and jobs."""
    return Actor(None, "系统", Way.COMMAND, is_system=True)


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


def make_person(db: Session, name: str = "李工", **fields: Any) -> Any:
    """A person with an address of their own, flushed."""
    fields.setdefault("email", f"p{next(_numbers)}@example.org")
    return _added(db, Person(name=name, **fields))


def make_account(db: Session, person: Person | None = None, **fields: Any) -> Any:
    """An account without password; without a person one is made."""
    owner = person or make_person(db)
    fields.setdefault("login", f"user{next(_numbers)}")
    return _added(db, Account(person_id=owner.id, created_at=NOON, **fields))


def make_grant(
    db: Session,
    account: Any,
    role: Role,
    scope: ScopeKind = ScopeKind.ALL,
    value: object = "",
    **fields: Any,
) -> Any:
    """A right of an account, valid since the plan began."""
    fields.setdefault("starts_on", date(2021, 1, 1))
    return _added(
        db, RoleGrant(account_id=account.id, role=role, scope=scope, scope_value=str(value), **fields)
    )


def make_sector(db: Session, code: str = "test-sector") -> str:
    """A sector that reference data may lack; returns its code."""
    if db.get(Sector, code) is None:
        _added(db, Sector(code=code, name="某领域", position=99))
    return code


def make_section(db: Session, name_key: str = "b05", **fields: Any) -> Any:
    """A piece of a plan of 2021–2025; the plan and its version are made with the first."""
    plan: Any = db.execute(sa.select(Plan)).scalars().first() or _added(
        db, Plan(name_key="test", name="某规划", starts_on=date(2021, 1, 1), ends_on=date(2025, 12, 31))
    )
    version: Any = db.execute(sa.select(PlanVersion)).scalars().first() or _added(
        db, PlanVersion(plan_id=plan.id, no=1, title="纲要")
    )
    values: dict[str, Any] = {"kind": SectionKind.BOX, "number": "专栏5", "title": "枢纽", "position": 1}
    return _added(db, PlanSection(version_id=version.id, name_key=name_key, **(values | fields)))


def make_milestone(db: Session, project: Any, kind: str = "structure_complete", **fields: Any) -> Any:
    """An open milestone; `baseline` (a last day) also becomes its first one unless that is given."""
    values: dict[str, Any] = {"code": numbering.milestone_codes(db)[0], "project_id": project.id}
    if "baseline" in fields:
        fields.setdefault("first_baseline", fields["baseline"])
    for name in ("first_baseline", "baseline", "forecast", "actual"):
        if fields.get(name) is not None:
            fields.setdefault(f"{name}_precision", Precision.DAY)
    return _added(db, Milestone(kind=kind, **(values | fields)))


def _added(db: Session, row: Any) -> Any:
    db.add(row)
    db.flush()
    return row
