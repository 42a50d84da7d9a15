"""What went wrong elsewhere and was given a number, each as a test; and what the standard asks of a whole system."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from sqlmodel import col

from api.dependencies import SESSION_COOKIE
from imports import pipeline
from imports.exports.send import Form, Order, take_out
from imports.fields import WorkbookKind
from imports.layouts.base import View
from portfolio import clock
from portfolio import settings as configuration
from portfolio.access import Role, ScopeKind
from portfolio.errors import BadConfiguration, NotFound
from portfolio.finance import budgets
from portfolio.finance.budgets import YearlyAmountIn
from portfolio.finance.models import Amount, AmountKind
from portfolio.finance.reference import Source
from portfolio.money import Fen
from portfolio.people import passwords, roles, tokens
from portfolio.people.models import RoleGrant, SignInSession
from portfolio.people.tokens import TokenPurpose
from portfolio.projects import projects
from portfolio.projects.models import Duty, Pause
from portfolio.projects.projects import ProjectChange
from portfolio.settings import Mode
from portfolio.signing import KeyRing, Purpose
from tests.api.signed_in import client_of, someone, stranger
from tests.build import (
    NOON,
    SECRET,
    TODAY,
    make_account,
    make_actor,
    make_duty,
    make_grant,
    make_organisation,
    make_person,
    make_project,
)
from tests.house.sources import ROOT
from tests.server import settings_for

pytestmark = pytest.mark.slow

PASSWORD = "一句够长又没人用过的话"
OTHER = "另一句更长一些的话也可以用"


@pytest.fixture
def two(db):
    """A project of one's own and another's."""
    return make_project(db, "己方水厂"), make_project(db, "彼方水厂")


def test_a_budget_is_not_assigned_to_a_project_that_the_check_has_not_seen(db, two):
    own, other = two
    accountant = make_actor(Role.ACCOUNTANT, ScopeKind.PROJECT, own.id)
    filled = [
        YearlyAmountIn(project_id=each, kind=AmountKind.PLANNED, year=2024, source=Source.CITY, sum=Fen(100))
        for each in (own.id, other.id)
    ]
    with pytest.raises(NotFound):
        budgets.write_many(db, accountant, filled, today=TODAY)
    assert db.execute(sa.select(sa.func.count()).select_from(Amount)).scalar_one() == 0


@pytest.mark.parametrize("moved", ["to another's whole", "away from another's whole"])
def test_a_part_is_moved_only_by_who_has_a_right_over_both_wholes(db, two, moved):
    own, other = two
    part = make_project(db, "取水口", part_of_id=own.id if moved.startswith("to") else other.id)
    grants = make_actor(Role.OFFICE, ScopeKind.PROJECT, own.id).grants
    grants += make_actor(Role.OFFICE, ScopeKind.PROJECT, part.id).grants
    actor = make_actor()
    actor = type(actor)(None, "王芳", actor.way, grants=grants)
    target = other.id if moved.startswith("to") else own.id
    with pytest.raises(NotFound):
        projects.correct(db, actor, ProjectChange(id=part.id, part_of_id=target), today=TODAY)


def test_a_child_of_one_project_is_not_reached_under_anothers_address(sqlite_database, settings):
    office = someone(sqlite_database, settings)
    with sqlite_database.writing() as db:
        own, other = make_project(db), make_project(db)
        duty = make_duty(db, other, organisation_id=make_organisation(db).id)
        pause = Pause(project_id=other.id, reason="汛期", starts_on=TODAY, asked_by="某人", asked_at=NOON, known_on=TODAY)  # fmt: skip
        db.add(pause)
        db.flush()
        duty_id, pause_id, own_code, code = duty.id, pause.id, own.code, other.code
    forms = {
        f"duties/{duty_id}/end": {"ends_on": TODAY.isoformat()},
        f"pauses/{pause_id}/decide": {"decision": "accept", "comment": "同意"},
        f"pauses/{pause_id}/end": {"ends_on": TODAY.isoformat()},
    }
    for path, form in forms.items():
        assert office.post(f"/projects/{own_code}/{path}", data=form).status_code == 404, path
    with sqlite_database.reading() as db:
        assert db.get_one(Duty, duty_id).ends_on is None
        assert db.get_one(Pause, pause_id).state == "asked"
    assert office.post(f"/projects/{code}/duties/{duty_id}/end", data={}).status_code == 303


def test_no_right_outlives_its_revocation(sqlite_database, settings):
    """By taking it back, by its last day, and by the end of the duty that placed the project."""
    with sqlite_database.writing() as db:
        unit = make_organisation(db)
        project = make_project(db)
        duty = make_duty(db, project, organisation_id=unit.id)
        accounts = [make_account(db, make_person(db)) for _ in range(3)]
        grants = [make_grant(db, each, Role.REPORTER, ScopeKind.ORGANISATION, unit.id) for each in accounts]
        code, duty_id = project.code, duty.id
        ids = [(each.id, grant.id) for each, grant in zip(accounts, grants, strict=True)]
    browsers = [client_of(sqlite_database, settings, account) for account, _ in ids]
    assert [each.get(f"/projects/{code}").status_code for each in browsers] == [200, 200, 200]
    today = clock.civil_date(clock.now())
    with sqlite_database.writing() as db:
        roles.end(db, make_actor(Role.ADMINISTRATOR), *ids[0], today=today, now=clock.now())
        db.get_one(RoleGrant, ids[1][1]).ends_on = today - timedelta(days=1)
    assert [each.get(f"/projects/{code}").status_code for each in browsers] == [303, 403, 200]
    with sqlite_database.writing() as db:
        db.get_one(Duty, duty_id).ends_on = today - timedelta(days=1)
    assert browsers[2].get(f"/projects/{code}").status_code == 404


def test_a_reset_address_works_once(sqlite_database, settings):
    with sqlite_database.writing() as db:
        account = make_account(db, password_hash=passwords.hashed(PASSWORD))
        make_grant(db, account, Role.OFFICE)
        token = tokens.issue(db, account.id, TokenPurpose.RESET, clock.now())
    form = {"password": OTHER, "again": OTHER}
    assert stranger(sqlite_database, settings).post(f"/link/{token}", data=form).status_code == 303
    assert stranger(sqlite_database, settings).post(f"/link/{token}", data=form).status_code == 404


def test_changing_the_password_counts_tries_of_the_present_one(sqlite_database, settings):
    client = someone(sqlite_database, settings)
    form = {"current": "falsch", "password": OTHER, "again": OTHER}
    assert [client.post("/account/password", data=form).status_code for _ in range(11)][-1] == 429


def test_what_people_typed_never_becomes_a_formula_in_an_export(sqlite_database, settings):
    bad = '=HYPERLINK("http://evil","x")'
    ring = KeyRing(Purpose.WORKBOOK, [SECRET])
    auditor = someone(sqlite_database, settings, Role.AUDITOR)
    with sqlite_database.writing() as db:
        project = make_project(db, bad)
        change = ProjectChange(id=project.id, note="+1+1", reason="@SUM(A1)")
        projects.correct(db, make_actor(), change, today=TODAY)
        files = {
            form: take_out(db, make_actor(), Order(WorkbookKind.PROJECTS, form), ring, today=TODAY, now=NOON).content
            for form in Form
        }  # fmt: skip
    book = load_workbook(BytesIO(files[Form.XLSX]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == bad]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}
    for text in (files[Form.CSV].decode("utf-8-sig"), auditor.get("/audit/file").text):
        assert not re.search(r'(^|,)"?[=+@]', text, re.MULTILINE)


def test_nobody_ends_anothers_session_by_a_counting_id(sqlite_database, settings):
    mine, yours = (someone(sqlite_database, settings) for _ in range(2))
    assert [mine.post(f"/account/sessions/{n}/end").status_code for n in (2, 3, 4)] == [404, 404, 404]
    assert yours.get("/account").status_code == 200


def test_an_import_row_outside_ones_scope_is_an_error_and_writes_nothing(db, two):
    own, _other = two
    ring = KeyRing(Purpose.WORKBOOK, [SECRET])
    order = Order(WorkbookKind.BUDGETS)
    content = take_out(db, make_actor(), order, ring, today=TODAY, now=NOON).content
    view = View(make_actor(Role.ACCOUNTANT, ScopeKind.PROJECT, own.id), TODAY)
    received = pipeline.Received("x.xlsx", content)
    found = pipeline.preview(db, view, received, pipeline.read(received), ring)
    fates = {row.project: (row.action.value, [fault.message for fault in row.faults]) for row in found.rows}
    assert [action for action, _ in fates.values()].count("error") == 1
    assert "不在您的范围内" in str(fates)
    assert not found.is_clean


def test_an_idle_and_an_old_session_are_worthless(sqlite_database, settings):
    for column, age in (("last_seen_at", timedelta(hours=2, minutes=1)), ("expires_at", timedelta(0))):
        client = someone(sqlite_database, settings)
        assert client.get("/account").status_code == 200
        with sqlite_database.writing() as db:
            newest = (
                db.execute(sa.select(SignInSession).order_by(col(SignInSession.id).desc())).scalars().first()
            )
            setattr(newest, column, clock.now() - age)
        assert client.get("/account").status_code == 303, column


def test_the_cookie_is_secure_and_bound_to_the_host_behind_tls(sqlite_database, tmp_path):
    with sqlite_database.writing() as db:
        account = make_account(db, login="li", password_hash=passwords.hashed(PASSWORD))
        make_grant(db, account, Role.OFFICE)
    settings = settings_for(tmp_path, base_url="https://projects.example")
    client = stranger(sqlite_database, settings, loopback=False)
    answer = client.post("/sign-in", data={"login": "li", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{SESSION_COOKIE}=")
    for attribute in ("Secure", "HttpOnly", "Path=/", "samesite=lax"):
        assert attribute.lower() in cookie.lower()
    assert "domain" not in cookie.lower()


def test_every_page_offers_to_sign_out_and_names_no_address_outside(sqlite_database, settings):
    office = someone(sqlite_database, settings)
    for path in ("/", "/projects", "/plan", "/alerts", "/workbooks", "/manage", "/manage/people", "/account"):
        text = office.get(path).text
        assert 'action="/sign-out"' in text, path
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', text) == [], path


def test_passwords_are_typed_masked_and_may_be_pasted(sqlite_database, settings):
    for client, path in ((stranger(sqlite_database, settings), "/sign-in"), (someone(sqlite_database, settings), "/account")):  # fmt: skip
        fields = re.findall(r"<input[^>]*password[^>]*>", client.get(path).text)
        assert fields, path
        assert [each for each in fields if 'type="password"' not in each or "autocomplete=" not in each] == []
    scripts = " ".join(path.read_text("utf-8") for path in (ROOT / "templates/static/js").glob("*.js"))
    assert "paste" not in scripts
    assert not re.search(r"localStorage|sessionStorage|indexedDB|innerHTML|\beval\(", scripts)


def test_production_serves_nothing_of_the_workshop(sqlite_database, tmp_path):
    settings = settings_for(tmp_path, mode=Mode.PRODUCTION, base_url="https://projects.example")
    client = stranger(sqlite_database, settings, loopback=False)
    for path in ("/styleguide", "/docs", "/openapi.json", "/static/", "/static/css/", "/.git/config"):
        assert client.get(path).status_code == 404, path
    assert client.request("TRACE", "/sign-in").status_code == 405


@pytest.mark.parametrize("key", ["", "short", "a" * 64])
def test_production_refuses_a_weak_or_missing_key(tmp_path, monkeypatch, key):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTFOLIO_MODE", "production")
    monkeypatch.setenv("PORTFOLIO_SECRET_KEY", key)
    with pytest.raises(BadConfiguration):
        configuration.load()


class Counting:
    """A hasher that counts how often a password is checked: the clock of a busy machine says little."""

    def __init__(self, inner):
        self.inner, self.runs = inner, 0

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def verify(self, *arguments):
        self.runs += 1
        return self.inner.verify(*arguments)


def test_an_unknown_name_costs_as_much_time_as_a_known_one(sqlite_database, settings, monkeypatch):
    with sqlite_database.writing() as db:
        make_account(db, login="li", password_hash=passwords.hashed(PASSWORD))
    hasher = Counting(passwords._hasher)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    runs = []
    for login in ("li", "nobody", "li@example.org"):
        before = hasher.runs
        answer = stranger(sqlite_database, settings).post("/sign-in", data={"login": login, "password": "x"})
        runs.append((answer.status_code, hasher.runs - before))
    assert runs == [(422, 1)] * 3
