"""Reading projects and milestones over REST: same queries, same rights, problems as problem+json."""

from datetime import date, timedelta

from portfolio import installation
from portfolio.access import Role, ScopeKind
from portfolio.projects.models import PlanReference, Promise, PromiseKind
from portfolio.projects.rules.dates import Precision
from tests.api.signed_in import someone, stranger
from tests.build import make_duty, make_milestone, make_organisation, make_project, make_section

AT = "/api/v1/projects"


def test_a_project_is_read_with_its_references_promises_and_milestones(sqlite_database, settings):
    with sqlite_database.writing() as db:
        project, section = make_project(db, "龙湖水厂"), make_section(db)
        db.add(PlanReference(section_id=section.id, project_id=project.id, name="龙湖水厂", label="1.供水"))
        db.add(
            Promise(
                project_id=project.id, version_id=section.version_id, section_id=section.id,
                kind=PromiseKind.COMPLETION, due=date(2025, 12, 31), due_precision=Precision.YEAR,
            )
        )  # fmt: skip
        make_milestone(db, project, baseline=date(2020, 4, 30), forecast=date(2020, 5, 30))
    with someone(sqlite_database, settings) as office:
        listed = office.get(AT, params={"q": "龙湖"}).json()
        one = office.get(f"{AT}/{project.code}").json()
        milestones = office.get(f"{AT}/{project.code}/milestones").json()
    assert (listed["total"], listed["items"][0]["code"]) == (1, project.code)
    assert one["plan_refs"] == [{"section": "b05", "label": "1.供水", "name": "龙湖水厂", "occurrence": 1}]
    assert one["promises"][0]["due"] == "2025"
    assert milestones == one["milestones"]
    assert (milestones[0]["baseline"], milestones[0]["slip"]) == ("2020-04-30", 30)


def test_a_doubtful_project_says_so_and_why(sqlite_database, settings):
    with sqlite_database.writing() as db:
        project = make_project(db, "城市大脑")
        project.doubtful, project.note = True, "信息系统"
        code = project.code
    with someone(sqlite_database, settings) as office:
        one = office.get(f"{AT}/{code}").json()
    assert (one["doubtful"], one["note"]) == (True, "信息系统")


def test_what_is_out_of_scope_is_not_found_as_a_problem(sqlite_database, settings):
    with sqlite_database.writing() as db:
        code = make_project(db).code
    with someone(sqlite_database, settings, Role.VIEWER, ScopeKind.PROJECT, 0) as viewer:
        answer = viewer.get(f"{AT}/{code}")
        assert viewer.get(AT).json()["items"] == []
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_stranger_and_an_unknown_filter_are_refused_as_problems(sqlite_database, settings):
    with stranger(sqlite_database, settings) as nobody:
        assert nobody.get(AT).status_code == 401
    with someone(sqlite_database, settings) as office:
        answer = office.get(AT, params={"colour": "red"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_only_todays_holders_of_duties_are_named(sqlite_database, settings):
    with sqlite_database.writing() as db:
        today, project = installation.today(db), make_project(db)
        for days, name in ((-2, "昨局"), (0, "今局"), (1, "明局")):
            unit, start = make_organisation(db, name), today + timedelta(days)
            make_duty(db, project, organisation_id=unit.id, starts_on=start, ends_on=start + timedelta(0))
        code = project.code
    with someone(sqlite_database, settings) as office:
        held = office.get(f"{AT}/{code}").json()["duties"]
    assert [each["name"] for each in held] == ["今局"]


def test_pages_of_the_list_do_not_overlap_and_say_how_many_there_are(sqlite_database, settings):
    with sqlite_database.writing() as db:
        for _ in range(53):
            make_project(db)
    with someone(sqlite_database, settings) as office:
        first, second, beyond = (office.get(AT, params={"page": n}).json() for n in (1, 2, 9))
    codes = [each["code"] for answer in (first, second) for each in answer["items"]]
    assert (len(set(codes)), first["total"], first["size"], beyond["items"]) == (53, 53, 50, [])


def test_no_answer_carries_money(sqlite_database, settings):
    with sqlite_database.writing() as db:
        code = make_project(db).code
    with someone(sqlite_database, settings, Role.VIEWER) as viewer:
        words = viewer.get(AT).text + viewer.get(f"{AT}/{code}").text
    assert not any(word in words for word in ("planned", "paid", "amount", "money", "_fen"))
