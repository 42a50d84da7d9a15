"""The project list: what it finds, in which order, and with how many statements."""

from datetime import date

import pytest
from pydantic import ValidationError

from portfolio.access import Role, ScopeKind
from portfolio.overview.projects.project_filter import ProjectFilter
from portfolio.overview.projects.project_list import SIZE, counts_of, find, ids
from portfolio.plan.models import SectionKind
from portfolio.projects import standing
from portfolio.projects.models import Pause, PauseState, PlanReference, ProjectAlias, ProjectDistrict
from portfolio.projects.rules.stages import Kind, Stage
from portfolio.reference import load as load_reference
from tests.build import (
    TODAY,
    make_actor,
    make_duty,
    make_milestone,
    make_organisation,
    make_project,
    make_section,
    make_sector,
)
from tests.statements import statements

OFFICE = make_actor()


def names(db, actor=OFFICE, **wanted):
    standing.refresh(db)
    return [row.name for row in find(db, actor, ProjectFilter.model_validate(wanted), today=TODAY).rows]


def test_red_comes_before_amber_and_in_each_the_most_days_first(db):
    late, slipping, fine, undated = (make_project(db, name) for name in ("逾期", "滑期", "按期", "无期"))
    make_milestone(db, late, baseline=date(2024, 4, 30))
    make_milestone(db, slipping, baseline=date(2024, 9, 30), forecast=date(2025, 9, 30))
    make_milestone(db, fine, baseline=date(2024, 9, 30))
    assert names(db) == ["逾期", "滑期", "按期", "无期"]
    assert undated.first_due is None


def test_a_row_speaks_of_the_latest_open_milestone_not_of_the_nearest(db):
    project = make_project(db)
    make_milestone(db, project, kind="start", baseline=date(2024, 7, 31))
    make_milestone(db, project, baseline=date(2024, 12, 31), forecast=date(2025, 12, 31))
    make_milestone(db, project, kind="proposal", baseline=date(2022, 1, 31), actual=date(2022, 5, 1))
    standing.refresh(db)
    (row,) = find(db, OFFICE, ProjectFilter(), today=TODAY).rows
    assert row.milestone is not None
    assert (row.milestone.name, row.milestone.lateness.worst, row.lamp) == ("主体完工", 365, "amber")


@pytest.mark.parametrize(
    "text", ["机场三期", "jichang", "jcsq", "JCSQ", "三期航站区", "P00", "航空港", "郑州 三期"]
)
def test_a_project_is_found_by_name_pinyin_initials_alias_code_and_unit(db, text):
    project = make_project(
        db, "郑州机场三期工程", pinyin="zhengzhoujichangsanqigongcheng", initials="zzjcsqgc"
    )
    db.add(ProjectAlias(project_id=project.id, name="三期航站区"))
    make_duty(db, project, organisation_id=make_organisation(db, "航空港区管委会").id)
    other = make_project(db, "龙湖水厂", code="Q1", pinyin="longhushuichang", initials="lhsc")
    assert names(db, q=text) == ["郑州机场三期工程"]
    assert names(db, q="龙湖") == [other.name]


def test_a_percent_sign_is_a_letter_like_any_other(db):
    make_project(db)
    assert names(db, q="%") == []


def test_each_filter_keeps_what_it_names(db):
    load_reference(db, TODAY)
    bureau = make_organisation(db)
    office = make_organisation(db, parent_id=bureau.id)
    chapter = make_section(db, "c08", kind=SectionKind.CHAPTER, number="第八章", title="枢纽")
    box = make_section(db, "b05", parent_id=chapter.id)
    mine = make_project(db, "甲", sector_code="water", kind=Kind.PROGRAMME, stage=Stage.PREPARATION)
    make_project(db, "乙", sector_code=make_sector(db))
    db.add(ProjectDistrict(project_id=mine.id, district_code="jinshui"))
    db.add(PlanReference(section_id=box.id, project_id=mine.id, name="甲"))
    make_duty(db, mine, organisation_id=office.id)
    make_milestone(db, mine, baseline=date(2024, 4, 30))
    for wanted in (
        {"sector": "water"},
        {"district": "jinshui"},
        {"section": "c08"},
        {"section": "b05"},
        {"stage": "preparation"},
        {"kind": "programme"},
        {"unit": bureau.id},
        {"late": "overdue"},
    ):
        assert names(db, **wanted) == ["甲"], wanted
    assert names(db, late="unassigned") == ["乙"]
    assert names(db, late="undated") == ["乙"]


