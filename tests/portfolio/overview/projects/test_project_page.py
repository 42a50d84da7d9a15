"""The project page: what is known, what is missing, and nothing of what its reader may not see."""

from datetime import date, timedelta

import pytest

from portfolio.access import Role, ScopeKind
from portfolio.errors import NotFound
from portfolio.finance import budgets, costs, payments
from portfolio.finance.budgets import YearlyAmountIn
from portfolio.finance.costs import CostIn
from portfolio.finance.models import CostKind
from portfolio.finance.payments import MonthlyAmountIn
from portfolio.money import Fen
from portfolio.overview.projects.page_money import Cell
from portfolio.overview.projects.project_page import project_page
from portfolio.projects import baselines, merging, milestone_dates, pauses, stages
from portfolio.projects.baselines import DecisionIn, Move, ProposalIn
from portfolio.projects.merging import MergeIn
from portfolio.projects.models import DutyKind, PlanReference, Promise, PromiseKind
from portfolio.projects.pauses import PauseDecision, PauseIn
from portfolio.projects.rules import dates
from portfolio.projects.rules.stages import Stage
from portfolio.projects.stages import StageIn
from portfolio.reference import load as load_reference
from tests.build import (
    TODAY,
    make_actor,
    make_duty,
    make_milestone,
    make_organisation,
    make_person,
    make_project,
    make_section,
)

OFFICE = make_actor()
APRIL, AUTUMN = dates.of_month(2024, 4), dates.of_month(2024, 10)


def page_of(db, project, actor=OFFICE, today=TODAY):
    return project_page(db, actor, project.code, today=today)


def pay(db, project, fen, month=1, year=2024, kind="paid"):
    values = {
        "project_id": project.id,
        "kind": kind,
        "year": year,
        "month": month,
        "source": "city",
        "sum": fen,
    }
    payments.set_month(db, OFFICE, MonthlyAmountIn.model_validate(values), today=TODAY)


def plan(db, project, fen, year=2024, source="city"):
    values = {"project_id": project.id, "kind": "planned", "year": year, "source": source, "sum": fen}
    budgets.set_year(db, OFFICE, YearlyAmountIn.model_validate(values), today=TODAY)


@pytest.fixture
def money_db(sqlite_db):
    load_reference(sqlite_db, TODAY)
    return sqlite_db


def test_a_code_that_is_out_of_sight_is_not_told_from_one_that_is_not_there(sqlite_db):
    project = make_project(sqlite_db)
    stranger = make_actor(Role.REPORTER, ScopeKind.PROJECT, 0)
    with pytest.raises(NotFound) as hidden:
        page_of(sqlite_db, project, stranger)
    with pytest.raises(NotFound) as absent:
        project_page(sqlite_db, OFFICE, "P0999", today=TODAY)
    assert hidden.value.message.replace(project.code, "") == absent.value.message.replace("P0999", "")


def test_the_code_of_a_merged_duplicate_leads_to_what_was_kept_over_two_mergers(sqlite_db):
    first, second, kept = (make_project(sqlite_db) for _ in range(3))
    for double, into in ((first, second), (second, kept)):
        filled = MergeIn(duplicate_id=double.id, into_id=into.id, reason="同一项目")
        merging.merge(sqlite_db, OFFICE, filled, today=TODAY)
    assert {page_of(sqlite_db, each).code for each in (first, second, kept)} == {kept.code}


def test_a_whole_and_its_parts_name_each_other(sqlite_db):
    whole = make_project(sqlite_db, "机场三期")
    part = make_project(sqlite_db, "第三跑道", part_of_id=whole.id)
    make_project(sqlite_db, "重复项", part_of_id=whole.id, merged_into_id=part.id)
    assert [each.name for each in page_of(sqlite_db, whole).parts] == ["第三跑道"]
    assert getattr(page_of(sqlite_db, part).whole, "name", "") == "机场三期"


