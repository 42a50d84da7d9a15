"""What was found in a workbook: frozen values, as JSON in the shape that the command line prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from imports.fields import Column, Plain


class Action(StrEnum):
    """What applying would do with a row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that would change: its cell, its path, what stands there and what would."""

    cell: str
    path: str
    column: Column
    old: Plain
    new: Plain


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that both sides changed since the export; someone must choose."""

    cell: str
    path: str
    column: Column
    exported: Plain
    theirs: Plain
    now: Plain

    @property
    def id(self) -> str:
        """The name of the choice in a form."""
        return f"choice:{self.cell}"


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be taken: what stands there, what is wrong, what to do."""

    cell: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class RowFinding:
    """One row: what it is about and what would become of it. `cells` maps paths to addresses."""

    row: int
    action: Action
    key: tuple[str, ...]
    project: str
    project_code: str
    project_id: int | None = None
    record_id: int | None = None
    version: int | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Plain] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """A money column: our sum of its rows, and what the workbook's own 合计 says (None: it says nothing)."""

    column: str
    heading: str
    ours: int
    theirs: int | None

    @property
    def differs(self) -> bool:
        """Whether the two disagree."""
        return self.theirs is not None and self.theirs != self.ours


@dataclass(frozen=True, slots=True)
class SheetFinding:
    """One sheet: how it was read, row by row, and what was left aside with the reason."""

    name: str
    kind: str | None
    unit: str
    period: str
    header_rows: tuple[int, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[RowFinding, ...] = ()
    skipped: tuple[tuple[int, str], ...] = ()
    totals: tuple[Total, ...] = ()

    def count(self, action: Action) -> int:
        """How many rows have this fate."""
        return sum(row.action is action for row in self.rows)


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole workbook. `refused` is the sentence when nothing could be read."""

    file: str
    sha256: str
    refused: str | None = None
    kind: str = ""
    exported_at: str = ""
    exported_by: str = ""
    notices: tuple[str, ...] = ()
    sheets: tuple[SheetFinding, ...] = ()

    @property
    def rows(self) -> tuple[RowFinding, ...]:
        """All rows of all sheets."""
        return tuple(row for sheet in self.sheets for row in sheet.rows)

    @property
    def summary(self) -> dict[Action, int]:
        """How many rows have which fate."""
        return {action: sum(sheet.count(action) for sheet in self.sheets) for action in Action}

    @property
    def is_clean(self) -> bool:
        """Whether it can be applied without a choice or an omission."""
        return self.refused is None and not self.summary[Action.CONFLICT] and not self.summary[Action.ERROR]


def as_json(preview: Preview) -> dict[str, Any]:
    """Return the machine-readable preview."""
    return {
        "file": preview.file,
        "sha256": preview.sha256,
        "refused": preview.refused,
        "notices": list(preview.notices),
        "sheets": [_sheet(sheet) for sheet in preview.sheets],
        "summary": {action.value: count for action, count in preview.summary.items()},
    }


def _sheet(sheet: SheetFinding) -> dict[str, Any]:
    return {
        "name": sheet.name,
        "kind": sheet.kind,
        "unit": sheet.unit,
        "period": sheet.period,
        "header_rows": list(sheet.header_rows),
        "columns": dict(sheet.columns),
        "rows": [_row(row) for row in sheet.rows],
        "skipped": [{"row": row, "why": why} for row, why in sheet.skipped],
        "totals": [
            {"column": each.column, "ours_fen": each.ours, "theirs_fen": each.theirs} for each in sheet.totals
        ],
    }


def _row(row: RowFinding) -> dict[str, Any]:
    return {
        "row": row.row,
        "action": row.action.value,
        "project": row.project,
        "project_id": (row.project_code or None) if row.project_id is not None else None,
        "key": list(row.key),
        "fields": dict(row.fields),
        "changes": [
            {"field": each.path, "cell": each.cell, "old": each.old, "new": each.new} for each in row.changes
        ],
        "conflicts": [
            {
                "field": each.path,
                "cell": each.cell,
                "exported": each.exported,
                "theirs": each.theirs,
                "now": each.now,
            }
            for each in row.conflicts
        ],
        "errors": [{"cell": each.cell, "value": each.value, "message": each.message} for each in row.faults],
    }
