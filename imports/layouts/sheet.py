"""A sheet of ours: its columns, and its rows as the database has them. Written out, and matched against."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from imports.fields import Column, Value, WorkbookKind

NOTES_SHEET = "填写说明"
PROBLEMS_SHEET = "导入问题"  # in the error workbook
CHOICES_SHEET = "_choices"  # long drop-down lists; its name stands in formulas, so it is plain ASCII


@dataclass(frozen=True, slots=True)
class Layout:
    """What a sheet of a kind looks like. `period` is a year where the kind has one sheet a year.

    `key` names the columns whose values together identify a record; a row whose first one is
    blank is a new record. `name` names the column that is shown for a row.
    """

    kind: WorkbookKind
    sheet: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    name: str
    unit: str = ""
    period: str = ""
    frozen: int = 2
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return the column of a field path."""
        return next(each for each in self.columns if each.field == name)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its key, the values of all columns by field, and the places its paths fill.

    `project` is the name that is shown for it; a row of an indicator has no `project_id`.
    `thereof` are the column groups in which the row is part of a whole that counts already.
    `waiting` holds what was proposed for a field and is not decided yet; `has_waiting` says that the
    project awaits a decision, so that nothing further can be proposed.
    """

    key: tuple[str, ...]
    project_id: int | None
    project: str
    version: int
    values: Mapping[str, Value]
    places: Mapping[str, str] = field(default_factory=dict)
    thereof: frozenset[str] = frozenset()
    record_id: int | None = None
    waiting: Mapping[str, Value] = field(default_factory=dict)
    has_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A layout with its rows, ready to be written."""

    layout: Layout
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an export is limited to; empty means all that the actor sees. Filters are kept in the file."""

    search: str = ""
    sector: str = ""
    district: str = ""
    stage: str = ""
    project: str = ""
    years: tuple[int, ...] = ()

    def words(self) -> str:
        """The filters in one line, for the head of the sheet."""
        parts = [self.search, self.sector, self.district, self.stage, self.project, *map(str, self.years)]
        return "、".join(part for part in parts if part)


EVERYTHING = Wanted()
