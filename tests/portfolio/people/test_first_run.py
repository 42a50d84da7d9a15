"""The very first account: made once, reached by a link, closed as a way in once someone was here."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.errors import NotFound
from portfolio.people import first_run, organisations, tokens
from portfolio.people.models import Account, Organisation, RoleGrant
from portfolio.people.tokens import TokenPurpose
from tests.build import NOON, TODAY, make_account, make_organisation


def link(db, now=NOON):
    return first_run.first_link(db, now=now, today=TODAY)


def count(db, table):
    return db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_an_empty_database_gets_city_office_person_account_and_both_roles(db):
    account, purpose = tokens.look(db, link(db) or "", NOON)
    grants = db.execute(sa.select(RoleGrant).where(col(RoleGrant.account_id) == account.id)).scalars()
    assert (account.login, purpose) == (first_run.FIRST, TokenPurpose.FIRST)
    assert {(each.role, each.scope) for each in grants} == {
        (Role.ADMINISTRATOR, ScopeKind.ALL),
        (Role.OFFICE, ScopeKind.ALL),
    }


def test_the_office_stands_under_the_city(db):
    link(db)
    office = organisations.find(db, "市重点项目办")
    assert office is not None
    assert organisations.get(db, office.parent_id or 0).name == "郑州市"


def test_asked_again_it_gives_a_new_link_to_the_same_account_and_the_old_one_is_worthless(db):
    first, second = link(db) or "", link(db, NOON + timedelta(minutes=1)) or ""
    assert tokens.look(db, second, NOON + timedelta(minutes=1))[0].login == first_run.FIRST
    assert count(db, Account) == 1
    with pytest.raises(NotFound):
        tokens.look(db, first, NOON + timedelta(minutes=1))


def test_once_somebody_signed_in_there_is_no_first_link(db):
    make_account(db, last_sign_in_at=NOON)
    assert link(db) is None
    assert count(db, RoleGrant) == 0


def test_where_others_made_accounts_already_none_is_made(db):
    make_account(db)
    assert link(db) is None
    assert count(db, Account) == 1


def test_units_that_are_there_are_used(db):
    make_organisation(db, "郑州市")
    link(db)
    assert count(db, Organisation) == 2
