"""The rows of a recognised sheet: which are records, which are left aside and why, each cell parsed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from imports.cells.parse import NOTHING, Parsed, Said, parse
from imports.fields import Column, Type
from imports.files.sheets import Row
from imports.layouts.sheet import Layout
from imports.preview.findings import Total
from imports.recognition import ours
from imports.recognition.ours import RecognisedSheet
from portfolio.money import Fen

THEREOF = "其中"


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One row: its number, its cells as they stand, and what each known column says, by field."""

    number: int
    raw: Row
    said: Mapping[str, Parsed]
    thereof: frozenset[str] = frozenset()

    def words(self, name: str) -> str:
        """The text of a field, or nothing."""
        value = self.said.get(name, NOTHING).value
        return str(value) if value is not None else ""


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """A recognised sheet with its rows."""

    source: RecognisedSheet
    layout: Layout
    columns: Mapping[int, Column]
    rows: tuple[ParsedRow, ...]
    skipped: tuple[tuple[int, str], ...]
    totals: tuple[Total, ...] = field(default=())

    def address(self, name: str, row: int) -> str:
        """The address of a field's cell: `2024年!F17`."""
        number = next((number for number, column in self.columns.items() if column.field == name), 1)
        return f"{self.source.page.name}!{get_column_letter(number)}{row}"


def read(source: RecognisedSheet, layout: Layout) -> ParsedSheet:
    """Parse every row below the heads."""
    columns = ours.field_of(source, layout.columns)
    rows: list[ParsedRow] = []
    skipped: list[tuple[int, str]] = [(number, "title row") for number in _above(source)]
    sums: list[Row] = []
    for number, raw in sorted(source.page.rows.items()):
        if number <= source.header_rows[-1]:
            continue
        if ours.is_total(raw, source.columns, layout.key[0]):
            skipped.append((number, "total row"))
            sums.append(raw)
        elif not any(place in columns for place in raw):
            skipped.append((number, "note row"))
        else:
            rows.append(_row(source, columns, layout, number, raw))
    return ParsedSheet(
        source, layout, columns, tuple(rows), tuple(skipped), tuple(_totals(columns, layout, rows, sums))
    )


def _above(source: RecognisedSheet) -> list[int]:
    return [number for number in sorted(source.page.rows) if number < source.header_rows[0]]


def _row(
    source: RecognisedSheet, columns: Mapping[int, Column], layout: Layout, number: int, raw: Row
) -> ParsedRow:
    said = {column.field: parse(raw.get(place), column, layout.unit) for place, column in columns.items()}
    marks = {
        source.headings[place].removeprefix(f"{THEREOF}：")
        for place, (name, _) in source.columns.items()
        if not name and place in raw and raw[place].shown.strip() == THEREOF
    }
    return ParsedRow(number, raw, said, frozenset(marks))


def _totals(
    columns: Mapping[int, Column], layout: Layout, rows: list[ParsedRow], sums: list[Row]
) -> list[Total]:
    if not sums:
        return []
    found = []
    for place, column in columns.items():
        if column.type is not Type.MONEY:
            continue
        ours_ = sum(_fen(row.said[column.field]) for row in rows if column.group not in row.thereof)
        stated = parse(sums[-1].get(place), column, layout.unit)
        theirs = _fen(stated) if stated.said is Said.VALUE else None
        found.append(Total(get_column_letter(place), column.heading, ours_, theirs))
    return found


def _fen(parsed: Parsed) -> int:
    return parsed.value.amount if isinstance(parsed.value, Fen) else 0
