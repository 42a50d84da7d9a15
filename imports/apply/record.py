"""What the pages of workbooks show: the desk with its batches, and one batch, found or written."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.apply import batch as batches
from imports.fields import AMOUNT_NAMES, COST_FIELDS, STAGE_NAMES, Column, Type, WorkbookKind
from imports.layouts import base, registry
from imports.layouts.base import Lists, View
from imports.layouts.projects import layout as project_layout
from imports.models import BatchState, ImportBatch, ImportChange
from imports.preview import stored, words
from imports.preview.findings import Change, Preview
from imports.preview.words import SHOWN, ChangeLine, Shown
from portfolio.access import Permission
from portfolio.errors import NotFound
from portfolio.finance import queries
from portfolio.finance.models import AmountKind, PeriodKind
from portfolio.finance.queries import Stated
from portfolio.finance.reference import NAMES, Source
from portfolio.i18n import _
from portfolio.money import show
from portfolio.plan.models import IndicatorSeries
from portfolio.projects import projects, scope
from portfolio.projects.rules import kinds

MONEY = frozenset({WorkbookKind.BUDGETS, WorkbookKind.PAYMENTS})
STATES = {
    BatchState.REFUSED: _("没有读成"),
    BatchState.PREVIEWED: _("等您核对"),
    BatchState.APPLIED: _("已写入"),
    BatchState.UNDONE: _("已撤销"),
    BatchState.DISCARDED: _("已放弃"),
}
FIGURES = {"value": _("实际数"), "source": _("数据来源")}
DATES = {"baseline": _("基线"), "forecast": _("预测"), "actual": _("实际")}
_PLAIN = {each.field: each.title for each in project_layout("", Lists()).columns}


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch: its row, what was found in it, and what it wrote."""

    row: ImportBatch
    kind: str
    preview: Preview
    found: Shown
    written: tuple[ChangeLine, ...]
    may_import: bool

    @property
    def is_open(self) -> bool:
        """Whether it can still be written."""
        return self.row.state is BatchState.PREVIEWED


def one(db: Session, view: View, code: str) -> BatchPage:
    """Return a batch for its page; raises NotFound."""
    row = batches.load(db, view.actor, code)
    found = stored.load(row.findings)
    wrote = () if row.applied_at is None else tuple(lines(db, view, row))
    return BatchPage(
        row,
        kind_name(row.kind),
        found,
        words.shown(found),
        wrote,
        view.actor.may(Permission.IMPORT_WORKBOOKS),
    )


def preview(db: Session, view: View, code: str) -> Preview:
    """Return what was found in a batch; raises NotFound."""
    return stored.load(batches.load(db, view.actor, code).findings)


def desk(db: Session, view: View) -> dict[str, Any]:
    """Return what the first page of workbooks shows."""
    lists = base.lists(db, view)
    kinds_ = [kind for kind in WorkbookKind if kind not in MONEY or view.actor.may(Permission.SEE_MONEY)]
    return {
        "kinds": [(kind.value, registry.NAMES[kind]) for kind in kinds_],
        "sectors": lists.sectors,
        "districts": lists.districts,
        "stages": [(stage.value, name) for stage, name in STAGE_NAMES.items()],
        "may_import": view.actor.may(Permission.IMPORT_WORKBOOKS),
        "batches": [(row, kind_name(row.kind), STATES[row.state]) for row in batches.recent(db, view.actor)],
    }


@dataclass(frozen=True, slots=True)
class OriginLine:
    """One sum as it was stated, with the file and cell it came from; `code` only if the batch may be opened."""

    label: str
    sum: str
    is_current: bool
    when: datetime
    who: str
    reason: str
    file: str
    cell: str
    code: str


def origins(db: Session, view: View, code: str, year: int, source: str) -> tuple[str, list[OriginLine]]:
    """Return a project's name and where each of its sums of a year and source came from.

    Raises NotFound for a project out of sight, and for one whose money is.
    """
    project = projects.by_code(db, view.actor, code, today=view.today)
    number = base.number(project)
    if not scope.within(db, view.actor, [number], today=view.today, permission=Permission.SEE_MONEY):
        raise NotFound(_("没有这笔资金，或者它不在您的范围内。"))
    stated = queries.history(db, view.actor, number, year, source, today=view.today)
    wanted = {each.batch_id for each in stated if each.batch_id is not None}
    rows = db.execute(sa.select(ImportBatch).where(col(ImportBatch.id).in_(wanted))).scalars()
    sent = {row.id: row for row in rows}
    return project.name, [_origin(view, each, sent.get(each.batch_id)) for each in stated]


