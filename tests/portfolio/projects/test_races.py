"""Two people at once on one project: what must hold of it holds whoever commits first."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.errors import Conflict, PortfolioError
from portfolio.projects import baselines, duties, merging, milestone_dates, milestones, pauses, projects
from portfolio.projects.baselines import DecisionIn, Move, ProposalIn
from portfolio.projects.duties import DutyIn
from portfolio.projects.milestone_dates import DateField, DateIn
from portfolio.projects.milestones import MilestoneChange, MilestoneIn
from portfolio.projects.models import (
    BaselineState,
    BaselineVersion,
    Duty,
    DutyKind,
    Milestone,
    Pause,
    Project,
)
from portfolio.projects.pauses import PauseDecision, PauseIn
from portfolio.projects.projects import ProjectChange
from portfolio.projects.rules import dates
from tests.build import TODAY, make_actor, make_milestone, make_organisation, make_project
from tests.racing import second_of_two

pytestmark = pytest.mark.slow  # each waits a moment for the other
OFFICE = make_actor()


def made(database, make, *arguments, **fields) -> Any:
    with database.writing() as db:
        return make(db, *arguments, **fields).id


def project_in(database, name="地铁8号线") -> Any:
    return made(database, make_project, name)


def milestone_in(database, project_id, **fields) -> Any:
    with database.writing() as db:
        return make_milestone(db, db.get(Project, project_id), **fields).id


def count(database, column, *where) -> Any:
    with database.reading() as db:
        return db.execute(sa.select(sa.func.count(column)).where(*where)).scalar_one()


def test_a_project_has_one_responsible_unit_on_any_day(database):
    project = project_in(database)
    one, other = made(database, make_organisation, "一局"), made(database, make_organisation, "二局")

    def assign(unit):
        filled = DutyIn(project_id=project, kind=DutyKind.RESPONSIBLE_UNIT, organisation_id=unit)
        return lambda db: duties.assign(db, OFFICE, filled, today=TODAY)

    second_of_two(database, assign(one), assign(other))
    assert count(database, col(Duty.id), duties.valid_on(TODAY)) == 1


def test_one_baseline_waits_for_a_decision(database):
    project = project_in(database)
    milestone = milestone_in(database, project)

    def propose(month):
        move = Move(milestone_id=milestone, when=dates.of_month(2024, month))
        filled = ProposalIn(project_id=project, moves=[move], reason="征地受阻")
        return lambda db: baselines.propose(db, OFFICE, filled, today=TODAY)

    assert isinstance(second_of_two(database, propose(9), propose(10)), Conflict)
    assert count(database, col(BaselineVersion.id)) == 1


def test_a_baseline_is_decided_once(database):
    project = project_in(database)
    milestone = milestone_in(database, project)
    move = Move(milestone_id=milestone, when=dates.of_month(2024, 9))
    version = made(
        database, baselines.propose, OFFICE, ProposalIn(project_id=project, moves=[move]), today=TODAY
    )

    def decide(approve):
        filled = DecisionIn(version_id=version, approve=approve, comment="不同意" if not approve else "")
        return lambda db: baselines.decide(db, OFFICE, filled, today=TODAY)

    assert isinstance(second_of_two(database, decide(True), decide(False)), Conflict)
    assert count(database, col(BaselineVersion.id), col(BaselineVersion.state) == BaselineState.APPROVED) == 1


def test_a_pause_is_asked_for_once(database):
    project = project_in(database)

    def ask(reason):
        filled = PauseIn(project_id=project, reason=reason, starts_on=TODAY)
        return lambda db: pauses.ask(db, OFFICE, filled, today=TODAY)

    assert isinstance(second_of_two(database, ask("征地受阻"), ask("汛期停工")), Conflict)
    assert count(database, col(Pause.id)) == 1


def test_a_pause_is_decided_once(database):
    project = project_in(database)
    pause = made(
        database, pauses.ask, OFFICE, PauseIn(project_id=project, reason="征地受阻", starts_on=TODAY), today=TODAY
    )  # fmt: skip

    def decide(accept):
        filled = PauseDecision(pause_id=pause, accept=accept, comment="再想办法")

        def act(db):
            pauses.of_project(db, project, pause)  # as the page does: it looks before it decides
            pauses.decide(db, OFFICE, filled, today=TODAY)

        return act

    assert isinstance(second_of_two(database, decide(True), decide(False)), Conflict)


def test_a_milestone_is_added_once(database):
    project = project_in(database)
    filled = MilestoneIn(project_id=project, kind="structure_complete")

    def add(db):
        milestones.add(db, OFFICE, filled, today=TODAY)

    assert isinstance(second_of_two(database, add, add), Conflict)
    assert count(database, col(Milestone.id)) == 1


def test_a_template_is_laid_once(database):
    project = project_in(database)

    def add(db):
        milestones.add_templates(db, OFFICE, [project], today=TODAY)

    with database.writing() as db:
        add(db)
        once = db.execute(sa.select(sa.func.count(col(Milestone.id)))).scalar_one()
        db.rollback()
    second_of_two(database, add, add)
    assert count(database, col(Milestone.id)) == once


def test_a_milestone_that_both_saw_is_corrected_by_the_first(database):
    project = project_in(database)
    milestone = milestone_in(database, project)

    def weigh(weight):
        def act(db):
            db.get(Milestone, milestone)  # as a page does: it looks before it writes
            filled = MilestoneChange(id=milestone, weight=weight, version=1)
            milestones.correct(db, OFFICE, filled, today=TODAY)

        return act

    assert isinstance(second_of_two(database, weigh(10), weigh(20)), Conflict)


def test_a_forecast_that_both_saw_is_moved_by_the_first(database):
    project = project_in(database)
    milestone = milestone_in(database, project, baseline=TODAY)

    def move(month):
        said = DateIn(
            milestone_id=milestone, field=DateField.FORECAST, when=dates.of_month(2024, month), version=1
        )

        def act(db):
            db.get(Milestone, milestone)
            milestone_dates.write_many(db, OFFICE, [said], today=TODAY)

        return act

    assert isinstance(second_of_two(database, move(9), move(10)), Conflict)


def test_a_project_that_both_saw_is_corrected_by_the_first(database):
    project = project_in(database)

    def scale(words):
        def act(db):
            db.get(Project, project)
            projects.correct(db, OFFICE, ProjectChange(id=project, scale=words, version=1), today=TODAY)

        return act

    assert isinstance(second_of_two(database, scale("30公里"), scale("31公里")), Conflict)


def test_two_projects_are_not_merged_into_each_other(database):
    one, other = project_in(database, "地铁8号线"), project_in(database, "轨道8号线")

    def merge(duplicate, into):
        return lambda db: merging.merge(
            db,
            OFFICE,
            merging.MergeIn(duplicate_id=duplicate, into_id=into, reason="同一个项目"),
            today=TODAY,
        )

    assert isinstance(second_of_two(database, merge(one, other), merge(other, one)), PortfolioError)
