"""People: who holds posts, duties and accounts. Who leaves stays on record and is shut out."""

from datetime import date, datetime
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, pinyin
from portfolio.access import Actor, Permission
from portfolio.audit import Change, differences
from portfolio.database import check_version
from portfolio.errors import Conflict, Invalid, NotFound
from portfolio.i18n import _
from portfolio.people import accounts, turn
from portfolio.people.models import Account, Organisation, Person, PostHolding, StandIn

Email = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^$|^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$")
]
Named = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Phone = Annotated[str, StringConstraints(max_length=40)]


class PersonIn(BaseModel):
    """What one states of a person."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Named
    email: Email = ""
    phone: Phone = ""
    organisation_id: int | None = None
    version: int | None = None


class StandInFor(BaseModel):
    """Who stands in from–to; without an end until further notice."""

    model_config = ConfigDict(extra="forbid")
    stand_in_id: int
    starts_on: date
    ends_on: date | None = None


def add(db: Session, actor: Actor, filled: PersonIn) -> Person:
    """Add a person; raises NotFound for an unknown organisation."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    _check_unit(db, filled.organisation_id)
    person = Person(**filled.model_dump(exclude={"version"}), pinyin=pinyin.names(filled.name)[0])
    db.add(person)
    db.flush()
    audit.record(db, actor, Change("person", _id(person), "add", after=_values(person)))
    return person


def edit(db: Session, actor: Actor, person_id: int, filled: PersonIn) -> Person:
    """Change a person. A new address of an administrator's is an administrator's business."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    person = get(db, person_id)
    before = _values(person)
    wanted = filled.model_dump(exclude={"version"})
    if wanted == before:
        return person
    check_version(filled.version, person.version)
    _check_unit(db, filled.organisation_id)
    if wanted["email"] != person.email:
        _within_reach(db, actor, person_id)
    for name, value in wanted.items():
        setattr(person, name, value)
    person.pinyin, person.version = pinyin.names(person.name)[0], person.version + 1
    audit.record(db, actor, Change("person", person_id, "edit", *differences(before, _values(person))))
    return person


def leave(db: Session, actor: Actor, person_id: int, *, on: date, now: datetime, reason: str = "") -> None:
    """Note a person's last day: posts and stand-ins end, accounts are shut. Nothing is erased.

    What was to begin later ends before it begins: it never comes into force, and stays on record.
    """
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    person = get(db, person_id)
    if person.left_on is not None:
        return
    _within_reach(db, actor, person_id)
    person.left_on, person.version = on, person.version + 1
    changes = [Change("person", person_id, "leave", {"left_on": None}, {"left_on": on}, reason=reason)]
    changes += _end_posts(db, person_id, on) + _end_stand_ins(db, person_id, on)
    audit.record(db, actor, *changes)
    for account_id in _accounts_of(db, person_id):
        accounts.disable(db, actor, account_id, now=now, reason=reason)


def set_stand_in(db: Session, actor: Actor, person_id: int, filled: StandInFor) -> StandIn:
    """Name who stands in for a person; raises Invalid or Conflict when another does at that time."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    get(db, person_id), get(db, filled.stand_in_id)
    if filled.stand_in_id == person_id:
        raise Invalid(_("代理人不能是本人。"), {"stand_in_id": _("代理人不能是本人。")})
    if filled.ends_on is not None and filled.ends_on < filled.starts_on:
        raise Invalid(_("结束日期早于开始日期。"), {"ends_on": _("结束日期早于开始日期。")})
    if any(_overlap(each, filled) for each in _stand_ins(db, person_id)):
        raise Conflict(_("这段时间已经有代理人。请先结束原来的代理。"))
    row = StandIn(person_id=person_id, **filled.model_dump())
    db.add(row)
    db.flush()
    after = {"person_id": person_id, **filled.model_dump()}
    audit.record(db, actor, Change("stand_in", row.id or 0, "set", after=after))
    return row


def end_stand_in(db: Session, actor: Actor, person_id: int, stand_in_id: int, *, on: date) -> None:
    """End a stand-in with its last day; raises NotFound for another person's."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    row = db.get(StandIn, stand_in_id)
    if row is None or row.person_id != person_id:
        raise NotFound(_("没有这项代理。"))
    before = {"ends_on": row.ends_on}
    row.ends_on = on
    audit.record(db, actor, Change("stand_in", stand_in_id, "end", before, {"ends_on": row.ends_on}))


def get(db: Session, person_id: int) -> Person:
    """Return a person; raises NotFound."""
    person = db.get(Person, person_id)
    if person is None:
        raise NotFound(_("没有这个人。"))
    return person


def _within_reach(db: Session, actor: Actor, person_id: int) -> None:
    for account_id in _accounts_of(db, person_id):
        accounts.within_reach(db, actor, account_id)


def _accounts_of(db: Session, person_id: int) -> list[int]:
    statement = sa.select(col(Account.id)).where(col(Account.person_id) == person_id)
    return [each for each in db.execute(statement).scalars() if each is not None]


def _end_posts(db: Session, person_id: int, on: date) -> list[Change]:
    held = sa.select(PostHolding).where(
        col(PostHolding.person_id) == person_id,
        sa.or_(col(PostHolding.ends_on).is_(None), col(PostHolding.ends_on) > on),
    )
    changes = []
    for holding in db.execute(held).scalars():
        before = {"ends_on": holding.ends_on}
        holding.ends_on = on
        changes.append(Change("post_holding", holding.id or 0, "end", before, {"ends_on": holding.ends_on}))
    return changes


def _end_stand_ins(db: Session, person_id: int, on: date) -> list[Change]:
    running = sa.select(StandIn).where(
        sa.or_(col(StandIn.person_id) == person_id, col(StandIn.stand_in_id) == person_id),
        sa.or_(col(StandIn.ends_on).is_(None), col(StandIn.ends_on) > on),
    )
    changes = []
    for row in db.execute(running).scalars():
        before = {"ends_on": row.ends_on}
        row.ends_on = on
        changes.append(Change("stand_in", row.id or 0, "end", before, {"ends_on": row.ends_on}))
    return changes


def _stand_ins(db: Session, person_id: int) -> list[StandIn]:
    """Who stands in for a person; what ended before it began is none."""
    in_force = sa.or_(col(StandIn.ends_on).is_(None), col(StandIn.ends_on) >= col(StandIn.starts_on))
    return list(db.execute(sa.select(StandIn).where(col(StandIn.person_id) == person_id, in_force)).scalars())


def _overlap(row: StandIn, filled: StandInFor) -> bool:
    starts_before_end = filled.ends_on is None or row.starts_on <= filled.ends_on
    ends_after_start = row.ends_on is None or row.ends_on >= filled.starts_on
    return starts_before_end and ends_after_start


def _check_unit(db: Session, unit_id: int | None) -> None:
    if unit_id is not None and db.get(Organisation, unit_id) is None:
        raise Invalid(_("没有这个机构。"), {"organisation_id": _("没有这个机构。")})


def _values(person: Person) -> dict[str, object]:
    return {name: getattr(person, name) for name in ("name", "email", "phone", "organisation_id")}


def _id(person: Person) -> int:
    if person.id is None:
        raise LookupError("person was not stored")
    return person.id
