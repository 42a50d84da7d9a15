"""A big portfolio, made fast: some projects with builders, the rest as copies of their rows with Core."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.projects import standing
from portfolio.projects.models import Duty, Milestone, Project, ProjectDistrict
from tests.build import TODAY, make_duty, make_milestone, make_organisation, make_project

SEEDS = 100
KINDS = ("proposal", "construction_permit", "start", "structure_complete", "in_use")


def make(db: Session, projects: int) -> str:
    """Make so many projects, each with a unit, a district and five dated milestones; some late, some slipping.

    Returns the code of one.
    """
    units = [make_organisation(db).id for _ in range(40)]
    sectors = list(db.execute(sa.text("SELECT code FROM sector")).scalars())
    districts = list(db.execute(sa.text("SELECT code FROM district")).scalars())
    for number in range(SEEDS):
        project = make_project(
            db, f"第{number}号综合改造及配套基础设施工程", sector_code=sectors[number % len(sectors)]
        )
        make_duty(db, project, organisation_id=units[number % len(units)])
        db.add(ProjectDistrict(project_id=project.id, district_code=districts[number % len(districts)]))
        _milestones(db, project, number)
    db.flush()
    for table in (Project, Duty, ProjectDistrict, Milestone):
        _copy(db, sa.inspect(table).local_table, projects // SEEDS - 1)
    standing.refresh(db)
    return str(db.execute(sa.select(col(Project.code)).limit(1)).scalar_one())


def _milestones(db: Session, project: Any, number: int) -> None:
    begun = date(2022, 1, 1) + timedelta(days=number * 7)
    for place, kind in enumerate(KINDS):
        due = begun + timedelta(days=200 * place)
        happened = due if due < TODAY - timedelta(days=number % 90) else None
        believed = due + timedelta(days=number % 60)
        make_milestone(db, project, kind, position=place, baseline=due, forecast=believed, actual=happened)


def _copy(db: Session, table: Any, times: int) -> None:
    """Repeat all rows of a table, moving their own keys and those of their projects."""
    seeds = [dict(row) for row in db.execute(sa.select(table)).mappings()]
    for again in range(1, times + 1):
        db.execute(sa.insert(table), [_moved(row, again * 10_000) for row in seeds])


def _moved(row: dict[str, Any], by: int) -> dict[str, Any]:
    moved = {name: value + by for name, value in row.items() if name in ("id", "project_id")}
    if "code" in row:
        moved["code"] = f"{row['code'][0]}{int(row['code'][1:]) + by:07d}"
    return row | moved


def count(db: Session) -> int:
    """How many projects there are now."""
    return db.execute(sa.select(sa.func.count(col(Project.id)))).scalar_one()
