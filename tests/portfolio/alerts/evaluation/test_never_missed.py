"""Never missed by a day: a table of the days on which something is easily missed, each with what must be told.

A threshold is 'at most N days to go and this rung not yet told', never 'exactly N days'. Thursday 20 June 2024 is
an ordinary working day; 8–10 June and 15–17 September are off, 14 September is worked.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import ScopeKind
from portfolio.alerts import mailing
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Alert, AlertAck, AlertState, Notification, NotificationItem, Status
from portfolio.people.models import Person, PostHolding, StandIn
from portfolio.projects.models import DutyKind, Milestone, Pause, PauseState, Project
from portfolio.projects.rules.dates import Precision
from tests import build
from tests.portfolio.alerts.city import SENDER, City, make_city, make_milestone, make_post, morning

pytestmark = pytest.mark.slow


def june(number: int) -> date:
    return date(2024, 6, number)


@dataclass
class Scene:
    """A city in which days go by: each is evaluated, and its mails arrive."""

    db: Any
    city: City
    told: dict[date, set[tuple[str, str]]] = field(default_factory=dict)

    def pass_days(self, *days: date) -> None:
        for day in days:
            evaluate.scan(self.db, day, morning(day), owner="test", sender=SENDER)
            self.told[day] = self._told(day)
            with self.db.writing() as db:
                db.execute(
                    sa.update(Notification)
                    .where(col(Notification.status) == Status.PENDING)
                    .values(status=Status.SENT, sent_at=morning(day))
                )

    def milestone(self, baseline: date | None, **fields: Any) -> int:
        with self.db.writing() as db:
            return int(make_milestone(db, self.city.project, baseline, **fields).id)

    def change(self, table: Any, key: int, **values: Any) -> None:
        with self.db.writing() as db:
            row = db.get(table, key)
            for name, value in values.items():
                setattr(row, name, value)

    def add(self, row: Any) -> None:
        with self.db.writing() as db:
            db.add(row)

    def _told(self, day: date) -> set[tuple[str, str]]:
        """What is told on a day of milestones: rung and whom."""
        wanted = (
            sa.select(col(NotificationItem.rung), col(NotificationItem.recipient_id))
            .join(Alert, col(Alert.id) == col(NotificationItem.alert_id))
            .where(
                col(NotificationItem.period) == day,
                col(Alert.rule).in_(("milestone_overdue", "milestone_due")),
            )
        )
        names = {number: name for name, number in vars(self.city).items() if name not in ("project", "unit")}
        with self.db.reading() as db:
            return {
                (row.rung, names.get(row.recipient_id, str(row.recipient_id))) for row in db.execute(wanted)
            }


FIRST = {("1", "contact"), ("1", "head")}


@pytest.fixture
def scene(sqlite_database):
    with sqlite_database.writing() as db:
        return Scene(sqlite_database, make_city(db))


@pytest.mark.parametrize(
    ("entered_on", "due", "expected"),
    [
        pytest.param(june(20), june(20) + timedelta(days=30), "due30", id="exactly thirty days ahead"),
        pytest.param(june(20), june(20) + timedelta(days=29), "due30", id="entered a day after the reminder"),
        pytest.param(june(20), june(27), "due7", id="entered seven days ahead"),
        pytest.param(june(20), june(23), "due7", id="entered three days ahead"),
        pytest.param(june(20), june(21), "due1", id="entered the day before"),
        pytest.param(june(20), june(20), "due1", id="entered on the very day"),
        pytest.param(june(20), june(19), "1", id="entered the day after"),
        pytest.param(june(20), date(2022, 1, 1), "1", id="entered two years late"),
        pytest.param(june(20), june(20) + timedelta(days=31), None, id="thirty-one days ahead"),
    ],
)
def test_an_item_is_told_however_late_it_was_entered(scene, entered_on, due, expected):
    scene.pass_days(entered_on - timedelta(days=1))
    scene.milestone(due)
    scene.pass_days(entered_on)
    assert {rung for rung, _who in scene.told[entered_on]} == ({expected} if expected else set())


@pytest.mark.parametrize(
    ("due", "day", "expected"),
    [
        pytest.param(june(7), june(11), FIRST, id="due before the bridge of 8 to 10 June, told after it"),
        pytest.param(june(8), june(11), FIRST, id="due on a day off"),
        pytest.param(date(2024, 9, 13), date(2024, 9, 14), FIRST, id="told on a Saturday that is worked"),
        pytest.param(date(2024, 9, 14), date(2024, 9, 18), FIRST, id="due before the mid-autumn days off"),
        pytest.param(june(21), june(24), FIRST, id="due on Friday, told on Monday"),
    ],
)
def test_days_off_move_the_telling_to_the_next_working_day(scene, due, day, expected):
    scene.milestone(due)
    first = due - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((day - first).days + 1)]
    scene.pass_days(*days)
    assert scene.told[day] == expected
    assert all(not any(rung == "1" for rung, _who in scene.told[each]) for each in days[:-1])


@pytest.mark.parametrize(
    "following",
    [
        pytest.param(june(24), id="Friday without a run"),
        pytest.param(june(26), id="three working days without a run"),
    ],
)
def test_days_without_a_run_are_caught_up_by_the_next(scene, following):
    scene.milestone(june(20))
    scene.pass_days(june(20), following)
    assert scene.told[following] == FIRST


def test_a_rung_that_fell_on_a_day_without_a_run_is_told_by_the_next(scene):
    scene.milestone(june(20))
    scene.pass_days(june(20), june(21))
    scene.pass_days(date(2024, 7, 3))  # the seventh working day was 1 July
    assert scene.told[date(2024, 7, 3)] == {("2", "coordinator"), ("2", "office")}


@pytest.mark.parametrize(
    ("moved_to", "day", "expected"),
    [
        pytest.param(june(10), june(21), FIRST, id="moved back into the past"),
        pytest.param(june(25), june(21), {("due7", "contact")}, id="moved nearer"),
        pytest.param(june(20), june(21), FIRST, id="moved to yesterday"),
    ],
)
def test_a_changed_baseline_is_told_the_next_working_day(scene, moved_to, day, expected):
    milestone = scene.milestone(date(2024, 12, 31))
    scene.pass_days(june(20))
    scene.change(Milestone, milestone, baseline=moved_to)
    scene.pass_days(day)
    assert scene.told[day] == expected


@pytest.mark.parametrize(
    ("precision", "last_day"),
    [
        pytest.param(Precision.DAY, june(20), id="to the day"),
        pytest.param(Precision.MONTH, june(30), id="to the month: due on its last day"),
        pytest.param(Precision.HALF, june(30), id="to the half year"),
        pytest.param(Precision.YEAR, date(2023, 12, 31), id="to the year"),
    ],
)
def test_a_coarse_date_is_due_on_its_last_day_and_not_a_day_before(scene, precision, last_day):
    scene.milestone(last_day, baseline_precision=precision, first_baseline_precision=precision)
    with scene.db.writing() as db:
        mailing_start = last_day - timedelta(days=20)
        db.execute(
            sa.text("UPDATE setting SET value = :day WHERE key = 'alerts.mail_start'"),
            {"day": mailing_start.isoformat()},
        )
    first_overdue = last_day + timedelta(days=1)
    while first_overdue.weekday() > 4 or first_overdue == date(2024, 1, 1):
        first_overdue += timedelta(days=1)
    scene.pass_days(last_day, first_overdue)
    assert not any(rung == "1" for rung, _who in scene.told[last_day])
    assert scene.told[first_overdue] == FIRST


def test_what_fell_into_a_stop_is_told_when_mails_go_out_again(scene):
    with scene.db.writing() as db:
        mailing.stop(db, build.make_system_actor(), "系统切换", today=june(20))
    scene.milestone(june(20))
    scene.pass_days(june(20), june(21), june(24), june(25))
    with scene.db.writing() as db:
        mailing.start(db, build.make_system_actor(), june(26), today=june(26))
    scene.pass_days(june(26))
    assert [scene.told[june(day)] for day in (21, 24, 25)] == [set(), set(), set()]
    assert scene.told[june(26)] == FIRST


def test_what_became_due_in_a_snooze_is_told_the_day_after_it(scene):
    milestone = scene.milestone(june(20))
    scene.pass_days(june(20), june(21))
    with scene.db.writing() as db:
        alert = db.execute(
            sa.select(Alert).where(col(Alert.subject_id) == milestone, col(Alert.rule) == "milestone_overdue")
        ).scalar_one()
        alert.state, alert.snoozed_until = AlertState.SNOOZED, date(2024, 7, 2)
    scene.pass_days(date(2024, 7, 1), date(2024, 7, 2), date(2024, 7, 3))
    assert scene.told[date(2024, 7, 1)] == scene.told[date(2024, 7, 2)] == set()
    assert scene.told[date(2024, 7, 3)] == {("2", "coordinator"), ("2", "office")}


def test_what_became_due_while_someone_had_taken_note_is_told_the_day_after(scene):
    milestone = scene.milestone(june(20))
    scene.pass_days(june(20), june(21))
    with scene.db.writing() as db:
        alert = db.execute(
            sa.select(Alert).where(col(Alert.subject_id) == milestone, col(Alert.rule) == "milestone_overdue")
        ).scalar_one()
        db.add(
            AlertAck(
                alert_id=alert.id,
                person_id=scene.city.office,
                episode=1,
                until=date(2024, 7, 2),
                at=morning(june(21)),
            )
        )
    scene.pass_days(
        *(june(day) for day in range(24, 31)), date(2024, 7, 1), date(2024, 7, 2), date(2024, 7, 3)
    )
    assert scene.told[date(2024, 7, 1)] == {("2", "coordinator")}
    assert scene.told[date(2024, 7, 3)] == {("2", "office")}


def test_the_days_of_a_pause_count_for_nothing_and_the_first_after_it_does(scene):
    scene.milestone(june(20))
    scene.add(
        Pause(
            project_id=scene.city.project,
            state=PauseState.ENDED,
            starts_on=june(21),
            ends_on=june(25),
            reason="汛期",
            asked_by="联系人",
            asked_at=morning(june(20)),
            known_on=june(20),
        )
    )
    scene.pass_days(*(june(day) for day in range(20, 27)))
    assert all(scene.told[june(day)] == set() for day in (21, 24, 25))
    assert scene.told[june(26)] == FIRST


def test_a_stand_in_is_told_instead_and_the_principal_not_twice(scene):
    with scene.db.writing() as db:
        other = build.make_person(db, "代理人", organisation_id=scene.city.unit).id
        db.add(StandIn(person_id=scene.city.contact, stand_in_id=other, starts_on=june(1), ends_on=june(21)))
    scene.milestone(june(20))
    scene.pass_days(june(20), june(21), june(24))
    assert scene.told[june(21)] == {("1", str(other)), ("1", "head")}
    assert scene.told[june(24)] == set()


def test_in_place_of_someone_who_left_the_office_is_told_and_then_the_successor(scene):
    scene.change(Person, scene.city.contact, left_on=june(1))
    scene.milestone(june(20))
    scene.pass_days(june(20), june(21))
    assert scene.told[june(21)] == {("1", "office"), ("1", "head")}
    with scene.db.writing() as db:
        new = build.make_person(db, "继任", organisation_id=scene.city.unit).id
        build.make_duty(db, db.get(Project, scene.city.project), kind=DutyKind.CONTACT, person_id=new)
    scene.pass_days(june(24), june(25))
    assert scene.told[june(24)] == {("1", str(new))}
    assert scene.told[june(25)] == set()


def test_a_coordinator_who_takes_office_between_two_rungs_hears_of_the_one_told(scene):
    scene.milestone(june(20))
    scene.pass_days(june(20), june(21), date(2024, 7, 1))
    with scene.db.writing() as db:
        new = build.make_person(db, "新联络员", organisation_id=scene.city.unit)
        old = db.execute(
            sa.select(PostHolding).where(col(PostHolding.person_id) == scene.city.coordinator)
        ).scalar_one()
        old.ends_on = date(2024, 7, 1)
        post = make_post(db, _unit(db, scene), "coordinator", new, scope=ScopeKind.ALL)
        held = db.execute(sa.select(PostHolding).where(col(PostHolding.post_id) == post.id)).scalar_one()
        held.starts_on = date(2024, 7, 2)
        number = new.id
    scene.pass_days(date(2024, 7, 2))
    assert scene.told[date(2024, 7, 2)] == {("2", str(number))}


def _unit(db, scene):
    return db.execute(sa.text("SELECT id FROM organisation WHERE id = :id"), {"id": scene.city.unit}).one()


def test_an_address_that_bounced_moves_the_item_to_the_office_and_back_when_it_works_again(scene):
    scene.change(Person, scene.city.head, email="")
    scene.milestone(june(20))
    scene.pass_days(june(20), june(21))
    assert scene.told[june(21)] == {("1", "contact"), ("1", "office")}
    scene.change(Person, scene.city.head, email="head@example.org")
    scene.pass_days(june(24))
    assert scene.told[june(24)] == {("1", "head")}
