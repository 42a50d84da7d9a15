"""Headline indicators (规划指标): one sheet, a row a series, each year's actual beside its source."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from imports.fields import Column, Type, Value, WorkbookKind
from imports.layouts.base import Lists, View
from imports.layouts.sheet import Layout, Record
from portfolio.plan import queries
from portfolio.plan.models import Comparator, IndicatorValue, Nature
from portfolio.plan.queries import SeriesLine

NATURES = {Nature.EXPECTED: "预期性", Nature.BINDING: "约束性"}
SIGNS = {
    Comparator.ABOUT: "左右",
    Comparator.BELOW: "低于",
    Comparator.INCREASE: "提高",
    Comparator.PROVINCE: "按省下达",
}
NOTES = (
    "填“实际数”和“数据来源”两栏；来源如“2023年国民经济和社会发展统计公报”。有数就要有来源。",
    "空格表示不改；要收回一年的数，请在“实际数”里填“清空”。以前填的数都留着。",
    "只填数字，不带 % 和单位，最多四位小数。累计类指标填当年发生数，系统自己相加；增速填当年增速。",
    "基数、目标和属性以规划为准，这里只供查看。",
)


def periods(_db: Session, _view: View) -> list[str]:
    """One sheet without a period."""
    return [""]


def layout(_period: str, lists: Lists) -> Layout:
    """The one sheet, with two columns for each year of the plan."""
    shown = (
        ("no", "序号", Type.CODE, 8),
        ("theme", "类别", Type.TEXT, 12),
        ("name", "指标", Type.TEXT, 34),
        ("unit", "单位", Type.TEXT, 12),
        ("base", "基数", Type.NUMBER, 10),
        ("target", "目标", Type.NUMBER, 10),
        ("comparator", "比法", Type.TEXT, 10),
        ("cumulative", "口径", Type.TEXT, 10),
        ("nature", "属性", Type.TEXT, 10),
    )
    return Layout(
        WorkbookKind.INDICATORS,
        "指标",
        "规划主要指标年度完成情况表",
        (
            *(Column(name, title, kind, editable=False, width=width) for name, title, kind, width in shown),
            *(column for year in lists.years for column in _of_year(year)),
        ),
        key=("no",),
        name="name",
        frozen=3,
        notes=NOTES,
    )


def records(
    db: Session, _view: View, _sheet: Layout, codes: Collection[tuple[str, ...]] | None = None
) -> list[Record]:
    """The series of the newest plan version, in the plan's order; with `codes` only those."""
    version = next(iter(queries.versions(db)), None)
    if version is None:
        return []
    latest = {(series_id, row.year): row for series_id, row in queries.stated(db, version.id)}
    wanted = None if codes is None else {code for code, *_ in codes}
    return [
        _record(line, latest)
        for line in queries.series(db, version.id)
        if wanted is None or line.no in wanted
    ]


def value_field(year: int) -> str:
    """The path of a year's actual: `indicator.2023.value`."""
    return f"indicator.{year}.value"


def source_field(year: int) -> str:
    """The path of where it comes from: `indicator.2023.source`."""
    return f"indicator.{year}.source"


def year_of(path: str) -> int:
    """The year of a path of either kind."""
    return int(path.split(".")[1])


def _of_year(year: int) -> tuple[Column, Column]:
    group = f"{year}年"
    return (
        Column(value_field(year), "实际数", Type.NUMBER, group=group, width=12),
        Column(source_field(year), "数据来源", Type.TEXT, group=group, width=24),
    )


def _record(line: SeriesLine, latest: dict[tuple[int, int], IndicatorValue]) -> Record:
    values: dict[str, Value] = {
        "no": line.no,
        "theme": line.theme,
        "name": line.name,
        "unit": line.unit or None,
        "base": line.base_value,
        "target": line.target_value,
        "comparator": SIGNS.get(line.comparator),
        "cumulative": "五年累计" if line.cumulative else None,
        "nature": NATURES[line.nature],
    }
    for (series_id, year), row in latest.items():
        if series_id == line.id and row.value is not None:
            values[value_field(year)], values[source_field(year)] = row.value, row.source
    return Record((line.no,), None, line.name, 1, values, record_id=line.id)
