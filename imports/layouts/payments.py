"""Monthly money (资金拨付): a sheet a year, a row a project and source, months by kind."""

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
from portfolio.projects.models import Project

KINDS = (AmountKind.ALLOTTED, AmountKind.ARRIVED, AmountKind.PAID)
NOTES = (
    "每行是一个项目的一种资金来源。金额单位为万元，可到分。空格表示不改；要去掉一个数，请填“清空”。",
    "“期初”是本年1月以前的累计，一个项目的一种来源只有一个期初。",
    "要补一种来源，请加一行，填编码和资金来源。",
)
_OF_SOURCE = {name: source for source, name in NAMES.items()}


def periods(db: Session, view: View) -> list[str]:
    """The years that hold anything, and this year."""
    return base.sheets_of(view, queries.years(db, KINDS))


def layout(period: str, _lists: Lists) -> Layout:
    """The sheet of one year."""
    moneys = [
        Column(
            field(period, kind, month), title, Type.MONEY, group=AMOUNT_NAMES[kind], width=13, period=period
        )
        for kind, (month, title) in product(KINDS, [("opening", "期初"), *_months()])
    ]
    return Layout(
        WorkbookKind.PAYMENTS,
        f"{period}年",
        f"{period}年度重点项目资金下达、到位、支付表",
        (
            Column("code", "编码", Type.CODE, editable=False, width=9),
            Column("project.name", "项目名称", editable=False, width=34),
            Column(
                "source", "资金来源", Type.CHOICE, editable=False, choices=tuple(NAMES.values()), width=13
            ),
            *moneys,
        ),
        key=("code", "source"),
        name="project.name",
        unit="万元",
        period=period,
        frozen=3,
        notes=NOTES,
    )


def records(
    db: Session, view: View, sheet: Layout, codes: Collection[tuple[str, ...]] | None = None
) -> list[Record]:
    """The rows of a year: every project and source that holds anything; with `codes` all of those."""
    wanted = None if codes is None else [code for code, *_ in codes]
    rows = {row.code: row for row in base.projects(db, view, Permission.SEE_MONEY, wanted)}
    held = _of_year(queries.sums(db, [base.number(row) for row in rows.values()]), int(sheet.period))
    sums: dict[tuple[int, str], dict[str, Value]] = {}
    for slot, sum_ in held.items():
        sums.setdefault((slot.project_id, slot.source), {})[_path(sheet.period, slot)] = sum_
    if codes is None:
        pairs = [(row, source) for row, source in product(rows.values(), Source) if (row.id, source) in sums]
    else:
        pairs = [
            (rows[code], _OF_SOURCE[name]) for code, name in codes if code in rows and name in _OF_SOURCE
        ]
    return [_record(row, source, sums.get((base.number(row), source), {})) for row, source in pairs]


def field(period: str, kind: AmountKind, month: str) -> str:
    """The path of one sum, its source left to the row: `payment.2024-05.{source}.paid_fen`."""
    when = month if month == "opening" else f"{period}-{month}"
    return f"payment.{when}.{{source}}.{kind}_fen"


def source_of(name: str) -> Source | None:
    """Return the source that a cell names."""
    return _OF_SOURCE.get(name)


def _months() -> list[tuple[str, str]]:
    return [(f"{month:02d}", f"{month}月") for month in range(1, 13)]


def _of_year(held: dict[Slot, Fen], year: int) -> dict[Slot, Fen]:
    return {slot: sum_ for slot, sum_ in held.items() if slot.kind in KINDS and slot.year == year}


def _path(period: str, slot: Slot) -> str:
    return field(period, slot.kind, "opening" if slot.period is PeriodKind.OPENING else f"{slot.month:02d}")


def _record(row: Project, source: Source, sums: dict[str, Value]) -> Record:
    shown: dict[str, Value] = {"code": row.code, "project.name": row.name, "source": NAMES[source]}
    number = base.number(row)
    return Record(
        (row.code, NAMES[source]),
        number,
        row.name,
        row.version,
        shown | sums,
        {"source": source.value},
        record_id=number,
    )
