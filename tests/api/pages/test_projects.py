"""The pages of projects: the main job by hand, step by step, and who may take which step."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.clock import civil_date, now
from portfolio.projects.models import BaselineVersion, Milestone, Project
from tests.api.signed_in import someone, stranger
from tests.build import make_duty, make_milestone, make_organisation, make_person, make_project, make_sector
from tests.markup import parse


@pytest.fixture
def office(sqlite_database, settings):
    """A browser of the key-projects office."""
    with someone(sqlite_database, settings) as client:
        yield client


def words(answer) -> str:
    return "".join(parse(answer.text).itertext())


def rows_of(database, table):
    with database.reading() as db:
        return db.execute(sa.select(table).order_by(table.id)).scalars().all()


def make(database, name="龙湖水厂", **fields):
    with database.writing() as db:
        return make_project(db, name, **fields).code


@pytest.mark.slow
def test_the_main_job_goes_from_an_empty_form_to_a_slip_that_shows(office, sqlite_database):
    with sqlite_database.writing() as db:
        make_sector(db, "test-water")
    created = office.post("/projects", data={"name": "龙湖水厂", "sector": "test-water"})
    page = created.headers["location"]
    assert created.status_code == 303
    assert "还没有批准的基线" in words(office.get(page))

    assert office.post(f"{page}/milestones/template").status_code == 303
    milestones = rows_of(sqlite_database, Milestone)
    proposed = office.post(
        f"{page}/baselines",
        data={"milestone": [milestones[0].id], "when": ["2020-06"], "reason": "首版"},
    )
    assert "等决定" in words(office.get(page))
    decided = office.post(
        f"{proposed.headers['location']}/decide", data={"decision": "approve", "version": "1"}
    )
    assert decided.status_code == 303

    code = milestones[0].code
    saved = office.post(
        f"/milestones/{code}/dates", data={"forecast": "2099-06", "reason": "征地", "version": "2"}
    )
    assert saved.headers["location"] == page
    shown = words(office.get(page))
    assert "逾期" in shown
    assert "预测2099年6月底" in shown
    assert "龙湖水厂" in words(office.get("/projects?late=overdue"))
    assert "龙湖水厂" in words(office.get("/"))


def test_a_refused_form_keeps_its_words_and_says_what_to_do(office, sqlite_database):
    code = make(sqlite_database)
    answer = office.post("/projects", data={"name": "龙湖水厂", "scale": "10 万吨"})
    assert answer.status_code == 422
    tree = parse(answer.text)
    assert tree.xpath("//textarea[@name='scale']")[0].text == "10 万吨"
    assert f"已有同名项目 {code}" in words(answer)
    assert rows_of(sqlite_database, Project)[-1].code == code


def test_an_unreadable_date_is_refused_in_place_with_an_example(office, sqlite_database):
    with sqlite_database.writing() as db:
        milestone = make_milestone(db, make_project(db))
    answer = office.post(
        f"/milestones/{milestone.code}/dates",
        data={"forecast": "2024-13", "version": "1"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith("<tr")
    assert "2024-13" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_forecast_is_edited_in_place_and_on_a_page_of_its_own(office, sqlite_database):
    with sqlite_database.writing() as db:
        milestone = make_milestone(db, make_project(db), baseline=date(2024, 4, 30))
    address = f"/milestones/{milestone.code}/dates"
    assert office.get(address, headers={"HX-Request": "true"}).text.lstrip().startswith("<tr")
    assert len(parse(office.get(address).text).xpath("//h1")) == 1


@pytest.mark.slow
def test_every_form_of_a_project_opens_with_labelled_fields(office, sqlite_database):
    with sqlite_database.writing() as db:
        project = make_project(db)
        make_duty(db, project, organisation_id=make_organisation(db).id)
        milestone = make_milestone(db, project, baseline=date(2024, 4, 30))
        make_milestone(db, project, kind="start", baseline=date(2023, 4, 30), actual=date(2023, 5, 1))
    at = f"/projects/{project.code}"
    pages = ["/projects/new", "/projects/templates", f"/milestones/{milestone.code}/edit"]
    pages += [
        f"{at}{end}" for end in ("", "/edit", "/stage", "/duties", "/pauses", "/milestones", "/baselines/new")
    ]
    for address in pages:
        answer = office.get(address)
        assert answer.status_code == 200, address
        tree = parse(answer.text)
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids)), address
        for field in tree.xpath("//main//input[not(@type='hidden')]|//main//select|//main//textarea"):
            labelled = field.xpath("ancestor::label") or tree.xpath(f"//label[@for='{field.get('id')}']")
            assert labelled, (address, field.get("name"))


def test_duties_stage_pauses_and_merging_are_carried_out_by_their_forms(office, sqlite_database):
    with sqlite_database.writing() as db:
        unit, leader = make_organisation(db, "市水利局"), make_person(db, "张市长")
    code, double = make(sqlite_database), make(sqlite_database, "龙湖净水厂")
    at, today = f"/projects/{code}", civil_date(now())
    steps = [
        (f"{at}/duties", {"kind": "responsible_unit", "organisation_id": unit.id}),
        (f"{at}/duties", {"kind": "responsible_leader", "person_id": leader.id}),
        (f"{at}/stage", {"stage": "completion", "happened_on": today}),
        (f"{at}/pauses", {"reason": "文物勘探", "starts_on": today}),
        (f"{at}/pauses/1/decide", {"decision": "accept"}),
        (f"/projects/{double}/merge", {"into": code, "reason": "同一个项目"}),
    ]
    for address, data in steps:
        assert office.post(address, data=data).status_code == 303, address
    shown = words(office.get(at))
    for fact in ("市水利局", "张市长", "竣工验收", "暂停中", "龙湖净水厂"):
        assert fact in shown
    assert office.get(f"/projects/{double}").headers["location"] == at


def test_a_reporter_dates_the_own_project_and_decides_nothing(sqlite_database, settings):
    with sqlite_database.writing() as db:
        unit, project = make_organisation(db), make_project(db)
        make_duty(db, project, organisation_id=unit.id)
        milestone, other = make_milestone(db, project), make_project(db)
    with someone(sqlite_database, settings, Role.REPORTER, ScopeKind.ORGANISATION, unit.id) as reporter:
        assert (
            reporter.post(
                f"/milestones/{milestone.code}/dates", data={"forecast": "2030", "version": "1"}
            ).status_code
            == 303
        )
        proposed = reporter.post(
            f"/projects/{project.code}/baselines", data={"milestone": [milestone.id], "when": ["2030"]}
        )
        version = proposed.headers["location"]
        assert reporter.post(f"{version}/decide", data={"decision": "approve"}).status_code == 403
        assert reporter.get(f"/projects/{other.code}").status_code == 404
        assert reporter.get(f"/projects/{project.code}/edit").status_code == 403
        assert "新建项目" not in words(reporter.get("/projects"))
    (stored,) = rows_of(sqlite_database, BaselineVersion)
    assert stored.state == "proposed"


def test_a_whole_list_gets_its_templates_and_nothing_else(office, sqlite_database):
    with sqlite_database.writing() as db:
        make_project(db, sector_code=make_sector(db, "test-water"))
        make_project(db)
    assert "看这 1 项" in words(office.get("/projects/templates?sector=test-water"))
    office.post("/projects/templates?sector=test-water")
    assert {row.project_id for row in rows_of(sqlite_database, Milestone)} == {1}


def test_an_administrator_has_no_project_page_and_a_stranger_is_asked_to_sign_in(sqlite_database, settings):
    code = make(sqlite_database)
    with someone(sqlite_database, settings, Role.ADMINISTRATOR) as administrator:
        assert administrator.get(f"/projects/{code}").status_code == 403
    with stranger(sqlite_database, settings) as nobody:
        assert nobody.get(f"/projects/{code}").headers["location"].startswith("/sign-in")


def test_money_is_left_out_for_who_may_not_see_it(sqlite_database, settings):
    code = make(sqlite_database)
    with someone(sqlite_database, settings, Role.COORDINATOR) as coordinator:
        assert "资金" not in words(coordinator.get(f"/projects/{code}"))


def test_a_project_page_takes_as_many_statements_for_many_milestones_as_for_one(office, sqlite_database):
    with sqlite_database.writing() as db:
        one, many = make_project(db), make_project(db)
        make_milestone(db, one, baseline=date(2024, 4, 30))
        for number in range(20):
            make_milestone(db, many, kind="free", label=f"第{number}段", baseline=date(2024, 4, 30))

    def statements(code: str) -> int:
        said: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            said.append(statement)

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            assert office.get(f"/projects/{code}").status_code == 200
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return len(said)

    statements(one.code)
    assert statements(many.code) == statements(one.code) <= 45


def test_the_page_of_fifty_stays_small(office, sqlite_database):
    with sqlite_database.writing() as db:
        for _ in range(3):
            make_milestone(db, make_project(db), baseline=date(2024, 4, 30))
        assert db.execute(sa.select(sa.func.count(col(Project.id)))).scalar_one() == 3
    assert len(office.get("/projects").content) < 40_000


def test_an_empty_list_says_what_was_asked_and_counts_what_each_condition_costs(office, sqlite_database):
    make(sqlite_database)
    page = words(office.get("/projects", params={"q": "zzzz", "stage": "implementation"}))
    assert "含“zzzz”、在建的项目，现有 0 项。" in page
    assert "去掉：含“zzzz” 1 项" in page
    assert "去掉：在建 0 项" in page


def test_a_page_that_does_not_exist_keeps_the_way_home(office):
    answer = office.get("/no-such-page")
    assert answer.status_code == 404
    assert parse(answer.text).xpath('//header//a[@href="/projects"]')
    assert "这里没有页面。" in words(answer)
