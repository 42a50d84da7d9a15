"""At-once rules: in hours only, three a day, the rest with the next digest."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio import calendar_days, schedule
from portfolio.alerts.delivery import claiming
from portfolio.alerts.evaluation import evaluate, facts
from portfolio.alerts.models import Alert, Notification, NotificationItem
from portfolio.people.models import Person
from portfolio.plan.models import Plan, PlanVersion
from portfolio.projects.models import Promise, PromiseKind
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone, morning

FRIDAY, MONDAY = date(2024, 6, 21), date(2024, 6, 24)
TEN = morning(FRIDAY, 2)
NIGHT = morning(FRIDAY, 14)


@pytest.fixture
def city(database):
    with database.writing() as db:
        return make_city(db)


def promise(database, city, count=1):
    """Promises that the forecast of a completion misses."""
    with database.writing() as db:
        plan = Plan(name_key="p", name="规划", starts_on=date(2021, 1, 1), ends_on=date(2025, 12, 31))
        db.add(plan)
        db.flush()
        version = PlanVersion(plan_id=plan.id or 0, no=1, title="规划")
        db.add(version)
        db.flush()
        for _ in range(count):
            db.add(
                Promise(
                    project_id=city.project, version_id=version.id or 0, kind=PromiseKind.COMPLETION,
                    due=date(2025, 12, 31),
                )
            )  # fmt: skip
        make_milestone(
            db, city.project, date(2025, 6, 30), kind="completion_acceptance", forecast=date(2026, 3, 31)
        )


def run(database, at):
    return facts.evaluate_facts(database, at, owner="test", sender=SENDER)


def outbox(database):
    with database.reading() as db:
        return list(
            db.execute(
                sa.select(col(Notification.kind), col(Notification.recipient_id), col(Notification.period))
                .join(NotificationItem, col(NotificationItem.notification_id) == col(Notification.id))
                .join(Alert, col(Alert.id) == col(NotificationItem.alert_id))
                .where(col(Alert.rule) == "promise_at_risk")
            )
        )


def test_a_promise_at_risk_is_told_to_the_office_at_once(database, city):
    promise(database, city)
    assert run(database, TEN).notifications == 1
    assert outbox(database) == [("at_once", city.office, FRIDAY)]


def test_a_slot_is_evaluated_once(database, city):
    promise(database, city)
    run(database, TEN)
    assert run(database, TEN + timedelta(minutes=9)).opened == 0
    assert run(database, TEN + timedelta(minutes=10)).notifications == 0


def test_at_night_it_waits_for_the_next_digest(database, city):
    promise(database, city)
    assert run(database, NIGHT).notifications == 0
    evaluate.scan(database, MONDAY, morning(MONDAY), owner="test", sender=SENDER)
    assert outbox(database) == [("digest", city.office, MONDAY)]


def test_what_could_not_leave_by_eight_in_the_evening_is_told_by_the_next_digest(database, city):
    promise(database, city)
    evening = morning(FRIDAY, 11) + timedelta(minutes=55)
    assert run(database, evening).notifications == 1
    assert claiming.claim(database, "test", evening + timedelta(minutes=4))
    assert claiming.claim(database, "test", evening + timedelta(minutes=6)) == []
    evaluate.scan(database, MONDAY, morning(MONDAY), owner="test", sender=SENDER)
    assert ("digest", city.office, MONDAY) in outbox(database)


def test_at_most_three_mails_a_day_go_at_once_the_rest_with_the_digest(database, city):
    promise(database, city, 5)
    assert run(database, TEN).notifications == 3
    evaluate.scan(database, MONDAY, morning(MONDAY), owner="test", sender=SENDER)
    assert [row.kind for row in outbox(database)].count("at_once") == 3
    assert {row.period for row in outbox(database) if row.kind == "digest"} == {MONDAY}


def test_a_slot_has_a_name_of_ten_minutes():
    assert facts.slot_key(TEN + timedelta(minutes=17)) == "2024-06-21T10:10"


def operations(database, subject):
    with database.reading() as db:
        return db.execute(
            sa.select(Alert).where(col(Alert.rule) == "operations", col(Alert.subject_id) == subject)
        ).scalar_one_or_none()


def test_a_standstill_of_the_timed_jobs_is_told_to_the_administrator_when_they_run_again(database, city):
    with database.writing() as db:
        schedule.beat(db, "first", TEN - timedelta(hours=2))
        schedule.beat(db, "first", TEN - timedelta(hours=2, minutes=-10))
    run(database, TEN - timedelta(hours=1))
    assert operations(database, facts.STANDSTILL) is None
    with database.writing() as db:
        schedule.beat(db, "second", TEN)
    run(database, TEN)
    assert operations(database, facts.STANDSTILL).rung == "1"
    with database.reading() as db:
        told = sa.select(col(NotificationItem.recipient_id)).where(
            col(NotificationItem.alert_id) == operations(database, facts.STANDSTILL).id
        )
        assert db.execute(told).scalars().all() == [city.administrator]


def test_an_office_that_nobody_can_reach_is_the_administrators_affair(database, city):
    with database.writing() as db:
        db.get(Person, city.office).email = ""
    run(database, TEN)
    assert operations(database, facts.OFFICE_GONE) is not None


def test_next_years_calendar_is_asked_for_from_the_first_of_november(database, city):
    with database.writing() as db:
        calendar_days.seed(db, 2028)
    run(database, morning(date(2026, 10, 31), 2))
    assert operations(database, facts.CALENDAR) is None
    run(database, morning(date(2026, 11, 1), 2))
    assert operations(database, facts.CALENDAR) is not None
