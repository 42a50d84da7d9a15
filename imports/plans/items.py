"""Writing projects, programmes and measures, and the places where the plan names them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from imports.plans.data import PlanData
from imports.plans.diff import Difference, Fate, ItemChange
from imports.plans.state import State
from imports.plans.tables import Counts, number, of
from portfolio import numbering, pinyin
from portfolio.audit import Change
from portfolio.projects.models import (
    Membership,
    PlanReference,
    Project,
    ProjectAlias,
    ProjectDistrict,
    Promise,
)
from portfolio.projects.rules.dates import from_iso

# field of the data -> column of the project; the others live in tables of their own
COLUMNS = {
    "kind": "kind",
    "name": "name",
    "sector": "sector_code",
    "stage": "stage",
    "bundle_count": "bundle_count",
    "doubtful": "doubtful",
    "note": "note",
}
Rows = list[dict[str, Any]]


def write(
    db: Session, found: Difference, stands: State, now: datetime
) -> tuple[dict[str, int], list[Change]]:
    """Create and change projects; returns the project id of every item key, and the audit changes."""
    ids = {item.key: item.project_id for item in found.items if item.project_id is not None}
    ids |= _create(db, [item for item in found.items if item.fate is Fate.CREATED], now)
    set_fields = [
        (ids[item.key], item.wanted if item.fate is Fate.CREATED else item.changes, item)
        for item in found.items
    ]
    _update(db, [(id_, fields, item) for id_, fields, item in set_fields if item.fate is not Fate.CREATED])
    _parents(db, ids, set_fields)
    _aliases(db, stands, set_fields)
    _districts(db, stands, set_fields)
    _members(db, ids, stands, set_fields)
    changes = [
        _audited(ids[item.key], item) for item in found.items if item.fate is Fate.CREATED or item.changes
    ]
    return ids, changes


def places(
    db: Session, version_id: int, data: PlanData, ids: Mapping[str, int], sections: Mapping[str, int]
) -> dict[str, Counts]:
    """Make references and promises of this version equal to the data."""
    references = {
        (sections[row["section"]], ids[row["item"]], row["name"], int(row["occurrence"])): row["label"]
        for row in data.references
    }
    wanted_references = [
        {"section_id": section, "project_id": project, "name": name, "occurrence": nth, "label": label}
        for (section, project, name, nth), label in references.items()
    ]
    table = of(PlanReference)
    within = table.c.section_id.in_(sections.values())
    promised = [_promise(row, version_id, ids, sections) for row in data.promises]
    promises = of(Promise)
    return {
        "references": _replace(db, table, within, wanted_references),
        "promises": _replace(db, promises, promises.c.version_id == version_id, promised),
    }


def _create(db: Session, new: list[ItemChange], now: datetime) -> dict[str, int]:
    if not new:
        return {}
    codes = numbering.project_codes(db, len(new))
    rows = [_project(item, code, now) for item, code in zip(new, codes, strict=True)]
    db.execute(sa.insert(of(Project)), rows)
    table = of(Project)
    known = {code: id_ for id_, code in db.execute(sa.select(table.c.id, table.c.code))}
    return {item.key: known[code] for item, code in zip(new, codes, strict=True)}


def _project(item: ItemChange, code: str, now: datetime) -> dict[str, Any]:
    full, initials = pinyin.names(item.wanted["name"])
    return _columns(item.wanted) | {
        "code": code,
        "pinyin": full,
        "initials": initials,
        "created_at": now,
        "national_code": "",
        "nature": "",
        "scale": "",
        "reporting": False,
        "version": 1,
    }


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    values = {COLUMNS[name]: value for name, value in fields.items() if name in COLUMNS}
    if "sector_code" in values:
        values["sector_code"] = values["sector_code"] or None
    return values


def _update(db: Session, changed: Iterable[tuple[int, Mapping[str, Any], ItemChange]]) -> None:
    """Few rows change between loads, each in its own fields: one statement a row."""
    table = of(Project)
    for id_, fields, _ in changed:
        values = _columns(fields)
        if "name" in values:
            values["pinyin"], values["initials"] = pinyin.names(values["name"])
        if values or "part_of" in fields:
            db.execute(
                sa.update(table).where(table.c.id == id_).values(version=table.c.version + 1, **values)
            )


def _parents(
    db: Session, ids: Mapping[str, int], changed: Iterable[tuple[int, Mapping[str, Any], ItemChange]]
) -> None:
    rows = [
        {"p": id_, "parent": ids[fields["part_of"]] if fields["part_of"] else None}
        for id_, fields, item in changed
        if "part_of" in fields and (fields["part_of"] or item.fate is not Fate.CREATED)
    ]
    if rows:
        table = of(Project)
        change = sa.update(table).where(table.c.id == sa.bindparam("p"))
        db.execute(change.values(part_of_id=sa.bindparam("parent")), rows)


def _aliases(
    db: Session, stands: State, changed: Iterable[tuple[int, Mapping[str, Any], ItemChange]]
) -> None:
    """The old name of a renamed project stays findable."""
    table = of(ProjectAlias)
    new: Rows = []
    for id_, fields, item in changed:
        had = set(stands.projects[id_].values["aliases"]) if id_ in stands.projects else set()
        keep = set(fields.get("aliases", had))
        old_name = item.before.get("name")
        for name in sorted(keep - had):
            new.append(_alias(id_, name, "plan"))
        if old_name and old_name not in keep | had:
            new.append(_alias(id_, old_name, "rename"))
        gone = had - keep
        if gone:
            db.execute(sa.delete(table).where(table.c.project_id == id_, table.c.name.in_(gone)))
    if new:
        db.execute(sa.insert(table), new)


def _alias(project_id: int, name: str, origin: str) -> dict[str, Any]:
    full, initials = pinyin.names(name)
    return {"project_id": project_id, "name": name, "pinyin": full, "initials": initials, "origin": origin}


def _districts(
    db: Session, stands: State, changed: Iterable[tuple[int, Mapping[str, Any], ItemChange]]
) -> None:
    table = of(ProjectDistrict)
    new: Rows = []
    for id_, fields, _ in changed:
        if "districts" not in fields:
            continue
        had = set(stands.projects[id_].values["districts"]) if id_ in stands.projects else set()
        gone = had - set(fields["districts"])
        if gone:
            db.execute(sa.delete(table).where(table.c.project_id == id_, table.c.district_code.in_(gone)))
        new += [{"project_id": id_, "district_code": code} for code in fields["districts"] if code not in had]
    if new:
        db.execute(sa.insert(table), new)


def _members(
    db: Session,
    ids: Mapping[str, int],
    stands: State,
    changed: Iterable[tuple[int, Mapping[str, Any], ItemChange]],
) -> None:
    table = of(Membership)
    new: Rows = []
    for id_, fields, _ in changed:
        if "members" not in fields:
            continue
        had = set(stands.projects[id_].values["members"]) if id_ in stands.projects else set()
        wanted = set(fields["members"])
        gone = [ids.get(key, stands.project_of.get(key)) for key in had - wanted]
        if gone:
            db.execute(sa.delete(table).where(table.c.programme_id == id_, table.c.project_id.in_(gone)))
        added = {ids[key] for key in wanted - had if key in ids}
        new += [{"programme_id": id_, "project_id": project} for project in sorted(added)]
    if new:
        db.execute(sa.insert(table), new)


def _audited(project_id: int, item: ItemChange) -> Change:
    action = "created" if item.fate is Fate.CREATED else "updated"
    after = item.wanted if item.fate is Fate.CREATED else item.changes
    filled = {
        name: value for name, value in after.items() if action == "updated" or value not in ("", None, [])
    }
    return Change(
        "project", project_id, action, item.before, filled, project_id=project_id, reason="规划数据"
    )


def _promise(
    row: Mapping[str, str], version_id: int, ids: Mapping[str, int], sections: Mapping[str, int]
) -> dict[str, Any]:
    due = from_iso(row["due"]) if row["due"] else None
    return {
        "project_id": ids[row["item"]],
        "version_id": version_id,
        "section_id": sections[row["section"]] if row["section"] else None,
        "kind": row["what"],
        "comparator": row["comparator"],
        "value": number(row["value"]),
        "unit": row["unit"],
        "due": due.day if due else None,
        "due_precision": (row["precision"] or due.precision.value) if due else None,
    }


def _replace(db: Session, table: sa.Table, within: sa.ColumnElement[bool], wanted: Rows) -> Counts:
    """Rows without a key of their own: those that the data no longer hold go, new ones come."""
    stored = Counter[tuple[Any, ...]]()
    key_of: dict[tuple[Any, ...], list[int]] = {}
    names = list(wanted[0]) if wanted else []
    for row in db.execute(sa.select(table).where(within)).mappings():
        values = tuple(row[name] for name in names)
        stored[values] += 1
        key_of.setdefault(values, []).append(row["id"])
    new: Rows = []
    for desired in wanted:
        values = tuple(desired.values())
        if stored[values] > 0:
            stored[values] -= 1
        else:
            new.append(desired)
    surplus = [id_ for values, count in stored.items() if count > 0 for id_ in key_of[values][-count:]]
    if surplus:
        db.execute(sa.delete(table).where(table.c.id.in_(surplus)))
    if new:
        db.execute(sa.insert(table), new)
    return Counts(len(new), len(surplus), len(wanted) - len(new))
