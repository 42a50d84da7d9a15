"""Deny by default: a route without a policy, or a verb that asks for no right, does not pass."""

import ast
from pathlib import Path

import pytest
from typer.main import get_command

from api.cli.main import app as command_line
from portfolio.access import Permission
from tests.house.rights import COMMAND, lines
from tests.house.routes import PAGE, application, declared, text


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    return declared(application(tmp_path_factory.mktemp("routes")))


def test_every_route_declares_who_may_ask_for_it(routes):
    assert len(routes) > 50
    assert [each for each in routes if not each.policies] == []


def test_every_policy_is_a_permission_or_says_why_it_is_open(routes):
    known = {permission.value for permission in Permission}
    for each in routes:
        for policy in each.policies:
            kind, _, why = policy.partition(": ")
            assert policy in known or (kind in ("anyone", "signed in") and len(why) > 8), each


def test_nothing_that_writes_is_open_to_strangers_but_the_door(routes):
    open_ones = {
        each.path for each in routes if each.method != "GET" and each.policies[0].startswith("anyone")
    }
    door = {"/sign-in", "/sign-in/demo", "/forgot", "/link/{token}"}
    assert open_ones == door | {"/alerts/mail/{token}"}


def test_the_documents_list_every_route_with_its_policy(routes):
    assert PAGE.read_text("utf-8") == text(routes), "run: python -m tests.house.routes"


def test_no_get_route_opens_a_writing_session():
    """GET never writes: only the session's last-seen and the log of refusals, which are not the route's."""
    found = []
    for path in sorted([*Path("api/pages").glob("*.py"), *Path("api/rest").glob("*.py")]):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef) and _is_get(function):
                names = {getattr(each.annotation, "id", "") for each in function.args.args}
                if "Writing" in names:
                    found.append(f"{path}:{function.name}")
    assert found == []


def _is_get(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == "get"
        for each in function.decorator_list
    )


def test_every_route_and_command_has_its_lines_in_the_matrix_and_every_line_its_route(routes):
    """Written from the product's words, in tests/house/rights.csv; test_rights.py asks them all."""
    written = {(line.method, line.route) for line in lines()}
    known = {(each.method, each.path) for each in routes}
    assert written == known | {(COMMAND, each) for each in _commands(get_command(command_line))}


def _commands(command, words=()):
    below = getattr(command, "commands", None)
    if below is None:
        return [" ".join(words)]
    return [found for name, each in below.items() for found in _commands(each, (*words, name))]
