"""Write a workbook of ours: title, 单位, heads, frozen panes, formats, drop-downs, live 合计, print set-up.

The same sheets, the same instant: the same bytes. Text never becomes a formula.
"""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from imports import identity
from imports.cells import text
from imports.exports.grid import Grid
from imports.exports.looks import Looks
from imports.exports.options import Options
from imports.fields import Plain, Type, plain
from imports.identity import About, Held, Identity, SheetIdentity
from imports.layouts.sheet import NOTES_SHEET, Layout, Record, Sheet
from portfolio.signing import KeyRing


def write(sheets: Sequence[Sheet], about: About, ring: KeyRing) -> bytes:
    """Return the workbook's bytes: a sheet each, the notes, and the signed hidden sheet."""
    target = BytesIO()
    book = Workbook(
        target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    # A fixed instant in the file's properties, so that the same content is the same bytes.
    book.set_properties({"title": sheets[0].layout.title, "created": about.exported_at.replace(tzinfo=None)})
    looks, options, grids = Looks(book), Options(book), [Grid(sheet) for sheet in sheets]
    for grid in grids:
        grid.draw(book.add_worksheet(grid.layout.sheet), looks, options, about)
    _notes(book.add_worksheet(NOTES_SHEET), looks, sheets[0].layout, about)
    _hide(book.add_worksheet(identity.SHEET), identity.lines(_identity(grids, about), ring))
    book.close()
    return target.getvalue()


def file_name(name: str, about: About, suffix: str) -> str:
    """What the file is called when it is taken home: `年度资金计划-20240628.xlsx`."""
    demo = "（演示数据）" if about.demo else ""
    return f"{name}{demo}-{about.day:%Y%m%d}.{suffix}"


def _identity(grids: Sequence[Grid], about: About) -> Identity:
    return Identity(about, tuple(_sheet_identity(grid) for grid in grids))


def _sheet_identity(grid: Grid) -> SheetIdentity:
    columns = identity.headings(grid.layout.columns) | dict.fromkeys(grid.computed, ("", Type.TEXT))
    rows = {each.key: Held(each.version, held(grid.layout, each)) for each in grid.records}
    return SheetIdentity(grid.layout.sheet, grid.layout.period, columns, rows)


def held(layout: Layout, record: Record) -> Mapping[str, Plain]:
    """What the row's cells show, by field: text as it is written into them."""
    return {each.field: _shown(plain(record.values.get(each.field))) for each in layout.columns}


def _shown(value: Plain) -> Plain:
    return (text.writable(value) or None) if isinstance(value, str) else value


def _notes(page: Worksheet, looks: Looks, layout: Layout, about: About) -> None:
    page.hide_gridlines(2)
    page.set_column(0, 0, 110)
    page.write_string(0, 0, "填写说明", looks.title)
    lines = [
        *layout.notes,
        "公式和“合计”只供查看，导入时不读；没有出现在表里的行不会被删除。",
        "导入前会逐项显示将要改什么，确认之后才写入。",
        f"导出：{about.exported_by}，{about.day.isoformat()}。",
    ]
    if about.demo:
        lines.insert(0, "演示数据：日期、金额、人员均为编造，不代表真实进展。")
    for number, line in enumerate(lines, start=2):
        page.write_string(number, 0, line, looks.note)


def _hide(page: Worksheet, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        page.write_string(number, 0, line)
    page.protect()
    page.very_hidden()
