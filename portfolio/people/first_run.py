"""The first account: 郑州市 > 重点项目办, one person, administrator and key-projects office over all."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit
from portfolio.access import Actor, Role, Way
from portfolio.audit import Change
from portfolio.people import accounts, organisations, people, roles, tokens
from portfolio.people.accounts import AccountIn
from portfolio.people.models import Account, Organisation
from portfolio.people.organisations import OrganisationIn
from portfolio.people.people import PersonIn
from portfolio.people.roles import GrantIn
from portfolio.people.tokens import TokenPurpose

CITY, OFFICE, FIRST = "郑州市", "重点项目办", "admin"


def first_link(db: Session, *, now: datetime, today: date) -> str | None:
    """Return a new token for the first account, made when there is none; None once anyone has signed in."""
    actor = accounts.system_actor(Way.COMMAND)
    if _anyone_was_here(db):
        return None
    account = db.execute(sa.select(Account).where(col(Account.login) == FIRST)).scalar_one_or_none()
    if account is None:
        if _any_account(db):
            return None
        account = _make(db, actor, now, today)
    account_id = account.id or 0
    audit.record(
        db, actor, Change("account", account_id, "issue_link", after={"purpose": TokenPurpose.FIRST})
    )
    return tokens.issue(db, account_id, TokenPurpose.FIRST, now)


def _make(db: Session, actor: Actor, now: datetime, today: date) -> Account:
    city = organisations.find(db, CITY) or organisations.add(db, actor, OrganisationIn(name=CITY))
    office = organisations.find(db, OFFICE) or _office(db, actor, city)
    person = people.add(db, actor, PersonIn(name="第一位管理员", organisation_id=office.id))
    account = accounts.add(db, actor, AccountIn(login=FIRST, person_id=person.id or 0), now=now)
    for role in (Role.ADMINISTRATOR, Role.OFFICE):
        roles.give(db, actor, account.id or 0, GrantIn(role=role, starts_on=today), now=now)
    return account


def _office(db: Session, actor: Actor, city: Organisation) -> Organisation:
    filled = OrganisationIn(name=OFFICE, parent_id=city.id, aliases=["郑州市重点项目办", "市重点项目办"])
    return organisations.add(db, actor, filled)


def _anyone_was_here(db: Session) -> bool:
    used = sa.select(col(Account.id)).where(col(Account.last_sign_in_at).is_not(None))
    return db.execute(used.limit(1)).first() is not None


def _any_account(db: Session) -> bool:
    statement = sa.select(col(Account.id)).where(col(Account.is_system).is_(False))
    return db.execute(statement.limit(1)).first() is not None