def test_only_todays_holder_of_a_duty_is_its_holder(sqlite_db):
    project, old, new = make_project(sqlite_db), make_person(sqlite_db, "李"), make_person(sqlite_db, "王")
    contact = DutyKind.CONTACT
    make_duty(sqlite_db, project, kind=contact, person_id=old.id, ends_on=TODAY - timedelta(1))
    make_duty(sqlite_db, project, kind=contact, person_id=new.id, starts_on=TODAY)
    shown = page_of(sqlite_db, project)
    assert [each.name for each in shown.holders] == ["李", "王"]
    assert getattr(shown.holder(contact), "name", "") == "王"
    assert page_of(sqlite_db, project, today=TODAY - timedelta(1)).holder(contact).name == "李"


def test_gaps_are_named_until_they_are_filled(money_db):
    project = make_project(money_db)
    assert {"责任单位", "有基线的节点", "资金"} <= set(page_of(money_db, project).missing)
    make_duty(money_db, project, organisation_id=make_organisation(money_db).id)
    make_milestone(money_db, project, baseline=TODAY)
    pay(money_db, project, 1)
    assert not {"责任单位", "有基线的节点", "资金"} & set(page_of(money_db, project).missing)


@pytest.mark.parametrize("stage", [Stage.COMPLETED, Stage.CANCELLED, Stage.SUSPENDED])
def test_what_stands_still_misses_nothing_and_has_no_red(sqlite_db, stage):
    project = make_project(sqlite_db, stage=stage)
    make_milestone(sqlite_db, project, baseline=date(2023, 1, 1))
    shown = page_of(sqlite_db, project)
    assert (shown.missing, shown.milestones.lamp, shown.milestones.worst) == ((), "nodata", None)


def test_the_worst_open_milestone_gives_the_colour(sqlite_db):
    project = make_project(sqlite_db)
    make_milestone(sqlite_db, project, kind="start", baseline=date(2024, 4, 30))
    make_milestone(sqlite_db, project, baseline=date(2024, 9, 30), forecast=date(2026, 9, 30))
    make_milestone(sqlite_db, project, kind="proposal", baseline=date(2020, 1, 1), actual=date(2021, 1, 1))
    shown = page_of(sqlite_db, project).milestones
    assert shown.worst is not None
    assert (shown.worst.name, shown.worst.late.overdue, shown.lamp) == ("开工", 59, "red")


def test_a_withdrawn_milestone_is_listed_apart_and_weighs_nothing(sqlite_db):
    project = make_project(sqlite_db)
    make_milestone(sqlite_db, project, kind="start", weight=30)
    make_milestone(sqlite_db, project, weight=70, withdrawn_at=project.created_at, withdrawn_reason="不建了")
    shown = page_of(sqlite_db, project).milestones
    assert [(each.name, each.share) for each in shown.lines] == [("开工", 100)]
    assert [each.withdrawn_reason for each in shown.withdrawn] == ["不建了"]


def test_a_running_pause_stops_the_days_and_is_said(sqlite_db):
    project = make_project(sqlite_db)
    make_milestone(sqlite_db, project, baseline=date(2024, 5, 31))
    asked = PauseIn(project_id=project.id, reason="文物", starts_on=date(2024, 6, 11))
    pause = pauses.ask(sqlite_db, OFFICE, asked, today=TODAY)
    assert not page_of(sqlite_db, project).paused
    pauses.decide(sqlite_db, OFFICE, PauseDecision(pause_id=pause.id or 0, accept=True), today=TODAY)
    shown = page_of(sqlite_db, project)
    assert shown.paused
    assert shown.milestones.lines[0].late.overdue == 10


def test_the_version_in_force_and_the_one_that_waits(sqlite_db):
    project = make_project(sqlite_db)
    milestone = make_milestone(sqlite_db, project)
    for when, approve in ((APRIL, True), (AUTUMN, False)):
        move = Move(milestone_id=milestone.id, when=when)
        filled = ProposalIn(project_id=project.id, moves=[move], reason="征地")
        version = baselines.propose(sqlite_db, OFFICE, filled, today=TODAY)
        if approve:
            baselines.decide(
                sqlite_db, OFFICE, DecisionIn(version_id=version.id or 0, approve=True), today=TODAY
            )
    shown = page_of(sqlite_db, project)
    assert shown.in_force is not None
    assert shown.waiting is not None
    assert (shown.in_force.no, shown.waiting.no) == (1, 2)


