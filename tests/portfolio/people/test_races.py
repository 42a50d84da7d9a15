"""Two administrators at once: what must hold of units, posts and rights holds whoever commits first."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, Invalid
from portfolio.people import accounts, organisations, people, posts, roles
from portfolio.people.accounts import AccountIn
from portfolio.people.models import Organisation, PostHolding, RoleGrant, StandIn
from portfolio.people.organisations import OrganisationIn
from portfolio.people.people import PersonIn, StandInFor
from portfolio.people.posts import PostIn, PostKind
from portfolio.people.roles import GrantIn
from tests.build import NOON, TODAY, make_account, make_actor, make_grant, make_organisation, make_person
from tests.racing import second_of_two

pytestmark = pytest.mark.slow  # each waits a moment for the other
ADMINISTRATOR = make_actor(Role.ADMINISTRATOR)


def made(database, make, *arguments, **fields) -> Any:
    with database.writing() as db:
        return make(db, *arguments, **fields).id


def count(database, column, *where) -> Any:
    with database.reading() as db:
        return db.execute(sa.select(sa.func.count(column)).where(*where)).scalar_one()


def test_of_two_who_edit_what_both_saw_the_second_is_told(database):
    unit = made(database, make_organisation, "水务局")

    def named(name):
        filled = OrganisationIn(name=name, version=1)
        return lambda db: organisations.edit(db, ADMINISTRATOR, unit, filled)

    assert isinstance(second_of_two(database, named("市水务局"), named("水利局")), Conflict)
    with database.reading() as db:
        assert db.get(Organisation, unit).name == "市水务局"


def test_the_same_of_a_person(database):
    person = made(database, make_person, "李工")

    def named(name):
        filled = PersonIn(name=name, version=1)
        return lambda db: people.edit(db, ADMINISTRATOR, person, filled)

    assert isinstance(second_of_two(database, named("李伟"), named("李强")), Conflict)


def test_two_units_moved_under_each_other_make_no_ring(database):
    one, other = made(database, make_organisation, "一局"), made(database, make_organisation, "二局")

    def under(unit, name, parent):
        filled = OrganisationIn(name=name, parent_id=parent)
        return lambda db: organisations.edit(db, ADMINISTRATOR, unit, filled)

    told = second_of_two(database, under(one, "一局", other), under(other, "二局", one))
    assert isinstance(told, Invalid | Conflict)


def test_one_name_is_given_once(database):
    def add(db):
        organisations.add(db, ADMINISTRATOR, OrganisationIn(name="水务局"))

    assert isinstance(second_of_two(database, add, add), Invalid)
    assert count(database, col(Organisation.id)) == 1


def test_a_post_has_one_holder(database):
    unit = made(database, make_organisation)
    post = made(database, posts.add, ADMINISTRATOR, PostIn(organisation_id=unit, kind=PostKind.HEAD))
    one, other = made(database, make_person, "李工"), made(database, make_person, "王工")

    def appoint(person):
        return lambda db: posts.appoint(db, ADMINISTRATOR, post, person, starts_on=TODAY)

    second_of_two(database, appoint(one), appoint(other))
    assert count(database, col(PostHolding.id), col(PostHolding.post_id) == post) == 1


def test_a_person_has_one_stand_in_at_a_time(database):
    who, one, other = (made(database, make_person, name) for name in ("李工", "王工", "张工"))

    def stands_in(person):
        filled = StandInFor(stand_in_id=person, starts_on=TODAY)
        return lambda db: people.set_stand_in(db, ADMINISTRATOR, who, filled)

    assert isinstance(second_of_two(database, stands_in(one), stands_in(other)), Conflict)
    assert count(database, col(StandIn.id)) == 1


def test_two_administrators_who_shut_each_other_out_do_not_leave_nobody(database):
    def administrator(db):
        account = make_account(db)
        make_grant(db, account, Role.ADMINISTRATOR)
        return account

    one, other = made(database, administrator), made(database, administrator)
    told = second_of_two(
        database,
        lambda db: accounts.disable(db, ADMINISTRATOR, one, now=NOON),
        lambda db: accounts.disable(db, ADMINISTRATOR, other, now=NOON),
    )
    assert isinstance(told, Conflict)


def test_a_right_is_given_once(database):
    account = made(database, make_account)
    filled = GrantIn(role=Role.VIEWER, scope=ScopeKind.ALL, starts_on=TODAY)

    def give(db):
        roles.give(db, ADMINISTRATOR, account, filled, now=NOON)

    assert isinstance(second_of_two(database, give, give), Conflict)
    assert count(database, col(RoleGrant.id)) == 1


def test_a_login_is_given_once(database):
    one, other = made(database, make_person, "李工"), made(database, make_person, "王工")

    def add(person):
        filled = AccountIn(login="li", person_id=person)
        return lambda db: accounts.add(db, ADMINISTRATOR, filled, now=NOON)

    assert isinstance(second_of_two(database, add(one), add(other)), Invalid)


@pytest.mark.parametrize("looked_first", [False, True])
def test_who_leaves_takes_no_post_any_more(database, looked_first):
    unit = made(database, make_organisation)
    post = made(database, posts.add, ADMINISTRATOR, PostIn(organisation_id=unit, kind=PostKind.HEAD))
    person = made(database, make_person, "李工")

    def appoint(db):
        if looked_first:
            people.get(db, person)
        posts.appoint(db, ADMINISTRATOR, post, person, starts_on=TODAY)

    told = second_of_two(
        database, lambda db: people.leave(db, ADMINISTRATOR, person, on=TODAY, now=NOON), appoint
    )
    assert isinstance(told, Conflict)
