"""Writing the plan's own tables: sections, indicators, history, targets. The data are the authority."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from imports.plans.data import PlanData, Row
from portfolio.audit import Change
from portfolio.plan.models import IndicatorHistory, IndicatorSeries, PlanSection, PlanTarget
from portfolio.projects.rules.dates import PlannedDate, from_iso

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one table: made, changed (or taken away, where rows have no key), left alone."""

    created: int
    changed: int
    unchanged: int


def of(model: type[SQLModel]) -> sa.Table:
    """Return the Core table of a model."""
    return cast(sa.Table, model.__table__)  # type: ignore[attr-defined]


def known(value: int | None) -> int:
    """Return a key that the database has dealt; raises LookupError before the flush."""
    if value is None:
        raise LookupError("no key yet")
    return value


def day(text: str) -> date:
    """Read the last day of an ISO date that may lack its day or month."""
    return from_iso(text).day


def number(text: str) -> Decimal | None:
    """Read an exact figure; empty is None."""
    return Decimal(text) if text else None


def sections(
    db: Session, version_id: int, data: PlanData
) -> tuple[dict[str, int], dict[str, Counts], list[Change]]:
    """Write 篇, 章, 节, 专栏; returns their ids by key."""
    made = changed = same = 0
    changes: list[Change] = []
    ids: dict[str, int] = {}
    for kind in ("part", "chapter", "section", "box"):  # parents before children
        rows = [_section(row, ids) for row in data.sections if row["kind"] == kind]
        counts, more = upsert(db, of(PlanSection), version_id, "name_key", rows)
        made, changed, same = made + counts.created, changed + counts.changed, same + counts.unchanged
        changes += more
        ids = _ids(db, version_id)
    return ids, {"sections": Counts(made, changed, same)}, changes


def figures(
    db: Session, version_id: int, data: PlanData, ids: Mapping[str, int]
) -> tuple[dict[str, Counts], list[Change]]:
    """Write indicators, the previous plan's figures and the other targets."""
    counts: dict[str, Counts] = {}
    changes: list[Change] = []
    for name, table, key, rows in (
        (
            "indicators",
            of(IndicatorSeries),
            "no",
            [_series(i, row) for i, row in enumerate(data.indicators, 1)],
        ),
        ("history", of(IndicatorHistory), "no", [_history(row) for row in data.history]),
        ("targets", of(PlanTarget), "name_key", [_target(row, ids) for row in data.targets]),
    ):
        counts[name], more = upsert(db, table, version_id, key, rows)
        gone = _remove(db, table, version_id, key, rows) if table is not of(IndicatorSeries) else []
        counts[name] = replace(counts[name], changed=counts[name].changed + len(gone))
        changes += more + gone
    return counts, changes


def _remove(db: Session, table: sa.Table, version_id: int, key: str, rows: Rows) -> list[Change]:
    """Take away what the data no longer hold; nothing refers to these rows. An indicator stays: it has actuals."""
    stored = {row[key]: dict(row) for row in db.execute(_of_version(table, version_id)).mappings()}
    gone = sorted(stored.keys() - {row[key] for row in rows})
    if gone:
        db.execute(sa.delete(table).where(table.c.version_id == version_id, table.c[key].in_(gone)))
    names = set(rows[0]) if rows else {key}
    return [
        Change(table.name, each, "removed", {name: stored[each][name] for name in names}, {}) for each in gone
    ]


def upsert(
    db: Session, table: sa.Table, version_id: int, key: str, rows: Rows
) -> tuple[Counts, list[Change]]:
    """Make the rows of one version equal to the data; rows that the data no longer hold stay."""
    stored = {row[key]: row for row in db.execute(_of_version(table, version_id)).mappings()}
    new = [row | {"version_id": version_id} for row in rows if row[key] not in stored]
    changed = [row for row in rows if row[key] in stored and _differs(row, stored[row[key]])]
    if new:
        db.execute(sa.insert(table), new)
    if changed:
        where = (table.c.version_id == version_id, table.c[key] == sa.bindparam("k"))
        values: dict[str, Any] = {name: sa.bindparam(f"v_{name}") for name in changed[0]}
        bound = [{"k": row[key]} | {f"v_{name}": value for name, value in row.items()} for row in changed]
        db.execute(sa.update(table).where(*where).values(values), bound)
    changes = [Change(table.name, row[key], "created", {}, row) for row in new]
    for row in changed:
        before = {name: stored[row[key]][name] for name in row if stored[row[key]][name] != row[name]}
        changes.append(Change(table.name, row[key], "updated", before, {name: row[name] for name in before}))
    return Counts(len(new), len(changed), len(rows) - len(new) - len(changed)), changes


def _of_version(table: sa.Table, version_id: int) -> sa.Select[Any]:
    return sa.select(table).where(table.c.version_id == version_id)


def _differs(row: Mapping[str, Any], stored: Mapping[Any, Any]) -> bool:
    return any(stored[name] != value for name, value in row.items())


def _ids(db: Session, version_id: int) -> dict[str, int]:
    table = of(PlanSection)
    statement = sa.select(table.c.name_key, table.c.id).where(table.c.version_id == version_id)
    return {row.name_key: row.id for row in db.execute(statement)}


def _section(row: Row, ids: Mapping[str, int]) -> dict[str, Any]:
    return {
        "name_key": row["key"],
        "kind": row["kind"],
        "number": row["number"],
        "title": row["title"],
        "parent_id": ids[row["parent"]] if row["parent"] else None,
        "position": int(row["position"]),
    }


def _series(position: int, row: Row) -> dict[str, Any]:
    return {
        "no": row["series"],
        "number": int(row["number"]),
        "position": position,
        "theme": row["group"],
        "name": row["name"],
        "unit": row["unit"],
        "base_value": number(row["base_value"]),
        "target_value": number(row["target_value"]),
        "comparator": row["comparator"],
        "nature": row["nature"],
        "cumulative": row["cumulative"] == "1",
        "direction": row["direction"],
        "path": row["path"],
    }


def _history(row: Row) -> dict[str, Any]:
    return {
        "no": row["number"],
        "name": row["name"],
        "unit": row["unit"],
        "target": row["target_2020"],
        "actual": row["actual_2020"],
        "unsure": row["unsure"] == "1",
        "note": row["note"],
    }


def _target(row: Row, ids: Mapping[str, int]) -> dict[str, Any]:
    due: PlannedDate | None = from_iso(row["by"]) if row["by"] else None
    return {
        "name_key": row["key"],
        "name": row["name"],
        "value": number(row["value"]),
        "comparator": row["comparator"],
        "unit": row["unit"],
        "due": due.day if due else None,
        "due_precision": due.precision.value if due else "",
        "section_id": ids[row["section"]] if row["section"] else None,
        "item_key": row["item"],
        "note": row["note"],
    }
