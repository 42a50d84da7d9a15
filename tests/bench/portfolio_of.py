"""A big portfolio, made fast: some projects with builders, the rest as copies of their rows with Core."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock
from portfolio.finance import year_sums
from portfolio.finance.models import Amount, AmountKind, PeriodKind
from portfolio.money import FEN_PER_WAN
from portfolio.projects import standing
from portfolio.projects.models import Duty, Milestone, Project, ProjectDistrict
from tests.build import TODAY, make_duty, make_milestone, make_organisation, make_project

SEEDS = 100
MOVED = ("id", "project_id", "part_of_id")
PART_EVERY = 20  # of the projects, that many are parts of the one before
SOURCES = ("city", "special_bond")
MONTHS = range(1, 11)
PLANNED = 9_000 * FEN_PER_WAN  # a year and source
MONTHLY = {AmountKind.ARRIVED: 800 * FEN_PER_WAN, AmountKind.PAID: 700 * FEN_PER_WAN}
KINDS = ("proposal", "construction_permit", "start", "structure_complete", "in_use")


def make(db: Session, projects: int) -> str:
    """Make so many projects, each with a unit, a district and five dated milestones; some late, some slipping.

    Each has this year's plan and ten months of money arrived and paid, by two sources. Returns the code of one.
    """
    units = [make_organisation(db).id for _ in range(40)]
    sectors = list(db.execute(sa.text("SELECT code FROM sector")).scalars())
    districts = list(db.execute(sa.text("SELECT code FROM district")).scalars())
    project = None
    for number in range(SEEDS):
        project = make_project(
            db,
            f"第{number}号综合改造及配套基础设施工程",
            sector_code=sectors[number % len(sectors)],
            part_of_id=project.id if project and number % PART_EVERY == 1 else None,
        )
        make_duty(db, project, organisation_id=units[number % len(units)])
        db.add(ProjectDistrict(project_id=project.id, district_code=districts[number % len(districts)]))
        _milestones(db, project, number)
    db.flush()
    for table in (Project, Duty, ProjectDistrict, Milestone):
        _copy(db, sa.inspect(table).local_table, projects // SEEDS - 1)
    standing.refresh(db)
    _money(db)
    return str(db.execute(sa.select(col(Project.code)).limit(1)).scalar_one())


def _milestones(db: Session, project: Any, number: int) -> None:
    begun = date(2022, 1, 1) + timedelta(days=number * 7)
    for place, kind in enumerate(KINDS):
        due = begun + timedelta(days=200 * place)
        happened = due if due < TODAY - timedelta(days=number % 90) else None
        believed = due + timedelta(days=number % 60)
        make_milestone(db, project, kind, position=place, baseline=due, forecast=believed, actual=happened)


def _money(db: Session) -> None:
    for source in SOURCES:
        _sums(db, AmountKind.PLANNED, PeriodKind.YEAR, 0, source, PLANNED)
        for (kind, sum_), month in product(MONTHLY.items(), MONTHS):
            _sums(db, kind, PeriodKind.MONTH, month, source, sum_)
    year_sums.refresh(db)


def _sums(db: Session, kind: AmountKind, period: PeriodKind, month: int, source: str, fen: int) -> None:
    """One sum of every project, larger with its id, in one statement."""
    project = col(Project.id)
    held = {
        "kind": kind.value, "period": period.value, "year": TODAY.year, "month": month, "source": source,
        "is_current": True, "reason": "", "recorded_by": "王芳", "origin": "资金!F17",
    }  # fmt: skip
    typed = {
        "sum": sa.literal(fen) + project * FEN_PER_WAN,
        "known_on": sa.literal(TODAY, sa.Date),
        "recorded_at": sa.literal(clock.now()),
    }
    columns: dict[str, Any] = {
        "project_id": project,
        **{name: sa.literal(value) for name, value in held.items()},
        **typed,
    }
    rows: Any = sa.select(*columns.values())
    db.execute(sa.insert(Amount).from_select(list(columns), rows))


def _copy(db: Session, table: Any, times: int) -> None:
    """Repeat all rows of a table, moving their own keys and those of their projects."""
    seeds = [dict(row) for row in db.execute(sa.select(table)).mappings()]
    for again in range(1, times + 1):
        db.execute(sa.insert(table), [_moved(row, again * 10_000) for row in seeds])


def _moved(row: dict[str, Any], by: int) -> dict[str, Any]:
    moved = {name: value + by for name, value in row.items() if name in MOVED and value}
    if "code" in row:
        moved["code"] = f"{row['code'][0]}{int(row['code'][1:]) + by:07d}"
    return row | moved


def count(db: Session) -> int:
    """How many projects there are now."""
    return db.execute(sa.select(sa.func.count(col(Project.id)))).scalar_one()
