"""Gaps on past days: examples of values, and what is read of duties, baselines and sums."""

from datetime import UTC, date, datetime

import pytest

from portfolio.alerts import conditions
from portfolio.alerts.desk import past_gaps, trial
from portfolio.alerts.rules.known_gaps import PastProject, told_weekly
from portfolio.alerts.rules.ladder import Span
from portfolio.finance.models import Amount, AmountKind, FundingSource, PeriodKind
from portfolio.money import Fen
from portfolio.projects.models import (
    BaselineRow,
    BaselineState,
    BaselineVersion,
    Duty,
    DutyKind,
    Project,
    StageEvent,
)
from portfolio.projects.rules.dates import Precision
from portfolio.projects.rules.stages import Stage
from portfolio.workdays import Calendar
from tests import build

TODAY = date(2024, 6, 28)
ALWAYS = [(date.min, "implementation")]


def june(number):
    return date(2024, 6, number)


@pytest.mark.parametrize(
    ("stages", "filled", "days"),
    [
        pytest.param(ALWAYS, [], [3, 10, 17, 24], id="never filled: each week"),
        pytest.param(ALWAYS, [Span(date(2024, 1, 1))], [], id="always filled"),
        pytest.param(ALWAYS, [Span(june(12))], [3, 10], id="filled in the middle of a week"),
        pytest.param(ALWAYS, [Span(None, june(18))], [19, 24], id="lost in the middle of a week"),
        pytest.param([(june(19), "preparation")], [], [19, 24], id="active only since then"),
        pytest.param([(date.min, "implementation"), (june(11), "completed")], [], [3, 10], id="finished"),
        pytest.param([(date.min, None), (june(20), "identification")], [], [], id="not yet being built"),
    ],
)
def test_a_gap_is_told_on_the_first_working_day_of_each_week_on_which_it_is_there(stages, filled, days):
    found = told_weekly([PastProject(7, stages, filled)], june(1), june(28), Calendar())
    assert [each.day.day for each in found] == days


def lacking(db, rule, day):
    projects = past_gaps.read(db, build.make_actor(), rule, today=TODAY)
    return {each.id for each in projects if each.lacks_on(day)}


@pytest.fixture(autouse=True)
def sources(database):
    with database.writing() as db:
        if db.get(FundingSource, "city") is None:
            db.add(FundingSource(code="city", name="市级", position=1))


@pytest.fixture
def project(database):
    with database.writing() as db:
        return build.make_project(db).id


def test_a_unit_is_there_from_its_first_to_its_last_day(database, project):
    with database.writing() as db:
        unit = build.make_organisation(db)
        db.add(
            Duty(
                project_id=project, kind=DutyKind.RESPONSIBLE_UNIT, organisation_id=unit.id, starts_on=june(10),
                ends_on=june(20),
            )
        )  # fmt: skip
    with database.reading() as db:
        there = [day for day in (9, 10, 20, 21) if lacking(db, "unassigned", june(day)) == set()]
    assert there == [10, 20]


def test_a_date_is_there_from_the_decision_on_its_baseline_until_it_is_withdrawn(database, project):
    with database.writing() as db:
        milestone = build.make_milestone(
            db, db.get(Project, project), baseline=date(2025, 1, 1),
            withdrawn_at=datetime(2024, 6, 20, 4, tzinfo=UTC), withdrawn_reason="取消",
        )  # fmt: skip
        version = BaselineVersion(
            project_id=project, no=1, state=BaselineState.APPROVED, reason="开始", known_on=june(5),
            decided_on=june(7), proposed_by="王芳", proposed_at=build.NOON,
        )  # fmt: skip
        db.add(version)
        db.flush()
        db.add(
            BaselineRow(
                version_id=version.id or 0,
                milestone_id=milestone.id,
                day=date(2025, 1, 1),
                precision=Precision.DAY,
            )
        )
    with database.reading() as db:
        there = [day for day in (6, 7, 19, 20) if lacking(db, "undated", june(day)) == set()]
    assert there == [7, 19]


def amount(project, known_on, sum_, *, current):
    return Amount(
        project_id=project, kind=AmountKind.PLANNED, period=PeriodKind.YEAR, year=2024, source="city",
        sum=None if sum_ is None else Fen(sum_), is_current=current, known_on=known_on, recorded_at=build.NOON,
        recorded_by="王芳",
    )  # fmt: skip


def test_money_is_there_from_the_day_it_was_known_until_it_was_cleared(database, project):
    with database.writing() as db:
        db.add(amount(project, june(5), 100, current=False))
        db.add(amount(project, june(12), 200, current=False))
        db.add(amount(project, june(20), None, current=True))
    with database.reading() as db:
        there = [day for day in (4, 5, 13, 19, 20) if lacking(db, "unbudgeted", june(day)) == set()]
    assert there == [5, 13, 19]


def test_a_project_is_active_from_the_event_that_made_it_so(database, project):
    with database.writing() as db:
        db.add(
            StageEvent(
                project_id=project, before=Stage.IDENTIFICATION, after=Stage.IMPLEMENTATION,
                happened_on=june(10), recorded_at=build.NOON, recorded_by="王芳",
            )
        )  # fmt: skip
    with database.reading() as db:
        assert [bool(lacking(db, "undated", june(day))) for day in (9, 10)] == [False, True]


@pytest.mark.parametrize("rule", ["unassigned", "undated", "unbudgeted"])
def test_today_the_values_say_what_the_sql_says(database, rule):
    with database.writing() as db:
        for n in range(4):
            made = build.make_project(db, stage=Stage.IDENTIFICATION if n == 3 else Stage.IMPLEMENTATION)
            if n % 2:
                build.make_duty(db, made, organisation_id=build.make_organisation(db).id)
                build.make_milestone(db, made, baseline=date(2025, 1, 1))
                db.add(amount(made.id, june(1), 100, current=True))
    with database.reading() as db:
        by_sql = set(db.execute(conditions.GAPS[rule](TODAY)).scalars())
        assert lacking(db, rule, TODAY) == by_sql


def test_a_try_out_counts_the_projects_and_says_the_sum(database, project):
    with database.reading() as db:
        found = trial.try_out(db, build.make_actor(), "undated", (), today=TODAY)
    assert (found.count, found.projects, found.days) == (13, 1, ())
    assert found.sayings[0].sentence.startswith("1 个在办项目没有一个带基线的节点")
