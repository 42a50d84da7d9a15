"""Who comes to answer for something hears in the next digest, once, of the rungs told to others before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.alerts import mailing
from portfolio.alerts.delivery import outbox
from portfolio.alerts.desk import letters
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Alert, Notification, NotificationItem, Status
from portfolio.people import accounts, people, posts, roles
from portfolio.people.models import Person, Post, StandIn
from portfolio.people.people import PersonIn
from portfolio.people.roles import GrantIn
from portfolio.projects import duties, milestones, projects
from portfolio.projects.duties import DutyIn
from portfolio.projects.milestones import MilestoneChange
from portfolio.projects.models import Duty, DutyKind
from portfolio.projects.projects import ProjectChange
from tests import build
from tests.portfolio.alerts.city import SENDER, City, make_city, make_milestone, make_post, morning

pytestmark = pytest.mark.slow

DUE, FRIDAY, MONDAY = date(2024, 6, 12), date(2024, 6, 21), date(2024, 6, 24)  # on Friday rung 2 is told
TUESDAY = MONDAY + timedelta(days=1)
ME, ADMINISTRATOR = build.make_actor(), build.make_actor(Role.ADMINISTRATOR)


@dataclass
class Scene:
    """A city that was told of one overdue milestone up to rung 2, and someone new in it."""

    database: Any
    city: City
    milestone: int
    new: int = 0
    notes: dict[str, Any] = field(default_factory=dict)

    def tell(self, *days: date) -> set[tuple[str, int]]:
        """Let days go by, their mails arriving; returns what was told on the last."""
        told: set[tuple[str, int]] = set()
        for day in days:
            evaluate.scan(self.database, day, morning(day), owner="test", sender=SENDER)
            told = self._told(day)
            with self.database.writing() as db:
                pending = col(Notification.status) == Status.PENDING
                db.execute(sa.update(Notification).where(pending).values(status=Status.SENT))
        return told

    def _told(self, day: date) -> set[tuple[str, int]]:
        wanted = (
            sa.select(col(NotificationItem.rung), col(NotificationItem.recipient_id))
            .join(Alert, col(Alert.id) == col(NotificationItem.alert_id))
            .where(col(NotificationItem.period) == day, col(Alert.rule) == "milestone_overdue")
        )
        with self.database.reading() as db:
            return {(row.rung, row.recipient_id) for row in db.execute(wanted)}


@pytest.fixture
def scene(database):
    with database.writing() as db:
        city = make_city(db)
        made = Scene(database, city, make_milestone(db, city.project, DUE).id)
        made.new = build.make_person(db, "新来的人", organisation_id=city.unit).id
    made.tell(date(2024, 6, 13), FRIDAY)
    return made


def own_the_milestone(db, scene):
    milestones.correct(db, ME, MilestoneChange(id=scene.milestone, owner_person_id=scene.new), today=FRIDAY)


def own_the_milestone_by_a_unit(db, scene):
    bureau = build.make_organisation(db, "审批局")
    make_post(db, bureau, "head", db.get(Person, scene.new))
    change = MilestoneChange(id=scene.milestone, owner_organisation_id=bureau.id)
    milestones.correct(db, ME, change, today=FRIDAY)


def become_contact_as_entered_late(db, scene):
    filled = DutyIn(
        project_id=scene.city.project, kind=DutyKind.CONTACT, person_id=scene.new, starts_on=date(2024, 2, 1)
    )
    duties.assign(db, ME, filled, today=FRIDAY)


def answer_by_another_unit(db, scene):
    bureau = build.make_organisation(db, "接手的局")
    make_post(db, bureau, "head", db.get(Person, scene.new))
    filled = DutyIn(
        project_id=scene.city.project, kind=DutyKind.RESPONSIBLE_UNIT, organisation_id=bureau.id,
        starts_on=date(2024, 2, 1),
    )  # fmt: skip
    duties.assign(db, ME, filled, today=FRIDAY)


def become_head_as_entered_late(db, scene):
    post = db.execute(sa.select(Post).where(col(Post.kind) == "head")).scalar_one()
    posts.appoint(db, ADMINISTRATOR, post.id, scene.new, starts_on=date(2024, 2, 1))


def come_to_the_office(db, scene):
    account = build.make_account(db, db.get(Person, scene.new))
    given = GrantIn(role=Role.OFFICE, scope=ScopeKind.ALL, starts_on=date(2024, 2, 1))
    roles.give(db, ADMINISTRATOR, account.id, given, now=morning(FRIDAY))


def coordinate_where_the_project_moved_to(db, scene):
    sector = build.make_sector(db)
    unit = build.make_organisation(db)
    make_post(db, unit, "coordinator", db.get(Person, scene.new), scope=ScopeKind.SECTOR, scope_value=sector)
    projects.correct(db, ME, ProjectChange(id=scene.city.project, sector=sector), today=FRIDAY)


@pytest.mark.parametrize(
    ("hand_over", "rungs"),
    [
        pytest.param(own_the_milestone, {"1"}, id="a milestone's owner"),
        pytest.param(own_the_milestone_by_a_unit, {"1"}, id="the head of a unit that owns the milestone"),
        pytest.param(become_contact_as_entered_late, {"1"}, id="a contact entered months late"),
        pytest.param(answer_by_another_unit, {"1"}, id="the head of the unit that took over"),
        pytest.param(become_head_as_entered_late, {"1"}, id="a head entered months late"),
        pytest.param(come_to_the_office, {"2"}, id="someone of the office"),
        pytest.param(coordinate_where_the_project_moved_to, {"2"}, id="the coordinator of the new sector"),
    ],
)
def test_who_takes_over_hears_the_next_day_once(scene, hand_over, rungs):
    with scene.database.writing() as db:
        hand_over(db, scene)
    assert scene.tell(MONDAY) == {(rung, scene.new) for rung in rungs}
    assert scene.tell(TUESDAY) == set()


def test_who_took_over_long_ago_in_a_stop_hears_when_mails_go_out_again(scene):
    me, begins, ends = build.make_system_actor(), MONDAY, date(2024, 8, 5)
    with scene.database.writing() as db:
        mailing.stop(db, me, "系统切换", today=begins)
        project = projects.load(db, [scene.city.project])[scene.city.project]
        held = db.execute(sa.select(Duty).where(col(Duty.kind) == DutyKind.CONTACT)).scalar_one()
        held.ends_on = MONDAY
        build.make_duty(db, project, kind=DutyKind.CONTACT, person_id=scene.new, starts_on=TUESDAY)
    assert scene.tell(TUESDAY) == set()
    with scene.database.writing() as db:
        mailing.start(db, me, ends, today=ends)
    assert scene.tell(ends) == {("1", scene.new)}


def test_someone_new_in_the_office_hears_of_this_weeks_gap_before_the_next_week(scene):
    scene.tell(MONDAY)
    with scene.database.writing() as db:
        come_to_the_office(db, scene)
    wednesday = TUESDAY + timedelta(days=1)
    heard = []
    for day in (TUESDAY, wednesday):
        scene.tell(day)
        with scene.database.reading() as db:
            told = sa.select(col(NotificationItem.recipient_id)).where(
                col(NotificationItem.period) == day, col(NotificationItem.rung).like("week:%")
            )
            heard.append(set(db.execute(told).scalars()))
    assert heard == [{scene.new}, set()]


def second_contact(db, scene, **fields):
    """Someone who shares a place with one who can be reached: nobody is missing there."""
    person = db.get(Person, scene.new)
    for name, value in fields.items():
        setattr(person, name, value)
    project = projects.load(db, [scene.city.project])[scene.city.project]
    build.make_duty(db, project, kind=DutyKind.CONTACT, person_id=scene.new)


def repair_the_address(db, scene):
    person = db.get(Person, scene.new)
    filled = PersonIn(name=person.name, organisation_id=person.organisation_id, email="right@example.org")
    people.edit(db, ADMINISTRATOR, scene.new, filled)


def release_the_address(db, scene):
    letters.release(db, ADMINISTRATOR, db.get(Person, scene.new).email, now=morning(MONDAY, 4))


def enable_the_account(db, scene):
    accounts.enable(db, ADMINISTRATOR, scene.notes["account"])


def suppress(db, scene):
    outbox.suppress(db, db.get(Person, scene.new).email, morning(FRIDAY), "5.1.1", "test")


def disable(db, scene):
    account = build.make_account(db, db.get(Person, scene.new), disabled_at=morning(FRIDAY))
    scene.notes["account"] = account.id


def lose_the_address(db, scene):
    db.get(Person, scene.new).email = ""


Act = Callable[[Any, Scene], None]


@pytest.mark.parametrize(
    ("lost", "repaired"),
    [
        pytest.param(lose_the_address, repair_the_address, id="an address is corrected"),
        pytest.param(suppress, release_the_address, id="an address that bounced works again"),
        pytest.param(disable, enable_the_account, id="an account is opened again"),
    ],
)
def test_who_can_be_reached_again_hears_though_another_holds_the_place_too(
    scene, lost: Act, repaired: Act
) -> None:
    with scene.database.writing() as db:
        second_contact(db, scene)
        lost(db, scene)
    assert scene.tell(MONDAY) == set()
    with scene.database.writing() as db:
        repaired(db, scene)
    assert scene.tell(TUESDAY) == {("1", scene.new)}


def test_who_heard_as_a_stand_in_does_not_hear_again_as_the_successor(scene):
    with scene.database.writing() as db:
        db.add(
            StandIn(
                person_id=scene.city.head, stand_in_id=scene.new, starts_on=date(2024, 6, 1), ends_on=MONDAY
            )
        )
        make_milestone(db, scene.city.project, FRIDAY)
    assert ("1", scene.new) in scene.tell(MONDAY)
    with scene.database.writing() as db:
        post = db.execute(sa.select(Post).where(col(Post.kind) == "head")).scalar_one()
        posts.appoint(db, ADMINISTRATOR, post.id, scene.new, starts_on=TUESDAY)
    told = scene.tell(TUESDAY)
    assert told == {("1", scene.new)}  # of the milestone told to the old head before; not of Monday's again
    with scene.database.reading() as db:
        items = db.execute(
            sa.select(col(NotificationItem.alert_id)).where(
                col(NotificationItem.recipient_id) == scene.new, col(NotificationItem.rung) == "1"
            )
        ).scalars()
        found = list(items)
    assert len(found) == len(set(found))
