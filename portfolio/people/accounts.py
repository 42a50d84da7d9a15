"""Accounts: made for a person, given a password, disabled, and turned into the actor of a request."""

from datetime import date, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio import audit
from portfolio.access import Actor, Grant, Permission, Role, ScopeKind, Way
from portfolio.audit import Change
from portfolio.database import check_version, select
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.i18n import _
from portfolio.people import passwords, sessions, tokens, turn
from portfolio.people.models import Account, Organisation, Person, RoleGrant

PRIVILEGED = (Role.ADMINISTRATOR, Role.AUDITOR)


class AccountIn(BaseModel):
    """What one states to make an account."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    login: Annotated[str, StringConstraints(min_length=2, max_length=120, pattern=r"^[^\s/]+$")]
    person_id: int


def actor_for(db: Session, account_id: int, *, today: date, way: Way, origin: str = "") -> Actor | None:
    """Build who acts, with the rights valid today; None for an account that is disabled or no longer anyone's."""
    found = select(db, _WHO, {"account_id": account_id, "today": today}).all()
    if not found:
        return None
    who = found[0]
    return Actor(
        account_id=account_id,
        name=who.name or who.login,
        way=way,
        grants=tuple(
            Grant(row.role, row.scope, row.scope_value, row.sees_money)
            for row in found
            if row.role is not None
        ),
        person_id=who.id,
        organisation_id=who.organisation_id,
        origin=origin,
    )


def system_actor(way: Way, *, origin: str = "") -> Actor:
    """Return the actor of commands and jobs that nobody in particular started."""
    return Actor(None, _("系统"), way, origin=origin, is_system=True)


def by_login(db: Session, login: str) -> Account:
    """Return the account that signs in under a name or, where only one person has it, an e-mail address."""
    account = find(db, login)
    if account is None:
        raise NotFound(_("没有账号“%(login)s”。", login=login))
    return account


def find(db: Session, login: str) -> Account | None:
    """Return the account of a login or address that is one person's alone, or None."""
    wanted = login.strip().casefold()
    exact = db.execute(sa.select(Account).where(sa.func.lower(col(Account.login)) == wanted)).scalars().all()
    if exact:
        return exact[0] if len(exact) == 1 else None
    by_address = (
        db.execute(
            sa.select(Account)
            .join(Person, col(Person.id) == col(Account.person_id))
            .where(sa.func.lower(col(Person.email)) == wanted, col(Person.email) != "")
            .limit(2)
        )
        .scalars()
        .all()
    )
    return by_address[0] if len(by_address) == 1 else None


def of_role(db: Session, role: Role, today: date) -> Account | None:
    """Return the account that holds this role and, of several, the one with the fewest others."""
    other = aliased(RoleGrant)
    others = (
        sa.select(sa.func.count())
        .select_from(other)
        .where(col(other.account_id) == col(Account.id))
        .scalar_subquery()
    )
    statement = (
        sa.select(Account)
        .join(RoleGrant, col(RoleGrant.account_id) == col(Account.id))
        .where(
            col(RoleGrant.role) == role,
            col(RoleGrant.starts_on) <= today,
            sa.or_(col(RoleGrant.ends_on).is_(None), col(RoleGrant.ends_on) >= today),
            col(Account.disabled_at).is_(None),
        )
        .order_by(others, col(Account.id))
        .limit(1)
    )
    return db.execute(statement).scalars().first()


def add(db: Session, actor: Actor, filled: AccountIn, *, now: datetime) -> Account:
    """Make an account for a person; it has no password until its first link was used."""
    actor.require(Permission.MANAGE_ACCOUNTS)
    turn.take(db)
    if db.get(Person, filled.person_id) is None:
        raise NotFound(_("没有这个人。"))
    if find(db, filled.login) is not None:
        raise Invalid(_("账号名已经有人用。"), {"login": _("账号名“%(l)s”已经有人用。", l=filled.login)})
    account = Account(login=filled.login, person_id=filled.person_id, created_at=now)
    db.add(account)
    db.flush()
    after = {"login": account.login, "person_id": account.person_id}
    audit.record(db, actor, Change("account", _id(account), "add", after=after))
    return account


def disable(
    db: Session, actor: Actor, account_id: int, *, now: datetime, reason: str = "", version: int | None = None
) -> None:
    """Shut an account: its sessions end and its links become worthless. It is never erased."""
    turn.take(db)
    account = within_reach(db, actor, account_id)
    if account.disabled_at is not None:
        return
    check_version(version, account.version)
    refuse_last_administrator(db, account_id)
    account.disabled_at, account.version = now, account.version + 1
    sessions.end_all(db, account_id, now)
    tokens.void(db, account_id, now)
    change = Change(
        "account", account_id, "disable", {"disabled_at": None}, {"disabled_at": now}, reason=reason
    )
    audit.record(db, actor, change)


def enable(db: Session, actor: Actor, account_id: int, *, version: int | None = None) -> None:
    """Open a disabled account again; it keeps its password and its rights that are still valid."""
    turn.take(db)
    account = within_reach(db, actor, account_id)
    if account.disabled_at is None:
        return
    check_version(version, account.version)
    before = {"disabled_at": account.disabled_at}
    account.disabled_at, account.version = None, account.version + 1
    audit.record(db, actor, Change("account", account_id, "enable", before, {"disabled_at": None}))


