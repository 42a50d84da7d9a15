"""Accounts and the actors that they become."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, Grant, Way
from portfolio.people.models import Account, Person, RoleGrant


def actor_for(db: Session, account_id: int, *, today: date, way: Way, origin: str = "") -> Actor | None:
    """Return the actor of an enabled account with the grants valid today; None when it is disabled."""
    account = (
        sa.select(col(Account.login), col(Account.person_id), col(Person.name), col(Person.organisation_id))
        .outerjoin(Person, col(Person.id) == col(Account.person_id))
        .where(col(Account.id) == account_id, col(Account.disabled_at).is_(None))
    )
    row = db.execute(account).one_or_none()
    if row is None:
        return None
    grants = (
        sa.select(
            col(RoleGrant.role), col(RoleGrant.scope), col(RoleGrant.scope_value), col(RoleGrant.sees_money)
        )
        .where(col(RoleGrant.account_id) == account_id, col(RoleGrant.starts_on) <= today)
        .where(col(RoleGrant.ends_on).is_(None) | (col(RoleGrant.ends_on) >= today))
        .order_by(col(RoleGrant.id))
    )
    return Actor(
        account_id=account_id,
        name=row[2] or row[0],
        way=way,
        grants=tuple(Grant(*each) for each in db.execute(grants)),
        person_id=row[1],
        organisation_id=row[3],
        origin=origin,
    )
