"""A preview as a page shows it: counts by sheet, changes old → new, conflicts three-way, faults."""

from dataclasses import dataclass
from decimal import Decimal

from imports import fields
from imports.fields import Column, Plain, Type
from imports.layouts import registry
from imports.preview.findings import Action, Change, Conflict, Preview, RowFinding, SheetFinding
from portfolio.finance.reference import NAMES, Source
from portfolio.i18n import _
from portfolio.money import Fen, show
from portfolio.projects.rules.dates import PlannedDate

SHOWN = 300  # changes on one page; the machine-readable preview has all
NOTHING = "–"
SKIPPED = {
    "title row": _("标题与单位"),
    "total row": _("小计合计"),
    "note row": _("表下说明"),
    "sheet not recognised": _("不认识的工作表"),
}


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One sheet with its counts."""

    name: str
    kind: str
    read: int
    skipped: int
    unchanged: int
    changed: int
    created: int
    conflicts: int
    errors: int


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One field that would change, or was."""

    cell: str
    project: str
    href: str
    label: str
    old: str
    new: str
    difference: str
    number: bool


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """One field that both sides changed."""

    cell: str
    name: str
    project: str
    label: str
    exported: str
    theirs: str
    now: str


@dataclass(frozen=True, slots=True)
class NewLine:
    """A record that would be made."""

    cell: str
    name: str
    fields: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that the page of a preview shows."""

    sheets: tuple[SheetLine, ...]
    skipped: str
    totals: tuple[str, ...]
    changes: tuple[ChangeLine, ...]
    more: int
    conflicts: tuple[ConflictLine, ...]
    created: tuple[NewLine, ...]
    faults: tuple[tuple[str, str, str], ...]
    fields: int
    ready_rows: int
    held_rows: int
    moves_baseline: bool


def shown(preview: Preview) -> Shown:
    """Put a preview into words."""
    rows = [row for row in preview.rows if row.action is not Action.UNCHANGED]
    changes = [(row, change) for row in rows if row.action is not Action.CREATE for change in row.changes]
    open_ = [each for each in changes if each[0].action is Action.UPDATE]
    counts = preview.summary
    return Shown(
        tuple(_sheet(sheet) for sheet in preview.sheets),
        _skipped(preview),
        tuple(_totals(preview)),
        tuple(_change(row, change) for row, change in changes[:SHOWN]),
        max(0, len(changes) - SHOWN),
        tuple(_conflict(row, each) for row in rows for each in row.conflicts),
        tuple(_new(row) for row in rows if row.action is Action.CREATE),
        tuple(
            (each.cell, row.project, _fault(each.value, each.message)) for row in rows for each in row.faults
        ),
        len(open_),
        counts[Action.UPDATE] + counts[Action.CREATE],
        counts[Action.CONFLICT] + counts[Action.ERROR],
        any(change.path.endswith(".baseline") and change.old is not None for _row, change in changes),
    )


def label(column: Column, path: str) -> str:
    """A column as people call it: `2024年批复 市级财政`, `基线`."""
    words = f"{column.group} {column.title}".strip()
    return f"{_source(path)} {words}".strip() if path.startswith("payment.") else words


def address(path: str, code: str) -> str:
    """Where the record of a field is shown: its project's page, or its indicator's."""
    return f"/plan/indicators/{code}" if path.startswith("indicator.") else f"/projects/{code}"


def value(written: Plain, column: Column) -> str:
    """A value as people read it; money in 万元 with every digit it has."""
    if written is None:
        return NOTHING
    known = fields.rich(written, column.type)
    if isinstance(known, Fen):
        return show(known, "万元", 6)
    if isinstance(known, bool):
        return _("是") if known else _("否")
    return fields.digits(known) if isinstance(known, Decimal) else str(known)


def _source(path: str) -> str:
    source = path.split(".")[2]
    return NAMES[Source(source)] if source in set(Source) else ""


def _sheet(sheet: SheetFinding) -> SheetLine:
    known = {kind.value: name for kind, name in registry.NAMES.items()}
    return SheetLine(
        sheet.name,
        known.get(sheet.kind or "", NOTHING),
        len(sheet.rows),
        len(sheet.skipped),
        *(
            sheet.count(each)
            for each in (Action.UNCHANGED, Action.UPDATE, Action.CREATE, Action.CONFLICT, Action.ERROR)
        ),
    )


def _skipped(preview: Preview) -> str:
    counts: dict[str, int] = {}
    for sheet in preview.sheets:
        for _number, why in sheet.skipped:
            counts[why] = counts.get(why, 0) + 1
    total = sum(counts.values())
    if not total:
        return ""
    parts = "、".join(f"{SKIPPED.get(why, why)} {number}" for why, number in counts.items())
    return _("跳过的 %(n)s 行：%(parts)s。", n=total, parts=parts)


def _totals(preview: Preview) -> list[str]:
    return [
        _(
            "“%(sheet)s”%(column)s 列（%(heading)s）：逐行相加 %(ours)s 万元，表内合计写 %(theirs)s 万元，差 %(gap)s 万元。",
            sheet=sheet.name,
            column=each.column,
            heading=each.heading,
            ours=show(Fen(each.ours), places=6),
            theirs=show(Fen(each.theirs or 0), places=6),
            gap=show(Fen(each.ours - (each.theirs or 0)), places=6),
        )
        for sheet in preview.sheets
        for each in sheet.totals
        if each.differs
    ]


def _change(row: RowFinding, change: Change) -> ChangeLine:
    return ChangeLine(
        change.cell,
        row.project,
        address(change.path, row.project_code),
        label(change.column, change.path),
        value(change.old, change.column),
        value(change.new, change.column),
        difference(change),
        change.column.type is Type.MONEY,
    )


def difference(change: Change) -> str:
    """How far the new value lies from the old one, in words."""
    if change.new is None:
        return _("清空")
    if change.old is None:
        new = fields.rich(change.new, change.column.type)
        return f"+{show(new, '万元', 6)}" if isinstance(new, Fen) and new.amount > 0 else _("补填")
    old, new = (fields.rich(each, change.column.type) for each in (change.old, change.new))
    if isinstance(old, Fen) and isinstance(new, Fen):
        gap = new - old
        return f"+{show(gap, '万元', 6)}" if gap.amount > 0 else show(gap, "万元", 6)
    if isinstance(old, PlannedDate) and isinstance(new, PlannedDate):
        days = (new.day - old.day).days
        return _("晚 %(n)s 天", n=days) if days > 0 else _("早 %(n)s 天", n=-days) if days < 0 else _("精度")
    if isinstance(old, Decimal) and isinstance(new, Decimal):
        return f"{new - old:+f}"
    return _("文字")


def _conflict(row: RowFinding, each: Conflict) -> ConflictLine:
    return ConflictLine(
        each.cell,
        each.id,
        row.project,
        label(each.column, each.path),
        *(value(one, each.column) for one in (each.exported, each.theirs, each.now)),
    )


def _new(row: RowFinding) -> NewLine:
    parts = "，".join(f"{each.column.title} {value(each.new, each.column)}" for each in row.changes)
    name = row.project or next((each for each in row.key if each), "")
    gate = row.places.get("gate", "")
    return NewLine(row.changes[0].cell if row.changes else str(row.row), f"{name} {gate}".strip(), parts)


def _fault(found: str, message: str) -> str:
    return (
        message
        if not found or found in message
        else _("填的是“%(found)s”。%(words)s", found=found, words=message)
    )
