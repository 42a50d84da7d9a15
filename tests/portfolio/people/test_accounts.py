from datetime import timedelta

import pytest

from portfolio.access import Role, ScopeKind, Way
from portfolio.errors import Conflict, Invalid, Refused
from portfolio.people import accounts, people, roles, sessions, tokens
from portfolio.people.accounts import AccountIn
from portfolio.people.people import PersonIn
from portfolio.people.roles import GrantIn
from tests.build import NOON, TODAY, make_account, make_actor, make_grant, make_organisation, make_person

ADMINISTRATOR = make_actor(Role.ADMINISTRATOR)
OFFICE = make_actor(Role.OFFICE, account_id=None)


def act(db, account, today=TODAY):
    return accounts.actor_for(db, account.id, today=today, way=Way.PAGE)


def test_an_actor_holds_the_rights_that_are_valid_today(db):
    account = make_account(db)
    make_grant(db, account, Role.VIEWER)
    make_grant(db, account, Role.ACCOUNTANT, ends_on=TODAY - timedelta(days=1))
    make_grant(db, account, Role.LEADER, starts_on=TODAY + timedelta(days=1))
    assert [grant.role for grant in act(db, account).grants] == [Role.VIEWER]


def test_a_disabled_account_acts_no_more_and_its_sessions_and_links_are_worthless(db):
    account = make_account(db)
    token = sessions.start(db, account.id, NOON)
    link = tokens.issue(db, account.id, tokens.TokenPurpose.FIRST, NOON)
    accounts.disable(db, ADMINISTRATOR, account.id, now=NOON)
    assert act(db, account) is None
    assert sessions.find(db, token, NOON) is None
    with pytest.raises(Exception, match="链接"):
        tokens.consume(db, link, NOON)


def test_the_last_administrator_cannot_be_disabled(db):
    account = make_account(db)
    make_grant(db, account, Role.ADMINISTRATOR)
    with pytest.raises(Conflict, match="最后一个"):
        accounts.disable(db, ADMINISTRATOR, account.id, now=NOON)


def test_someone_who_left_acts_no_more(db):
    account = make_account(db, make_person(db, left_on=TODAY - timedelta(days=1)))
    assert act(db, account) is None


def test_a_login_or_an_address_that_is_one_persons_alone_finds_the_account(db):
    account = make_account(db, make_person(db, email="Li@Example.org"), login="LiGong")
    make_account(db, make_person(db, email="shared@example.org"))
    make_account(db, make_person(db, email="shared@example.org"))
    assert accounts.find(db, "ligong") == accounts.find(db, "li@example.org") == account
    assert accounts.find(db, "shared@example.org") is None
    assert accounts.find(db, "") is None


def test_a_login_is_unique_whatever_its_case(db):
    make_account(db, login="wang")
    with pytest.raises(Invalid):
        accounts.add(db, ADMINISTRATOR, AccountIn(login="Wang", person_id=make_person(db).id), now=NOON)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_the_office_gets_at_no_administrators_account(db, role):
    person = make_person(db)
    account = make_account(db, person)
    grant = make_grant(db, account, role)
    tries = [
        lambda: accounts.issue_link(db, OFFICE, account.id, now=NOON),
        lambda: accounts.disable(db, OFFICE, account.id, now=NOON),
        lambda: people.edit(
            db, OFFICE, person.id, PersonIn(name=person.name, email="thief@example.org", version=1)
        ),
        lambda: people.leave(db, OFFICE, person.id, on=TODAY, now=NOON),
        lambda: roles.end(db, OFFICE, account.id, grant.id, today=TODAY, now=NOON),
    ]
    for attempt in tries:
        with pytest.raises(Refused):
            attempt()


def test_the_office_gives_business_roles_but_neither_administrators_nor_its_own(db):
    account = make_account(db)
    given = roles.give(db, OFFICE, account.id, GrantIn(role=Role.LEADER, starts_on=TODAY), now=NOON)
    assert given.role is Role.LEADER
    with pytest.raises(Refused):
        roles.give(db, OFFICE, account.id, GrantIn(role=Role.ADMINISTRATOR, starts_on=TODAY), now=NOON)
    me = make_actor(Role.OFFICE, account_id=account.id)
    with pytest.raises(Refused):
        roles.give(db, me, account.id, GrantIn(role=Role.ACCOUNTANT, starts_on=TODAY), now=NOON)


def test_a_change_of_rights_ends_the_accounts_sessions(db):
    account = make_account(db)
    token = sessions.start(db, account.id, NOON)
    given = roles.give(db, ADMINISTRATOR, account.id, GrantIn(role=Role.VIEWER, starts_on=TODAY), now=NOON)
    assert sessions.find(db, token, NOON) is None
    token = sessions.start(db, account.id, NOON)
    roles.end(db, ADMINISTRATOR, account.id, given.id or 0, today=TODAY, now=NOON)
    assert sessions.find(db, token, NOON) is None
    assert act(db, account).grants == ()


def test_a_right_is_given_once(db):
    account = make_account(db)
    filled = GrantIn(role=Role.VIEWER, starts_on=TODAY)
    roles.give(db, ADMINISTRATOR, account.id, filled, now=NOON)
    with pytest.raises(Conflict):
        roles.give(db, ADMINISTRATOR, account.id, filled, now=NOON)


def test_a_scope_names_its_object_and_the_office_has_no_narrower_one(db):
    unit = make_organisation(db)
    fine = GrantIn(
        role=Role.REPORTER, scope=ScopeKind.ORGANISATION, scope_value=str(unit.id), starts_on=TODAY
    )
    assert fine.scope_value == str(unit.id)
    for wrong in (
        {"role": Role.REPORTER, "scope": ScopeKind.ORGANISATION},
        {"role": Role.REPORTER, "scope_value": "7"},
        {"role": Role.OFFICE, "scope": ScopeKind.DISTRICT, "scope_value": "zhongyuan"},
    ):
        with pytest.raises(ValueError, match="范围"):
            GrantIn(starts_on=TODAY, **wrong)


def test_of_several_accounts_with_a_role_the_one_with_the_fewest_others_stands_for_it(db):
    many, one = make_account(db), make_account(db)
    for role in (Role.VIEWER, Role.AUDITOR):
        make_grant(db, many, role)
    make_grant(db, one, Role.VIEWER)
    found = accounts.of_role(db, Role.VIEWER, TODAY)
    assert found is not None
    assert found.id == one.id
    assert accounts.of_role(db, Role.LEADER, TODAY) is None
