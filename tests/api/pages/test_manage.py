"""Administration by page: units, posts, people, accounts and rights, as the office and the administrator do it."""

import re

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio import audit
from portfolio.access import Role
from portfolio.audit import Change
from portfolio.people.models import Account, Organisation, Person, Post, RoleGrant
from tests.api.signed_in import someone, stranger
from tests.build import make_account, make_actor, make_grant, make_organisation, make_person
from tests.markup import parse


@pytest.fixture
def office(sqlite_database, settings):
    return someone(sqlite_database, settings, Role.OFFICE, name="王芳")


def newest(database, table):
    with database.reading() as db:
        return db.execute(sa.select(table).order_by(col(table.id).desc()).limit(1)).scalar_one()


def added(database, make, **fields):
    with database.writing() as db:
        return make(db, **fields).id


@pytest.mark.parametrize("role", [Role.OFFICE, Role.ADMINISTRATOR])
@pytest.mark.parametrize(
    "path",
    [
        "/manage",
        "/manage/users",
        "/manage/organisations",
        "/manage/organisations/new",
        "/manage/people",
        "/manage/people/new",
    ],
)
def test_the_administrator_and_the_office_open_every_page(sqlite_database, settings, role, path):
    answer = someone(sqlite_database, settings, role).get(path)
    assert answer.status_code == 200
    assert "/manage" in answer.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.LEADER, Role.ACCOUNTANT, Role.AUDITOR])
def test_others_may_not(sqlite_database, settings, role):
    assert someone(sqlite_database, settings, role).get("/manage/people").status_code == 403


def test_a_unit_is_added_renamed_and_still_found_by_its_former_name(office, sqlite_database):
    city = office.post("/manage/organisations", data={"name": "郑州市"}).headers["location"]
    parent = city.rpartition("/")[2]
    where = office.post(
        "/manage/organisations", data={"name": "市城管局", "parent_id": parent, "aliases": "城管局、市执法局"}
    ).headers["location"]
    form = {"name": "郑州市城市管理局", "parent_id": parent, "aliases": "城管局\n市执法局", "version": "1"}
    assert office.post(where, data=form).status_code == 303
    text = office.get(where).text
    assert "郑州市城市管理局" in text
    assert "市城管局" in text
    assert newest(sqlite_database, Organisation).parent_id == int(parent)


def test_a_stale_form_is_refused_and_keeps_what_was_typed(office, sqlite_database):
    unit = added(sqlite_database, make_organisation, name="水利局")
    assert (
        office.post(f"/manage/organisations/{unit}", data={"name": "市水利局", "version": "1"}).status_code
        == 303
    )
    answer = office.post(f"/manage/organisations/{unit}", data={"name": "水务局", "version": "1"})
    assert answer.status_code == 409
    assert 'value="水务局"' in answer.text


def test_a_name_that_is_taken_says_so_beside_its_field(office, sqlite_database):
    added(sqlite_database, make_organisation, name="水利局")
    answer = office.post("/manage/organisations", data={"name": "水利局"})
    assert answer.status_code == 422
    assert "已经是另一个机构" in answer.text


def test_a_merged_unit_points_to_its_successor(office, sqlite_database):
    old, new = (
        added(sqlite_database, make_organisation, name="交委"),
        added(sqlite_database, make_organisation, name="交通局"),
    )
    answer = office.post(f"/manage/organisations/{old}/merge", data={"into": "交通局", "reason": "机构改革"})
    assert answer.headers["location"].endswith(f"/{new}")
    assert "并入交通局" in office.get(f"/manage/organisations/{old}").text
    assert office.post(f"/manage/organisations/{old}/merge", data={"into": "没有"}).status_code == 404


def test_a_post_passes_from_one_to_the_next(office, sqlite_database):
    unit = added(sqlite_database, make_organisation)
    first, second = (added(sqlite_database, make_person, name=name) for name in ("甲某", "乙某"))
    office.post(f"/manage/organisations/{unit}/posts", data={"kind": "head", "title": "局长"})
    post = newest(sqlite_database, Post).id
    where = f"/manage/organisations/{unit}/posts/{post}/appoint"
    for person, day in ((first, "2024-01-01"), (second, "2024-06-01")):
        assert office.post(where, data={"person_id": person, "starts_on": day}).status_code == 303
    text = office.get(f"/manage/organisations/{unit}").text
    assert re.search(rf'/manage/people/{second}">乙某', text)
    other = added(sqlite_database, make_organisation)
    assert office.post(f"/manage/organisations/{other}/posts/{post}/close").status_code == 404


