"""`portfolio users`: people get accounts, links and rights; nothing is half done."""

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio import clock
from portfolio.access import Role, ScopeKind
from portfolio.models import AuditEvent
from portfolio.people import tokens
from portfolio.people.models import Account, Person, RoleGrant
from portfolio.people.tokens import TokenPurpose
from tests.build import make_account, make_grant, make_organisation, make_person


def add(command, login="ligong", *more):
    return command("users", "add", login, "--name", "李工", *more)


def count(database, table):
    with database.reading() as db:
        return db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_an_added_person_gets_a_link_that_sets_the_first_password(command, sqlite_database):
    answer = add(command, "ligong", "--email", "li@example.org", "--json")
    token = answer.json["link"].rsplit("/link/", 1)[1]
    with sqlite_database.reading() as db:
        account, purpose = tokens.look(db, token, clock.now())
    assert (answer.code, account.login, purpose) == (0, "ligong", TokenPurpose.FIRST)


def test_roles_are_given_within_the_scope_of_a_unit_found_by_any_of_its_names(command, sqlite_database):
    with sqlite_database.writing() as db:
        unit_id = str(make_organisation(db, "郑州市水利局", short_name="水利局").id)
    added = add(command, "ligong", "--organisation", "水利局", "--role", "reporter", "--role", "signer",
                "--scope", "organisation", "--scope-value", "水利局")  # fmt: skip
    with sqlite_database.reading() as db:
        grants = db.execute(sa.select(RoleGrant)).scalars().all()
    assert added.code == 0
    assert {(each.role, each.scope, each.scope_value) for each in grants} == {
        (Role.REPORTER, ScopeKind.ORGANISATION, unit_id),
        (Role.SIGNER, ScopeKind.ORGANISATION, unit_id),
    }


@pytest.mark.parametrize(
    "more",
    [
        ("--role", "office", "--scope", "district", "--scope-value", "jinshui"),
        ("--organisation", "没有的局"),
        ("--email", "no address"),
        ("--role", "viewer", "--scope", "organisation", "--scope-value", "没有的局"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_leaves_nobody_behind(command, sqlite_database, more):
    answer = add(command, "ligong", *more)
    assert answer.code == 2
    assert answer.err
    assert "Traceback" not in answer.err
    assert (count(sqlite_database, Account), count(sqlite_database, Person)) == (0, 0)


def test_a_login_is_given_once_whatever_its_case(command, sqlite_database):
    add(command)
    again = add(command, "LiGong")
    assert (again.code, count(sqlite_database, Account)) == (2, 1)
    assert "已经有人用" in again.err


def test_the_list_says_who_has_which_role_and_whether_it_is_used(command, sqlite_database):
    add(command, "ligong", "--role", "viewer")
    (row,) = command("users", "list", "--json").json
    assert (row["login"], row["name"], row["has_password"]) == ("ligong", "李工", False)
    assert "ligong\t李工\t\tviewer\t还没登录过" in command("users", "list").out


def test_an_empty_list_says_so(command):
    assert command("users", "list").out == "还没有账号。"


def test_a_disabled_account_gets_no_link(command, sqlite_database):
    add(command)
    assert command("users", "disable", "ligong", "--reason", "调任").code == 0
    answer = command("users", "link", "ligong")
    assert (answer.code, "已停用" in answer.err) == (1, True)


def test_the_last_administrator_is_not_disabled(command, sqlite_database):
    with sqlite_database.writing() as db:
        account = make_account(db, make_person(db), login="admin")
        make_grant(db, account, Role.ADMINISTRATOR)
    answer = command("users", "disable", "admin")
    assert (answer.code, "最后一个" in answer.err) == (1, True)


def test_one_with_a_password_gets_a_link_to_sign_in_once(command, sqlite_database):
    with sqlite_database.writing() as db:
        make_account(db, make_person(db), login="ligong", password_hash="x")
    token = command("users", "link", "ligong", "--json").json["link"].rsplit("/", 1)[1]
    with sqlite_database.reading() as db:
        assert tokens.look(db, token, clock.now())[1] is TokenPurpose.LINK


def test_nobody_of_that_name_is_bad_input(command):
    for step in ("disable", "link"):
        assert command("users", step, "nobody").code == 2


def test_each_step_is_on_the_trail_of_the_system_and_no_link_stands_in_it(command, sqlite_database):
    token = add(command, "ligong", "--json").json["link"].rsplit("/", 1)[1]
    with sqlite_database.reading() as db:
        events = db.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id))).scalars().all()
    assert [(each.entity, each.action) for each in events] == [
        ("person", "add"),
        ("account", "add"),
        ("account", "issue_link"),
    ]
    assert {each.actor for each in events} == {"系统"}
    assert not any(token in f"{each.before}{each.after}" for each in events)