def _origin(view: View, each: Stated, row: ImportBatch | None) -> OriginLine:
    when = {PeriodKind.YEAR: "", PeriodKind.OPENING: _("期初")}.get(
        each.slot.period, _("%(m)s月", m=each.slot.month)
    )
    return OriginLine(
        f"{AMOUNT_NAMES[each.slot.kind]} {when}".strip(),
        words.NOTHING if each.sum is None else show(each.sum, "万元", 6),
        each.is_current,
        each.recorded_at,
        each.recorded_by,
        each.reason,
        row.file_name if row else "",
        each.origin,
        row.code if row and batches.may_see(view.actor, row) else "",
    )


def kind_name(kind: str) -> str:
    """A kind of workbook as people call it."""
    return registry.NAMES[WorkbookKind(kind)] if kind else words.NOTHING


def lines(db: Session, view: View, batch: ImportBatch) -> list[ChangeLine]:
    """Return the fields that a batch wrote, those in the actor's sight; at most a page of them."""
    rows = list(
        db.execute(
            sa.select(ImportChange)
            .where(col(ImportChange.batch_id) == batch.id)
            .order_by(col(ImportChange.id))
            .limit(SHOWN)
        ).scalars()
    )
    if batch.kind == WorkbookKind.INDICATORS:
        names = _series(db)
        return [_line(each, *names[each.record_id]) for each in rows]
    seen = {base.number(each): each for each in base.projects(db, base.unfiltered(view))} if rows else {}
    return [
        _line(each, seen[each.project_id].name, seen[each.project_id].code)
        for each in rows
        if each.project_id in seen
    ]


def _series(db: Session) -> dict[int, tuple[str, str]]:
    """Name and number of each series of the plan, in whatever version."""
    rows = db.execute(sa.select(col(IndicatorSeries.id), col(IndicatorSeries.name), col(IndicatorSeries.no)))
    return {id_: (name, no) for id_, name, no in rows if id_ is not None}


def _line(row: ImportChange, name: str, code: str) -> ChangeLine:
    before, after = json.loads(row.before), json.loads(row.after)
    if not row.path:
        made = _("新增项目") if row.entity == "project" else _("新增节点")
        href = words.address(row.path, code)
        return ChangeLine(row.cell, name, href, made, words.NOTHING, str(after), "", False)
    column = Column(row.path, "", _type(row.path))
    change = Change(row.cell, row.path, column, before, after)
    old, new = words.value(before, column), words.value(after, column)
    href, gap = words.address(row.path, code), words.difference(change)
    return ChangeLine(row.cell, name, href, label(row.path), old, new, gap, column.type is Type.MONEY)


def label(path: str) -> str:
    """A field path as people call it: `2024年批复 市级财政`, `2024-05 支付 市级财政`, `施工许可（南段） 预测`."""
    parts = path.split(".")
    match parts[0]:
        case "budget" | "payment":
            when = {"opening": _("期初")}.get(parts[1], parts[1])
            kind = AMOUNT_NAMES[AmountKind(parts[3].removesuffix("_fen"))]
            return f"{when} {kind} {NAMES[Source(parts[2])]}"
        case "milestone":
            gate, _bracket, rest = path.removeprefix("milestone.").rpartition(".")[0].partition("[")
            return f"{kinds.name_of(gate, rest.removesuffix(']'))} {DATES.get(parts[-1], parts[-1])}"
        case "indicator":
            return f"{parts[1]}年 {FIGURES[parts[2]]}"
    return dict(COST_FIELDS.values()).get(path) or _PLAIN.get(path, path)


def _type(path: str) -> Type:
    if path.endswith("_fen"):
        return Type.MONEY
    if path.startswith("indicator.") and path.endswith(".value"):
        return Type.NUMBER
    return Type.DATE if path.startswith("milestone.") else Type.TEXT
