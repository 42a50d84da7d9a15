"""The list of projects (项目表): one sheet, a row a project, with its costs where money may be seen."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from imports.fields import COST_FIELDS, KIND_NAMES, STAGE_NAMES, Column, Type, Value, WorkbookKind
from imports.layouts import base
from imports.layouts.base import Lists, View
from imports.layouts.sheet import Layout, Record
from portfolio.access import Permission
from portfolio.finance import queries
from portfolio.finance.models import CostKind
from portfolio.money import Fen
from portfolio.projects import scope
from portfolio.projects.models import DutyKind, Project

NOTES = (
    "空格表示不改；要去掉一个值，请填“清空”。编码列请勿改动。",
    "新项目写在下面的空行里，编码留空，至少填项目名称、类别、领域和阶段。",
    "几个区县用顿号分开。阶段只在新项目里填写；在册项目的阶段要凭文件在项目页上改。",
    "责任单位等由重点项目办在项目页上指定，这里只供查看。",
)


def periods(_db: Session, _view: View) -> list[str]:
    """One sheet without a period."""
    return [""]


def layout(_period: str, lists: Lists) -> Layout:
    """The one sheet; without the right to money its cost columns are left out."""
    costs = (Column(path, title, Type.MONEY, group="投资", width=14) for path, title in COST_FIELDS.values())
    return Layout(
        WorkbookKind.PROJECTS,
        "项目",
        "重点项目表",
        (
            Column("code", "编码", Type.CODE, editable=False, width=9),
            Column("project.name", "项目名称", width=34),
            Column("project.kind", "类别", Type.CHOICE, choices=tuple(KIND_NAMES.values()), width=8),
            Column(
                "project.sector", "领域", Type.CHOICE, choices=tuple(n for _, n in lists.sectors), width=14
            ),
            Column("project.district", "区县", width=16),
            Column("project.stage", "阶段", Type.CHOICE, choices=tuple(STAGE_NAMES.values()), width=10),
            Column("project.nature", "建设性质", width=10),
            Column("project.scale", "建设规模", width=28),
            Column("project.national_code", "国家统一代码", Type.CODE, width=26),
            *(costs if lists.money else ()),
            Column("duty.responsible_unit", "责任单位", editable=False, width=18),
            Column("duty.builder", "建设单位", editable=False, width=18),
            Column("duty.responsible_leader", "责任领导", editable=False, width=12),
            Column("duty.contact", "联系人", editable=False, width=12),
            Column("project.note", "备注", width=24),
        ),
        key=("code",),
        name="project.name",
        unit="万元" if lists.money else "",
        notes=NOTES,
    )


def records(
    db: Session, view: View, _sheet: Layout, codes: Collection[tuple[str, ...]] | None = None
) -> list[Record]:
    """Every project in view; with `codes` only those."""
    rows = base.projects(db, view, codes=None if codes is None else [code for code, *_ in codes])
    ids = {base.number(row) for row in rows}
    rich = scope.within(db, view.actor, ids, today=view.today, permission=Permission.SEE_MONEY)
    costs = queries.cost_sums(db, rich)
    duties = base.duty_names(db, ids, view.today)
    districts = base.district_names(db)
    names = dict(base.lists(db, view).sectors)
    return [_record(row, names, districts, duties, costs) for row in rows]


def _record(
    row: Project,
    sectors: dict[str, str],
    districts: dict[int, str],
    duties: dict[tuple[int, DutyKind], str],
    costs: dict[tuple[int, CostKind], Fen],
) -> Record:
    number = base.number(row)
    shown: dict[str, Value] = {
        "code": row.code,
        "project.name": row.name,
        "project.kind": KIND_NAMES[row.kind],
        "project.sector": sectors.get(row.sector_code or ""),
        "project.district": districts.get(number),
        "project.stage": STAGE_NAMES[row.stage],
        "project.nature": row.nature or None,
        "project.scale": row.scale or None,
        "project.national_code": row.national_code or None,
        "project.note": row.note or None,
    }
    for duty in DutyKind:
        shown[f"duty.{duty}"] = duties.get((number, duty))
    for kind, (path, _) in COST_FIELDS.items():
        shown[path] = costs.get((number, kind))
    return Record((row.code,), number, row.name, row.version, shown, record_id=number)
