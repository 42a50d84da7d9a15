"""Rights of an account: a role within a scope, from–to. Every change ends the account's sessions."""

from datetime import date, datetime, timedelta
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit
from portfolio.access import Actor, Permission, Role, ScopeKind
from portfolio.audit import Change
from portfolio.errors import Conflict, NotFound, Refused
from portfolio.i18n import _
from portfolio.people import accounts, sessions, turn
from portfolio.people.models import Organisation, RoleGrant

EVERYWHERE = frozenset({Role.ADMINISTRATOR, Role.OFFICE, Role.AUDITOR})  # these know no narrower scope


class GrantIn(BaseModel):
    """What one states to give a right. Money goes with most roles; `sees_money` adds it to the others."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    role: Role
    scope: ScopeKind = ScopeKind.ALL
    scope_value: Annotated[str, StringConstraints(max_length=60)] = ""
    sees_money: bool = False
    starts_on: date
    ends_on: date | None = None

    @model_validator(mode="after")
    def _fits(self) -> "GrantIn":
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError(_("结束日期早于开始日期。"))
        if self.role in EVERYWHERE and self.scope is not ScopeKind.ALL:
            raise ValueError(_("系统管理员、重点项目办和审计的范围只能是全部。"))
        if (self.scope is ScopeKind.ALL) != (self.scope_value == ""):
            raise ValueError(_("范围是全部时不填对象；其他范围要选一个对象。"))
        return self


def give(db: Session, actor: Actor, account_id: int, filled: GrantIn, *, now: datetime) -> RoleGrant:
    """Give a role within a scope; raises NotFound, Refused, or Conflict when the account has it already."""
    turn.take(db)
    accounts.within_reach(db, actor, account_id)
    _refuse_escalation(actor, account_id, filled.role)
    _check_scope(db, filled)
    _refuse_twice(db, account_id, filled)
    grant = RoleGrant(account_id=account_id, **filled.model_dump())
    db.add(grant)
    db.flush()
    sessions.end_all(db, account_id, now)
    audit.record(db, actor, Change("role_grant", _id(grant), "give", after=_values(grant)))
    return grant


def end(db: Session, actor: Actor, account_id: int, grant_id: int, *, today: date, now: datetime) -> None:
    """Take a right back as of today: it stays as history with yesterday as its last day."""
    turn.take(db)
    accounts.within_reach(db, actor, account_id)
    grant = db.get(RoleGrant, grant_id)
    if grant is None or grant.account_id != account_id:
        raise NotFound(_("没有这项权限。"))
    if grant.ends_on is not None and grant.ends_on < today:
        return
    if grant.role is Role.ADMINISTRATOR:
        _require_administrator(actor)
        accounts.refuse_last_administrator(db, account_id)
    before = {"ends_on": grant.ends_on}
    grant.ends_on = today - timedelta(days=1)
    sessions.end_all(db, account_id, now)
    change = Change(
        "role_grant", grant_id, "end", before, {"ends_on": grant.ends_on, "account_id": account_id}
    )
    audit.record(db, actor, change)


def _refuse_escalation(actor: Actor, account_id: int, role: Role) -> None:
    if role in accounts.PRIVILEGED:
        _require_administrator(actor)
    elif account_id == actor.account_id and not actor.may(Permission.MANAGE_ADMINISTRATORS):
        raise Refused(_("不能给自己加权限。请由系统管理员办理。"))


def _require_administrator(actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_ADMINISTRATORS):
        raise Refused(_("系统管理员和审计的角色只能由系统管理员给出或收回。"))


def _check_scope(db: Session, filled: GrantIn) -> None:
    if filled.scope is not ScopeKind.ORGANISATION:
        return
    unit = db.get(Organisation, int(filled.scope_value)) if filled.scope_value.isdigit() else None
    if unit is None:
        raise NotFound(_("没有这个机构。"))


def _refuse_twice(db: Session, account_id: int, filled: GrantIn) -> None:
    same = sa.select(col(RoleGrant.id)).where(
        *accounts.valid(account_id, filled.starts_on),
        col(RoleGrant.role) == filled.role,
        col(RoleGrant.scope) == filled.scope,
        col(RoleGrant.scope_value) == filled.scope_value,
        col(RoleGrant.sees_money) == filled.sees_money,
    )
    if db.execute(same.limit(1)).first() is not None:
        raise Conflict(_("这个账号已经有这项权限。"))


def _values(grant: RoleGrant) -> dict[str, object]:
    names = ("account_id", "role", "scope", "scope_value", "sees_money", "starts_on", "ends_on")
    return {name: getattr(grant, name) for name in names}


def _id(grant: RoleGrant) -> int:
    if grant.id is None:
        raise LookupError("grant was not stored")
    return grant.id
