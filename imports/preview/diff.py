"""Compare what a row says with what it held when it was exported and with what stands there now.

A cell is a change only if it differs from what was exported. Where the record changed meanwhile
too, it is a conflict: never silently last-one-wins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from openpyxl.utils import get_column_letter

from imports import fields
from imports.cells import text
from imports.cells.parse import Parsed, Said
from imports.fields import Column, Plain, WorkbookKind
from imports.layouts import milestones
from imports.layouts.sheet import Record
from imports.preview import actuals, checks
from imports.preview.findings import Action, Change, Conflict, Fault, RowFinding, SheetFinding
from imports.preview.match import Matched, MatchedSheet
from portfolio.access import Permission

ONLY_SHOWN = "这一栏只供查看，改了也不会写入。请恢复原样，或到项目页上改。"


def compare(matched: MatchedSheet, today: date) -> SheetFinding:
    """Return the findings of a whole sheet."""
    sheet = matched.sheet
    seen: dict[tuple[str, ...], int] = {}
    rows = []
    for each in matched.rows:
        twice = _twice(each, seen)
        rows.append(_row(matched, each, today, twice))
    columns = {get_column_letter(place): column.field for place, column in sheet.columns.items()}
    return SheetFinding(
        sheet.source.page.name,
        sheet.layout.kind.value,
        sheet.layout.unit,
        sheet.layout.period,
        sheet.source.header_rows,
        columns,
        tuple(rows),
        sheet.skipped,
        sheet.totals,
    )


@dataclass
class _Found:
    """What one row came to, while its cells are gone through."""

    fields: dict[str, Plain] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def _twice(each: Matched, seen: dict[tuple[str, ...], int]) -> int | None:
    """The number of an earlier row about the same record."""
    if each.record is None:
        return None
    first = seen.setdefault(each.record.key, each.row.number)
    return None if first == each.row.number else first


def _row(matched: MatchedSheet, each: Matched, today: date, twice: int | None) -> RowFinding:
    found, sheet = _Found(), matched.sheet
    key_cell = sheet.address(sheet.layout.key[0], each.row.number)
    if each.fault:
        found.faults.append(Fault(key_cell, each.row.words(sheet.layout.key[0]), each.fault))
    elif twice is not None:
        found.faults.append(
            Fault(key_cell, each.row.words(sheet.layout.key[0]), f"和第 {twice} 行是同一条。请只留一行。")
        )
    else:
        places = each.record.places if each.record else _places(sheet.layout.kind, each)
        for column in sheet.columns.values():
            _cell(matched, each, column, found, places, today)
        if each.record is None:
            found.faults.extend(_missing(matched, each))
        elif sheet.layout.kind is WorkbookKind.INDICATORS:
            found.faults.extend(_unsourced(matched, each, each.record, found, today))
    return _finding(matched, each, found)


def _finding(matched: MatchedSheet, each: Matched, found: _Found) -> RowFinding:
    record, row = each.record, each.row
    code = record.values.get("project", record.key[0]) if record else None
    if each.within is not None:
        code = each.within.code
    return RowFinding(
        row.number,
        _action(each, found),
        record.key if record else (),
        record.project if record else row.words("project.name"),
        str(code or ""),
        record.project_id if record else (each.within.id if each.within else None),
        record.record_id if record else None,
        each.held.version if each.held else (record.version if record else None),
        record.places if record else _places(matched.sheet.layout.kind, each),
        found.fields,
        found.cells,
        tuple(found.changes),
        tuple(found.conflicts),
        tuple(found.faults),
    )


def _action(each: Matched, found: _Found) -> Action:
    if found.faults:
        return Action.ERROR
    if found.conflicts:
        return Action.CONFLICT
    if each.record is None:
        return Action.CREATE
    return Action.UPDATE if found.changes else Action.UNCHANGED


def _cell(
    matched: MatchedSheet, each: Matched, column: Column, found: _Found, places: object, today: date
) -> None:
    said, record = each.row.said[column.field], each.record
    address = matched.sheet.address(column.field, each.row.number)
    if said.said is Said.NOTHING:
        return
    if said.said is Said.WRONG:
        found.faults.append(Fault(address, _shown(matched, each, column), said.message))
        return
    theirs, path = _theirs(said), fields.path(column, places)  # type: ignore[arg-type]
    found.fields[path], found.cells[path] = theirs, address
    now = _now(record, column)
    exported = each.held.values.get(column.field) if each.held else now
    if record is None:
        change = Change(address, path, column, None, theirs) if column.editable else None
        message = _fault(matched, each, column, said, today) if change else ""
    elif _same(theirs, exported) or _same(theirs, now) or _is_waiting(record, column, theirs):
        return
    elif not column.editable:
        change, message = None, ONLY_SHOWN
    else:
        change, message = (
            Change(address, path, column, now, theirs),
            _fault(matched, each, column, said, today),
        )
    if message:
        found.faults.append(Fault(address, _shown(matched, each, column), message))
    elif change is not None and record is not None and not _same(exported, now):
        found.conflicts.append(Conflict(address, path, column, exported, theirs, now))
    elif change is not None:
        found.changes.append(change)


def _fault(matched: MatchedSheet, each: Matched, column: Column, said: Parsed, today: date) -> str:
    value = None if said.said is Said.CLEAR else said.value
    message = checks.fault(column.field, value, each.record, matched.lists, today)
    if message:
        return message
    needed = checks.permission(column.field)
    if needed in matched.general:
        return ""
    number = each.record.project_id if each.record else (each.within.id if each.within else None)
    if needed is not Permission.EDIT_INDICATORS and (number is None or number in matched.permitted[needed]):
        return ""
    return checks.MAY_NOT


def _unsourced(
    matched: MatchedSheet, each: Matched, record: Record, found: _Found, today: date
) -> Iterator[Fault]:
    changes = {change.path: change for change in found.changes}
    wrong = {fault.cell for fault in found.faults}
    known = {column.field: column for column in matched.sheet.columns.values()}
    for name, value_name, words in actuals.faults(record, changes, matched.lists.years, today):
        if matched.sheet.address(value_name, each.row.number) not in wrong:
            shown = _shown(matched, each, known[name]) if name in known else ""
            yield Fault(matched.sheet.address(name, each.row.number), shown, words)


def _missing(matched: MatchedSheet, each: Matched) -> Iterator[Fault]:
    """What a new record must say."""
    sheet, row = matched.sheet, each.row
    if sheet.layout.kind is WorkbookKind.PROJECTS:
        for name, words in checks.REQUIRED.items():
            if not row.words(name):
                yield Fault(sheet.address(name, row.number), "", f"新项目要填{words}。编码留空。")
    if sheet.layout.kind is WorkbookKind.MILESTONES:
        if milestones.kind_of(row.words("kind")) is None:
            yield Fault(
                sheet.address("kind", row.number), row.words("kind"), "新节点要填节点。请从下拉名单里选。"
            )
        elif row.words("kind") == milestones.FREE_NAME and not row.words("label"):
            yield Fault(sheet.address("label", row.number), "", "自拟的节点要在“说明”里写名称。")
        if each.within and each.within.id not in matched.permitted[Permission.EDIT_MILESTONES]:
            yield Fault(sheet.address("kind", row.number), row.words("kind"), checks.MAY_NOT)


def _places(kind: WorkbookKind, each: Matched) -> dict[str, str]:
    if kind is not WorkbookKind.MILESTONES:
        return {"source": each.row.words("source")}
    gate = milestones.kind_of(each.row.words("kind")) or "free"
    return {"gate": milestones.gate(gate, each.row.words("label"))}


def _theirs(said: Parsed) -> Plain:
    return None if said.said is Said.CLEAR else fields.plain(said.value)


def _now(record: Record | None, column: Column) -> Plain:
    if record is None:
        return None
    value = fields.plain(record.values.get(column.field))
    return text.writable(value) if isinstance(value, str) else value


def _same(one: Plain, other: Plain) -> bool:
    return (
        (one or None) == (other or None) if isinstance(one, str) or isinstance(other, str) else one == other
    )


def _is_waiting(record: Record, column: Column, theirs: Plain) -> bool:
    return column.field in record.waiting and fields.plain(record.waiting[column.field]) == theirs


def _shown(matched: MatchedSheet, each: Matched, column: Column) -> str:
    place = next(place for place, known in matched.sheet.columns.items() if known is column)
    return each.row.raw[place].shown if place in each.row.raw else ""
