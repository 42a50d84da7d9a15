"""A day's evaluation: what opens, who must be told, when, and what is never told."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Alert, AlertAck, AlertState, Notification, NotificationItem, Status
from portfolio.people.models import Person, PostHolding
from portfolio.projects.models import DutyKind, Milestone, Pause, PauseState, Project
from tests import build
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone, morning

THURSDAY, FRIDAY, MONDAY = date(2024, 6, 20), date(2024, 6, 21), date(2024, 6, 24)


@pytest.fixture
def city(database):
    with database.writing() as db:
        return make_city(db)


def add_milestone(database, city, baseline, **fields):
    with database.writing() as db:
        return make_milestone(db, city.project, baseline, **fields).id


def scan(database, day):
    return evaluate.scan(database, day, morning(day), owner="test", sender=SENDER)


def deliver(database):
    """Book everything as sent, as if the mail server had taken it."""
    with database.writing() as db:
        db.execute(
            sa.update(Notification)
            .where(col(Notification.status) == Status.PENDING)
            .values(status=Status.SENT)
        )


def told(database, day=None):
    """The (rung, recipient) pairs in the outbox for a period."""
    wanted = (
        sa.select(col(NotificationItem.rung), col(NotificationItem.recipient_id))
        .join(Alert, col(Alert.id) == col(NotificationItem.alert_id))
        .where(col(Alert.rule).like("milestone_%"))
    )
    if day:
        wanted = wanted.where(col(NotificationItem.period) == day)
    with database.reading() as db:
        return {(row.rung, row.recipient_id) for row in db.execute(wanted)}


def alert_of(database, milestone, rule="milestone_overdue"):
    with database.reading() as db:
        return db.execute(
            sa.select(Alert).where(col(Alert.subject_id) == milestone, col(Alert.rule) == rule)
        ).scalar_one_or_none()


def test_the_day_after_due_is_rung_one_for_contact_and_head(database, city):
    milestone = add_milestone(database, city, THURSDAY)
    done = scan(database, FRIDAY)
    assert told(database) == {("1", city.contact), ("1", city.head)}
    assert done.opened == 2  # the project has no money either, which is the office's gap
    assert done.notifications == 3
    assert alert_of(database, milestone).rung == "1"


def test_due_on_friday_is_told_on_monday(database, city):
    add_milestone(database, city, FRIDAY)
    scan(database, FRIDAY + timedelta(days=1))
    assert told(database) == set()
    scan(database, MONDAY)
    assert told(database, MONDAY) == {("1", city.contact), ("1", city.head)}


@pytest.mark.slow
def test_the_ladder_climbs_by_working_days(sqlite_database):
    database = sqlite_database
    with database.writing() as db:
        city = make_city(db)
    add_milestone(database, city, date(2024, 5, 6))
    reached: dict[str, tuple[date, set[int]]] = {}
    day = date(2024, 5, 7)
    while day <= date(2024, 8, 15):
        scan(database, day)
        for rung, person in told(database, day):
            reached.setdefault(rung, (day, set()))[1].add(person)
        deliver(database)
        day += timedelta(days=1)
    calendar_days_after = {rung: day for rung, (day, _) in reached.items()}
    assert calendar_days_after == {
        "1": date(2024, 5, 7),
        "2": date(2024, 5, 14),  # Saturday 11 May is worked
        "3": date(2024, 5, 24),
        "4": date(2024, 6, 17),  # Dragon Boat Festival on 10 June
        "4+30": date(2024, 7, 29),
    }
    assert reached["2"][1] == {city.coordinator, city.office}
    assert reached["3"][1] == {city.leader}
    assert reached["4"][1] == reached["4+30"][1] == {city.chief}


def test_what_is_old_at_first_sight_starts_on_rung_one(database, city):
    add_milestone(database, city, date(2023, 1, 1))
    scan(database, FRIDAY)
    assert told(database) == {("1", city.contact), ("1", city.head)}


def test_moving_the_forecast_does_not_silence_an_overdue_milestone(database, city):
    add_milestone(database, city, THURSDAY, forecast=date(2025, 1, 1))
    scan(database, FRIDAY)
    assert told(database) == {("1", city.contact), ("1", city.head)}


def test_without_a_mail_start_alerts_open_and_nothing_is_told(database):
    with database.writing() as db:
        city = make_city(db, mail_start=None)
    add_milestone(database, city, THURSDAY)
    done = scan(database, FRIDAY)
    assert done.opened >= 1
    assert (done.items, done.notifications) == (0, 0)


def test_a_period_is_evaluated_once(database, city):
    add_milestone(database, city, THURSDAY)
    scan(database, FRIDAY)
    again = scan(database, FRIDAY)
    assert (again.opened, again.items, again.notifications) == (0, 0, 0)


def test_a_rung_told_is_not_told_again(database, city):
    add_milestone(database, city, THURSDAY)
    scan(database, FRIDAY)
    deliver(database)
    scan(database, MONDAY)
    assert told(database, MONDAY) == set()


def test_what_was_not_sent_is_taken_over_by_the_next_digest(database, city):
    add_milestone(database, city, THURSDAY)
    scan(database, FRIDAY)
    scan(database, MONDAY)
    assert told(database, MONDAY) == {("1", city.contact), ("1", city.head)}
    with database.reading() as db:
        old = db.execute(
            sa.select(col(Notification.status)).where(col(Notification.period) == FRIDAY)
        ).scalars()
        assert set(old) == {Status.EXPIRED}


@pytest.mark.slow
def test_days_without_a_run_are_caught_up_in_one_digest(database, city):
    scan(database, date(2024, 6, 3))
    deliver(database)
    milestone = add_milestone(database, city, date(2024, 6, 5))
    scan(database, FRIDAY)
    assert told(database, FRIDAY) == {
        ("1", city.contact), ("1", city.head), ("2", city.coordinator), ("2", city.office)
    }  # fmt: skip
    assert alert_of(database, milestone).first_seen_on == date(2024, 6, 6)


def test_reaching_it_is_told_once_to_those_who_were_told(database, city):
    milestone = add_milestone(database, city, THURSDAY)
    scan(database, FRIDAY)
    deliver(database)
    with database.writing() as db:
        db.get(Milestone, milestone).actual = FRIDAY
    done = scan(database, MONDAY)
    assert done.resolved == 1
    assert told(database, MONDAY) == {("settled", city.contact), ("settled", city.head)}
    deliver(database)
    scan(database, date(2024, 6, 25))
    assert told(database, date(2024, 6, 25)) == set()


def test_nothing_is_said_of_what_was_settled_before_anyone_was_told(database, city):
    milestone = add_milestone(database, city, THURSDAY)
    scan(database, FRIDAY)
    with database.writing() as db:
        db.get(Milestone, milestone).actual = FRIDAY
    scan(database, MONDAY)
    assert told(database, MONDAY) == set()


def test_an_actual_taken_back_opens_a_new_episode_on_rung_one(database, city):
    milestone = add_milestone(database, city, THURSDAY)
    scan(database, FRIDAY)
    deliver(database)
    with database.writing() as db:
        db.get(Milestone, milestone).actual = FRIDAY
    scan(database, MONDAY)
    deliver(database)
    with database.writing() as db:
        db.get(Milestone, milestone).actual = None
    scan(database, date(2024, 6, 25))
    assert told(database, date(2024, 6, 25)) == {("1", city.contact), ("1", city.head)}
    assert alert_of(database, milestone).episode == 2


@pytest.mark.parametrize(
    ("days", "rung"), [(30, "due30"), (12, "due30"), (7, "due7"), (5, "due7"), (1, "due1")]
)
def test_a_reminder_is_due_at_most_n_days_before_however_late_it_was_entered(database, city, days, rung):
    add_milestone(database, city, FRIDAY + timedelta(days=days))
    scan(database, FRIDAY)
    assert told(database) == {(rung, city.contact)}


def test_a_reminder_whose_milestone_turns_overdue_is_replaced_not_settled(database, city):
    add_milestone(database, city, date(2024, 6, 18))
    scan(database, date(2024, 6, 17))
    deliver(database)
    scan(database, date(2024, 6, 19))
    assert told(database, date(2024, 6, 19)) == {("1", city.contact), ("1", city.head)}


def test_a_reminder_ended_by_a_new_baseline_says_so(database, city):
    milestone = add_milestone(database, city, date(2024, 6, 28))
    scan(database, FRIDAY)
    deliver(database)
    with database.writing() as db:
        db.get(Milestone, milestone).baseline = date(2025, 6, 28)
    scan(database, MONDAY)
    assert told(database, MONDAY) == {("settled", city.contact)}
    assert alert_of(database, milestone, "milestone_due").outcome == "moved"


@pytest.mark.slow
def test_a_pause_takes_its_days_off_the_clock(database, city):
    add_milestone(database, city, date(2024, 6, 3))
    with database.writing() as db:
        db.add(
            Pause(
                project_id=city.project, state=PauseState.ENDED, reason="防汛", starts_on=date(2024, 6, 11),
                ends_on=date(2024, 6, 14), asked_by="李工", asked_at=morning(FRIDAY), known_on=FRIDAY,
            )
        )  # fmt: skip
    day = date(2024, 6, 4)
    while not any(rung == "2" for rung, _ in told(database, day)):
        scan(database, day)
        deliver(database)
        day += timedelta(days=1)
        if any(rung == "2" for rung, _ in told(database, day - timedelta(days=1))):
            break
    assert day - timedelta(days=1) == date(2024, 6, 19)  # without the pause: 13 June


def test_acknowledging_is_quiet_for_that_person_and_does_not_stop_the_climb(database, city):
    milestone = add_milestone(database, city, date(2024, 6, 12))
    scan(database, date(2024, 6, 13))
    deliver(database)
    with database.writing() as db:
        alert = alert_of(database, milestone)
        db.add(AlertAck(alert_id=alert.id, person_id=city.office, episode=1, until=date(2024, 6, 25),
                        comment="已协调", at=morning(FRIDAY)))  # fmt: skip
    scan(database, FRIDAY)
    assert told(database, FRIDAY) == {("2", city.coordinator)}
    deliver(database)
    scan(database, date(2024, 6, 26))
    assert told(database, date(2024, 6, 26)) == {("2", city.office)}


@pytest.mark.slow
def test_a_snooze_is_quiet_for_all_until_its_date(database, city):
    milestone = add_milestone(database, city, THURSDAY)
    scan(database, THURSDAY)
    with database.writing() as db:
        db.execute(sa.update(Milestone).values(baseline=date(2024, 6, 19)))
    scan(database, FRIDAY)
    deliver(database)
    with database.writing() as db:
        alert = db.get(Alert, alert_of(database, milestone).id)
        alert.state, alert.snoozed_until = AlertState.SNOOZED, date(2024, 7, 10)
    scan(database, date(2024, 7, 10))
    assert told(database, date(2024, 7, 10)) == set()
    scan(database, date(2024, 7, 11))
    assert {rung for rung, _ in told(database, date(2024, 7, 11))} == {"2", "3"}


def test_who_is_missing_is_replaced_by_the_office_which_reads_who(database, city):
    add_milestone(database, city, THURSDAY)
    with database.writing() as db:
        db.get(Person, city.contact).left_on = date(2024, 6, 1)
    scan(database, FRIDAY)
    assert told(database) == {("1", city.head), ("1", city.office)}
    with database.reading() as db:
        missing = db.execute(
            sa.select(col(NotificationItem.missing)).where(
                col(NotificationItem.recipient_id) == city.office, col(NotificationItem.missing) != ""
            )
        ).scalars()
        assert set(missing) == {"contact"}


def test_a_contact_assigned_after_a_rung_was_told_hears_of_it_the_next_day(database, city):
    add_milestone(database, city, THURSDAY)
    with database.writing() as db:
        db.get(Person, city.contact).left_on = date(2024, 6, 1)
    scan(database, FRIDAY)
    deliver(database)
    with database.writing() as db:
        new = build.make_person(db, "新联系人", organisation_id=city.unit).id
        duty = build.make_duty(db, db.get(Project, city.project), kind=DutyKind.CONTACT, person_id=new)
        duty.starts_on = date(2024, 1, 1)  # entered late
    scan(database, MONDAY)
    assert told(database, MONDAY) == {("1", new)}
    deliver(database)
    scan(database, MONDAY + timedelta(days=1))
    assert told(database, MONDAY + timedelta(days=1)) == set()


def test_a_head_who_takes_office_hears_of_what_was_told_before(database, city):
    add_milestone(database, city, THURSDAY)
    scan(database, FRIDAY)
    deliver(database)
    with database.writing() as db:
        new = build.make_person(db, "新负责人", organisation_id=city.unit).id
        held = db.execute(sa.select(PostHolding).where(col(PostHolding.person_id) == city.head)).scalar_one()
        held.ends_on = FRIDAY
        db.add(PostHolding(post_id=held.post_id, person_id=new, starts_on=MONDAY))
    scan(database, MONDAY)
    assert told(database, MONDAY) == {("1", new)}


def test_what_nobody_at_all_could_be_told_stays_due_until_someone_can(database, city):
    add_milestone(database, city, THURSDAY)
    with database.writing() as db:
        for person in (city.contact, city.head, city.office):
            db.get(Person, person).left_on = date(2024, 6, 1)
    scan(database, FRIDAY)
    assert told(database) == set()
    with database.writing() as db:
        db.get(Person, city.office).left_on = None
    scan(database, MONDAY)
    assert told(database, MONDAY) == {("1", city.office)}
