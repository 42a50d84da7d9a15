"""The kinds of workbooks of ours: which file knows each."""

from collections.abc import Collection
from dataclasses import replace
from typing import Protocol, cast

from sqlalchemy.orm import Session

from imports.fields import WorkbookKind
from imports.layouts import base, budgets, indicators, milestones, payments, projects
from imports.layouts.base import Lists, View
from imports.layouts.sheet import Layout, Record, Sheet


class Kind(Protocol):
    """What a file of this folder offers for its kind."""

    def periods(self, db: Session, view: View, /) -> list[str]:
        """The periods that get a sheet each."""
        ...

    def layout(self, period: str, lists: Lists, /) -> Layout:
        """The sheet of a period."""
        ...

    def records(
        self, db: Session, view: View, sheet: Layout, codes: Collection[tuple[str, ...]] | None = None, /
    ) -> list[Record]:
        """The rows in view, or those with these keys."""
        ...


KINDS: dict[WorkbookKind, Kind] = {
    WorkbookKind.PROJECTS: cast(Kind, projects),
    WorkbookKind.MILESTONES: cast(Kind, milestones),
    WorkbookKind.BUDGETS: cast(Kind, budgets),
    WorkbookKind.PAYMENTS: cast(Kind, payments),
    WorkbookKind.INDICATORS: cast(Kind, indicators),
}
NAMES: dict[WorkbookKind, str] = {
    WorkbookKind.PROJECTS: "项目表",
    WorkbookKind.MILESTONES: "节点表",
    WorkbookKind.BUDGETS: "年度资金计划",
    WorkbookKind.PAYMENTS: "资金下达、到位、支付",
    WorkbookKind.INDICATORS: "规划指标",
}
FIXED_ROWS = frozenset({WorkbookKind.INDICATORS})  # their rows are given: a blank one has them too


def sheets(db: Session, kind: WorkbookKind, view: View) -> list[Sheet]:
    """Return all sheets of a kind as the database has them now."""
    known, found = KINDS[kind], base.lists(db, view)
    layouts = [known.layout(period, found) for period in known.periods(db, view)]
    return [Sheet(each, tuple(known.records(db, view, each))) for each in layouts]


def blank(db: Session, kind: WorkbookKind, view: View) -> list[Sheet]:
    """Return the sheets of a kind without rows (or with nothing filled in): a template to be filled."""
    if kind in FIXED_ROWS:
        return [_emptied(sheet) for sheet in sheets(db, kind, view)]
    known, found = KINDS[kind], base.lists(db, view)
    return [Sheet(known.layout(period, found), ()) for period in known.periods(db, view)]


def _emptied(sheet: Sheet) -> Sheet:
    shown = {each.field for each in sheet.layout.columns if not each.editable}
    return Sheet(
        sheet.layout,
        tuple(
            replace(each, values={name: value for name, value in each.values.items() if name in shown})
            for each in sheet.records
        ),
    )
