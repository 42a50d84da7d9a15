"""Read an .xlsx into plain cells. Runs in a child process only: see `child`."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from typing import Any

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils import coordinate_to_tuple

from imports.files.limits import Limits
from imports.files.sheets import Cell, ReadSheet, Row, Tag, Unreadable

_CELL, _FORMULA, _VALUE, _INLINE = (
    f"{{http://schemas.openxmlformats.org/spreadsheetml/2006/main}}{name}" for name in ("c", "f", "v", "is")
)
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


def read(content: bytes, limits: Limits) -> tuple[ReadSheet, ...]:
    """Return all worksheets; raises Unreadable when there are too many sheets, rows, columns or cells."""
    book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    if len(book.worksheets) > limits.sheets:
        raise Unreadable(f"工作表超过 {limits.sheets} 张。请删去无关的工作表。")
    found, cells = [], 0
    with zipfile.ZipFile(BytesIO(content)) as packed:
        for page in book.worksheets:
            page.reset_dimensions()  # what the file claims about its size is not believed
            rows = dict(_rows(page, limits, _uncomputed(packed, page)))
            cells += sum(map(len, rows.values()))
            if cells > limits.cells:
                raise Unreadable(f"单元格超过 {limits.cells} 个。请分成几个文件。")
            found.append(ReadSheet(page.title, page.sheet_state == "visible", rows))
    return tuple(found)


def _rows(page: Any, limits: Limits, uncomputed: set[tuple[int, int]]) -> Iterator[tuple[int, Row]]:
    count = 0
    for cells in page.iter_rows():
        row: Row = {}
        number = 0
        for each in cells:
            if each.value is None and not (uncomputed and hasattr(each, "row")):
                continue
            cell = _cell(each, (each.row, each.column) in uncomputed)
            if cell is not None:
                number, row[each.column] = each.row, cell
        if not row:
            continue
        count += 1
        if max(row) > limits.columns:
            raise Unreadable(f"“{page.title}”的列超过 {limits.columns} 列。请删去多余的列。")
        if count > limits.rows:
            raise Unreadable(f"“{page.title}”超过 {limits.rows} 行。请分成几个文件。")
        yield number, row


def _cell(each: Any, uncomputed: bool) -> Cell | None:
    value = each.value
    if uncomputed and value is None:
        return Cell(Tag.UNCOMPUTED, None)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if each.data_type == "e":
        return Cell(Tag.FAULT, str(value))
    if isinstance(value, bool):
        return Cell(Tag.LOGICAL, value)
    if isinstance(value, datetime | date):
        day = value.date() if isinstance(value, datetime) else value
        return Cell(Tag.DATE if _shows_day(each.number_format) else Tag.MONTH, day.isoformat())
    if isinstance(value, int | float):
        return Cell(Tag.PERCENT if "%" in _QUOTED.sub("", each.number_format) else Tag.NUMBER, value)
    return Cell(Tag.TEXT, str(value))


def _shows_day(number_format: str) -> bool:
    return "d" in _QUOTED.sub("", number_format.lower()) or "@" in number_format


def _uncomputed(packed: zipfile.ZipFile, page: Any) -> set[tuple[int, int]]:
    """The places of formulas without a stored result; openpyxl reads them like empty cells."""
    path = page._worksheet_path  # noqa: SLF001  (openpyxl has no public name for it)
    found: set[tuple[int, int]] = set()
    with packed.open(path) as part:
        for _, cell in etree.iterparse(part, tag=_CELL, resolve_entities=False, no_network=True):
            if cell.find(_FORMULA) is not None and not _has_result(cell):
                found.add(coordinate_to_tuple(str(cell.get("r"))))
            cell.clear()
            while cell.getprevious() is not None:
                del cell.getparent()[0]
    return found


def _has_result(cell: Any) -> bool:
    value = cell.find(_VALUE)
    # A formula whose result is empty text says so by its type.
    return (
        (value is not None and value.text is not None)
        or cell.get("t") == "str"
        or cell.find(_INLINE) is not None
    )
