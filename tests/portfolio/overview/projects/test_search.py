"""Finding projects by a few words."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.overview.projects.search import MOST_WORDS, matching
from portfolio.pinyin import names as pinyin_of
from portfolio.projects.models import PlanReference, Project, ProjectAlias
from tests.build import TODAY, make_duty, make_organisation, make_project, make_section


def found(db, text, today=TODAY):
    statement = sa.select(col(Project.name)).where(matching(text, today)).order_by(col(Project.name))
    return list(db.execute(statement).scalars())


def named(db, name, **fields):
    full, initials = pinyin_of(name)
    return make_project(db, name, pinyin=full, initials=initials, **fields)


@pytest.mark.parametrize("text", ["龙湖", "龙湖 水厂", "longhu", "LHSC", "水厂 lh", "  龙湖  "])
def test_every_word_must_be_found_somewhere(db, text):
    named(db, "龙湖水厂")
    named(db, "龙湖大桥")
    assert "龙湖水厂" in found(db, text)
    assert found(db, "龙湖 机场") == []


def test_no_words_find_everything(db):
    named(db, "龙湖水厂")
    assert found(db, "  ") == ["龙湖水厂"]


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", '"; --', "100%"])
def test_signs_of_the_database_are_letters(db, text):
    named(db, "龙湖水厂")
    assert found(db, text) == []
    named(db, f"某{text}项目")
    assert found(db, text) == [f"某{text}项目"]


def test_a_unit_finds_what_it_answers_for_today(db):
    unit = make_organisation(db, "航空港区管委会", short_name="港区")
    over, runs, comes = named(db, "已交出"), named(db, "到年底"), named(db, "将接手")
    make_duty(db, over, organisation_id=unit.id, ends_on=TODAY - timedelta(1))
    make_duty(db, runs, organisation_id=unit.id, ends_on=TODAY + timedelta(100))
    make_duty(db, comes, organisation_id=unit.id, starts_on=TODAY + timedelta(1))
    assert found(db, "港区") == ["到年底"]
    assert found(db, "管委会", TODAY + timedelta(101)) == ["将接手"]


def test_the_plans_wording_and_aliases_find_it_too(db):
    project = named(db, "郑州机场三期工程")
    section = make_section(db)
    db.add(PlanReference(section_id=section.id, project_id=project.id, name="国际枢纽机场扩建"))
    db.add(ProjectAlias(project_id=project.id, name="T3航站楼", pinyin="t3hangzhanlou", initials="t3hzl"))
    db.flush()
    for text in ("枢纽机场扩建", "t3hzl", "T3航站楼", "三期 枢纽"):
        assert found(db, text) == ["郑州机场三期工程"], text


def test_more_words_than_anyone_means_are_not_all_looked_for(db):
    named(db, "龙湖水厂")
    assert found(db, " ".join(["龙湖"] * MOST_WORDS + ["不存在"])) == ["龙湖水厂"]
