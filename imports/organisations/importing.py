"""What a list of units would change, said row by row before anything is written; then written as a whole.

A unit is found by its name or an alias. What a row leaves blank stays; other names are added, never taken
away; a unit that is not in the list stays as it is. The same list twice changes nothing the second time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.organisations.listing import Fault, ListedUnit, Listing
from portfolio.access import Actor, Permission
from portfolio.errors import Conflict, Invalid, PortfolioError
from portfolio.people import organisations
from portfolio.people.models import Organisation, OrganisationAlias
from portfolio.people.organisations import OrganisationIn


class Action(StrEnum):
    """What becomes of a row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class UnitFinding:
    """One row: what becomes of it, and each field that changes, from what to what."""

    row: int
    name: str
    action: Action
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a list would do."""

    sheet: str
    rows: tuple[UnitFinding, ...]
    faults: tuple[Fault, ...]

    @property
    def is_clean(self) -> bool:
        """Whether it may be written."""
        return not self.faults

    def count(self, action: Action) -> int:
        """How many rows end so."""
        return sum(1 for row in self.rows if row.action == action)

    def as_dict(self) -> dict[str, object]:
        """Return the plan as JSON-able values."""
        return {
            "kind": "organisations",
            "sheet": self.sheet,
            "rows": [
                {"row": row.row, "action": row.action, "name": row.name,
                 "changes": [{"field": field, "old": old, "new": new} for field, old, new in row.changes]}
                for row in self.rows
            ],
            "errors": [{"cell": each.cell, "value": each.value, "message": each.message} for each in self.faults],
            "summary": {action.value: self.count(action) for action in Action},
        }  # fmt: skip


def plan(db: Session, actor: Actor, listing: Listing) -> Plan:
    """Say what writing the list would do; writes nothing. Raises Refused without the right to manage people."""
    actor.require(Permission.MANAGE_PEOPLE)
    known = _Known(db)
    faults = [*listing.faults, *_faults(known, listing.units)]
    faulty = {fault.cell for fault in faults}
    rows = tuple(_finding(known, unit, faulty) for unit in listing.units)
    return Plan(listing.sheet, rows, tuple(sorted(faults, key=lambda fault: fault.cell)))


def apply(db: Session, actor: Actor, listing: Listing) -> Plan:
    """Write the list in the caller's transaction, all or nothing; raises Invalid where a row is at fault."""
    found = plan(db, actor, listing)
    if not found.is_clean:
        first = found.faults[0]
        raise Invalid(
            f"没有写入：{first.cell}“{first.value}”：{first.message}（共 {len(found.faults)} 处要改）"
        )
    for unit in _parents_first(listing.units):
        try:
            _write(db, actor, unit)
        except (Conflict, Invalid, ValidationError) as error:
            words = error.message if isinstance(error, PortfolioError) else str(error.errors()[0]["msg"])
            raise Invalid(f"没有写入：{unit.cells['name']}“{unit.name}”：{words}") from error
    return found


class _Known:
    """The units that stand here, by every name that finds them."""

    def __init__(self, db: Session) -> None:
        units = db.execute(sa.select(Organisation)).scalars().all()
        self.by_id = {unit.id: unit for unit in units}
        self.by_name = {unit.name: unit for unit in units}
        self.aliases: dict[int, set[str]] = {}
        for name, unit_id in db.execute(
            sa.select(col(OrganisationAlias.name), col(OrganisationAlias.organisation_id))
        ):
            self.by_name.setdefault(name, self.by_id[unit_id])
            self.aliases.setdefault(unit_id, set()).add(name)
        tops = [unit for unit in units if unit.parent_id is None and unit.merged_into_id is None]
        self.city = tops[0] if len(tops) == 1 else None

    def parent_of(self, unit: Organisation) -> str:
        above = self.by_id.get(unit.parent_id)
        return above.name if above is not None else ""


def _faults(known: _Known, units: tuple[ListedUnit, ...]) -> Iterable[Fault]:
    first: dict[str, ListedUnit] = {}
    for unit in units:
        earlier = first.setdefault(unit.name, unit)
        if not 2 <= len(unit.name) <= 200:
            yield unit.fault("name", unit.name, "机构名称要填，2 到 200 个字。")
        elif earlier is not unit:
            yield unit.fault("name", unit.name, f"和第 {earlier.row} 行是同一个机构。请只留一行。")
        elif (gone := known.by_name.get(unit.name)) is not None and gone.merged_into_id is not None:
            yield unit.fault("name", unit.name, "这个机构已经并入别的机构。请写现在的名称，或删去这一行。")
        if len(unit.short_name) > 60:
            yield unit.fault("short_name", unit.short_name, "简称最多 60 个字。")
    yield from _name_faults(known, units, first)
    yield from _parent_faults(known, units, first)


