"""People are never erased: who leaves is shut out and lets go of what they held."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import col

from portfolio.access import Role
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.models import AuditEvent
from portfolio.people import directory, people, sessions
from portfolio.people.models import PostHolding, StandIn
from portfolio.people.people import PersonIn, StandInFor
from portfolio.people.posts import PostIn, PostKind, add, appoint
from tests.build import NOON, TODAY, make_account, make_actor, make_grant, make_organisation, make_person

OFFICE = make_actor()
TOMORROW, JULY = TODAY + timedelta(1), date(2024, 7, 15)


def leave(db, person, on=TODAY, actor=OFFICE):
    people.leave(db, actor, person.id, on=on, now=NOON, reason="调任")


def stand_in(db, person, other, starts_on=TODAY, ends_on=None):
    filled = StandInFor(stand_in_id=other.id, starts_on=starts_on, ends_on=ends_on)
    return people.set_stand_in(db, OFFICE, person.id, filled)


def trail(db):
    return list(db.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id))).scalars())


def test_a_person_is_added_and_found_by_pinyin(db):
    unit = make_organisation(db, "市水利局")
    people.add(db, OFFICE, PersonIn(name="李建国", email="li@example.org", organisation_id=unit.id))
    for words in ("李", "lijianguo", "li@", "水利 李", "LIJIAN"):
        assert [row.name for row in directory.people_list(db, TODAY, words)] == ["李建国"]
    assert directory.people_list(db, TODAY, "王") == []


@pytest.mark.parametrize(
    "email", ["li", "li@", "li@example", "li @example.org", "a@b.cn, c@d.cn", "<a@b.cn>"]
)
def test_what_is_no_address_is_refused(email):
    with pytest.raises(ValidationError):
        PersonIn(name="李工", email=email)


def test_a_change_leaves_before_and_after_on_the_trail(db):
    person = make_person(db, "李工", email="old@example.org")
    people.edit(db, OFFICE, person.id, PersonIn(name="李工", email="new@example.org", version=1))
    (event,) = trail(db)
    assert (event.before, event.after) == ('{"email": "old@example.org"}', '{"email": "new@example.org"}')


def test_sent_again_it_changes_nothing_and_an_old_page_is_refused(db):
    person = make_person(db, "李工", email="")
    people.edit(db, OFFICE, person.id, PersonIn(name="李高工", version=1))
    people.edit(db, OFFICE, person.id, PersonIn(name="李高工", version=1))
    assert (person.version, len(trail(db))) == (2, 1)
    with pytest.raises(Conflict):
        people.edit(db, OFFICE, person.id, PersonIn(name="李总工", version=1))


def test_an_unknown_unit_is_refused_and_names_its_field(db):
    with pytest.raises(Invalid) as refused:
        people.add(db, OFFICE, PersonIn(name="李工", organisation_id=99))
    assert set(refused.value.fields) == {"organisation_id"}


def test_the_office_gets_at_no_administrators_address(db):
    chief = make_person(db)
    make_grant(db, make_account(db, chief), Role.ADMINISTRATOR)
    with pytest.raises(Refused):
        people.edit(db, OFFICE, chief.id, PersonIn(name=chief.name, email="mine@example.org"))
    with pytest.raises(Refused):
        leave(db, chief)
    assert chief.left_on is None


def test_who_leaves_lets_go_of_posts_stand_ins_accounts_and_sessions(db):
    leaver, other = make_person(db), make_person(db)
    account = make_account(db, leaver)
    token = sessions.start(db, account.id, NOON)
    post = add(db, OFFICE, PostIn(organisation_id=make_organisation(db).id, kind=PostKind.HEAD))
    holding = appoint(db, OFFICE, post.id or 0, leaver.id, starts_on=date(2024, 1, 1))
    standing_in = stand_in(db, other, leaver)
    leave(db, leaver)
    assert (leaver.left_on, holding.ends_on, standing_in.ends_on) == (TODAY, TODAY, TODAY)
    assert account.disabled_at == NOON
    assert sessions.find(db, token, NOON) is None


def test_what_had_ended_before_keeps_its_end(db):
    leaver, before = make_person(db), date(2023, 6, 1)
    post = add(db, OFFICE, PostIn(organisation_id=make_organisation(db).id, kind=PostKind.HEAD))
    held = {"post_id": post.id, "person_id": leaver.id, "starts_on": date(2023, 1, 1), "ends_on": before}
    db.execute(sa.insert(PostHolding).values(**held))
    leave(db, leaver)
    assert db.execute(sa.select(col(PostHolding.ends_on))).scalar_one() == before


def test_leaving_twice_is_leaving_once(db):
    leaver = make_person(db)
    leave(db, leaver)
    leave(db, leaver, on=JULY)
    assert (leaver.left_on, len(trail(db))) == (TODAY, 1)


def test_who_left_stands_last_in_the_list_and_stays_there(db):
    gone, here = make_person(db, "安工"), make_person(db, "张工")
    leave(db, gone)
    assert [row.name for row in directory.people_list(db, TODAY)] == ["张工", "安工"]
    assert here.left_on is None


def test_two_stand_ins_never_share_a_day(db):
    person, one, other = (make_person(db) for _ in range(3))
    stand_in(db, person, one, TODAY, JULY)
    for starts, ends in ((TODAY, None), (JULY, JULY), (date(2024, 1, 1), TODAY), (date(2024, 1, 1), None)):
        with pytest.raises(Conflict):
            stand_in(db, person, other, starts, ends)
    stand_in(db, person, other, JULY + timedelta(1))


def test_nobody_stands_in_for_oneself_or_backwards(db):
    person, other = make_person(db), make_person(db)
    with pytest.raises(Invalid):
        stand_in(db, person, person)
    with pytest.raises(Invalid):
        stand_in(db, person, other, JULY, TODAY)


def test_a_stand_in_that_is_called_off_before_it_begins_never_comes_into_force(db):
    person, one, other = (make_person(db) for _ in range(3))
    row = stand_in(db, person, one, JULY)
    people.end_stand_in(db, OFFICE, person.id, row.id or 0, on=TODAY)
    assert [each for each in directory.stand_ins(db, person.id, JULY) if each.name] == []
    stand_in(db, person, other, TODAY)


def test_a_stand_in_is_ended_by_its_own_person_only(db):
    person, one, other = (make_person(db) for _ in range(3))
    row = stand_in(db, person, one)
    with pytest.raises(NotFound):
        people.end_stand_in(db, OFFICE, other.id, row.id or 0, on=TODAY)
    people.end_stand_in(db, OFFICE, person.id, row.id or 0, on=TOMORROW)
    assert db.get(StandIn, row.id).ends_on == TOMORROW


@pytest.mark.parametrize("role", [Role.LEADER, Role.COORDINATOR, Role.AUDITOR, Role.VIEWER])
def test_only_those_who_manage_people_change_people(sqlite_db, role):
    person, actor = make_person(sqlite_db), make_actor(role)
    with pytest.raises(Refused):
        people.add(sqlite_db, actor, PersonIn(name="新人"))
    with pytest.raises(Refused):
        people.edit(sqlite_db, actor, person.id, PersonIn(name="改名"))
    with pytest.raises(Refused):
        leave(sqlite_db, person, actor=actor)


def test_a_person_that_is_not_there_is_not_found(sqlite_db):
    with pytest.raises(NotFound):
        people.get(sqlite_db, 7)
    with pytest.raises(NotFound):
        directory.posts_of(sqlite_db, 7, TODAY)
