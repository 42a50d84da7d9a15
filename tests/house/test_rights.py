"""The matrix route × role × relation against what people wrote down from the product's description."""

from collections import Counter

import pytest
from typer.testing import CliRunner

from api.cli.main import app as command_line
from portfolio.access import Role
from portfolio.people.models import Account
from tests.build import SECRET
from tests.house.rights import (
    ACTORS,
    ALLOW,
    COMMAND,
    HIDE,
    NOTHING,
    REFUSE,
    RELATIONS,
    STRANGER,
    VALUES,
    cases,
    lines,
)
from tests.house.rights_asking import Asking, checksums
from tests.house.rights_world import make_world


@pytest.fixture
def asking(sqlite_database, settings, actor):
    asking = Asking(sqlite_database, settings, make_world(sqlite_database, settings, actor), actor)
    yield asking
    asking.close()


@pytest.mark.slow
@pytest.mark.parametrize("actor", ACTORS)
def test_each_role_gets_exactly_the_answers_that_are_written_down(asking, actor, sqlite_database):
    before, wrong = checksums(sqlite_database), []
    for case in cases(actor):
        found, status = asking.ask(case)
        if found != case.expected:
            wrong.append(f"{case.line}: {found} ({status}), expected {case.expected}")
    changed = differing(before, checksums(sqlite_database))
    assert wrong == []
    assert changed == [] or culprits(asking, actor, sqlite_database) == []


def test_every_line_speaks_the_matrix_language_and_stands_once():
    for line in lines():
        assert line.relation in RELATIONS, line
        assert [each for each in line.cells.values() if each not in VALUES] == [], line
    assert [each for each, count in Counter(str(line) for line in lines()).items() if count > 1] == []


def test_a_route_with_a_record_is_tried_on_foreign_ones_too():
    tried: dict[tuple[str, str], set[str]] = {}
    for line in lines():
        tried.setdefault((line.method, line.route), set()).add(line.relation)
    assert [where for where, found in tried.items() if "own" in found and "foreign" not in found] == []


@pytest.mark.slow
@pytest.mark.parametrize("actor", [STRANGER, Role.VIEWER.value])
def test_a_stranger_and_a_viewer_change_nothing_by_any_request(asking, actor, sqlite_database):
    """The quick half of the matrix: it runs with every change."""
    before = checksums(sqlite_database)
    denied = [case for case in cases(actor) if case.expected != ALLOW and case.line.method != "GET"]
    answers = Counter((case.expected, asking.ask(case)[0]) for case in denied)
    assert len(denied) > 50
    assert [pair for pair in answers if pair[0] != pair[1]] == []
    assert differing(before, checksums(sqlite_database)) == []


@pytest.mark.slow
@pytest.mark.parametrize("actor", [role.value for role in Role])
def test_importing_by_command_has_the_rights_of_who_it_is_done_as(
    actor, sqlite_database, settings, tmp_path, monkeypatch
):
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", f"sqlite:///{sqlite_database.url.database}")
    monkeypatch.setenv("PORTFOLIO_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORTFOLIO_DATA_DIR", str(tmp_path))
    world = make_world(sqlite_database, settings, actor)
    with sqlite_database.reading() as db:
        login = db.get_one(Account, world.account("own")).login
    for line in lines():
        if (line.method, line.route) == (COMMAND, "import") and line.cells[actor] != NOTHING:
            workbook = tmp_path / f"{line.relation}.xlsx"
            workbook.write_bytes(world.records[line.relation]["workbook"])
            answer = CliRunner().invoke(command_line, ["import", str(workbook), "--as", login])
            assert heard(answer) == line.cells[actor], (str(line), answer.output)


def heard(answer) -> str:
    """How a command was answered: refused as a whole, a row that is not seen, or passed."""
    if answer.exception is not None and type(answer.exception).__name__ == "Refused":
        return REFUSE
    return HIDE if answer.exit_code == 2 and "不在您的范围内" in answer.output else ALLOW


def differing(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [name for name, hashed in before.items() if after[name] != hashed]


def culprits(asking, actor, database) -> list[str]:
    """Ask each denied request again on its own, to name the one after which something had changed."""
    found = []
    for case in cases(actor):
        if case.expected != ALLOW:
            before = checksums(database)
            asking.ask(case)
            found += [
                f"{case.line} was denied, and changed {each}"
                for each in differing(before, checksums(database))
            ]
    return found or ["a denied request changed something"]
