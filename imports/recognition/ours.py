"""Recognise a workbook of ours by its hidden sheet, however its rows and columns were moved about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from imports import identity
from imports.fields import Column, Type
from imports.files.sheets import ReadBook, ReadSheet, Row, Tag
from imports.identity import Identity, NotOurs, SheetIdentity
from imports.layouts.sheet import CHOICES_SHEET, NOTES_SHEET, PROBLEMS_SHEET
from portfolio.signing import KeyRing

HEAD_WITHIN = 40  # the heads stand in the first rows, even after someone put lines above them
NOT_DATA = (identity.SHEET, CHOICES_SHEET, NOTES_SHEET, PROBLEMS_SHEET)
AMONG = 0.5  # a renamed sheet is recognised by more than half of its headings


@dataclass(frozen=True, slots=True)
class RecognisedSheet:
    """A sheet of ours: what it was when it left, where its heads stand, and which column is what.

    `columns` maps column numbers to (field, type); a computed column has an empty field.
    """

    identity: SheetIdentity
    page: ReadSheet
    header_rows: tuple[int, ...]
    columns: Mapping[int, tuple[str, Type]]
    headings: Mapping[int, str]
    unknown: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The workbook: its identity, the sheets found, and the names of those that are not ours."""

    identity: Identity
    sheets: tuple[RecognisedSheet, ...]
    strange: tuple[str, ...]


def recognise(book: ReadBook, ring: KeyRing) -> Recognised:
    """Find the identity and the sheets; raises NotOurs when it is another workbook."""
    hidden = next((page for page in book.sheets if page.name == identity.SHEET), None)
    if hidden is None:
        raise NotOurs(
            "这不是本系统导出的工作簿，现在还读不了。请先导出一份（或下载空表），把数填进去再导入。"
        )
    known = identity.read(_first_column(hidden), ring)
    pages = [each for each in book.sheets if each.name not in NOT_DATA]
    found: list[RecognisedSheet] = []
    for each in known.sheets:
        page = _page_of(each, pages)
        if page is not None:
            found.append(_heads(each, page))
    ours = {each.page.name for each in found}
    return Recognised(known, tuple(found), tuple(page.name for page in pages if page.name not in ours))


def _first_column(page: ReadSheet) -> list[str]:
    return [str(row[1].value) for _, row in sorted(page.rows.items()) if 1 in row]


def _page_of(sheet: SheetIdentity, pages: Sequence[ReadSheet]) -> ReadSheet | None:
    named = next((page for page in pages if page.name == sheet.name), None)
    if named is not None and _find_heads(sheet, named):
        return named
    for page in pages:
        if page.name != sheet.name and _fits(sheet, page):
            return page
    return None


def _fits(sheet: SheetIdentity, page: ReadSheet) -> bool:
    if not _find_heads(sheet, page):
        return False
    known = _heads(sheet, page)
    return len(known.columns) > AMONG * len(sheet.columns)


def _find_heads(sheet: SheetIdentity, page: ReadSheet) -> int | None:
    """The first head row: the one that holds the heading of the key."""
    key = next(iter(sheet.columns))
    for number in sorted(page.rows)[:HEAD_WITHIN]:
        if any(cell.shown.strip() == key for cell in page.rows[number].values()):
            return number
    return None


def _heads(sheet: SheetIdentity, page: ReadSheet) -> RecognisedSheet:
    top = _find_heads(sheet, page)
    assert top is not None
    grouped = any("｜" in heading for heading in sheet.columns)
    headings = _headings(page.rows[top], page.rows.get(top + 1, {}) if grouped else {})
    columns: dict[int, tuple[str, Type]] = {}
    unknown: dict[int, str] = {}
    taken: set[str] = set()
    for number, heading in headings.items():
        if heading in sheet.columns and heading not in taken:
            columns[number] = sheet.columns[heading]
            taken.add(heading)
        elif heading:
            unknown[number] = heading
    return RecognisedSheet(sheet, page, (top, top + 1) if grouped else (top,), columns, headings, unknown)


def _headings(upper: Row, lower: Row) -> dict[int, str]:
    """Join the two heads of each column; a merged group stands only above its first column."""
    found, group = {}, ""
    for number in range(1, max([*upper, *lower]) + 1):
        above = upper[number].shown.strip() if number in upper else ""
        below = lower[number].shown.strip() if number in lower else ""
        group = above or group
        heading = f"{group}｜{below}" if below else above
        if heading:
            found[number] = heading
    return found


def is_total(row: Row, columns: Mapping[int, tuple[str, Type]], key: str) -> bool:
    """Whether the row holds sums: no key, and one of its words says so."""
    keyed = any(columns[number][0] == key for number in row if number in columns)
    words = {
        cell.shown.replace(" ", "").replace("\u3000", "") for cell in row.values() if cell.tag is Tag.TEXT
    }
    return not keyed and bool(words & {"合计", "总计", "小计", "共计"})


def field_of(sheet: RecognisedSheet, layout_columns: Sequence[Column]) -> dict[int, Column]:
    """Map column numbers to the columns of the present layout; computed and unknown ones are left out."""
    known = {each.field: each for each in layout_columns}
    return {number: known[name] for number, (name, _) in sheet.columns.items() if name in known}
