"""Posts outlive their holders; on any day there is one holder at most."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col

from portfolio import installation
from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.models import AuditEvent
from portfolio.people import people, posts
from portfolio.people.models import Post, PostHolding
from portfolio.people.posts import PostIn, PostKind
from tests.build import NOON, TODAY, make_actor, make_organisation, make_person

OFFICE = make_actor()
SPRING, AUTUMN = date(2024, 4, 1), date(2024, 10, 1)


def post(db, kind=PostKind.HEAD, **fields) -> Post:
    filled = PostIn(organisation_id=make_organisation(db).id, kind=kind, **fields)
    return posts.add(db, OFFICE, filled)


def appointed(db, to, person, starts_on=SPRING):
    return posts.appoint(db, OFFICE, to.id, person.id, starts_on=starts_on)


def holders(db, of, day):
    statement = sa.select(col(PostHolding.person_id)).where(
        col(PostHolding.post_id) == of.id,
        col(PostHolding.starts_on) <= day,
        sa.or_(col(PostHolding.ends_on).is_(None), col(PostHolding.ends_on) >= day),
    )
    return list(db.execute(statement).scalars())


def test_the_next_holder_takes_over_the_day_after_the_last_left(db):
    of, old, new = post(db), make_person(db), make_person(db)
    appointed(db, of, old)
    appointed(db, of, new, TODAY)
    assert holders(db, of, TODAY - timedelta(1)) == [old.id]
    assert holders(db, of, TODAY) == [new.id]


def test_a_mistake_of_the_same_day_leaves_one_holder_and_a_trace(db):
    of, wrong, right = post(db), make_person(db), make_person(db)
    appointed(db, of, wrong)
    appointed(db, of, right)
    assert holders(db, of, SPRING) == [right.id]
    event = db.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id).desc())).scalars().first()
    assert (event.before, event.after) == (f'{{"person_id": {wrong.id}}}', f'{{"person_id": {right.id}}}')


def test_appointing_the_holder_again_changes_nothing(db):
    of, person = post(db), make_person(db)
    assert appointed(db, of, person, TODAY) is appointed(db, of, person, TODAY)
    assert len(holders(db, of, TODAY)) == 1


def test_one_who_was_arranged_for_later_stands_in_the_way(db):
    of = post(db)
    appointed(db, of, make_person(db), AUTUMN)
    with pytest.raises(Conflict, match="已经安排"):
        appointed(db, of, make_person(db), TODAY)


def test_a_vacated_post_stays_empty_until_someone_is_appointed(db):
    of, person = post(db), make_person(db)
    appointed(db, of, person)
    posts.vacate(db, OFFICE, of.id or 0, on=TODAY)
    assert holders(db, of, TODAY + timedelta(1)) == []
    with pytest.raises(Conflict, match="没有人"):
        posts.vacate(db, OFFICE, of.id or 0, on=TODAY + timedelta(1))
    appointed(db, of, person, TODAY + timedelta(1))
    assert holders(db, of, TODAY + timedelta(1)) == [person.id]


def test_a_closed_post_lets_its_holder_go_and_takes_nobody(db):
    of = post(db)
    appointed(db, of, make_person(db))
    posts.close(db, OFFICE, of.id or 0, on=TODAY)
    posts.close(db, OFFICE, of.id or 0, on=AUTUMN)
    assert of.closed_on == TODAY
    assert holders(db, of, TODAY + timedelta(1)) == []
    with pytest.raises(Conflict, match="已撤销"):
        appointed(db, of, make_person(db), AUTUMN)


def test_who_left_takes_no_post(db):
    with pytest.raises(Conflict, match="已离任"):
        appointed(db, post(db), make_person(db, left_on=SPRING))


def test_who_leaves_never_takes_what_was_arranged_for_later_and_another_may(db):
    of, leaver, other = post(db), make_person(db), make_person(db)
    appointed(db, of, leaver, AUTUMN)
    people.leave(db, OFFICE, leaver.id, on=TODAY, now=NOON)
    assert holders(db, of, AUTUMN) == []
    appointed(db, of, other, TODAY)
    assert holders(db, of, AUTUMN) == [other.id]


def test_a_chief_is_named_by_the_setting_and_replaced_by_a_later_one(db):
    first, second = post(db, PostKind.CHIEF), post(db, PostKind.CHIEF)
    assert installation.get(db, posts.CHIEF) == str(second.id)
    posts.make_chief(db, OFFICE, first.id or 0)
    assert installation.get(db, posts.CHIEF) == str(first.id)
    with pytest.raises(NotFound):
        posts.make_chief(db, OFFICE, 999)


@pytest.mark.parametrize(
    "fields", [{"scope": ScopeKind.DISTRICT}, {"scope_value": "410102"}, {"scope": ScopeKind.SECTOR}]
)
def test_a_scope_and_its_object_go_together(db, fields):
    with pytest.raises(Invalid) as refused:
        post(db, PostKind.COORDINATOR, **fields)
    assert set(refused.value.fields) == {"scope_value"}


def test_a_post_belongs_to_its_unit(db):
    of = post(db)
    assert posts.of_unit(db, of.organisation_id, of.id or 0) is of
    with pytest.raises(NotFound):
        posts.of_unit(db, make_organisation(db).id, of.id or 0)


@pytest.mark.parametrize("role", [Role.LEADER, Role.COORDINATOR, Role.AUDITOR])
def test_only_those_who_manage_people_fill_posts(sqlite_db, role):
    of, person, actor = post(sqlite_db), make_person(sqlite_db), make_actor(role)
    with pytest.raises(Refused):
        posts.appoint(sqlite_db, actor, of.id or 0, person.id, starts_on=TODAY)
    with pytest.raises(Refused):
        posts.make_chief(sqlite_db, actor, of.id or 0)
    assert holders(sqlite_db, of, TODAY) == []


days = st.dates(date(2024, 6, 1), date(2024, 6, 30))
acts = st.lists(st.tuples(st.integers(0, 3), days), max_size=8)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(acts)
def test_on_no_day_two_hold_one_post_whatever_was_arranged(sqlite_db, acts):
    of, three = post(sqlite_db), [make_person(sqlite_db) for _ in range(3)]
    for who, day in acts:
        try:
            if who == 3:
                posts.vacate(sqlite_db, OFFICE, of.id or 0, on=day)
            else:
                appointed(sqlite_db, of, three[who], day)
        except Conflict:
            continue
    june = [date(2024, 5, 31) + timedelta(n) for n in range(32)]
    assert [day for day in june if len(holders(sqlite_db, of, day)) > 1] == []