def issue_link(db: Session, actor: Actor, account_id: int, *, now: datetime) -> str:
    """Make a one-time token: to set the first password, or to sign in once when there is one."""
    turn.take(db)
    account = within_reach(db, actor, account_id)
    if account.disabled_at is not None:
        raise Conflict(_("这个账号已停用，不能发登录链接。"))
    purpose = tokens.TokenPurpose.LINK if account.password_hash else tokens.TokenPurpose.FIRST
    audit.record(db, actor, Change("account", account_id, "issue_link", after={"purpose": purpose}))
    return tokens.issue(db, account_id, purpose, now)


def within_reach(db: Session, actor: Actor, account_id: int) -> Account:
    """Return an account that the actor may manage; raises NotFound or Refused.

    Whoever may not manage administrators must not get at their accounts by a link, a new address or
    a shut-down either: each of these would be a way to their rights.
    """
    actor.require(Permission.MANAGE_ACCOUNTS)
    account = db.get(Account, account_id)
    if account is None or account.is_system:
        raise NotFound(_("没有这个账号。"))
    if not actor.may(Permission.MANAGE_ADMINISTRATORS) and _is_privileged(db, account_id):
        raise Refused(_("系统管理员和审计的账号只能由系统管理员管理。"))
    return account


def of_person(db: Session, person_id: int, account_id: int) -> Account:
    """Return an account of this person; raises NotFound for another's."""
    account = db.get(Account, account_id)
    if account is None or account.person_id != person_id or account.is_system:
        raise NotFound(_("没有这个账号。"))
    return account


def keep_password(db: Session, actor: Actor, account: Account, password_hash: str, *, action: str) -> None:
    """Store a hash that `passwords` made; the trail says that it changed, never what it is."""
    account.password_hash, account.version = password_hash, account.version + 1
    audit.record(db, actor, Change("account", _id(account), action, {"password": "…"}, {"password": "…"}))


def known_about(db: Session, account: Account) -> tuple[str, ...]:
    """Return what others know of the account's owner and a password may not contain."""
    person = db.get(Person, account.person_id) if account.person_id else None
    if person is None:
        return (account.login,)
    unit = db.get(Organisation, person.organisation_id) if person.organisation_id else None
    parts = (account.login, person.name, person.pinyin.replace(" ", ""), person.email.partition("@")[0])
    return (*parts, unit.name if unit else "")


def check_own_password(stored: str, stated: str) -> None:
    """Refuse when the stated present password is wrong; raises Invalid."""
    if not passwords.matches(stated, stored):
        wrong = _("现在的密码不对。")
        raise Invalid(wrong, {"current": wrong})


def valid(account_id: Any, day: Any) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions for the role grants of an account that hold on a day; either may be an expression."""
    return (
        col(RoleGrant.account_id) == account_id,
        col(RoleGrant.starts_on) <= day,
        sa.or_(col(RoleGrant.ends_on).is_(None), col(RoleGrant.ends_on) >= day),
    )


# Built once: every request asks it. A row for each right that is valid today, at least one.
_TODAY: Any = sa.bindparam("today")
_WHO = (
    sa.select(
        col(Account.login),
        col(Person.id),
        col(Person.name),
        col(Person.organisation_id),
        col(RoleGrant.role),
        col(RoleGrant.scope),
        col(RoleGrant.scope_value),
        col(RoleGrant.sees_money),
    )
    .outerjoin(Person, col(Person.id) == col(Account.person_id))
    .outerjoin(RoleGrant, sa.and_(*valid(col(Account.id), _TODAY)))
    .where(
        col(Account.id) == sa.bindparam("account_id"),
        col(Account.disabled_at).is_(None),
        col(Account.is_system).is_(False),
        sa.or_(col(Person.left_on).is_(None), col(Person.left_on) >= _TODAY),
    )
    .order_by(col(RoleGrant.id))
)


def refuse_last_administrator(db: Session, account_id: int) -> None:
    """Refuse a step that would leave nobody who can manage accounts; raises Conflict."""
    held = sa.select(col(RoleGrant.account_id)).where(
        col(RoleGrant.role) == Role.ADMINISTRATOR,
        col(RoleGrant.scope) == ScopeKind.ALL,
        col(RoleGrant.ends_on).is_(None),
    )
    others = db.execute(
        sa.select(col(Account.id)).where(
            col(Account.id).in_(held), col(Account.id) != account_id, col(Account.disabled_at).is_(None)
        )
    ).first()
    mine = db.execute(held.where(col(RoleGrant.account_id) == account_id)).first()
    if mine is not None and others is None:
        raise Conflict(_("这是最后一个系统管理员，不能停用或收回。请先给另一个账号这个角色。"))


def _is_privileged(db: Session, account_id: int) -> bool:
    held = sa.select(col(RoleGrant.id)).where(
        col(RoleGrant.account_id) == account_id,
        col(RoleGrant.role).in_(PRIVILEGED),
        sa.or_(col(RoleGrant.ends_on).is_(None), col(RoleGrant.ends_on) >= col(RoleGrant.starts_on)),
    )
    return db.execute(held.limit(1)).first() is not None


def _id(account: Account) -> int:
    if account.id is None:
        raise LookupError("account was not stored")
    return account.id
