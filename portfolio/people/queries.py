"""Reading people: accounts with rights, the organisation tree, people with posts, one person's page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.i18n import _
from portfolio.people.accounts import of_role
from portfolio.people.models import Account, Organisation, Person, RoleGrant


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One right as it is shown; `scope_name` says the object in words where it is a unit."""

    id: int
    role: Role
    scope: ScopeKind
    scope_value: str
    scope_name: str
    sees_money: bool
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account with its owner and the rights that are valid today."""

    id: int
    login: str
    person_id: int | None
    name: str
    email: str
    organisation: str
    has_password: bool
    disabled_at: datetime | None
    last_sign_in_at: datetime | None
    version: int
    grants: tuple[GrantRow, ...]

    @property
    def roles_text(self) -> str:
        """The roles in one line, for lists and the command line."""
        return "、".join(dict.fromkeys(grant.role.value for grant in self.grants)) or "–"

    @property
    def state(self) -> str:
        """Whether and how the account is used, in a word."""
        if self.disabled_at is not None:
            return _("已停用")
        if self.last_sign_in_at is None:
            return _("还没登录过")
        return _("在用")


def accounts(db: Session, today: date, account_id: int | None = None) -> Sequence[AccountRow]:
    """List accounts of people by login, or one of them."""
    statement = (
        sa.select(
            col(Account.id),
            col(Account.login),
            col(Account.person_id),
            sa.func.coalesce(col(Person.name), ""),
            sa.func.coalesce(col(Person.email), ""),
            sa.func.coalesce(col(Organisation.name), ""),
            col(Account.password_hash) != "",
            col(Account.disabled_at),
            col(Account.last_sign_in_at),
            col(Account.version),
        )
        .outerjoin(Person, col(Person.id) == col(Account.person_id))
        .outerjoin(Organisation, col(Organisation.id) == col(Person.organisation_id))
        .where(col(Account.is_system).is_(False))
        .order_by(col(Account.login))
    )
    if account_id is not None:
        statement = statement.where(col(Account.id) == account_id)
    grants = _grants(db, today, account_id)
    return [_account(row, tuple(grants.get(row[0] or 0, ()))) for row in db.execute(statement)]


def _account(row: Any, grants: tuple[GrantRow, ...]) -> AccountRow:
    values: tuple[Any, ...] = (*row, grants)
    return AccountRow(*values)


def demo_people(db: Session, today: date) -> dict[Role, str]:
    """Return the demonstration's person of each role that has one, in the order of the roles."""
    found: dict[Role, str] = {}
    for role in Role:
        account = of_role(db, role, today)
        person = db.get(Person, account.person_id) if account and account.person_id else None
        if person is not None:
            found[role] = person.name
    return found


def _grants(db: Session, today: date, account_id: int | None) -> dict[int, list[GrantRow]]:
    statement = (
        sa.select(RoleGrant, col(Organisation.name))
        .outerjoin(
            Organisation,
            sa.and_(
                col(RoleGrant.scope) == ScopeKind.ORGANISATION,
                sa.cast(col(Organisation.id), sa.String) == col(RoleGrant.scope_value),
            ),
        )
        .where(
            col(RoleGrant.starts_on) <= today,
            sa.or_(col(RoleGrant.ends_on).is_(None), col(RoleGrant.ends_on) >= today),
        )
        .order_by(col(RoleGrant.id))
    )
    if account_id is not None:
        statement = statement.where(col(RoleGrant.account_id) == account_id)
    found: dict[int, list[GrantRow]] = defaultdict(list)
    for grant, unit in db.execute(statement):
        found[grant.account_id].append(
            GrantRow(
                grant.id or 0,
                grant.role,
                grant.scope,
                grant.scope_value,
                unit or grant.scope_value,
                grant.sees_money,
                grant.starts_on,
                grant.ends_on,
            )
        )
    return found
