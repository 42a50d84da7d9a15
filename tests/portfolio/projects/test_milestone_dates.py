"""Forecast and actual are logs; what the milestone repeats always agrees with them."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.models import AuditEvent
from portfolio.projects import milestone_dates, milestones, standing
from portfolio.projects.milestone_dates import DateField, DateIn, TakeBack
from portfolio.projects.milestones import Withdrawal
from portfolio.projects.models import MilestoneDate
from portfolio.projects.rules import dates
from portfolio.projects.rules.dates import PlannedDate, Precision
from tests.build import TODAY, make_actor, make_milestone, make_organisation, make_person, make_project

OFFICE = make_actor()
FORECAST, ACTUAL, APPLIED, ACCEPTED = DateField
AUTUMN, YEAR_END = dates.of_month(2024, 10), dates.of_year(2024)
GATE = "construction_permit"


def say(db, milestone, field, when, *, actor=OFFICE, today=TODAY, **more):
    said = DateIn(milestone_id=milestone.id, field=field, when=when, **more)
    return milestone_dates.write_many(db, actor, [said], today=today)[0]


def log(db, milestone, field):
    rows = sa.select(MilestoneDate).where(
        col(MilestoneDate.milestone_id) == milestone.id, col(MilestoneDate.field) == field
    )
    return list(db.execute(rows.order_by(col(MilestoneDate.known_on), col(MilestoneDate.id))).scalars())


def latest(db, milestone, field):
    rows = log(db, milestone, field)
    return dates.join(rows[-1].day, rows[-1].precision) if rows else None


@pytest.mark.parametrize("when", [PlannedDate(TODAY), AUTUMN, dates.of_half(2024, 2), YEAR_END])
def test_a_forecast_keeps_the_precision_in_which_it_was_said(db, when):
    milestone = say(db, make_milestone(db, make_project(db)), FORECAST, when)
    assert milestone_dates.held(milestone, FORECAST) == when
    assert latest(db, milestone, FORECAST) == when


def test_the_same_day_known_more_exactly_is_a_new_row(db):
    milestone = make_milestone(db, make_project(db))
    say(db, milestone, FORECAST, YEAR_END)
    say(db, milestone, FORECAST, PlannedDate(YEAR_END.day))
    assert [row.precision for row in log(db, milestone, FORECAST)] == [Precision.YEAR, Precision.DAY]


def test_a_forecast_may_be_cleared_and_the_log_says_so(db):
    milestone = make_milestone(db, make_project(db))
    say(db, milestone, FORECAST, AUTUMN)
    say(db, milestone, FORECAST, None)
    assert (milestone.forecast, milestone.forecast_precision) == (None, None)
    assert [row.day for row in log(db, milestone, FORECAST)] == [AUTUMN.day, None]


def test_an_old_page_sent_again_succeeds_when_it_changes_nothing_and_is_refused_when_it_does(db):
    milestone = say(db, make_milestone(db, make_project(db)), FORECAST, AUTUMN)
    say(db, milestone, FORECAST, AUTUMN, version=1)
    assert (milestone.version, len(log(db, milestone, FORECAST))) == (2, 1)
    with pytest.raises(Conflict):
        say(db, milestone, FORECAST, YEAR_END, version=1)


def test_forecast_and_actual_of_one_page_are_taken_together(db):
    milestone = make_milestone(db, make_project(db), kind=GATE, version=5)
    said = [
        DateIn(milestone_id=milestone.id, field=field, when=PlannedDate(day), version=5)
        for field, day in ((APPLIED, date(2024, 5, 6)), (ACCEPTED, date(2024, 5, 8)), (ACTUAL, TODAY))
    ]
    milestone_dates.write_many(db, OFFICE, said, today=TODAY)
    assert (milestone.applied_on, milestone.accepted_on, milestone.actual, milestone.version) == (
        date(2024, 5, 6), date(2024, 5, 8), TODAY, 8,
    )  # fmt: skip


def test_today_itself_may_have_happened(db):
    assert say(db, make_milestone(db, make_project(db)), ACTUAL, PlannedDate(TODAY)).actual == TODAY


@pytest.mark.parametrize("field", [ACTUAL, APPLIED, ACCEPTED])
def test_what_happened_never_lies_ahead(db, field):
    milestone = make_milestone(db, make_project(db), kind=GATE)
    with pytest.raises(Invalid) as refused:
        say(db, milestone, field, PlannedDate(TODAY + timedelta(1)))
    assert set(refused.value.fields) == {field.value}


def test_nobody_knows_a_thing_before_today_has_come(db):
    with pytest.raises(Invalid) as refused:
        say(db, make_milestone(db, make_project(db)), FORECAST, AUTUMN, known_on=TODAY + timedelta(1))
    assert set(refused.value.fields) == {"known_on"}


@pytest.mark.parametrize("field", [APPLIED, ACCEPTED])
def test_only_gates_are_applied_for(db, field):
    with pytest.raises(Invalid, match="审批"):
        say(db, make_milestone(db, make_project(db)), field, PlannedDate(TODAY))


def test_a_day_of_application_may_be_taken_away_again(db):
    milestone = make_milestone(db, make_project(db), kind=GATE, applied_on=date(2024, 5, 20))
    assert say(db, milestone, APPLIED, None).applied_on is None


def test_a_recorded_completion_is_not_simply_cleared(db):
    milestone = say(db, make_milestone(db, make_project(db)), ACTUAL, PlannedDate(TODAY))
    with pytest.raises(Conflict, match="撤回"):
        say(db, milestone, ACTUAL, None, reason="登记错了")
    assert milestone.actual == TODAY


def test_taking_back_twice_changes_nothing_the_second_time(db):
    milestone = say(db, make_milestone(db, make_project(db)), ACTUAL, PlannedDate(TODAY))
    wrong = TakeBack(milestone_id=milestone.id, reason="登记错了节点", version=2)
    milestone_dates.take_back(db, OFFICE, wrong, today=TODAY)
    milestone_dates.take_back(db, OFFICE, wrong, today=TODAY)
    assert (milestone.actual, milestone.version, len(log(db, milestone, ACTUAL))) == (None, 3, 2)


def test_what_was_reached_leaves_the_open_dates_and_what_was_taken_back_returns(db):
    project = make_project(db)
    milestone = make_milestone(db, project, baseline=date(2024, 4, 30))
    say(db, milestone, ACTUAL, PlannedDate(TODAY))
    db.refresh(project)
    assert project.first_due is None
    wrong = TakeBack(milestone_id=milestone.id, reason="登记错了节点")
    milestone_dates.take_back(db, OFFICE, wrong, today=TODAY)
    db.refresh(project)
    assert project.first_due == date(2024, 4, 30)


def test_a_withdrawn_milestone_takes_no_dates(db):
    milestone = make_milestone(db, make_project(db))
    milestones.withdraw(db, OFFICE, Withdrawal(id=milestone.id, reason="不再需要"), today=TODAY)
    with pytest.raises(Conflict, match="撤销"):
        say(db, milestone, FORECAST, AUTUMN)


def test_an_owner_says_dates_of_the_own_milestone_only(db):
    owner, project = make_person(db), make_project(db)
    own = make_milestone(db, project, owner_person_id=owner.id)
    other = make_milestone(db, project, kind="start")
    actor = make_actor(Role.VIEWER, ScopeKind.PROJECT, 0, person_id=owner.id)
    assert say(db, own, FORECAST, AUTUMN, actor=actor).forecast == AUTUMN.day
    with pytest.raises(Refused):
        say(db, other, FORECAST, AUTUMN, actor=actor)


def test_a_units_milestone_is_for_those_of_it_who_report(db):
    bureau = make_organisation(db)
    milestone = make_milestone(db, make_project(db), owner_organisation_id=bureau.id)
    of_bureau = {"scope": ScopeKind.PROJECT, "value": 0, "organisation_id": bureau.id}
    with pytest.raises(Refused):
        say(db, milestone, FORECAST, AUTUMN, actor=make_actor(Role.VIEWER, **of_bureau))
    say(db, milestone, FORECAST, AUTUMN, actor=make_actor(Role.REPORTER, **of_bureau))


def test_a_milestone_out_of_sight_cannot_be_told_from_one_that_is_not_there(db):
    milestone = make_milestone(db, make_project(db))
    stranger = make_actor(Role.REPORTER, ScopeKind.PROJECT, 0)
    with pytest.raises(NotFound):
        say(db, milestone, FORECAST, AUTUMN, actor=stranger)
    with pytest.raises(NotFound):
        milestone_dates.record_forecast(db, OFFICE, 99_999, AUTUMN, today=TODAY)


def test_every_recorded_date_leaves_before_and_after_on_the_trail(db):
    milestone = make_milestone(db, make_project(db))
    say(db, milestone, FORECAST, AUTUMN, reason="征地")
    say(db, milestone, FORECAST, YEAR_END)
    events = db.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id))).scalars().all()
    assert [(event.before, event.reason) for event in events] == [
        ('{"forecast": null}', "征地"),
        ('{"forecast": "2024-10"}', ""),
    ]
    assert '"forecast": "2024"' in events[1].after


whens = st.one_of(
    st.dates(date(2024, 1, 1), TODAY).map(PlannedDate),
    st.integers(1, 5).map(lambda month: dates.of_month(2024, month)),
)
lags = st.integers(0, 40).map(timedelta)
forecasts = st.tuples(st.just(FORECAST), st.none() | whens | st.just(YEAR_END), lags)
actuals = st.tuples(st.just(ACTUAL), whens, lags)
taken_back = st.tuples(st.none(), st.none(), lags)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.lists(forecasts | actuals | taken_back, max_size=10))
def test_the_milestone_repeats_the_latest_of_its_logs_whatever_was_said_in_which_order(sqlite_db, steps):
    project = make_project(sqlite_db)
    milestone = make_milestone(sqlite_db, project, baseline=date(2024, 5, 31))
    standing.refresh(sqlite_db, [project.id])
    for days, (field, when, lag) in enumerate(steps):
        today = TODAY + timedelta(days)
        if field is None:
            wrong = TakeBack(milestone_id=milestone.id, reason="登记错了")
            milestone_dates.take_back(sqlite_db, OFFICE, wrong, today=today)
        else:
            say(sqlite_db, milestone, field, when, today=today, reason="核实", known_on=today - lag)
    for field in (FORECAST, ACTUAL):
        assert milestone_dates.held(milestone, field) == latest(sqlite_db, milestone, field)
    assert_standing(sqlite_db, project)


def assert_standing(db, project):
    """What the project repeats of its milestones is what they say."""
    db.refresh(project)
    kept = (project.first_due, project.worst_slip)
    standing.refresh(db, [project.id])
    db.refresh(project)
    assert kept == (project.first_due, project.worst_slip)
