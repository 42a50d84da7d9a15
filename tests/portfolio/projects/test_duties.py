"""Who answers for a project: one holder of a kind on any day, and every hand-over on the trail."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import col

from portfolio.access import Role
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.models import AuditEvent
from portfolio.projects import duties
from portfolio.projects.duties import DutyEnd, DutyIn
from portfolio.projects.models import Duty, DutyKind
from tests.build import TODAY, make_actor, make_duty, make_organisation, make_person, make_project

OFFICE = make_actor()
UNIT = DutyKind.RESPONSIBLE_UNIT
SPRING, NEW_YEAR = date(2024, 4, 1), date(2024, 1, 1)


def assigned(db, project, unit, starts_on=None, kind=UNIT):
    filled = DutyIn(project_id=project.id, kind=kind, organisation_id=unit.id, starts_on=starts_on)
    return duties.assign(db, OFFICE, filled, today=TODAY)


def holders(db, project, day):
    statement = sa.select(col(Duty.organisation_id)).where(
        col(Duty.project_id) == project.id, col(Duty.kind) == UNIT, duties.valid_on(day)
    )
    return list(db.execute(statement).scalars())


def trail(db):
    return list(db.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id))).scalars())


def test_a_hand_over_may_lie_ahead_and_both_days_have_one_holder(db):
    project, old, new = make_project(db), make_organisation(db), make_organisation(db)
    make_duty(db, project, organisation_id=old.id)
    assigned(db, project, new, TODAY + timedelta(10))
    assert holders(db, project, TODAY + timedelta(9)) == [old.id]
    assert holders(db, project, TODAY + timedelta(10)) == [new.id]


def test_a_hand_over_before_the_present_holder_began_is_refused(db):
    project = make_project(db)
    make_duty(db, project, organisation_id=make_organisation(db).id, starts_on=SPRING)
    with pytest.raises(Invalid) as refused:
        assigned(db, project, make_organisation(db), NEW_YEAR)
    assert set(refused.value.fields) == {"starts_on"}


def test_one_who_takes_over_before_a_set_end_shortens_the_former_duty(db):
    project, old, new = make_project(db), make_organisation(db), make_organisation(db)
    make_duty(db, project, organisation_id=old.id, ends_on=date(2024, 12, 31))
    assigned(db, project, new)
    assert holders(db, project, TODAY) == [new.id]
    assert holders(db, project, TODAY - timedelta(1)) == [old.id]


def test_after_a_gap_the_end_of_the_former_duty_stays(db):
    project, old, new = make_project(db), make_organisation(db), make_organisation(db)
    former = make_duty(db, project, organisation_id=old.id, ends_on=SPRING)
    assigned(db, project, new)
    assert former.ends_on == SPRING
    assert holders(db, project, SPRING + timedelta(1)) == []


def test_who_had_handed_it_over_may_take_it_again(db):
    project, unit = make_project(db), make_organisation(db)
    make_duty(db, project, organisation_id=unit.id, ends_on=SPRING)
    again = assigned(db, project, unit)
    assert (again.starts_on, again.ends_on) == (TODAY, None)


def test_a_mistake_put_right_on_its_day_is_still_on_the_trail(db):
    project, wrong, right = make_project(db), make_organisation(db), make_organisation(db)
    assigned(db, project, wrong)
    assigned(db, project, right)
    event = trail(db)[-1]
    assert f'"organisation_id": {wrong.id}' in event.before
    assert f'"organisation_id": {right.id}' in event.after


def test_an_end_may_not_reach_into_the_time_of_a_successor(db):
    project = make_project(db)
    former = make_duty(db, project, organisation_id=make_organisation(db).id)
    assigned(db, project, make_organisation(db), SPRING)
    with pytest.raises(Invalid, match="2024-04-01"):
        duties.end(db, OFFICE, DutyEnd(duty_id=former.id, ends_on=TODAY), today=TODAY)


def test_an_end_before_the_beginning_is_refused(db):
    duty = make_duty(db, make_project(db), organisation_id=make_organisation(db).id, starts_on=SPRING)
    with pytest.raises(Invalid, match="2024-04-01"):
        duties.end(db, OFFICE, DutyEnd(duty_id=duty.id, ends_on=NEW_YEAR), today=TODAY)


def test_an_end_said_twice_is_written_once_whatever_version_was_seen(db):
    duty = make_duty(db, make_project(db), organisation_id=make_organisation(db).id)
    ended = DutyEnd(duty_id=duty.id, ends_on=TODAY, version=1)
    duties.end(db, OFFICE, ended, today=TODAY)
    duties.end(db, OFFICE, ended, today=TODAY)
    assert [event.action for event in trail(db)] == ["end"]
    with pytest.raises(Conflict):
        duties.end(db, OFFICE, ended.model_copy(update={"ends_on": SPRING}), today=TODAY)


def test_kinds_of_duty_do_not_disturb_each_other(db):
    project, unit, builder = make_project(db), make_organisation(db), make_organisation(db)
    make_duty(db, project, organisation_id=unit.id)
    assigned(db, project, builder, kind=DutyKind.BUILDER)
    assert holders(db, project, TODAY) == [unit.id]


def test_a_person_takes_what_a_person_answers_for(db):
    project, leader = make_project(db), make_person(db)
    filled = DutyIn(project_id=project.id, kind=DutyKind.RESPONSIBLE_LEADER, person_id=leader.id)
    assert duties.assign(db, OFFICE, filled, today=TODAY).person_id == leader.id
    with pytest.raises(ValidationError, match="a person"):
        DutyIn(project_id=project.id, kind=DutyKind.CONTACT, organisation_id=1)


def test_a_unit_that_does_not_exist_takes_nothing(db):
    project = make_project(db)
    with pytest.raises(Invalid) as refused:
        duties.assign(db, OFFICE, DutyIn(project_id=project.id, kind=UNIT, organisation_id=99), today=TODAY)
    assert set(refused.value.fields) == {"organisation_id"}
    assert holders(db, project, TODAY) == []


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.OFFICE])
def test_nobody_but_the_office_assigns(sqlite_db, role):
    project, unit = make_project(sqlite_db), make_organisation(sqlite_db)
    filled = DutyIn(project_id=project.id, kind=UNIT, organisation_id=unit.id)
    with pytest.raises((Refused, NotFound)):
        duties.assign(sqlite_db, make_actor(role), filled, today=TODAY)
    assert holders(sqlite_db, project, TODAY) == []


def test_ending_what_is_not_there_is_not_found(sqlite_db):
    with pytest.raises(NotFound):
        duties.end(sqlite_db, OFFICE, DutyEnd(duty_id=9), today=TODAY)


def test_one_bad_assignment_in_a_list_is_told_before_any_is_written(sqlite_db):
    project, unit = make_project(sqlite_db), make_organisation(sqlite_db)
    good = DutyIn(project_id=project.id, kind=UNIT, organisation_id=unit.id)
    bad = DutyIn(project_id=project.id, kind=DutyKind.BUILDER, organisation_id=99)
    with pytest.raises(Invalid):
        duties.write_many(sqlite_db, OFFICE, [good, bad], today=TODAY)
    assert holders(sqlite_db, project, TODAY) == []


steps = st.lists(
    st.tuples(st.booleans(), st.integers(0, 2), st.none() | st.dates(date(2024, 5, 1), date(2024, 8, 30))),
    max_size=8,
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(steps)
def test_on_any_day_there_is_one_holder_at_most_whatever_was_done(sqlite_db, steps):
    project, units = make_project(sqlite_db), [make_organisation(sqlite_db) for _ in range(3)]
    for takes, which, day in steps:
        try:
            if takes:
                assigned(sqlite_db, project, units[which], day)
            else:
                for duty in sqlite_db.execute(
                    sa.select(Duty).where(col(Duty.project_id) == project.id)
                ).scalars():
                    duties.end(sqlite_db, OFFICE, DutyEnd(duty_id=duty.id, ends_on=day), today=TODAY)
        except Invalid:
            continue
    days = [date(2024, 4, 30) + timedelta(n) for n in range(130)]
    assert [day for day in days if len(holders(sqlite_db, project, day)) > 1] == []