def test_the_counts_are_the_counts_of_their_lists_and_open_bundles_out(db):
    make_milestone(db, make_project(db, bundle_count=5), baseline=date(2024, 4, 30))
    make_project(db, stage=Stage.COMPLETED)
    standing.refresh(db)
    counts = counts_of(db, OFFICE, ProjectFilter(), TODAY, unassigned=True)
    assert (counts.lines, counts.unfolded, counts.overdue, counts.unassigned, counts.undated) == (
        2,
        6,
        1,
        1,
        0,
    )
    for wanted, count in (({"late": "overdue"}, counts.overdue), ({"late": "unassigned"}, counts.unassigned)):
        assert len(ids(db, OFFICE, ProjectFilter.model_validate(wanted), today=TODAY)) == count


def test_paused_and_stopped_projects_carry_no_red(db):
    paused, stopped = make_project(db, "暂停"), make_project(db, "缓建", stage=Stage.SUSPENDED)
    for project in (paused, stopped):
        make_milestone(db, project, baseline=date(2024, 1, 31))
    db.add(
        Pause(
            project_id=paused.id, state=PauseState.RUNNING, reason="文物", starts_on=date(2024, 2, 11),
            asked_by="王芳", asked_at=paused.created_at, known_on=TODAY,
        )
    )  # fmt: skip
    standing.refresh(db)
    rows = {row.name: row for row in find(db, OFFICE, ProjectFilter(), today=TODAY).rows}
    assert {row.lamp for row in rows.values()} == {"paused"}
    milestone = rows["暂停"].milestone
    assert milestone is not None
    assert milestone.lateness.overdue == 10
    assert rows["缓建"].milestone is None


def test_money_is_shown_to_those_who_may_see_it_only(db):
    make_project(db)
    coordinator = make_actor(Role.COORDINATOR, ScopeKind.ALL)
    shown = find(db, coordinator, ProjectFilter(), today=TODAY)
    assert (shown.sums, [row.money for row in shown.rows]) == (None, [None])


def test_an_unknown_field_or_order_is_refused():
    for wanted in ({"colour": "red"}, {"sort": "money"}, {"page": 0}):
        with pytest.raises(ValidationError):
            ProjectFilter.model_validate(wanted)


def test_a_page_takes_as_many_statements_for_fifty_projects_as_for_one(db):
    def shown():
        return statements(db, lambda: find(db, OFFICE, ProjectFilter(), today=TODAY))

    make_milestone(db, make_project(db), baseline=date(2024, 4, 30))
    one = shown()
    unit = make_organisation(db)
    for _ in range(SIZE + 5):
        project = make_project(db)
        make_duty(db, project, organisation_id=unit.id)
        make_milestone(db, project, baseline=date(2024, 4, 30), forecast=date(2025, 1, 31))
    assert shown() <= one <= 18


def test_of_a_red_project_the_longest_overdue_milestone_is_named(db):
    project = make_project(db)
    make_milestone(db, project, kind="start", baseline=date(2024, 3, 31))
    make_milestone(db, project, kind="proposal", baseline=date(2024, 4, 10))
    make_milestone(db, project, kind="in_use", baseline=date(2024, 12, 31), forecast=date(2026, 12, 31))
    standing.refresh(db)
    (row,) = find(db, OFFICE, ProjectFilter(), today=TODAY).rows
    assert row.milestone is not None
    assert (str(row.milestone.baseline), row.milestone.tone) == ("2024-03-31", "red")
