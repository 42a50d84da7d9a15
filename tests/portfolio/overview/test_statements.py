"""Every page takes as many statements for thirty rows as for one: no query hides in a loop."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from portfolio.access import Role
from portfolio.alerts.desk.centre import Wanted, centre
from portfolio.finance import payments, reference
from portfolio.finance.payments import MonthlyAmountIn
from portfolio.overview import beginning, trail
from portfolio.overview.mine import mine
from portfolio.overview.projects.project_filter import ProjectFilter
from portfolio.overview.projects.project_list import find
from portfolio.overview.projects.project_page import project_page
from portfolio.overview.projects.project_records import records
from portfolio.overview.trail import TrailFilter
from portfolio.people import directory, queries
from portfolio.projects import pauses
from portfolio.projects.models import PlanReference, ProjectAlias, Promise, PromiseKind
from portfolio.projects.pauses import PauseIn
from tests.build import (
    TODAY,
    make_account,
    make_actor,
    make_duty,
    make_grant,
    make_milestone,
    make_organisation,
    make_person,
    make_project,
    make_section,
)
from tests.statements import statements

OFFICE = make_actor()
Maker = Callable[[Any, int], None]


def projects(db, count):
    for _ in range(count):
        project = make_project(db, reporting=True)
        make_milestone(db, project, baseline=TODAY.replace(day=1))
        make_duty(db, project, organisation_id=make_organisation(db).id)
        pauses.ask(
            db, OFFICE, PauseIn(project_id=project.id, reason="文物勘探", starts_on=TODAY), today=TODAY
        )


def people(db, count):
    for _ in range(count):
        account = make_account(db, make_person(db, organisation_id=make_organisation(db).id))
        make_grant(db, account, Role.VIEWER)


def inside_one(db, count):
    """A project with so many milestones, duties, parts, names, places in the plan and payments."""
    reference.load(db)
    section, project = make_section(db), make_project(db, code="P9999")
    for n in range(count):
        make_milestone(db, project, kind="free", label=f"第{n}段", baseline=TODAY)
        make_duty(
            db, project, organisation_id=make_organisation(db).id, starts_on=TODAY.replace(year=1900 + n)
        )
        make_project(db, part_of_id=project.id)
        db.add(ProjectAlias(project_id=project.id, name=f"别名{n}"))
        db.add(PlanReference(section_id=section.id, project_id=project.id, name=f"第{n}处"))
        db.add(Promise(project_id=project.id, version_id=section.version_id, kind=PromiseKind.COMPLETION))
        paid = {
            "project_id": project.id,
            "kind": "paid",
            "year": 2001 + n,
            "month": 1,
            "source": "city",
            "sum": 1,
        }
        payments.set_month(db, OFFICE, MonthlyAmountIn.model_validate(paid), today=TODAY)


def ids(db):
    return find(db, OFFICE, ProjectFilter(), today=TODAY)


PAGES: dict[str, tuple[Maker, Callable[[Any], Any]]] = {
    "list": (projects, ids),
    "first page": (projects, lambda db: mine(db, OFFICE, today=TODAY)),
    "first steps": (projects, lambda db: beginning.steps(db, OFFICE, TODAY, mails=True)),
    "alerts": (projects, lambda db: centre(db, OFFICE, Wanted(), today=TODAY)),
    "trail": (projects, lambda db: trail.entries(db, TrailFilter())),
    "records": (projects, lambda db: records(db, list(range(1, 31)))),
    "people": (people, lambda db: directory.people_list(db, TODAY)),
    "accounts": (people, lambda db: queries.accounts(db, TODAY)),
    "units": (people, lambda db: directory.tree(db, TODAY)),
    "project": (inside_one, lambda db: project_page(db, OFFICE, "P9999", today=TODAY)),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_as_many_statements_for_thirty_rows_as_for_one_and_fewer_for_none(sqlite_db, name):
    make, read = PAGES[name]
    counts = []
    for count in (0, 1, 30):
        sqlite_db.rollback()
        sqlite_db.execute(sa.text("SELECT 1"))  # so that beginning the transaction is not counted
        make(sqlite_db, count)
        sqlite_db.flush()
        sqlite_db.expire_all()
        counts.append(statements(sqlite_db, lambda: read(sqlite_db)))
    assert counts[0] <= counts[1] == counts[2]
