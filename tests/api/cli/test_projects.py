"""`portfolio projects`: the list and one project, for people and for programs."""

from datetime import timedelta

import pytest

from portfolio import installation
from portfolio.projects.models import DutyKind
from tests.build import make_duty, make_milestone, make_organisation, make_person, make_project


@pytest.fixture
def known(sqlite_database):
    """A project with holders of yesterday, today and tomorrow."""
    with sqlite_database.writing() as db:
        today, project = installation.today(db), make_project(db, "龙湖水厂")
        make_milestone(db, project, baseline=today - timedelta(40))
        make_duty(db, project, organisation_id=make_organisation(db, "旧局").id, ends_on=today - timedelta(1))
        make_duty(
            db, project, organisation_id=make_organisation(db, "今局").id, starts_on=today,
            ends_on=today + timedelta(1),
        )  # fmt: skip
        make_duty(
            db, project, kind=DutyKind.CONTACT, person_id=make_person(db, "明日").id,
            starts_on=today + timedelta(1),
        )  # fmt: skip
        make_project(db, "机场三期")
        return project.code


def test_the_list_is_text_for_people_and_json_for_programs(command, known):
    assert f"{known}  implementation  龙湖水厂" in command("projects", "list").out
    assert {each["name"] for each in command("projects", "list", "--all", "--json").json} == {
        "龙湖水厂",
        "机场三期",
    }


def test_words_narrow_it_and_nothing_found_is_said(command, known):
    assert [each["code"] for each in command("projects", "list", "--q", "今局", "--json").json] == [known]
    assert command("projects", "list", "--q", "没有").out == "没有符合的项目。"


@pytest.mark.parametrize("wrong", [("--stage", "dreaming"), ("--late", "never"), ("--page", "0")])
def test_a_word_that_is_none_is_bad_input(command, wrong):
    answer = command("projects", "list", *wrong)
    assert answer.code == 2
    assert "不认识" in answer.err


def test_one_project_shows_who_holds_it_today_and_its_dates(command, known):
    shown = command("projects", "show", known).out
    assert "责任单位：今局" in shown
    assert "旧局" not in shown
    assert "明日" not in shown
    assert "主体完工：基线" in shown


def test_a_code_that_is_none_is_bad_input(command):
    answer = command("projects", "show", "P9999")
    assert (answer.code, "P9999" in answer.err) == (2, True)