def test_a_person_gets_an_account_a_role_and_a_link_shown_once(office, sqlite_database, settings):
    unit = added(sqlite_database, make_organisation)
    where = office.post(
        "/manage/people", data={"name": "李工", "email": "li@example.org", "organisation_id": unit}
    ).headers["location"]
    assert office.post(f"{where}/accounts", data={"login": "ligong"}).status_code == 303
    account = f"{where}/accounts/{newest(sqlite_database, Account).id}"
    form = {"role": "reporter", "scope": "organisation", "unit": unit}
    assert office.post(f"{account}/grants", data=form).status_code == 303
    grant = newest(sqlite_database, RoleGrant)
    assert (grant.role, grant.scope_value) == (Role.REPORTER, str(unit))
    shown = office.post(f"{account}/link")
    token = re.search(r"/link/([\w-]+)", shown.text)
    assert token
    assert stranger(sqlite_database, settings).get(f"/link/{token[1]}").status_code == 200
    assert token[1] not in office.get(where).text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"role": "office", "scope": "district", "district": "x"}, "只能是全部"),
        ({"role": "reporter", "scope": "organisation"}, "要选一个对象"),
        ({"role": "nonsense"}, "填的内容不对"),
    ],
)
def test_a_right_that_makes_no_sense_is_refused_in_words(office, sqlite_database, form, words):
    with sqlite_database.writing() as db:
        account = make_account(db)
        where = f"/manage/people/{account.person_id}/accounts/{account.id}/grants"
    answer = office.post(where, data=form)
    assert answer.status_code == 422
    assert words in answer.text


def test_an_account_is_reached_under_its_own_person_only(office, sqlite_database):
    with sqlite_database.writing() as db:
        account, other = make_account(db), make_person(db)
        where = f"/manage/people/{other.id}/accounts/{account.id}"
    for step in ("link", "disable", "enable", "end-sessions"):
        assert office.post(f"{where}/{step}").status_code == 404


def test_the_office_cannot_take_an_administrators_account_by_any_page(office, sqlite_database):
    with sqlite_database.writing() as db:
        account = make_account(db)
        make_grant(db, account, Role.ADMINISTRATOR)
        person = f"/manage/people/{account.person_id}"
        where = f"{person}/accounts/{account.id}"
    tries = [
        (f"{where}/link", {}), (f"{where}/disable", {}), (f"{where}/end-sessions", {}),
        (f"{where}/grants", {"role": "administrator", "scope": "all"}), (f"{person}/leave", {}),
        (person, {"name": "新名", "email": "thief@example.org", "version": "1"}),
    ]  # fmt: skip
    assert {office.post(path, data=form).status_code for path, form in tries} == {403}


def test_who_leaves_is_shut_out_and_stays_on_record(office, sqlite_database, settings):
    leaver = someone(sqlite_database, settings, Role.VIEWER, name="赵工")
    person = newest(sqlite_database, Person).id
    assert office.post(f"/manage/people/{person}/leave", data={"reason": "调任"}).status_code == 303
    assert leaver.get("/account").status_code == 303
    assert "已离任" in office.get(f"/manage/people/{person}").text


def test_a_stand_in_is_named_for_a_time(office, sqlite_database):
    person, other = (added(sqlite_database, make_person, name=name) for name in ("张处", "代处"))
    form = {"stand_in_id": other, "starts_on": "2024-06-01", "ends_on": "2999-01-01"}
    assert office.post(f"/manage/people/{person}/stand-ins", data=form).status_code == 303
    assert "代处" in office.get(f"/manage/people/{person}").text
    assert office.post(f"/manage/people/{person}/stand-ins", data=form).status_code == 409


def test_the_trail_is_filtered_and_exported_without_becoming_a_formula(sqlite_database, settings):
    with sqlite_database.writing() as db:
        audit.record(
            db, make_actor(name="王芳"), Change("project", 7, "edit", {"note": ""}, {"note": "=1+1"})
        )
        audit.record(db, make_actor(name="李工"), Change("person", 8, "add", after={"name": "甲"}))
    auditor = someone(sqlite_database, settings, Role.AUDITOR)
    page = auditor.get("/audit", params={"who": "王芳"}).text
    assert "=1+1" in page
    assert "更正" not in page
    assert "修改项目 7" in page
    assert "甲" not in page
    file = auditor.get("/audit/file", params={"entity": "project"})
    assert file.headers["content-disposition"].startswith("attachment")
    assert "'=1+1" in file.text
    assert "person" not in file.text
    assert auditor.get("/audit/sign-ins").status_code == 200


def test_the_trail_and_the_sign_ins_are_the_auditors(sqlite_database, settings):
    for role in (Role.ADMINISTRATOR, Role.OFFICE):
        other = someone(sqlite_database, settings, role)
        assert [other.get(path).status_code for path in ("/audit", "/audit/sign-ins")] == [403, 403]
    assert "没有权限" in someone(sqlite_database, settings, Role.AUDITOR).get("/audit/sign-ins").text


def test_first_steps_are_counted_and_hide_projects_from_the_administrator(sqlite_database, settings, office):
    assert "明确责任" in office.get("/manage").text
    assert "明确责任" not in someone(sqlite_database, settings, Role.ADMINISTRATOR).get("/manage").text


def test_a_units_and_a_persons_page_say_what_was_done_to_them(office, sqlite_database):
    made = office.post("/manage/organisations", data={"name": "市水利局"}).headers["location"]
    office.post(made, data={"name": "市水务局"})
    person = office.post("/manage/people", data={"name": "李工"}).headers["location"]
    office.post(person.partition("#")[0] + "/accounts", data={"login": "li-gong"})
    history = parse(office.get(made).text).xpath('//*[@id="history"]')[0].text_content()
    assert "市水利局 → 市水务局" in history
    assert "li-gong" in parse(office.get(person).text).xpath('//*[@id="history"]')[0].text_content()
