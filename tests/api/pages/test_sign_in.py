import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from api.dependencies import SESSION_COOKIE
from portfolio import clock, installation
from portfolio.access import Role
from portfolio.models import AccessEvent
from portfolio.people import accounts, first_run, passwords, tokens
from portfolio.people.models import Account
from portfolio.people.tokens import TokenPurpose
from tests.api.signed_in import client_of, someone, stranger
from tests.build import make_account, make_actor, make_grant, make_person
from tests.server import settings_for

PASSWORD = "一句足够长的话就可以当密码"


@pytest.fixture
def account_id(sqlite_database):
    with sqlite_database.writing() as db:
        account = make_account(
            db, make_person(db, "李工"), login="li", password_hash=passwords.hashed(PASSWORD)
        )
        make_grant(db, account, Role.OFFICE)
        return account.id


@pytest.fixture
def client(sqlite_database, settings):
    return stranger(sqlite_database, settings)


def kinds(database):
    with database.reading() as db:
        return list(db.execute(sa.select(col(AccessEvent.kind)).order_by(col(AccessEvent.id))).scalars())


def test_a_right_password_signs_in_and_the_next_page_is_open(client, account_id):
    answer = client.post("/sign-in", data={"login": "li", "password": PASSWORD, "next": "/account"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "李工" in client.get("/account").text


def test_wrong_passwords_and_unknown_names_get_the_same_answer_and_are_noted(
    client, account_id, sqlite_database
):
    known = client.post("/sign-in", data={"login": "li", "password": "falsch"})
    unknown = client.post("/sign-in", data={"login": "xx", "password": "falsch"})
    assert known.status_code == unknown.status_code == 422
    assert known.text == unknown.text.replace('value="xx"', 'value="li"')
    assert kinds(sqlite_database) == ["sign_in_failed", "sign_in_failed"]


def test_the_eleventh_try_within_a_quarter_is_refused_even_with_the_right_password(client, account_id):
    for _ in range(10):
        client.post("/sign-in", data={"login": "li", "password": "falsch"})
    answer = client.post("/sign-in", data={"login": "li", "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_signing_out_ends_the_session_and_not_only_its_cookie(client, account_id, sqlite_database, settings):
    client = client_of(sqlite_database, settings, account_id)
    again = stranger(sqlite_database, settings, cookies=dict(client.cookies))
    assert client.post("/sign-out").status_code == 303
    assert again.get("/account").headers["location"].startswith("/sign-in")


def test_signing_in_again_gives_a_new_session_and_ends_the_old_one(
    client, account_id, sqlite_database, settings
):
    client.post("/sign-in", data={"login": "li", "password": PASSWORD})
    first = client.cookies[SESSION_COOKIE]
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/account").text)
    assert token
    client.post("/sign-in", data={"login": "li", "password": PASSWORD, "csrf": token[1]})
    assert client.cookies[SESSION_COOKIE] != first
    old = stranger(sqlite_database, settings, cookies={SESSION_COOKIE: first})
    assert old.get("/account").status_code == 303


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "\t//x"]
)
def test_no_address_leads_out_of_the_system_after_signing_in(client, account_id, wanted):
    answer = client.post("/sign-in", data={"login": "li", "password": PASSWORD, "next": wanted})
    assert answer.headers["location"] == "/"


def test_the_first_link_shows_without_being_used_and_then_sets_the_password_once(sqlite_database, settings):
    with sqlite_database.writing() as db:
        token = first_run.first_link(db, now=clock.now(), today=installation.today(db))
    client = stranger(sqlite_database, settings)
    assert client.get(f"/link/{token}").status_code == client.get(f"/link/{token}").status_code == 200
    answer = client.post(f"/link/{token}", data={"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 303
    assert client.get("/account").status_code == 200
    assert client.post(f"/link/{token}", data={"password": PASSWORD, "again": PASSWORD}).status_code in (
        403,
        404,
    )
    with sqlite_database.writing() as db:
        assert first_run.first_link(db, now=clock.now(), today=installation.today(db)) is None


def test_a_refused_password_leaves_the_link_usable(sqlite_database, settings):
    with sqlite_database.writing() as db:
        token = first_run.first_link(db, now=clock.now(), today=installation.today(db))
    client = stranger(sqlite_database, settings)
    for first, again in (("short", "short"), (PASSWORD, "anders als zuvor"), ("1234567890", "1234567890")):
        answer = client.post(f"/link/{token}", data={"password": first, "again": again})
        assert answer.status_code == 422
        assert "notice failed" in answer.text
    assert client.post(f"/link/{token}", data={"password": PASSWORD, "again": PASSWORD}).status_code == 303


def test_an_old_or_unknown_link_says_what_to_do(client, account_id, sqlite_database):
    with sqlite_database.writing() as db:
        old = tokens.issue(db, account_id, TokenPurpose.RESET, clock.now() - timedelta(minutes=31))
    for token in (old, "unknown"):
        answer = client.get(f"/link/{token}")
        assert answer.status_code == 404


def test_forgetting_a_password_answers_alike_for_known_and_unknown(client, account_id, sqlite_database):
    known = client.post("/forgot", data={"login": "li"})
    unknown = client.post("/forgot", data={"login": "nobody"})
    assert (known.status_code, known.headers["location"]) == (
        unknown.status_code,
        unknown.headers["location"],
    )
    assert client.get(known.headers["location"]).status_code == 200
    assert [kind for kind in kinds(sqlite_database) if kind == "reset_asked"] == ["reset_asked"] * 2


def test_the_roles_of_a_demonstration_are_offered_on_this_machine_only(sqlite_database, tmp_path):
    with sqlite_database.writing() as db:
        installation.put(db, installation.DEMO, "1")
        make_grant(db, make_account(db, make_person(db, "王芳（演示）")), Role.OFFICE)
    settings = settings_for(tmp_path, base_url="http://127.0.0.1:8000")
    near = stranger(sqlite_database, settings, client=("127.0.0.1", 5000))
    assert "王芳（演示）" in near.get("/sign-in").text
    for far in (
        stranger(sqlite_database, settings, client=("10.0.0.9", 5000)),
        stranger(sqlite_database, settings, loopback=False, client=("127.0.0.1", 5000)),
        stranger(
            sqlite_database, settings, client=("127.0.0.1", 5000), headers={"X-Forwarded-For": "10.0.0.9"}
        ),
        stranger(
            sqlite_database,
            settings_for(tmp_path, base_url="http://projects.example"),
            client=("127.0.0.1", 5000),
        ),
    ):
        assert "王芳（演示）" not in far.get("/sign-in").text
        assert far.post("/sign-in/demo", data={"role": "office"}).status_code == 404
    assert near.post("/sign-in/demo", data={"role": "office"}).status_code == 303
    assert near.get("/account").status_code == 200


def test_nobody_ends_anothers_session_by_a_counting_id(sqlite_database, settings):
    mine, yours = (someone(sqlite_database, settings) for _ in range(2))
    for number in range(1, 4):
        mine.post(f"/account/sessions/{number}/end")
    assert yours.get("/account").status_code == 200


def test_a_new_password_needs_the_present_one_and_signs_the_other_browsers_out(
    account_id, sqlite_database, settings
):
    one, other = (client_of(sqlite_database, settings, account_id) for _ in range(2))
    new = {"password": "另一句更长一些的话也可以用", "again": "另一句更长一些的话也可以用"}
    assert one.post("/account/password", data={"current": "falsch", **new}).status_code == 422
    assert one.post("/account/password", data={"current": PASSWORD, **new}).status_code == 303
    assert one.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


def test_trying_present_passwords_is_throttled(account_id, sqlite_database, settings):
    client = client_of(sqlite_database, settings, account_id)
    form = {
        "current": "falsch",
        "password": "另一句更长一些的话也可以用",
        "again": "另一句更长一些的话也可以用",
    }
    answers = [client.post("/account/password", data=form).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_revoked_rights_are_gone_with_the_next_request(sqlite_database, settings):
    client = someone(sqlite_database, settings, Role.OFFICE)
    assert client.get("/projects").status_code == 200
    with sqlite_database.writing() as db:
        account = db.execute(sa.select(Account).order_by(col(Account.id).desc())).scalars().first()
        assert account
        accounts.disable(db, make_actor(Role.ADMINISTRATOR), account.id or 0, now=clock.now())
    assert client.get("/projects").status_code == 303
