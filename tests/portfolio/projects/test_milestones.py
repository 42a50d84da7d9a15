"""Milestones, their dates, baselines as versions, and pauses."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.models import AuditEvent
from portfolio.projects import baselines, milestone_dates, milestones, pauses
from portfolio.projects.baselines import DecisionIn, Move, ProposalIn
from portfolio.projects.milestone_dates import DateField, DateIn, TakeBack
from portfolio.projects.milestones import MilestoneChange, MilestoneIn, Withdrawal
from portfolio.projects.models import BaselineState, Milestone, MilestoneDate, PauseState
from portfolio.projects.pauses import PauseDecision, PauseEnd, PauseIn
from portfolio.projects.rules import dates
from portfolio.projects.rules.dates import PlannedDate, Precision
from tests.build import (
    TODAY,
    make_actor,
    make_duty,
    make_milestone,
    make_organisation,
    make_person,
    make_project,
    make_sector,
)

OFFICE = make_actor()
APRIL, AUTUMN = dates.of_month(2024, 4), dates.of_month(2024, 10)


def actions(db):
    return list(db.execute(sa.select(col(AuditEvent.action)).order_by(col(AuditEvent.id))).scalars())


def log(db, milestone):
    rows = db.execute(
        sa.select(MilestoneDate)
        .where(col(MilestoneDate.milestone_id) == milestone.id)
        .order_by(col(MilestoneDate.id))
    ).scalars()
    return [(row.field, row.day, row.known_on) for row in rows]


def test_a_second_milestone_of_a_kind_needs_a_label(db):
    project = make_project(db)
    permit = MilestoneIn(project_id=project.id, kind="construction_permit")
    milestones.add(db, OFFICE, permit, today=TODAY)
    with pytest.raises(Conflict, match="施工许可"):
        milestones.add(db, OFFICE, permit, today=TODAY)
    south = permit.model_copy(update={"label": "南段"})
    assert milestones.add(db, OFFICE, south, today=TODAY).code.startswith("M")


@pytest.mark.parametrize("filled", [{"kind": "party"}, {"kind": "free"}])
def test_a_milestone_of_no_kind_or_without_a_name_is_refused(filled):
    with pytest.raises(ValueError, match="milestone"):
        MilestoneIn(project_id=1, **filled)


def test_a_template_fills_what_is_missing_and_leaves_own_weights_alone(db):
    empty = make_project(db, sector_code=make_sector(db, "water"))
    begun = make_project(db, sector_code="water")
    make_milestone(db, begun, kind="start", weight=70)
    milestones.add_templates(db, OFFICE, [empty.id, begun.id], today=TODAY)
    milestones.add_templates(db, OFFICE, [empty.id, begun.id], today=TODAY)
    weights: dict[int, list[int]] = {}
    for project_id, weight in db.execute(sa.select(col(Milestone.project_id), col(Milestone.weight))):
        weights.setdefault(project_id, []).append(weight)
    assert sum(weights[empty.id]) == 100
    assert sum(weights[begun.id]) == 70
    assert len(weights[empty.id]) == len(weights[begun.id])


def test_a_templates_own_milestones_stand_where_the_template_has_them(db):
    project = make_project(db, sector_code=make_sector(db, "health"))
    made = milestones.add_templates(db, OFFICE, [project.id], today=TODAY)
    names = [each.label or each.kind for each in sorted(made, key=lambda each: (each.position, each.id))]
    assert names.index("structure_complete") + 1 == names.index("装修及设备安装完成")
    assert names[-2:] == ["completion_acceptance", "in_use"]


def test_a_milestone_is_weighed_and_handed_to_its_own_owner(db):
    milestone, bureau = make_milestone(db, make_project(db)), make_organisation(db)
    milestones.correct(
        db,
        OFFICE,
        MilestoneChange(id=milestone.id, weight=30, is_key=True, owner_organisation_id=bureau.id, version=1),
        today=TODAY,
    )
    assert (milestone.weight, milestone.is_key, milestone.owner_organisation_id) == (30, True, bureau.id)
    milestones.correct(db, OFFICE, MilestoneChange(id=milestone.id, owner_organisation_id=None), today=TODAY)
    assert milestone.owner_organisation_id is None


def test_a_withdrawn_milestone_stays_on_record_and_makes_room(db):
    project = make_project(db)
    milestone = make_milestone(db, project, baseline=date(2024, 4, 30))
    milestones.withdraw(db, OFFICE, Withdrawal(id=milestone.id, reason="并入竣工验收"), today=TODAY)
    assert milestone.withdrawn_at is not None
    db.refresh(project)
    assert project.first_due is None
    with pytest.raises(Conflict):
        milestones.correct(db, OFFICE, MilestoneChange(id=milestone.id, weight=5), today=TODAY)
    milestones.add(db, OFFICE, MilestoneIn(project_id=project.id, kind="structure_complete"), today=TODAY)


def test_a_forecast_is_logged_with_the_day_it_became_known(db):
    project = make_project(db)
    milestone = make_milestone(db, project, baseline=date(2024, 4, 30))
    milestone_dates.record_forecast(db, OFFICE, milestone.id, AUTUMN, today=TODAY, reason="征地")
    milestone_dates.record_forecast(db, OFFICE, milestone.id, AUTUMN, today=TODAY + timedelta(1))
    assert (milestone.forecast, milestone.forecast_precision) == (AUTUMN.day, Precision.MONTH)
    assert log(db, milestone) == [("forecast", AUTUMN.day, TODAY)]
    db.refresh(project)
    assert (project.first_due, project.worst_slip) == (date(2024, 4, 30), 184)


def test_what_became_known_earlier_is_kept_as_history_only(db):
    milestone = make_milestone(db, make_project(db))
    milestone_dates.record_forecast(db, OFFICE, milestone.id, AUTUMN, today=TODAY)
    earlier = DateIn(
        milestone_id=milestone.id, field=DateField.FORECAST, when=APRIL, known_on=date(2024, 1, 5)
    )
    milestone_dates.write_many(db, OFFICE, [earlier], today=TODAY)
    assert milestone.forecast == AUTUMN.day
    assert [known_on for _field, _day, known_on in log(db, milestone)] == [TODAY, date(2024, 1, 5)]


@pytest.mark.parametrize(
    "when", [PlannedDate(TODAY + timedelta(1)), dates.of_month(2024, 6), dates.of_year(2024)]
)
def test_nothing_happened_after_today(db, when):
    milestone = make_milestone(db, make_project(db))
    with pytest.raises(Invalid) as refused:
        milestone_dates.record_actual(db, OFFICE, milestone.id, when, today=TODAY)
    assert set(refused.value.fields) == {"actual"}


def test_a_wrong_actual_is_taken_back_with_a_reason_and_both_are_kept(db):
    milestone = make_milestone(db, make_project(db))
    milestone_dates.record_actual(db, OFFICE, milestone.id, APRIL, today=TODAY)
    with pytest.raises(Invalid):
        milestone_dates.record_actual(db, OFFICE, milestone.id, PlannedDate(TODAY), today=TODAY)
    milestone_dates.take_back(
        db, OFFICE, TakeBack(milestone_id=milestone.id, reason="登记错了节点"), today=TODAY
    )
    assert milestone.actual is None
    assert log(db, milestone) == [("actual", APRIL.day, TODAY), ("actual", None, TODAY)]
    assert actions(db) == ["actual", "take back"]


def test_a_gate_is_applied_for_before_it_is_accepted(db):
    project = make_project(db)
    gate = make_milestone(db, project, kind="construction_permit", applied_on=date(2024, 5, 20))
    early = DateIn(milestone_id=gate.id, field=DateField.ACCEPTED, when=PlannedDate(date(2024, 5, 1)))
    with pytest.raises(Invalid):
        milestone_dates.write_many(db, OFFICE, [early], today=TODAY)
    works = make_milestone(db, project, kind="start")
    with pytest.raises(Invalid):
        milestone_dates.write_many(
            db, OFFICE, [early.model_copy(update={"milestone_id": works.id})], today=TODAY
        )


def test_the_owner_of_a_milestone_dates_that_one_and_no_other(db):
    project, bureau, person = make_project(db), make_organisation(db), make_person(db)
    gate = make_milestone(db, project, kind="eia_approval", owner_organisation_id=bureau.id)
    named = make_milestone(db, project, kind="land_permit", owner_person_id=person.id)
    other = make_milestone(db, project)
    clerk = make_actor(Role.REPORTER, ScopeKind.PROJECT, 0, organisation_id=bureau.id, person_id=person.id)
    for mine in (gate, named):
        milestone_dates.record_forecast(db, clerk, mine.id, AUTUMN, today=TODAY)
    with pytest.raises(Refused):
        milestone_dates.record_forecast(db, clerk, other.id, AUTUMN, today=TODAY)


def test_a_reporter_dates_milestones_of_the_own_unit_only(db):
    unit, mine, foreign = make_organisation(db), make_project(db), make_project(db)
    make_duty(db, mine, organisation_id=unit.id)
    reporter = make_actor(Role.REPORTER, ScopeKind.ORGANISATION, unit.id)
    milestone_dates.record_forecast(db, reporter, make_milestone(db, mine).id, AUTUMN, today=TODAY)
    with pytest.raises(NotFound):
        milestone_dates.record_forecast(db, reporter, make_milestone(db, foreign).id, AUTUMN, today=TODAY)


def proposal(project, *moves, reason=""):
    rows = [Move(milestone_id=milestone.id, when=when) for milestone, when in moves]
    return ProposalIn(project_id=project.id, moves=rows, reason=reason)


def approve(db, version):
    decision = DecisionIn(version_id=version.id or 0, approve=True, version=version.version)
    return baselines.decide(db, OFFICE, decision, today=TODAY)


def test_the_first_approved_row_is_pinned_whatever_follows(db):
    project = make_project(db)
    milestone = make_milestone(db, project)
    first = baselines.propose(db, OFFICE, proposal(project, (milestone, APRIL)), today=TODAY)
    assert first.state is BaselineState.PROPOSED
    approve(db, first)
    moved = proposal(project, (milestone, AUTUMN), reason="征地晚了")
    version = baselines.propose(db, OFFICE, moved, today=TODAY)
    approve(db, version)
    assert (milestone.first_baseline, milestone.baseline) == (APRIL.day, AUTUMN.day)
    assert version.no == 2
    assert actions(db) == ["propose", "approve", "baseline"] * 2


def test_a_proposal_touches_nothing_until_it_is_approved_and_is_refused_as_a_whole(db):
    project = make_project(db)
    one, two = make_milestone(db, project), make_milestone(db, project, kind="in_use")
    version = baselines.propose(db, OFFICE, proposal(project, (one, APRIL), (two, AUTUMN)), today=TODAY)
    assert (one.baseline, two.baseline) == (None, None)
    refusal = DecisionIn(version_id=version.id or 0, approve=False)
    with pytest.raises(Invalid):
        baselines.decide(db, OFFICE, refusal, today=TODAY)
    baselines.decide(db, OFFICE, refusal.model_copy(update={"comment": "太晚"}), today=TODAY)
    assert (version.state, one.baseline, two.baseline) == (BaselineState.REJECTED, None, None)


def test_the_same_proposal_twice_is_one_and_another_waits_for_its_turn(db):
    project = make_project(db)
    milestone = make_milestone(db, project)
    first = baselines.propose(db, OFFICE, proposal(project, (milestone, APRIL)), today=TODAY)
    assert baselines.propose(db, OFFICE, proposal(project, (milestone, APRIL)), today=TODAY) is first
    with pytest.raises(Conflict):
        baselines.propose(db, OFFICE, proposal(project, (milestone, AUTUMN)), today=TODAY)
    baselines.withdraw(db, OFFICE, first.id or 0, today=TODAY)
    assert baselines.propose(db, OFFICE, proposal(project, (milestone, AUTUMN)), today=TODAY).no == 2


def test_a_proposal_that_moves_nothing_or_what_is_done_is_refused(db):
    project = make_project(db)
    milestone = make_milestone(db, project, baseline=APRIL.day, baseline_precision=Precision.MONTH)
    with pytest.raises(Invalid):
        baselines.propose(db, OFFICE, proposal(project, (milestone, APRIL)), today=TODAY)
    with pytest.raises(Invalid) as refused:
        baselines.propose(db, OFFICE, proposal(project, (milestone, AUTUMN)), today=TODAY)
    assert set(refused.value.fields) == {"reason"}
    milestone_dates.record_actual(db, OFFICE, milestone.id, dates.of_month(2024, 5), today=TODAY)
    with pytest.raises(Conflict):
        baselines.propose(db, OFFICE, proposal(project, (milestone, AUTUMN), reason="改口径"), today=TODAY)


def test_who_proposes_does_not_thereby_decide(db):
    unit, project = make_organisation(db), make_project(db)
    make_duty(db, project, organisation_id=unit.id)
    reporter = make_actor(Role.REPORTER, ScopeKind.ORGANISATION, unit.id)
    version = baselines.propose(
        db, reporter, proposal(project, (make_milestone(db, project), APRIL)), today=TODAY
    )
    with pytest.raises(Refused):
        baselines.decide(db, reporter, DecisionIn(version_id=version.id or 0, approve=True), today=TODAY)


def test_a_pause_runs_when_it_is_accepted_and_ends_on_a_day(db):
    project = make_project(db)
    asked = PauseIn(project_id=project.id, reason="文物勘探", starts_on=date(2024, 6, 1))
    pause = pauses.ask(db, OFFICE, asked, today=TODAY)
    assert pauses.ask(db, OFFICE, asked, today=TODAY) is pause
    pauses.decide(db, OFFICE, PauseDecision(pause_id=pause.id or 0, accept=True, version=1), today=TODAY)
    assert pause.state is PauseState.RUNNING
    with pytest.raises(Conflict):
        pauses.ask(db, OFFICE, asked.model_copy(update={"starts_on": date(2024, 6, 20)}), today=TODAY)
    pauses.end(db, OFFICE, PauseEnd(pause_id=pause.id or 0, ends_on=date(2024, 6, 20)), today=TODAY)
    assert (pause.state, pause.ends_on) == (PauseState.ENDED, date(2024, 6, 20))
    assert actions(db) == ["ask", "accept", "end"]


def test_a_refused_pause_wants_a_reason_and_takes_nothing_off(db):
    project = make_project(db)
    asked = PauseIn(project_id=project.id, reason="资金未到", starts_on=TODAY)
    pause = pauses.ask(db, OFFICE, asked, today=TODAY)
    refusal = PauseDecision(pause_id=pause.id or 0, accept=False)
    with pytest.raises(Invalid):
        pauses.decide(db, OFFICE, refusal, today=TODAY)
    pauses.decide(db, OFFICE, refusal.model_copy(update={"comment": "请先协调"}), today=TODAY)
    assert pause.state not in pauses.COUNTED
