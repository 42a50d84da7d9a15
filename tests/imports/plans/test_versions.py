"""A mid-term adjustment of the plan: version 2 with new names, a merged row, a dropped one and a new one."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlmodel import col, select

from imports.plans import load
from portfolio.overview import sections
from portfolio.overview.plan import plan_indicators, plan_promises, plan_section, plan_tree
from portfolio.overview.projects import page_plan
from portfolio.overview.projects.project_filter import filter_of
from portfolio.overview.projects.project_list import counts_of
from portfolio.plan import queries
from portfolio.plan.indicators import ActualIn, record_actual
from portfolio.projects.models import Project
from tests.build import make_system_actor
from tests.imports.plans.small import airport

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
TODAY = date(2024, 1, 5)
OFFICE = make_system_actor()


def adjusted():
    """第三跑道 is taken into 机场三期, 枢纽建设 is dropped, 第四跑道 is new, and the whole has a new name."""
    plan = airport().item("s-1", "机场三期扩建工程", aliases="三期工程|第三跑道", districts="airport")
    plan.item("s-4", "第四跑道")
    del plan.items["s-2"], plan.items["s-3"]
    plan.plan["version"] = "2"
    plan.references = [
        ("s-1", "b01", "1.航空", "机场三期扩建工程", "1"),
        ("s-4", "b01", "", "第四跑道", "1"),
    ]
    plan.promises = [("s-4", "start", "", "", "", "2025", "year", "b01")]
    plan.memberships = []
    return plan


@pytest.fixture
def first(db, tmp_path):
    load.load(db, OFFICE, airport().write(tmp_path), now=NOW)
    return db


@pytest.fixture
def second(first, tmp_path):
    return first, load.load(first, OFFICE, adjusted().write(tmp_path), now=NOW)


def page(db, version, key="b01"):
    found = plan_section.section_page(db, OFFICE, key, version, today=TODAY)
    assert found is not None
    return [
        (line.place.name, line.row.name, [said.words for said in line.promises])
        for _label, group in found.groups
        for line in group
    ]


def test_the_difference_is_said_before_anything_is_written(first, tmp_path):
    report = load.preview(first, OFFICE, adjusted().write(tmp_path), now=NOW)
    assert (report.created, report.updated, report.merged, report.gone) == (1, 1, ("s-1",), ("s-3",))
    assert [version.no for version in queries.versions(first)] == [1]


def test_rows_are_followed_by_key_and_alias_without_a_second_record(second):
    db, report = second
    assert (report.created, report.merged, report.gone) == (1, ("s-1",), ("s-3",))
    standing = db.execute(select(Project.name).where(col(Project.merged_into_id).is_(None))).scalars()
    assert sorted(standing) == ["机场三期扩建工程", "枢纽建设", "第四跑道"]


def test_both_versions_can_be_read(second):
    db, _report = second
    assert page(db, 1) == [
        ("机场三期工程", "机场三期扩建工程", ["2025年底前建成"]),
        ("第三跑道", "机场三期扩建工程", ["2025年底前建成"]),
    ]
    assert page(db, 2) == page(db, None)
    assert page(db, 2) == [
        ("机场三期扩建工程", "机场三期扩建工程", []),
        ("第四跑道", "第四跑道", ["2025年底前开工"]),
    ]


def test_each_version_counts_and_lists_its_own(second):
    db, _report = second
    for no, projects, promises in ((1, 1, 1), (2, 2, 1)):
        tree = plan_tree.tree(db, OFFICE, no, today=TODAY)
        assert tree is not None
        assert (tree.whole.projects, tree.whole.promises) == (projects, promises)
        wanted = filter_of(section="plan", kind="project", version=no)
        assert counts_of(db, OFFICE, wanted, TODAY).lines == projects
        assert len(plan_promises.promises(db, OFFICE, version_no=no, today=TODAY).lines) == promises


def test_a_projects_page_says_what_the_newest_version_promises(second):
    db, _report = second
    whole = db.execute(select(Project).where(col(Project.name) == "机场三期扩建工程")).scalar_one()
    known = sections.places(db)
    assert page_plan.promises(db, whole.id, known, whole.stage, TODAY) == ()
    assert [spot.wording for spot in page_plan.spots(db, whole.id, known)] == ["机场三期扩建工程"]


def test_actuals_recorded_under_the_first_version_count_for_the_second(first, tmp_path):
    filled = ActualIn(series="6", year=2023, value=Decimal("60.8"), source="公报")
    record_actual(first, OFFICE, filled, today=TODAY, now=NOW)
    load.load(first, OFFICE, adjusted().write(tmp_path), now=NOW)
    board = plan_indicators.board(first)
    assert board is not None
    assert board.version.no == 2
    assert [card.years for _theme, cards in board.themes for card in cards] == [((2023, "60.8"),)]


def test_loading_the_second_version_again_changes_nothing(second, tmp_path):
    db, _report = second
    again = load.load(db, OFFICE, adjusted().write(tmp_path), now=NOW)
    assert (again.created, again.updated, again.merged) == (0, 0, ())
    assert all(counts.created == counts.changed == 0 for counts in again.tables.values())


def test_a_target_that_left_the_data_leaves_the_plan(db, tmp_path):
    plan = airport()
    plan.targets = [("t1", "人才总量", "220", "=", "万", "2025", "b01", "s-1", "")]
    load.load(db, OFFICE, plan.write(tmp_path), now=NOW)
    assert load.load(db, OFFICE, airport().write(tmp_path), now=NOW).tables["targets"].changed == 1
    assert queries.targets(db, queries.versions(db)[0].id) == []
