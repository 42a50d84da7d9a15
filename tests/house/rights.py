"""The world in which rights are tried, and how an answer is read. What is expected stands in rights.csv.

Columns of rights.csv: `route` (as in docs/routes.md), `method`, `role` (one of the nine, or `stranger`),
`relation` (`own`: the row lies in the actor's scope; `foreign`: it does not; `none`: the route has no row),
`expected` (`allowed`, `refused`, `hidden`, `sign-in`). A scoped role holds the scope of its kind: reporter,
signer, accountant and viewer over the own unit, coordinator over the own district; the others over all.
It is written from the product's description, never from access.py: expectations derived from the code prove
nothing.
"""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi.testclient import TestClient

from portfolio.access import Role, ScopeKind
from portfolio.database import Database
from portfolio.people.models import Organisation
from portfolio.projects.models import District, Milestone, Project, ProjectDistrict
from portfolio.schema import metadata
from tests.build import make_account, make_duty, make_grant, make_organisation, make_person, make_project

FILE = Path(__file__).with_name("rights.csv")
UNIT_ROLES = (Role.REPORTER, Role.SIGNER, Role.ACCOUNTANT, Role.VIEWER)
ANSWERS = {401: "sign-in", 403: "refused", 404: "hidden"}
# What a request may always write: the door's own books. Everything else must stay as it was.
BOOKS = {"access_event", "sign_in_session", "throttle_window", "account"}


@dataclass(frozen=True, slots=True)
class Row:
    """One expectation."""

    route: str
    method: str
    role: str
    relation: str
    expected: str


@dataclass(frozen=True, slots=True)
class World:
    """One project in scope and one beyond it, with a unit, a person and a milestone each."""

    accounts: dict[str, int]
    own: dict[str, object]
    foreign: dict[str, object]


def expectations() -> list[Row]:
    """Read rights.csv; empty until it is written."""
    if not FILE.exists():
        return []
    with FILE.open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def make_world(database: Database) -> World:
    """Make both sides and an account of every role."""
    with database.writing() as db:
        own, foreign = (_side(db, name) for name in ("己", "彼"))
        accounts = {role.value: _account(db, role, own) for role in Role}
    return World(accounts, own, foreign)


def address(route: str, values: dict[str, object]) -> str:
    """Fill the places of a route; one that the world does not know gets a number that nothing has."""
    parts = [
        str(values.get(part[1:-1], 999_999)) if part.startswith("{") else part for part in route.split("/")
    ]
    return "/".join(parts)


def outcome(client: TestClient, row: Row, world: World) -> str:
    """Send the request and say in one word how it was answered."""
    values = world.foreign if row.relation == "foreign" else world.own
    answer = client.request(row.method, address(row.route, values))
    if answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"):
        return "sign-in"
    return ANSWERS.get(answer.status_code, "allowed")


def checksum(database: Database) -> str:
    """Hash every business table, so that a refused request can be seen to have changed nothing."""
    digest = hashlib.sha256()
    with database.reading() as db:
        for table in metadata.sorted_tables:
            if table.name not in BOOKS:
                rows = db.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
                digest.update(repr((table.name, rows)).encode())
    return digest.hexdigest()


def _side(db: Any, name: str) -> dict[str, object]:
    unit: Organisation = make_organisation(db, f"{name}方单位")
    person = make_person(db, f"{name}某", organisation_id=unit.id)
    project: Project = make_project(db, f"{name}方水厂")
    make_duty(db, project, organisation_id=unit.id)
    district = District(code=f"rights-{name}", name=f"{name}区", position=99)
    milestone = Milestone(code=f"M-{name}", project_id=project.id or 0, kind="start", label=name)
    db.add_all([district, milestone])
    db.flush()
    db.add(ProjectDistrict(project_id=project.id or 0, district_code=district.code))
    db.flush()
    return {
        "code": project.code, "project_code": project.code, "project_id": project.id, "unit_id": unit.id,
        "person_id": person.id, "milestone": milestone.code, "milestone_code": milestone.code,
        "milestone_id": milestone.id, "district": district.code,
    }  # fmt: skip


def _account(db: Any, role: Role, own: dict[str, object]) -> int:
    account = make_account(db)
    if role in UNIT_ROLES:
        make_grant(db, account, role, ScopeKind.ORGANISATION, own["unit_id"])
    elif role is Role.COORDINATOR:
        make_grant(db, account, role, ScopeKind.DISTRICT, own["district"])
    else:
        make_grant(db, account, role)
    return int(account.id)
