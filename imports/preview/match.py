"""Find the record that each row means, and what this actor may do with it. The one step that reads the database."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.fields import WorkbookKind
from imports.identity import Held
from imports.layouts import base, milestones, registry
from imports.layouts.base import Lists, View
from imports.layouts.sheet import Record
from imports.preview.rows import ParsedRow, ParsedSheet
from portfolio.access import Permission
from portfolio.projects import scope
from portfolio.projects.models import Milestone, Project, ProjectAlias

UNSEEN = "没有这个{what}，或者它不在您的范围内。请核对编码。"
NO_SERIES = "规划里没有这个指标。请照导出的表填序号；这里不能新增指标。"
WHAT = {WorkbookKind.MILESTONES: "节点"}


@dataclass(frozen=True, slots=True)
class Matched:
    """A row with its record; both `record` and `fault` None means that it would be a new one.

    `held` is what the row held when it was exported; for a row added by hand it is None.
    `within` names the project that a new milestone would belong to.
    """

    row: ParsedRow
    record: Record | None
    held: Held | None
    fault: str = ""
    within: Project | None = None


@dataclass(frozen=True, slots=True)
class MatchedSheet:
    """A sheet with its records, the live lists, and on which projects the actor may do what.

    `general` are the permissions that belong to no project.
    """

    sheet: ParsedSheet
    rows: tuple[Matched, ...]
    lists: Lists
    permitted: Mapping[Permission, set[int]]
    general: frozenset[Permission]


NEEDED = (
    Permission.EDIT_PROJECTS,
    Permission.EDIT_MONEY,
    Permission.EDIT_MILESTONES,
    Permission.REPORT_DATES,
    Permission.PROPOSE_BASELINE,
)


def match(db: Session, view: View, sheet: ParsedSheet) -> MatchedSheet:
    """Match all rows of a sheet at once."""
    finder = _Finder(db, view, sheet)
    records = {each.key: each for each in finder.records()}
    rows = tuple(finder.matched(row, records) for row in sheet.rows)
    ids = {each.record.project_id for each in rows if each.record and each.record.project_id is not None}
    ids |= {base.number(each.within) for each in rows if each.within}
    permitted = {
        each: scope.within(db, view.actor, ids, today=view.today, permission=each) for each in NEEDED
    }
    general = frozenset({Permission.EDIT_INDICATORS} if view.actor.may(Permission.EDIT_INDICATORS) else ())
    return MatchedSheet(sheet, rows, base.lists(db, view), permitted, general)


class _Finder:
    """The look-ups of one sheet, each made once."""

    def __init__(self, db: Session, view: View, sheet: ParsedSheet) -> None:
        self._db, self._view, self._sheet = db, view, sheet
        self._kind = sheet.layout.kind
        keyless = not self._is_indicators and any(not row.words(sheet.layout.key[0]) for row in sheet.rows)
        self._projects = base.projects(db, base.unfiltered(view)) if keyless else []
        self._by_code = {each.code: each for each in self._projects}
        self._by_name = self._names() if keyless else {}
        self._milestones = self._open_milestones() if keyless and self._is_milestones else {}
        self._keys = {row.number: self._key(row) for row in sheet.rows}

    @property
    def _is_milestones(self) -> bool:
        return self._kind is WorkbookKind.MILESTONES

    @property
    def _is_indicators(self) -> bool:
        return self._kind is WorkbookKind.INDICATORS

    def records(self) -> list[Record]:
        keys = sorted({key for key in self._keys.values() if key})
        return registry.KINDS[self._kind].records(self._db, self._view, self._sheet.layout, keys)

    def matched(self, row: ParsedRow, records: Mapping[tuple[str, ...], Record]) -> Matched:
        key = self._keys[row.number]
        if key:
            held = self._sheet.source.identity.rows.get(key)
            record = records.get(key)
            return Matched(row, record, held, "" if record else self._unseen())
        if self._is_indicators:
            return Matched(row, None, None, NO_SERIES)
        if self._kind is WorkbookKind.PROJECTS:
            return Matched(row, None, None)
        if self._is_milestones:
            within = self._by_code.get(row.words("project"))
            fault = "" if within else "新节点要填项目编码，而且项目要在您的范围内。"
            return Matched(row, None, None, fault, within)
        return Matched(row, None, None, "这一行没有编码，也没有同名的项目。请填编码。")

    def _unseen(self) -> str:
        return NO_SERIES if self._is_indicators else UNSEEN.format(what=WHAT.get(self._kind, "项目"))

    def _key(self, row: ParsedRow) -> tuple[str, ...]:
        """The row's key: as written, or found by what else names the record."""
        key = tuple(row.words(name) for name in self._sheet.layout.key)
        if key[0]:
            return key
        if self._is_milestones:
            project = self._by_code.get(row.words("project"))
            kind = milestones.kind_of(row.words("kind"))
            code = self._milestones.get((project.id if project else None, kind, row.words("label")))
            return (code,) if code else ()
        named = self._by_name.get(row.words("project.name"), set())
        return (next(iter(named)), *key[1:]) if len(named) == 1 else ()

    def _names(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        code_of = {each.id: each.code for each in self._projects}
        for each in self._projects:
            found.setdefault(each.name, set()).add(each.code)
        aliases = self._db.execute(sa.select(col(ProjectAlias.project_id), col(ProjectAlias.name)))
        for project_id, name in aliases:
            if project_id in code_of:
                found.setdefault(name, set()).add(code_of[project_id])
        return found

    def _open_milestones(self) -> dict[tuple[int | None, str | None, str], str]:
        rows = self._db.execute(
            sa.select(
                col(Milestone.project_id), col(Milestone.kind), col(Milestone.label), col(Milestone.code)
            ).where(col(Milestone.withdrawn_at).is_(None))
        )
        return {(project_id, kind, label): code for project_id, kind, label, code in rows}
