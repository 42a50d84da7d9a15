"""A small city for alert tests: one project with everyone that the ladder needs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from portfolio import calendar_days, installation, numbering
from portfolio.access import Role, ScopeKind
from portfolio.alerts.snapshot import MAIL_START
from portfolio.people.models import Post, PostHolding
from portfolio.projects.models import DutyKind, Milestone
from tests import build

SENDER = "portfolio@example.org"
_labels = count(1)


def morning(day: date, hour: int = 0) -> datetime:
    """An instant on a day: 08:00 in Zhengzhou (00:00 UTC) by default."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@dataclass
class City:
    """The people of the ladder, by id, and their project."""

    project: int
    unit: int
    contact: int
    head: int
    coordinator: int
    office: int
    leader: int
    chief: int
    administrator: int


def make_city(db: Session, mail_start: date | None = date(2024, 3, 1)) -> City:
    """One project whose ladder is complete; mails started before the tests' days unless told otherwise."""
    calendar_days.seed(db, 2027)
    government = build.make_organisation(db)
    unit = build.make_organisation(db, parent_id=government.id)
    project = build.make_project(db, "龙湖水厂")
    people = {
        name: build.make_person(db, name, organisation_id=unit.id)
        for name in ("联系人", "负责人", "联络员", "办公室", "分管领导", "市长", "管理员")
    }
    contact, head, coordinator, office, leader, chief, administrator = people.values()
    build.make_duty(db, project, organisation_id=unit.id)
    build.make_duty(db, project, kind=DutyKind.CONTACT, person_id=contact.id)
    build.make_duty(db, project, kind=DutyKind.RESPONSIBLE_LEADER, person_id=leader.id)
    make_post(db, unit, "head", head)
    make_post(db, government, "coordinator", coordinator, scope=ScopeKind.ALL)
    make_post(db, government, "chief", chief)
    build.make_grant(db, build.make_account(db, office), Role.OFFICE)
    build.make_grant(db, build.make_account(db, administrator), Role.ADMINISTRATOR)
    if mail_start:
        installation.put(db, MAIL_START, mail_start.isoformat())
    return City(
        project.id,
        unit.id,
        contact.id,
        head.id,
        coordinator.id,
        office.id,
        leader.id,
        chief.id,
        administrator.id,
    )


def make_post(db: Session, unit: Any, kind: str, person: Any, **fields: Any) -> Any:
    """A post and its holder since the plan began."""
    post: Any = Post(organisation_id=unit.id, kind=kind, **fields)
    db.add(post)
    db.flush()
    db.add(PostHolding(post_id=post.id, person_id=person.id, starts_on=date(2021, 1, 1)))
    db.flush()
    return post


def make_milestone(db: Session, project: int, baseline: date | None, **fields: Any) -> Any:
    """An open milestone with a baseline."""
    values: dict[str, Any] = {
        "code": numbering.milestone_codes(db)[0],
        "kind": "other",
        "label": f"节点{next(_labels)}",
        "project_id": project,
        "baseline": baseline,
        "first_baseline": baseline,
    }
    row = Milestone(**(values | fields))
    db.add(row)
    db.flush()
    return row
