"""Organisations: a tree in official order. Units are renamed, moved, merged and closed, never deleted."""

from collections.abc import Iterable
from datetime import date
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
from portfolio.people import turn
from portfolio.people.models import Organisation, OrganisationAlias
from portfolio.people.rules.tree import lies_under

Name = Annotated[str, StringConstraints(min_length=2, max_length=200)]
Short = Annotated[str, StringConstraints(max_length=60)]


class OrganisationIn(BaseModel):
    """What one states of a unit; `aliases` are other names by which workbooks call it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name
    short_name: Short = ""
    parent_id: int | None = None
    position: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    aliases: list[Name] = []
    version: int | None = None


def add(db: Session, actor: Actor, filled: OrganisationIn) -> Organisation:
    """Add a unit under another, by default as the last of its siblings."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    _check(db, filled, None)
    position = _last_position(db, filled.parent_id) + 1 if filled.position is None else filled.position
    unit = Organisation(
        **filled.model_dump(exclude={"aliases", "version", "position"}),
        position=position,
        pinyin=pinyin.names(filled.name)[0],
    )
    db.add(unit)
    db.flush()
    _set_aliases(db, _id(unit), filled.aliases)
    audit.record(db, actor, Change("organisation", _id(unit), "add", after=_values(db, unit)))
    return unit


def edit(db: Session, actor: Actor, unit_id: int, filled: OrganisationIn) -> Organisation:
    """Change a unit; its former name becomes an alias. Raises NotFound, Invalid or Conflict."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    unit = get(db, unit_id)
    before = _values(db, unit)
    wanted = filled.model_dump(exclude={"aliases", "version"})
    if filled.position is None:
        wanted["position"] = unit.position
    aliases = _with_former_name(unit, filled)
    if {**wanted, "aliases": aliases} == {name: before[name] for name in (*wanted, "aliases")}:
        return unit  # sent again: nothing to do, whatever version was seen
    check_version(filled.version, unit.version)
    _check(db, filled, unit)
    for name, value in wanted.items():
        setattr(unit, name, value)
    unit.pinyin, unit.version = pinyin.names(unit.name)[0], unit.version + 1
    _set_aliases(db, unit_id, aliases)
    db.flush()
    changed = differences(before, _values(db, unit))
    audit.record(db, actor, Change("organisation", unit_id, "edit", *changed))
    return unit


def merge(db: Session, actor: Actor, unit_id: int, into_id: int, *, on: date, reason: str) -> None:
    """Close a unit in favour of its successor, which answers to its names from then on.

    Its people, its posts and its history stay its own; duties are handed over apart, where the
    projects are. Raises Conflict for a unit that is gone already or lies above its successor.
    """
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    unit, successor = get(db, unit_id), get(db, into_id)
    if unit_id == into_id or lies_under(_parents(db), into_id, unit_id):
        raise Conflict(_("一个机构不能并入它自己或它的下级。"))
    if unit.merged_into_id is not None or successor.merged_into_id is not None:
        raise Conflict(_("其中一个机构已经并入别的机构。请选仍在的机构。"))
    before = {"merged_into_id": None, "valid_to": unit.valid_to}
    unit.merged_into_id, unit.valid_to, unit.version = into_id, on, unit.version + 1
    _move_aliases(db, unit, into_id)
    after = {"merged_into_id": into_id, "valid_to": on}
    audit.record(db, actor, Change("organisation", unit_id, "merge", before, after, reason=reason))


def get(db: Session, unit_id: int) -> Organisation:
    """Return a unit; raises NotFound."""
    unit = db.get(Organisation, unit_id)
    if unit is None:
        raise NotFound(_("没有这个机构。"))
    return unit


def find(db: Session, name: str) -> Organisation | None:
    """Return the unit of a name, a short name that is one unit's alone, or an alias; follows mergers."""
    wanted = name.strip()
    found = db.execute(sa.select(Organisation).where(col(Organisation.name) == wanted)).scalar_one_or_none()
    if found is None:
        known = sa.select(Organisation).join(
            OrganisationAlias, col(OrganisationAlias.organisation_id) == col(Organisation.id)
        )
        found = db.execute(known.where(col(OrganisationAlias.name) == wanted)).scalar_one_or_none()
    if found is None and wanted:
        short = sa.select(Organisation).where(col(Organisation.short_name) == wanted).limit(2)
        several = db.execute(short).scalars().all()
        found = several[0] if len(several) == 1 else None
    return _successor(db, found) if found is not None else None


