"""The matrix route × role × own/foreign against expectations written from the product's description."""

import pytest

from portfolio.access import Role
from tests.api.signed_in import client_of, stranger
from tests.house.rights import FILE, checksum, expectations, make_world, outcome
from tests.house.routes import application, declared

ROLES = ["stranger", *(role.value for role in Role)]


@pytest.fixture
def world(sqlite_database):
    return make_world(sqlite_database)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_exactly_the_answers_that_are_written_down(sqlite_database, settings, world, role):
    rows = [row for row in expectations() if row.role == role]
    if not rows:
        pytest.skip(f"{FILE.name} has no expectations for {role} yet")
    client = stranger(sqlite_database, settings)
    if role != "stranger":
        client = client_of(sqlite_database, settings, world.accounts[role])
    wrong = []
    for row in rows:
        before = checksum(sqlite_database)
        found = outcome(client, row, world)
        if found != row.expected:
            wrong.append(f"{row.method} {row.route} {row.relation}: {found}, expected {row.expected}")
        if row.expected != "allowed" and checksum(sqlite_database) != before:
            wrong.append(f"{row.method} {row.route} {row.relation}: refused, yet something changed")
    assert wrong == []


def test_every_route_has_its_rows_and_every_row_its_route(tmp_path):
    written = {(row.route, row.method) for row in expectations()}
    if not written:
        pytest.skip(f"{FILE.name} is not written yet")
    routes = {(each.path, each.method) for each in declared(application(tmp_path))}
    assert written == routes


def test_a_stranger_reaches_only_the_door(sqlite_database, settings, world, tmp_path):
    """Holds without rights.csv: every route that is not declared open sends a stranger to the door."""
    client = stranger(sqlite_database, settings)
    before, passed = checksum(sqlite_database), []
    for each in declared(application(tmp_path)):
        if not each.policies[0].startswith("anyone"):
            path = each.path.replace("{", "").replace("}", "")
            answer = client.request(each.method, path)
            to_door = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
            if not to_door and answer.status_code not in (401, 422):
                passed.append((each.method, path, answer.status_code))
    assert passed == []
    assert checksum(sqlite_database) == before


def test_a_person_without_any_right_opens_no_business_page(sqlite_database, settings, world, tmp_path):
    administrator = client_of(sqlite_database, settings, world.accounts[Role.ADMINISTRATOR.value])
    for path in ("/projects", "/plan", "/alerts", "/workbooks", "/audit", f"/projects/{world.own['code']}"):
        assert administrator.get(path).status_code in (403, 404), path
