"""Rights are given from–to, by those who may, and taken back at once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import col

from portfolio.access import Role, ScopeKind, Way
from portfolio.errors import Conflict, NotFound, Refused
from portfolio.models import AuditEvent
from portfolio.people import accounts, roles
from portfolio.people.roles import GrantIn
from tests.build import NOON, TODAY, make_account, make_actor, make_grant, make_organisation

ADMINISTRATOR, OFFICE = make_actor(Role.ADMINISTRATOR), make_actor(account_id=None)


def give(db, account, role=Role.VIEWER, actor=ADMINISTRATOR, **fields):
    filled = GrantIn.model_validate({"role": role, "starts_on": TODAY} | fields)
    return roles.give(db, actor, account.id, filled, now=NOON)


def end(db, account, grant, actor=ADMINISTRATOR):
    roles.end(db, actor, account.id, grant.id, today=TODAY, now=NOON)


def held(db, account, day=TODAY):
    actor = accounts.actor_for(db, account.id, today=day, way=Way.PAGE)
    return [] if actor is None else [grant.role for grant in actor.grants]


def test_a_right_holds_from_its_first_to_its_last_day(db):
    account = make_account(db)
    give(db, account, starts_on=TODAY, ends_on=TODAY + timedelta(2))
    days = [TODAY + timedelta(n) for n in (-1, 0, 2, 3)]
    assert [held(db, account, day) for day in days] == [[], [Role.VIEWER], [Role.VIEWER], []]


def test_a_right_taken_back_is_gone_today_even_if_it_was_given_today(db):
    account = make_account(db)
    grant = give(db, account)
    end(db, account, grant)
    assert held(db, account) == []


def test_taking_back_twice_is_one_event(db):
    account = make_account(db)
    grant = give(db, account)
    end(db, account, grant)
    end(db, account, grant)
    actions = db.execute(sa.select(col(AuditEvent.action)).order_by(col(AuditEvent.id))).scalars().all()
    assert actions == ["give", "end"]


def test_a_right_that_ended_may_be_given_again(db):
    account = make_account(db)
    end(db, account, give(db, account))
    give(db, account)
    assert held(db, account) == [Role.VIEWER]


def test_the_same_role_in_another_scope_or_with_money_is_another_right(db):
    account, unit = make_account(db), make_organisation(db)
    give(db, account)
    give(db, account, scope=ScopeKind.ORGANISATION, scope_value=str(unit.id))
    give(db, account, sees_money=True)
    assert held(db, account) == [Role.VIEWER] * 3


@pytest.mark.parametrize("value", ["99", "abc", "-1"])
def test_a_scope_over_a_unit_that_is_not_there_is_refused(db, value):
    with pytest.raises(NotFound):
        give(db, make_account(db), scope=ScopeKind.ORGANISATION, scope_value=value)


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": ScopeKind.DISTRICT},
        {"scope_value": "410102"},
        {"ends_on": TODAY - timedelta(1)},
        {"role": Role.AUDITOR, "scope": ScopeKind.SECTOR, "scope_value": "water"},
        {"role": "emperor"},
    ],
)
def test_a_right_that_makes_no_sense_is_refused(fields):
    with pytest.raises(ValidationError):
        GrantIn.model_validate({"role": Role.VIEWER, "starts_on": TODAY} | fields)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_the_office_neither_gives_nor_takes_what_is_above_it(db, role):
    account = make_account(db)
    with pytest.raises(Refused):
        give(db, account, role, actor=OFFICE)
    grant = make_grant(db, account, role)
    with pytest.raises(Refused):
        end(db, account, grant, actor=OFFICE)
    assert held(db, account) == [role]


def test_the_last_administrator_keeps_the_role(db):
    account = make_account(db)
    grant = make_grant(db, account, Role.ADMINISTRATOR)
    with pytest.raises(Conflict, match="最后一个"):
        end(db, account, grant)
    make_grant(db, make_account(db), Role.ADMINISTRATOR)
    end(db, account, grant)
    assert held(db, account) == []


def test_a_right_is_taken_back_on_its_own_account_only(db):
    account, other = make_account(db), make_account(db)
    grant = give(db, account)
    with pytest.raises(NotFound):
        end(db, other, grant)
    assert held(db, account) == [Role.VIEWER]
