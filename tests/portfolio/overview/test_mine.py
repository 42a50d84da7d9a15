"""The first page: what is late, what is near, what waits for a decision of mine."""

from datetime import date, timedelta

import pytest

from portfolio.access import Role, ScopeKind
from portfolio.overview.mine import MOST, mine
from portfolio.projects import baselines, pauses, standing
from portfolio.projects.baselines import Move, ProposalIn
from portfolio.projects.models import DutyKind
from portfolio.projects.pauses import PauseDecision, PauseIn
from portfolio.projects.rules import dates
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES
from tests.build import (
    TODAY,
    make_actor,
    make_duty,
    make_milestone,
    make_organisation,
    make_person,
    make_project,
)

OFFICE = make_actor()


def page(db, actor=OFFICE, today=TODAY):
    standing.refresh(db)
    return mine(db, actor, today=today)


def due(db, days, **fields):
    """A project with one milestone that was due so many days ago."""
    project = make_project(db)
    make_milestone(db, project, baseline=TODAY - timedelta(days), **fields)
    return project


@pytest.mark.parametrize(
    ("days", "overdue", "soon"), [(1, 1, 0), (0, 0, 1), (-30, 0, 1), (-31, 0, 0), (400, 1, 0)]
)
def test_a_milestone_is_late_from_the_day_after_and_near_thirty_days_before(db, days, overdue, soon):
    due(db, days)
    shown = page(db)
    assert (shown.overdue_count, shown.soon_count) == (overdue, soon)
    assert (len(shown.overdue), len(shown.soon)) == (overdue, soon)


def test_what_was_reached_withdrawn_or_stands_still_is_not_listed(db):
    due(db, 5, actual=TODAY)
    due(db, 5, withdrawn_at=make_project(db).created_at)
    for stage in WITHOUT_DATE_RULES:
        due(db, 5).stage = stage
    assert page(db).overdue_count == 0


def test_the_oldest_comes_first_and_the_count_says_how_many_there_are_in_all(db):
    for days in range(1, MOST + 4):
        due(db, days)
    shown = page(db)
    assert (len(shown.overdue), shown.overdue_count, shown.longest) == (MOST, MOST + 3, MOST + 3)
    assert shown.overdue[0].late.overdue == MOST + 3


def test_a_line_names_project_milestone_and_todays_unit(db):
    project = due(db, 40)
    make_duty(db, project, organisation_id=make_organisation(db, "旧局").id, ends_on=TODAY - timedelta(1))
    make_duty(
        db,
        project,
        organisation_id=make_organisation(db, "郑州市新局", short_name="新局").id,
        starts_on=TODAY,
    )
    (line,) = page(db).overdue
    assert (line.project, line.name, line.unit, line.lamp) == (project.name, "主体完工", "新局", "red")


def test_what_waits_for_a_decision_is_shown_to_those_who_decide_only(db):
    project = make_project(db)
    move = Move(milestone_id=make_milestone(db, project).id, when=dates.of_month(2024, 10))
    baselines.propose(db, OFFICE, ProposalIn(project_id=project.id, moves=[move]), today=TODAY)
    asked = PauseIn(project_id=project.id, reason="文物勘探", starts_on=TODAY)
    pause = pauses.ask(db, OFFICE, asked, today=TODAY)
    shown = page(db)
    assert [(each.project, each.moves) for each in shown.baselines] == [(project.name, 1)]
    assert [each.reason for each in shown.pauses] == ["文物勘探"]
    for role in (Role.LEADER, Role.REPORTER, Role.VIEWER):
        other = page(db, make_actor(role))
        assert (other.baselines, other.pauses) == ((), ())
    pauses.decide(db, OFFICE, PauseDecision(pause_id=pause.id or 0, accept=True), today=TODAY)
    assert page(db).pauses == ()


def test_a_leaders_page_is_about_what_lies_in_their_charge(db):
    leader, charged = make_person(db), due(db, 5)
    due(db, 9)
    actor = make_actor(Role.LEADER, person_id=leader.id)
    assert page(db, actor).overdue_count == 2
    make_duty(db, charged, kind=DutyKind.RESPONSIBLE_LEADER, person_id=leader.id)
    shown = page(db, actor)
    assert (shown.overdue_count, shown.wanted.charge) == (1, True)


def test_others_see_their_own_scope(db):
    own = due(db, 5)
    due(db, 9)
    reporter = make_actor(Role.REPORTER, ScopeKind.PROJECT, own.id)
    shown = page(db, reporter)
    assert [line.project for line in shown.overdue] == [own.name]
    assert (shown.overdue_count, shown.counts.lines) == (1, 1)


def test_an_administrator_sees_no_project(db):
    due(db, 5)
    shown = page(db, make_actor(Role.ADMINISTRATOR))
    assert (shown.overdue, shown.overdue_count, shown.counts.lines) == ((), 0, 0)


def test_the_numbers_are_those_of_a_day(db):
    due(db, 0)
    assert page(db, today=TODAY + timedelta(1)).overdue_count == 1
    assert page(db, today=date(2023, 1, 1)).soon_count == 0
