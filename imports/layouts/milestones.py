"""Milestones (节点表): one sheet, a row a milestone, with baseline, forecast and actual."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.fields import Column, Type, Value, WorkbookKind
from imports.layouts import base
from imports.layouts.base import Lists, View
from imports.layouts.sheet import Layout, Record
from portfolio.database import in_parts
from portfolio.people.models import Organisation
from portfolio.projects.models import BaselineRow, BaselineState, BaselineVersion, Milestone, Project
from portfolio.projects.rules import kinds
from portfolio.projects.rules.dates import PlannedDate, join

FREE_NAME = "自拟"
BASELINE, FORECAST, ACTUAL = (f"milestone.{{gate}}.{name}" for name in ("baseline", "forecast", "actual"))
NOTES = (
    "日期可以写到日（2025-06-30）、月（2025-06 或 2025年6月）、半年（2025年上半年）或年（2025年）。",
    "空格表示不改；要去掉一个预测，请填“清空”。节点编码列请勿改动。",
    "改了“基线”会成为一个待批的基线调整，批准后才生效；“预测”直接改；“实际”不能晚于今天。",
    "新节点写在下面的空行里：节点编码留空，填项目编码和节点；同类节点不止一个时用说明区分。",
)


def periods(_db: Session, _view: View) -> list[str]:
    """One sheet without a period."""
    return [""]


def layout(_period: str, _lists: Lists) -> Layout:
    """The one sheet."""
    return Layout(
        WorkbookKind.MILESTONES,
        "节点",
        "重点项目节点表",
        (
            Column("code", "节点编码", Type.CODE, editable=False, width=10),
            Column("project", "项目编码", Type.CODE, editable=False, width=10),
            Column("project.name", "项目名称", editable=False, width=34),
            Column("kind", "节点", Type.CHOICE, editable=False, choices=gate_names(), width=20),
            Column("label", "说明", editable=False, width=14),
            Column("milestone.{gate}.owner", "责任单位", editable=False, width=18),
            Column(BASELINE, "基线", Type.DATE, width=13),
            Column(FORECAST, "预测", Type.DATE, width=13),
            Column(ACTUAL, "实际", Type.DATE, width=13),
        ),
        key=("code",),
        name="project.name",
        frozen=3,
        notes=NOTES,
    )


def records(
    db: Session, view: View, _sheet: Layout, codes: Collection[tuple[str, ...]] | None = None
) -> list[Record]:
    """Every open milestone of the projects in view; with `codes` only those."""
    if codes is None:
        rows = {base.number(row): row for row in base.projects(db, view)}
        found = _of_projects(db, rows)
    else:
        found = _by_code(db, {code for code, *_ in codes})
        rows = _projects_of(db, view, found)
    owners = {row.id: row.name for row in db.execute(_UNITS)}
    waiting = _waiting(db)
    return [
        _record(each, rows[each.project_id], owners, waiting) for each in found if each.project_id in rows
    ]


def gate(kind: str, label: str) -> str:
    """How a milestone is named in field paths: `start`, `construction_permit[南段]`."""
    return f"{kind}[{label}]" if label else kind


def gate_names() -> tuple[str, ...]:
    """What the drop-down offers."""
    return (*kinds.NAMES.values(), FREE_NAME)


def kind_of(name: str) -> str | None:
    """Return the kind that a cell names."""
    if name == FREE_NAME:
        return kinds.FREE
    return next((kind for kind, each in kinds.NAMES.items() if each == name), None)


_UNITS = sa.select(col(Organisation.id), col(Organisation.name))
_OPEN = sa.select(Milestone).where(col(Milestone.withdrawn_at).is_(None))


def _of_projects(db: Session, rows: dict[int, Project]) -> list[Milestone]:
    found = _chunked(db, col(Milestone.project_id), sorted(rows))
    return sorted(found, key=lambda each: (len(rows[each.project_id].code), rows[each.project_id].code,
                                           each.position, each.code))  # fmt: skip


def _by_code(db: Session, codes: set[str]) -> list[Milestone]:
    return _chunked(db, col(Milestone.code), sorted(codes))


def _projects_of(db: Session, view: View, found: list[Milestone]) -> dict[int, Project]:
    wanted = {each.project_id for each in found}
    return {base.number(row): row for row in base.projects(db, base.unfiltered(view)) if row.id in wanted}


def _chunked(db: Session, column: Any, values: list[Any]) -> list[Milestone]:
    found: list[Milestone] = []
    for some in in_parts(values):
        found.extend(db.execute(_OPEN.where(column.in_(some))).scalars())
    return found


def _waiting(db: Session) -> dict[int, dict[int, PlannedDate]]:
    """What is proposed and not decided: project → milestone → date."""
    rows = db.execute(
        sa.select(
            col(BaselineVersion.project_id),
            col(BaselineRow.milestone_id),
            col(BaselineRow.day),
            col(BaselineRow.precision),
        )
        .join(BaselineRow, col(BaselineRow.version_id) == col(BaselineVersion.id))
        .where(col(BaselineVersion.state) == BaselineState.PROPOSED)
    )
    found: dict[int, dict[int, PlannedDate]] = {}
    for project_id, milestone_id, day, precision in rows:
        found.setdefault(project_id, {})[milestone_id] = PlannedDate(day, precision)
    return found


def _record(
    row: Milestone,
    project: Project,
    owners: dict[Any, str],
    waiting: dict[int, dict[int, PlannedDate]],
) -> Record:
    proposed = waiting.get(row.project_id, {})
    shown: dict[str, Value] = {
        "code": row.code,
        "project": project.code,
        "project.name": project.name,
        "kind": FREE_NAME if row.kind == kinds.FREE else kinds.NAMES.get(row.kind, row.kind),
        "label": row.label or None,
        "milestone.{gate}.owner": owners.get(row.owner_organisation_id),
        BASELINE: join(row.baseline, row.baseline_precision),
        FORECAST: join(row.forecast, row.forecast_precision),
        ACTUAL: join(row.actual, row.actual_precision),
    }
    return Record(
        (row.code,),
        row.project_id,
        project.name,
        row.version,
        shown,
        {"gate": gate(row.kind, row.label)},
        record_id=row.id,
        waiting={BASELINE: proposed[row.id]} if row.id in proposed else {},
        has_waiting=bool(proposed),
    )
