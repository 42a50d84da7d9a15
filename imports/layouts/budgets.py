"""Yearly money (资金计划): a sheet a year, a row a project, planned, approved and revised by source."""

from collections.abc import Collection
from itertools import product

from sqlalchemy.orm import Session

from imports.fields import AMOUNT_NAMES, Column, Type, Value, WorkbookKind
from imports.layouts import base
from imports.layouts.base import Lists, View
from imports.layouts.sheet import Layout, Record
from portfolio.access import Permission
from portfolio.finance import queries
from portfolio.finance.amounts import Slot
from portfolio.finance.models import AmountKind, PeriodKind
from portfolio.finance.reference import NAMES, Source
from portfolio.money import Fen
from portfolio.projects.models import DutyKind, Project

KINDS = (AmountKind.PLANNED, AmountKind.APPROVED, AmountKind.REVISED)
NOTES = (
    "金额单位为万元，可到分（小数点后六位）。空格表示不改；要去掉一个数，请填“清空”。",
    "编码列请勿改动；可以排序、筛选、隐藏列，也可以只留下要改的行。",
)


def periods(db: Session, view: View) -> list[str]:
    """The years that hold anything in view, and this year."""
    return base.sheets_of(view, queries.years(db, KINDS))


def layout(period: str, _lists: Lists) -> Layout:
    """The sheet of one year."""
    return Layout(
        WorkbookKind.BUDGETS,
        f"{period}年",
        f"{period}年度重点项目资金计划表",
        (
            Column("code", "编码", Type.CODE, editable=False, width=9),
            Column("project.name", "项目名称", editable=False, width=34),
            Column("duty.responsible_unit", "责任单位", editable=False, width=18),
            *(_money(period, kind, source) for kind, source in product(KINDS, Source)),
        ),
        key=("code",),
        name="project.name",
        unit="万元",
        period=period,
        notes=NOTES,
    )


def records(
    db: Session, view: View, sheet: Layout, codes: Collection[tuple[str, ...]] | None = None
) -> list[Record]:
    """The rows of a year: every project whose money is in view; with `codes` only those."""
    wanted = None if codes is None else [code for code, *_ in codes]
    rows = base.projects(db, view, Permission.SEE_MONEY, wanted)
    ids = {base.number(row) for row in rows}
    held = _of_year(queries.sums(db, ids), int(sheet.period))
    units = base.duty_names(db, ids, view.today)
    thereof = _thereof(held, base.wholes(rows))
    by_project: dict[int, dict[str, Value]] = {}
    for slot, sum_ in held.items():
        by_project.setdefault(slot.project_id, {})[_path(slot)] = sum_
    return [_record(row, units, by_project, thereof) for row in rows]


def field(period: str, kind: AmountKind, source: str) -> str:
    """The path of one sum: `budget.2024.city.approved_fen`."""
    return f"budget.{period}.{source}.{kind}_fen"


def _money(period: str, kind: AmountKind, source: Source) -> Column:
    return Column(
        field(period, kind, source),
        NAMES[source],
        Type.MONEY,
        group=f"{period}年{AMOUNT_NAMES[kind]}",
        width=14,
    )


def _of_year(held: dict[Slot, Fen], year: int) -> dict[Slot, Fen]:
    return {slot: sum_ for slot, sum_ in held.items() if slot.period is PeriodKind.YEAR and slot.year == year}


def _path(slot: Slot) -> str:
    return field(str(slot.year), slot.kind, slot.source)


def _thereof(held: dict[Slot, Fen], whole_of: dict[int, int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for project_id, kind, year, _ in queries.thereof(held, whole_of):
        found.setdefault(project_id, set()).add(f"{year}年{AMOUNT_NAMES[kind]}")
    return {project_id: frozenset(groups) for project_id, groups in found.items()}


def _record(
    row: Project,
    units: dict[tuple[int, DutyKind], str],
    held: dict[int, dict[str, Value]],
    thereof: dict[int, frozenset[str]],
) -> Record:
    number = base.number(row)
    shown: dict[str, Value] = {
        "code": row.code,
        "project.name": row.name,
        "duty.responsible_unit": units.get((number, DutyKind.RESPONSIBLE_UNIT)),
    }
    return Record(
        (row.code,),
        number,
        row.name,
        row.version,
        shown | held.get(number, {}),
        thereof=thereof.get(number, frozenset()),
        record_id=number,
    )
