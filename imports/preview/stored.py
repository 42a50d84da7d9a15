"""A preview as it is kept with its batch: without the rows that would not change, which are only counted."""

import json
from typing import Any

from imports import fields
from imports.fields import Column, Type
from imports.preview.findings import Action, Change, Conflict, Fault, Preview, RowFinding, SheetFinding, Total


def dump(preview: Preview) -> str:
    """Write a preview; unchanged rows become a number."""
    return json.dumps(
        {
            "file": preview.file,
            "sha256": preview.sha256,
            "refused": preview.refused,
            "kind": preview.kind,
            "exported_at": preview.exported_at,
            "exported_by": preview.exported_by,
            "notices": list(preview.notices),
            "sheets": [_sheet(each) for each in preview.sheets],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def load(text: str) -> Preview:
    """Read a preview back; its unchanged rows carry nothing but their number."""
    kept = json.loads(text)
    return Preview(
        kept["file"],
        kept["sha256"],
        kept["refused"],
        kept["kind"],
        kept["exported_at"],
        kept["exported_by"],
        tuple(kept["notices"]),
        tuple(_read_sheet(each) for each in kept["sheets"]),
    )


def _sheet(sheet: SheetFinding) -> dict[str, Any]:
    return {
        "name": sheet.name,
        "kind": sheet.kind,
        "unit": sheet.unit,
        "period": sheet.period,
        "header_rows": list(sheet.header_rows),
        "skipped": list(sheet.skipped),
        "totals": [
            [each.column, each.heading, each.ours, each.theirs] for each in sheet.totals if each.differs
        ],
        "unchanged": [row.row for row in sheet.rows if row.action is Action.UNCHANGED],
        "rows": [_row(row) for row in sheet.rows if row.action is not Action.UNCHANGED],
    }


def _row(row: RowFinding) -> dict[str, Any]:
    return {
        "row": row.row,
        "action": row.action,
        "key": list(row.key),
        "project": row.project,
        "code": row.project_code,
        "project_id": row.project_id,
        "record_id": row.record_id,
        "places": dict(row.places),
        "fields": dict(row.fields) if row.action is Action.CREATE else {},
        "changes": [[c.cell, c.path, *_column(c.column), c.old, c.new] for c in row.changes],
        "conflicts": [
            [c.cell, c.path, *_column(c.column), c.exported, c.theirs, c.now] for c in row.conflicts
        ],
        "faults": [[f.cell, f.value, f.message] for f in row.faults],
    }


def _column(column: Column) -> tuple[str, str, str, str]:
    return column.field, column.title, column.type, column.group


def _read_sheet(kept: dict[str, Any]) -> SheetFinding:
    rows = [_read_row(each) for each in kept["rows"]]
    rows += [RowFinding(number, Action.UNCHANGED, (), "", "") for number in kept["unchanged"]]
    return SheetFinding(
        kept["name"],
        kept["kind"],
        kept["unit"],
        kept["period"],
        tuple(kept["header_rows"]),
        {},
        tuple(sorted(rows, key=lambda row: row.row)),
        tuple((row, why) for row, why in kept["skipped"]),
        tuple(Total(*each) for each in kept["totals"]),
    )


def _read_row(kept: dict[str, Any]) -> RowFinding:
    return RowFinding(
        kept["row"],
        Action(kept["action"]),
        tuple(kept["key"]),
        kept["project"],
        kept["code"],
        kept["project_id"],
        kept["record_id"],
        None,
        kept["places"],
        kept["fields"],
        {},
        tuple(Change(cell, path, _known(rest[:4]), *rest[4:]) for cell, path, *rest in kept["changes"]),
        tuple(Conflict(cell, path, _known(rest[:4]), *rest[4:]) for cell, path, *rest in kept["conflicts"]),
        tuple(Fault(*each) for each in kept["faults"]),
    )


def _known(parts: list[str]) -> Column:
    name, title, kind, group = parts
    return fields.Column(name, title, Type(kind), group)