def named(db: Session, name: str) -> Organisation:
    """Return the unit that `find` finds; raises NotFound."""
    unit = find(db, name)
    if unit is None:
        raise NotFound(_("没有叫“%(name)s”的机构。", name=name))
    return unit


def subtree(db: Session, unit_id: int) -> set[int]:
    """Return the ids of a unit and of all units below it, closed and merged ones included."""
    parents = _parents(db)
    return {each for each in parents if lies_under(parents, each, unit_id)}


def _check(db: Session, filled: OrganisationIn, unit: Organisation | None) -> None:
    wrong: dict[str, str] = {}
    for field, names in (("name", [filled.name]), ("aliases", filled.aliases)):
        taken = [name for name in names if _taken(db, name, unit)]
        if taken:
            wrong[field] = _("“%(name)s”已经是另一个机构的名称或别名。", name=taken[0])
    if filled.parent_id is not None:
        if db.get(Organisation, filled.parent_id) is None:
            wrong["parent_id"] = _("没有这个上级机构。")
        elif unit is not None and lies_under(_parents(db), filled.parent_id, _id(unit)):
            wrong["parent_id"] = _("上级不能是它自己或它的下级。")
    if filled.valid_from and filled.valid_to and filled.valid_to < filled.valid_from:
        wrong["valid_to"] = _("撤销日期早于成立日期。")
    if wrong:
        raise Invalid(_("有 %(n)s 处要改。", n=len(wrong)), wrong)


def _taken(db: Session, name: str, unit: Organisation | None) -> bool:
    own = unit.id if unit else None
    by_name = db.execute(
        sa.select(col(Organisation.id)).where(col(Organisation.name) == name)
    ).scalar_one_or_none()
    by_alias = db.get(OrganisationAlias, name)
    return (by_name is not None and by_name != own) or (
        by_alias is not None and by_alias.organisation_id != own
    )


def _with_former_name(unit: Organisation, filled: OrganisationIn) -> list[str]:
    former = [unit.name] if unit.name != filled.name else []
    return sorted({*filled.aliases, *former} - {filled.name})


def _set_aliases(db: Session, unit_id: int, names: Iterable[str]) -> None:
    wanted = set(names)
    present = set(_aliases(db, unit_id))
    if present - wanted:
        gone = sa.delete(OrganisationAlias).where(
            col(OrganisationAlias.organisation_id) == unit_id,
            col(OrganisationAlias.name).in_(present - wanted),
        )
        db.execute(gone)
    for name in sorted(wanted - present):
        db.add(OrganisationAlias(name=name, organisation_id=unit_id))
    db.flush()


def _move_aliases(db: Session, unit: Organisation, into_id: int) -> None:
    db.execute(
        sa.update(OrganisationAlias)
        .where(col(OrganisationAlias.organisation_id) == unit.id)
        .values(organisation_id=into_id)
    )
    db.flush()


def _aliases(db: Session, unit_id: int) -> list[str]:
    statement = sa.select(col(OrganisationAlias.name)).where(
        col(OrganisationAlias.organisation_id) == unit_id
    )
    return sorted(db.execute(statement).scalars())


def _values(db: Session, unit: Organisation) -> dict[str, object]:
    names = ("name", "short_name", "parent_id", "position", "valid_from", "valid_to")
    return {**{name: getattr(unit, name) for name in names}, "aliases": _aliases(db, _id(unit))}


def _parents(db: Session) -> dict[int, int | None]:
    rows = db.execute(sa.select(col(Organisation.id), col(Organisation.parent_id)))
    return {row.id: row.parent_id for row in rows}


def _last_position(db: Session, parent_id: int | None) -> int:
    statement = sa.select(sa.func.coalesce(sa.func.max(col(Organisation.position)), 0)).where(
        col(Organisation.parent_id) == parent_id
    )
    return int(db.execute(statement).scalar_one())


def _successor(db: Session, unit: Organisation) -> Organisation:
    seen: set[int] = set()
    while unit.merged_into_id is not None and unit.merged_into_id not in seen:
        seen.add(unit.merged_into_id)
        unit = get(db, unit.merged_into_id)
    return unit


def _id(unit: Organisation) -> int:
    if unit.id is None:
        raise LookupError("organisation was not stored")
    return unit.id
