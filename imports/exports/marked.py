"""The sender's own file back: faulty cells coloured with a comment, and a sheet that lists them."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from imports.files import child
from imports.files.sheets import Unreadable
from imports.layouts.sheet import PROBLEMS_SHEET
from imports.preview.findings import Preview
from portfolio.errors import Invalid

_RED = PatternFill("solid", start_color="FFF6C6C2")
_AMBER = PatternFill("solid", start_color="FFFBE6BF")
HEADS = ("单元格", "填的是", "问题", "项目")
Mark = tuple[
    str, str, str, str, bool
]  # cell, value, message, project, whether it is a fault (else a conflict)


def marked(content: bytes, preview: Preview) -> bytes:
    """Return the file with its problems marked; raises Invalid when it cannot be opened for writing."""
    try:
        return child.run(_mark, content, _marks(preview), may_write=True)
    except Unreadable as error:
        raise Invalid(str(error)) from error


def _marks(preview: Preview) -> list[Mark]:
    found: list[Mark] = []
    for row in preview.rows:
        found += [(each.cell, each.value, each.message, row.project, True) for each in row.faults]
        found += [
            (each.cell, str(each.theirs), "导出之后系统里也改过，请核对用哪个数。", row.project, False)
            for each in row.conflicts
        ]
    return found


def _mark(content: bytes, marks: Sequence[Mark]) -> bytes:
    book = load_workbook(BytesIO(content))
    for cell, _value, message, _project, is_fault in marks:
        sheet, _, place = cell.rpartition("!")
        target = book[sheet][place]
        target.fill = _RED if is_fault else _AMBER
        target.comment = Comment(message, "系统")
    _list(book, marks)
    target_file = BytesIO()
    book.save(target_file)
    return target_file.getvalue()


def _list(book: Any, marks: Sequence[Mark]) -> None:
    if PROBLEMS_SHEET in book.sheetnames:
        del book[PROBLEMS_SHEET]
    page = book.create_sheet(PROBLEMS_SHEET, 0)
    page.append(HEADS)
    for cell in page[1]:
        cell.font = Font(bold=True)
    for cell, value, message, project, _ in marks:
        page.append([None] * len(HEADS))
        for place, words in enumerate((cell, value, message, project), start=1):
            # Set as text: what somebody typed must not become a formula of ours.
            target = page.cell(page.max_row, place)
            target.value, target.data_type, target.quotePrefix = words, "s", True
    for letter, width in zip("ABCD", (16, 24, 70, 34), strict=True):
        page.column_dimensions[letter].width = width
    book.active = 0