def _name_faults(
    known: _Known, units: tuple[ListedUnit, ...], first: Mapping[str, ListedUnit]
) -> Iterable[Fault]:
    claimed: dict[str, ListedUnit] = {}
    for unit in units:
        own = known.by_name.get(unit.name)
        for alias in unit.aliases:
            held, other = known.by_name.get(alias), claimed.setdefault(alias, unit)
            if (
                (held is not None and held is not own)
                or other is not unit
                or first.get(alias, unit) is not unit
            ):
                yield unit.fault("aliases", alias, "这个名称已经是另一个机构的名称或别名。")
            elif len(alias) < 2 or len(alias) > 200:
                yield unit.fault("aliases", alias, "别名要 2 到 200 个字，几个别名用顿号分开。")


def _parent_faults(
    known: _Known, units: tuple[ListedUnit, ...], first: Mapping[str, ListedUnit]
) -> Iterable[Fault]:
    for unit in units:
        if unit.parent and unit.parent not in first and unit.parent not in known.by_name:
            yield unit.fault("parent", unit.parent, "没有这个上级机构。请核对名称，或把它也列在表里。")
        elif unit.parent and _is_ring(known, unit, first):
            yield unit.fault("parent", unit.parent, "上级不能是它自己或它的下级。")


def _is_ring(known: _Known, unit: ListedUnit, first: Mapping[str, ListedUnit]) -> bool:
    """Whether going up from a unit, by the list and then by what stands here, comes back to it."""
    at, seen = unit.parent, {unit.name}
    while at:
        held = known.by_name.get(at)
        at = held.name if held is not None and at not in first else at
        if at in seen:
            return at == unit.name
        seen.add(at)
        listed = first.get(at)
        at = listed.parent if listed and listed.parent else (known.parent_of(held) if held else "")
    return False


def _finding(known: _Known, unit: ListedUnit, faulty: set[str]) -> UnitFinding:
    if faulty & set(unit.cells.values()):
        return UnitFinding(unit.row, unit.name, Action.ERROR)
    held = known.by_name.get(unit.name)
    if held is None:
        parent = unit.parent or (known.city.name if known.city else "")
        said = (("parent", parent), ("short_name", unit.short_name), ("aliases", "、".join(unit.aliases)))
        changes = tuple((field, "", value) for field, value in said if value)
        return UnitFinding(unit.row, unit.name, Action.CREATE, changes)
    changes = tuple(_changes(known, held, unit))
    return UnitFinding(unit.row, held.name, Action.UPDATE if changes else Action.UNCHANGED, changes)


def _changes(known: _Known, held: Organisation, unit: ListedUnit) -> Iterable[tuple[str, str, str]]:
    above = known.by_name.get(unit.parent)
    if unit.parent and (above is None or above.id != held.parent_id):
        yield "parent", known.parent_of(held), unit.parent
    if unit.short_name and unit.short_name != held.short_name:
        yield "short_name", held.short_name, unit.short_name
    if unit.position is not None and unit.position != held.position:
        yield "position", str(held.position), str(unit.position)
    present = known.aliases.get(held.id or 0, set())
    if set(unit.aliases) - present - {held.name}:
        yield "aliases", "、".join(sorted(present)), "、".join(sorted(present | set(unit.aliases)))


def _parents_first(units: tuple[ListedUnit, ...]) -> list[ListedUnit]:
    by_name, placed, done = {unit.name: unit for unit in units}, list[ListedUnit](), set[str]()
    for unit in units:
        above = []
        at: ListedUnit | None = unit
        while at is not None and at.name not in done:
            above.append(at)
            done.add(at.name)
            at = by_name.get(at.parent)
        placed += reversed(above)
    return placed


def _write(db: Session, actor: Actor, unit: ListedUnit) -> None:
    known = _Known(db)
    held, above = known.by_name.get(unit.name), known.by_name.get(unit.parent)
    if held is None:
        top = above or (known.city if not unit.parent else None)
        filled = OrganisationIn(
            name=unit.name,
            short_name=unit.short_name,
            parent_id=top.id if top else None,
            position=unit.position,
            aliases=list(unit.aliases),
        )
        organisations.add(db, actor, filled)
    elif any(_changes(known, held, unit)):
        filled = OrganisationIn(
            name=held.name,
            short_name=unit.short_name or held.short_name,
            parent_id=above.id if above else held.parent_id,
            position=held.position if unit.position is None else unit.position,
            valid_from=held.valid_from,
            valid_to=held.valid_to,
            aliases=sorted(known.aliases.get(held.id or 0, set()) | (set(unit.aliases) - {held.name})),
            version=held.version,
        )
        organisations.edit(db, actor, held.id or 0, filled)
