"""What people do with an alert: who may, what it changes, and what stands in its history."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.alerts.desk import alerts
from portfolio.alerts.desk.alerts import AcknowledgeIn, CommentIn, SnoozeIn
from portfolio.alerts.models import AlertAck, AlertEvent, AlertState, NotificationItem
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.people.models import StandIn
from tests import build
from tests.portfolio.alerts.acting import (
    TODAY,
    as_person,
    found_city,
    overdue,
    prepared,
    scan_and_deliver,
    told_city,
)
from tests.portfolio.alerts.city import morning

NEXT_WEEK = date(2024, 7, 5)
NOTED = AcknowledgeIn(until=NEXT_WEEK, comment="本周碰头")


@pytest.fixture
def city(database):
    return prepared(database, told_city)


def do(database, verb, actor, *given, **named):
    with database.writing() as db:
        verb(db, actor, overdue(database).id, *given, today=TODAY, now=morning(TODAY, 4), **named)


def events(database):
    with database.reading() as db:
        return db.execute(
            sa.select(col(AlertEvent.kind), col(AlertEvent.actor), col(AlertEvent.detail))
            .where(col(AlertEvent.alert_id) == overdue(database).id)
            .order_by(col(AlertEvent.seq))
        ).all()


def hearers_on(database, day):
    """Who is told of the overdue milestone on one later day."""
    scan_and_deliver(database, day)
    with database.reading() as db:
        return set(
            db.execute(
                sa.select(col(NotificationItem.recipient_id)).where(
                    col(NotificationItem.period) == day,
                    col(NotificationItem.alert_id) == overdue(database).id,
                )
            ).scalars()
        )


def test_who_was_told_takes_note_and_the_history_says_so(database, city):
    do(database, alerts.acknowledge, as_person(city.contact, Role.VIEWER, name="李工"), NOTED)
    assert events(database)[-1] == ("acknowledged", "李工", "知悉并跟进到2024年7月5日：本周碰头")


def test_taking_note_does_not_stop_the_climb_to_others(database, city):
    do(database, alerts.acknowledge, as_person(city.contact, Role.VIEWER), NOTED)
    assert city.leader in hearers_on(database, date(2024, 7, 12))


def test_a_viewer_who_was_not_told_sees_but_may_not_take_note(database, city):
    with pytest.raises(Refused):
        do(database, alerts.acknowledge, as_person(city.chief, Role.VIEWER), NOTED)


def test_a_leader_who_sees_everything_acts_only_on_what_is_in_charge(database, city):
    with pytest.raises(Refused):
        do(database, alerts.acknowledge, as_person(city.chief, Role.LEADER), NOTED)
    do(database, alerts.acknowledge, as_person(city.leader, Role.LEADER), NOTED)


def test_an_alert_out_of_sight_is_not_there(database, city):
    elsewhere = build.make_actor(
        Role.COORDINATOR, ScopeKind.DISTRICT, "nowhere", person_id=city.administrator
    )
    with pytest.raises(NotFound):
        do(database, alerts.acknowledge, elsewhere, NOTED)


@pytest.mark.parametrize("until", [TODAY, date(2024, 6, 1), date(2025, 6, 1)])
def test_the_date_lies_ahead_and_within_three_months(database, city, until):
    with pytest.raises(Invalid) as refused:
        do(
            database,
            alerts.acknowledge,
            as_person(city.contact, Role.VIEWER),
            AcknowledgeIn(until=until, comment="好"),
        )
    assert "until" in refused.value.fields


def test_taking_note_wants_a_word(database, city):
    with pytest.raises(Invalid):
        do(database, alerts.acknowledge, as_person(city.contact, Role.VIEWER), AcknowledgeIn(until=NEXT_WEEK))


def test_a_stand_in_takes_note_for_whom_the_mail_was_meant(database):
    city = found_city(database)
    with database.writing() as db:
        deputy = build.make_person(db, "代理人")
        db.add(StandIn(person_id=city.contact, stand_in_id=deputy.id, starts_on=date(2024, 1, 1)))
        deputy_id = deputy.id
    scan_and_deliver(database)
    do(database, alerts.acknowledge, as_person(deputy_id, Role.VIEWER), NOTED)
    with database.reading() as db:
        quiet = set(db.execute(sa.select(col(AlertAck.person_id))).scalars())
    assert quiet == {city.contact, deputy_id}


def test_only_the_office_keeps_an_alert_quiet_for_all_and_says_why(database, city):
    office = as_person(city.office, Role.OFFICE)
    with pytest.raises(Refused):
        do(
            database,
            alerts.snooze,
            as_person(city.leader, Role.LEADER),
            SnoozeIn(until=NEXT_WEEK, reason="协调中"),
        )
    with pytest.raises(Invalid):
        do(database, alerts.snooze, office, SnoozeIn(until=NEXT_WEEK))
    do(database, alerts.snooze, office, SnoozeIn(until=NEXT_WEEK, reason="协调中"))
    assert overdue(database).state is AlertState.SNOOZED
    assert hearers_on(database, NEXT_WEEK) == set()


def test_a_snooze_that_is_ended_lets_the_alert_speak_at_once(database, city):
    office = as_person(city.office, Role.OFFICE)
    do(database, alerts.snooze, office, SnoozeIn(until=date(2024, 8, 30), reason="协调中"))
    do(database, alerts.end_snooze, office)
    assert (overdue(database).state, overdue(database).next_on) == (AlertState.FIRING, TODAY)
    with pytest.raises(Conflict):
        do(database, alerts.end_snooze, office)


def test_who_saw_an_older_state_is_asked_to_look_again(database, city):
    seen = overdue(database).version
    do(database, alerts.comment, as_person(city.office, Role.OFFICE), CommentIn(comment="已派人"))
    with pytest.raises(Conflict):
        do(
            database, alerts.acknowledge, as_person(city.contact, Role.VIEWER),
            AcknowledgeIn(until=NEXT_WEEK, comment="好", version=seen),
        )  # fmt: skip
