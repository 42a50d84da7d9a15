"""Load a plan's data into the database: one transaction, as often as one likes.

What people changed since the last load is kept and reported; nothing is deleted; an item that
was merged or renamed is followed by its key and its aliases, so that no second record appears.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.plans import diff, items, state, tables
from imports.plans.data import PlanData
from imports.plans.diff import Difference, Fate
from imports.plans.tables import Counts
from portfolio import audit, clock
from portfolio.access import Actor
from portfolio.audit import Change
from portfolio.errors import Conflict
from portfolio.i18n import _
from portfolio.plan.models import Plan, PlanVersion
from portfolio.projects import merging, reference
from portfolio.projects.merging import MergeIn
from portfolio.projects.models import PlanRow


@dataclass(frozen=True, slots=True)
class FieldNote:
    """One field of one item: what stood there and what the data say."""

    key: str
    name: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Report:
    """What a load did, or would do: counts of items by fate, every field set or kept, rows per table."""

    plan: str
    version: int
    dry_run: bool
    created: int
    adopted: int
    updated: int
    unchanged: int
    followed: int
    merged: tuple[str, ...]
    gone: tuple[str, ...]
    changes: tuple[FieldNote, ...]
    kept: tuple[FieldNote, ...]
    tables: dict[str, Counts]
    names: dict[str, str]  # of the items that are gone, by key

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `--json`."""
        return asdict(self)


def preview(db: Session, actor: Actor, data: PlanData, *, now: datetime) -> Report:
    """Say what `load` would do, by doing it and taking it back; raises Conflict for an outdated version."""
    trial = db.begin_nested()
    try:
        return replace(load(db, actor, data, now=now), dry_run=True)
    finally:
        trial.rollback()


def load(db: Session, actor: Actor, data: PlanData, *, now: datetime) -> Report:
    """Load everything and record it in the audit trail; raises Conflict for an outdated version."""
    reference.load(db)
    stands = state.read(db, data.plan["key"], data.version)
    found = diff.difference(data, stands)
    version_id, made = _version(db, data, now)
    sections, counts, changes = tables.sections(db, version_id, data)
    project_of, touched = items.write(db, found, stands, now)
    found = _merge(db, actor, found, project_of, clock.civil_date(now))
    counts |= items.places(db, version_id, data, project_of, sections)
    more, noted = tables.figures(db, version_id, data, sections)
    _remember(db, version_id, found, project_of, stands)
    audit.record(db, actor, *made, *changes, *touched, *noted, at=now)
    gone = {key: str(stands.loaded[key]["name"]) for key in found.gone}
    return _report(data, found, counts | more, gone)


def _merge(
    db: Session, actor: Actor, found: Difference, project_of: dict[str, int], today: date
) -> Difference:
    """Carry out the merges of the data; a record with a baseline of its own is left and told as gone."""
    done: list[tuple[str, int, str]] = []
    left: list[str] = []
    for key, old, into in found.merges:
        wanted = MergeIn(duplicate_id=old, into_id=project_of[into], reason=_("规划数据里已合并"))
        try:
            merging.merge(db, actor, wanted, today=today)
        except Conflict:
            left.append(key)
        else:
            done.append((key, old, into))
    return replace(found, merges=tuple(done), gone=(*found.gone, *left))


def _version(db: Session, data: PlanData, now: datetime) -> tuple[int, list[Change]]:
    row = data.plan
    plan = db.execute(sa.select(Plan).where(col(Plan.name_key) == row["key"])).scalar_one_or_none()
    if plan is None:
        plan = Plan(
            name_key=row["key"],
            name=row["name"],
            starts_on=tables.day(row["starts_on"]),
            ends_on=tables.day(row["ends_on"]),
        )
        db.add(plan)
        db.flush()
    statement = sa.select(PlanVersion).where(
        col(PlanVersion.plan_id) == plan.id, col(PlanVersion.no) == data.version
    )
    version = db.execute(statement).scalar_one_or_none()
    before = "" if version is None else version.data_hash
    if version is None:
        version = PlanVersion(plan_id=tables.known(plan.id), no=data.version, title=row["title"])
        db.add(version)
    if before != data.digest:
        version.title, version.document = row["title"], row["document"]
        version.issued_on = tables.day(row["issued_on"]) if row["issued_on"] else None
        version.data_hash, version.loaded_at = data.digest, now
    db.flush()
    version_id = tables.known(version.id)
    if before == data.digest:
        return version_id, []
    change = Change("plan_version", version_id, "loaded", {"data_hash": before}, {"data_hash": data.digest})
    return version_id, [change]


def _remember(
    db: Session, version_id: int, found: Difference, project_of: dict[str, int], stands: state.State
) -> None:
    """Keep what this load gave, field by field: the base of the next three-way comparison."""
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for item in found.items:
        if item.key not in stands.of_this_version:
            loaded = json.dumps(item.wanted, ensure_ascii=False)
            row = {"version_id": version_id, "plan_key": item.key, "project_id": project_of[item.key]}
            new.append(row | {"loaded": loaded})
        elif stands.loaded[item.key] != item.wanted:
            changed.append({"k": item.key, "loaded": json.dumps(item.wanted, ensure_ascii=False)})
    table = tables.of(PlanRow)
    if new:
        db.execute(sa.insert(table), new)
    if changed:
        where = (table.c.version_id == version_id, table.c.plan_key == sa.bindparam("k"))
        db.execute(sa.update(table).where(*where), changed)


def _report(data: PlanData, found: Difference, counts: dict[str, Counts], names: dict[str, str]) -> Report:
    changes = tuple(
        FieldNote(item.key, item.wanted["name"], name, item.before[name], value)
        for item in found.items
        for name, value in item.changes.items()
    )
    kept = tuple(
        FieldNote(item.key, item.wanted["name"], name, stands, value)
        for item in found.items
        for name, (stands, value) in item.kept.items()
    )
    return Report(
        plan=data.plan["key"],
        version=data.version,
        dry_run=False,
        created=found.count(Fate.CREATED),
        adopted=found.count(Fate.ADOPTED),
        updated=found.count(Fate.UPDATED),
        unchanged=found.count(Fate.UNCHANGED),
        followed=found.count(Fate.FOLLOWED),
        merged=tuple(into for _key, _old, into in found.merges),
        gone=found.gone,
        changes=changes,
        kept=kept,
        tables=counts,
        names=names,
    )
