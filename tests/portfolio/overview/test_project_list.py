"""The list of projects."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from portfolio.access import Role, ScopeKind
from portfolio.overview import project_list
from portfolio.overview.project_list import ProjectFilter
from portfolio.projects.models import ProjectAlias
from portfolio.projects.rules.stages import Stage
from tests.build import (
    TODAY,
    make_actor,
    make_duty,
    make_milestone,
    make_organisation,
    make_project,
    make_sector,
)

OFFICE = make_actor()


def names(db, actor=OFFICE, **wanted) -> list[str]:
    found = project_list.find(db, actor, ProjectFilter(**wanted), today=TODAY)
    return [row.name for row in found.rows]


def before(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_what_is_overdue_longest_comes_first_and_the_undated_last(db) -> None:
    make_project(db, "没有基线")
    for name, days in (("将来", -100), ("刚逾期", 3), ("逾期最久", 371)):
        project = make_project(db, name)
        make_milestone(db, project, baseline=before(days))
        make_milestone(db, project, "in_use", baseline=before(days - 500))
    assert names(db) == ["逾期最久", "刚逾期", "将来", "没有基线"]


def test_a_reached_milestone_and_a_finished_project_are_not_overdue(db) -> None:
    reached = make_project(db, "已完成节点")
    make_milestone(db, reached, baseline=before(90), actual=before(80))
    finished = make_project(db, "已投用", stage=Stage.COMPLETED)
    make_milestone(db, finished, baseline=before(90))
    found = project_list.find(db, OFFICE, ProjectFilter(), today=TODAY)
    assert found.counts.overdue == 0
    assert [row.next for row in found.rows] == [None, None]


def test_pages_join_the_dated_and_the_undated_without_gap_or_repeat(
    db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_list, "SIZE", 3)
    for number in range(8):
        project = make_project(db, f"项目{number}")
        if number < 4:
            make_milestone(db, project, baseline=before(100 - number))
    listed = [name for page in (1, 2, 3) for name in names(db, page=page)]
    assert listed == [f"项目{number}" for number in range(8)]


def test_every_count_is_the_length_of_its_list(db) -> None:
    unit = make_organisation(db)
    for days, forecast in ((40, None), (-10, None), (-90, before(-200))):
        make_milestone(db, make_project(db), baseline=before(days), forecast=forecast)
    make_duty(db, make_project(db), organisation_id=unit.id)
    counts = project_list.find(db, OFFICE, ProjectFilter(), today=TODAY).counts
    for late in ("overdue", "soon", "slipping", "undated", "unassigned"):
        found = project_list.find(db, OFFICE, ProjectFilter(late=late), today=TODAY)
        assert found.total == len(found.rows) == getattr(counts, late)
    assert (counts.overdue, counts.soon, counts.slipping, counts.undated, counts.unassigned) == (
        1,
        1,
        1,
        1,
        3,
    )


@pytest.mark.parametrize("words", ["机场三期", "三期 机场", "jichang", "JCSQ", "新机场", "P00"])
def test_a_name_is_found_by_parts_aliases_and_pinyin(db, words) -> None:
    project = make_project(
        db, "郑州机场三期工程", pinyin="zhengzhoujichangsanqigongcheng", initials="zzjcsqgc"
    )
    db.add(ProjectAlias(project_id=project.id, name="新机场扩建"))
    make_project(db, "龙湖水厂", code="X1")
    db.flush()
    wanted = project.code.lower() if words == "P00" else words
    assert names(db, q=wanted) == ["郑州机场三期工程"]


def test_a_percent_sign_is_a_letter_like_any_other(db) -> None:
    make_project(db, "龙湖水厂")
    assert names(db, q="%") == []


def test_filters_narrow_together(db) -> None:
    unit = make_organisation(db, "市水利局")
    project = make_project(db, "西水东引", sector_code=make_sector(db), stage=Stage.PREPARATION)
    make_duty(db, project, organisation_id=unit.id)
    make_project(db, "别的", sector_code="test-sector")
    wanted = {"sector": "test-sector", "unit": str(unit.id), "stage": "preparation"}
    assert names(db, **wanted) == ["西水东引"]
    assert names(db, **wanted | {"district": "none"}) == []
    assert [each.label for each in project_list.options(db, today=TODAY).units] == ["市水利局"]


def test_a_reporter_sees_only_the_own_units_projects(db) -> None:
    unit = make_organisation(db)
    mine = make_project(db, "我的")
    make_duty(db, mine, organisation_id=unit.id)
    make_project(db, "别人的")
    reporter = make_actor(Role.REPORTER, ScopeKind.ORGANISATION, unit.id)
    assert names(db, reporter) == ["我的"]
    viewer = make_actor(Role.VIEWER)
    assert project_list.find(db, viewer, ProjectFilter(), today=TODAY).rows[0].money is None


def test_the_number_of_statements_does_not_grow_with_the_rows(db) -> None:
    def statements() -> int:
        seen: list[str] = []

        def count(_connection, _cursor, statement, *_rest) -> None:
            seen.append(statement)

        event.listen(db.get_bind(), "before_cursor_execute", count)
        project_list.find(db, OFFICE, ProjectFilter(), today=TODAY)
        event.remove(db.get_bind(), "before_cursor_execute", count)
        return len(seen)

    make_milestone(db, make_project(db), baseline=before(3))
    few = statements()
    for _ in range(30):
        make_milestone(db, make_project(db), baseline=before(3))
    assert statements() == few <= 14
