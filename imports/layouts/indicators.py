"""Headline indicators (规划指标): one sheet to look at; nothing of it is read back."""

from collections.abc import Collection
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.fields import Column, Type, Value, WorkbookKind
from imports.layouts.base import Lists, View
from imports.layouts.sheet import Layout, Record
from portfolio.plan.models import Comparator, IndicatorSeries, Nature, PlanVersion

NATURES = {Nature.EXPECTED: "预期性", Nature.BINDING: "约束性"}
SIGNS = {Comparator.ABOUT: "左右", Comparator.BELOW: "低于", Comparator.INCREASE: "提高"}


def periods(_db: Session, _view: View) -> list[str]:
    """One sheet without a period."""
    return [""]


def layout(_period: str, _lists: Lists) -> Layout:
    """The one sheet."""
    return Layout(
        WorkbookKind.INDICATORS,
        "指标",
        "“十四五”时期经济社会发展主要指标",
        tuple(
            Column(field, title, kind, editable=False, width=width)
            for field, title, kind, width in (
                ("no", "序号", Type.CODE, 8),
                ("theme", "类别", Type.TEXT, 14),
                ("name", "指标", Type.TEXT, 36),
                ("unit", "单位", Type.TEXT, 12),
                ("base", "2020年", Type.NUMBER, 14),
                ("target", "2025年", Type.NUMBER, 14),
                ("comparator", "比法", Type.TEXT, 10),
                ("nature", "属性", Type.TEXT, 10),
            )
        ),
        key=("no",),
        name="name",
        frozen=3,
        notes=("这份表只供查看，不能导入。括号里的累计数、“左右”等按规划原文。",),
    )


def records(
    db: Session, _view: View, _sheet: Layout, _codes: Collection[tuple[str, ...]] | None = None
) -> list[Record]:
    """The series of the newest plan version, in the plan's order."""
    newest = sa.select(sa.func.max(col(PlanVersion.id))).scalar_subquery()
    rows = db.execute(
        sa.select(IndicatorSeries)
        .where(col(IndicatorSeries.version_id) == newest)
        .order_by(col(IndicatorSeries.position))
    ).scalars()
    return [Record((row.no,), 0, row.name, 1, _values(row)) for row in rows]


def _values(row: IndicatorSeries) -> dict[str, Value]:
    target = (
        "按省下达" if row.comparator is Comparator.PROVINCE else _number(row.target_value, row.cumulative)
    )
    return {
        "no": row.no,
        "theme": row.theme,
        "name": row.name,
        "unit": row.unit or None,
        "base": _number(row.base_value, row.cumulative),
        "target": target,
        "comparator": SIGNS.get(row.comparator),
        "nature": NATURES[row.nature],
    }


def _number(value: Decimal | None, cumulative: bool) -> str | None:
    if value is None:
        return None
    return f"[{value:f}]" if cumulative else f"{value:f}"