def test_a_promise_is_kept_by_the_stage_and_lapses_after_the_plan(sqlite_db):
    project, section = make_project(sqlite_db), make_section(sqlite_db)
    sqlite_db.add(PlanReference(section_id=section.id, project_id=project.id, name="机场三期"))
    for kind in (PromiseKind.START, PromiseKind.COMPLETION):
        sqlite_db.add(Promise(project_id=project.id, version_id=section.version_id, kind=kind))
    sqlite_db.flush()
    for today, lapsed in ((TODAY, False), (date(2025, 12, 31), False), (date(2026, 1, 1), True)):
        shown = page_of(sqlite_db, project, today=today).promises
        assert [(each.kind, each.kept, each.lapsed) for each in shown] == [
            (PromiseKind.START, True, False),
            (PromiseKind.COMPLETION, False, lapsed),
        ]


def test_years_stand_across_sources_down_and_both_add_up(money_db):
    project = make_project(money_db)
    plan(money_db, project, 100)
    plan(money_db, project, 50, source="own")
    plan(money_db, project, 7, year=2023)
    pay(money_db, project, 30)
    pay(money_db, project, 5, month=2)
    table = page_of(money_db, project).money
    assert table is not None
    assert [(row.source, row.cells, row.whole) for row in table.rows] == [
        ("city", (Cell(None, Fen(7)), Cell(Fen(35), Fen(100))), Cell(Fen(35), Fen(107))),
        ("own", (Cell(None, None), Cell(None, Fen(50))), Cell(None, Fen(50))),
    ]
    assert (table.years, table.sums, table.whole) == (
        ("2023", "2024"),
        (Cell(None, Fen(7)), Cell(Fen(35), Fen(150))),
        Cell(Fen(35), Fen(157)),
    )


def test_stated_costs_and_what_does_not_add_up_stand_below(money_db):
    project = make_project(money_db)
    costs.write_many(
        money_db, OFFICE, [CostIn(project_id=project.id, kind=CostKind.DESIGN_COST, sum=Fen(9))], today=TODAY
    )
    pay(money_db, project, 20)
    pay(money_db, project, 10, kind="arrived")
    table = page_of(money_db, project).money
    assert table is not None
    assert table.costs == (("概算", Fen(9)),)
    assert [(each.found, each.bound) for each in table.notices] == [(Fen(20), Fen(10))]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COORDINATOR])
def test_without_the_right_to_money_it_is_neither_shown_nor_missing_nor_told_in_the_past(money_db, role):
    project = make_project(money_db)
    plan(money_db, project, 123_456_789)
    shown = page_of(money_db, project, make_actor(role))
    assert shown.money is None
    assert "资金" not in shown.missing
    assert "123" not in repr(shown.past)


def test_what_happened_is_told_newest_first_in_words(sqlite_db):
    project = make_project(sqlite_db, stage=Stage.PREPARATION)
    milestone = make_milestone(sqlite_db, project)
    milestone_dates.record_forecast(sqlite_db, OFFICE, milestone.id, APRIL, today=date(2024, 1, 5))
    milestone_dates.record_forecast(
        sqlite_db, OFFICE, milestone.id, AUTUMN, today=date(2024, 3, 5), reason="征地"
    )
    begun = StageIn(project_id=project.id, stage=Stage.IMPLEMENTATION, happened_on=date(2024, 2, 1))
    stages.change(sqlite_db, OFFICE, begun, today=TODAY)
    past = page_of(sqlite_db, project).past
    assert [fact.day for fact in past] == [date(2024, 3, 5), date(2024, 2, 1), date(2024, 1, 5)]
    assert "2024年4月" in past[0].text
    assert (past[0].because, "前期工作" in past[1].text) == ("征地", True)


def test_a_milestones_owner_dates_the_own_one_and_sees_no_money(money_db):
    owner, project = make_person(money_db), make_project(money_db)
    plan(money_db, project, 5)
    own = make_milestone(money_db, project, owner_person_id=owner.id)
    make_milestone(money_db, project, kind="start")
    actor = make_actor(Role.REPORTER, ScopeKind.PROJECT, 0, person_id=owner.id)
    shown = page_of(money_db, project, actor)
    assert [each.code for each in shown.milestones.lines if each.editable] == [own.code]
    assert shown.money is None
