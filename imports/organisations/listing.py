"""Recognise a list of units in a workbook nobody designed for us, and read its rows.

Its head is the first row (within the first 20 of a sheet) that names units and what they stand under;
further columns are optional, unknown ones are left aside.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from imports import identity
from imports.cells import text
from imports.files.sheets import Cell, ReadBook, ReadSheet, Row, Tag

HEAD_WITHIN = 20
LAST_ROW = 20_000
FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("机构名称", "机构全称", "单位名称", "单位全称", "名称", "全称", "机构", "单位"),
    "parent": ("上级机构", "上级单位", "上级", "隶属", "主管部门", "主管单位"),
    "short_name": ("简称", "机构简称", "单位简称"),
    "aliases": ("别名", "曾用名", "其他名称", "又名"),
    "position": ("排序", "顺序", "次序", "排名", "序号"),
}
NEEDED = ("name", "parent")
_ROW = re.compile(r"\d+$")
_PARTED = re.compile(r"[、,，;；\n]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell: its address (`机构!B7`), what stands there, and what to do."""

    cell: str
    value: str
    message: str

    @property
    def row(self) -> int:
        """The row in which the cell stands."""
        return int(_ROW.findall(self.cell)[-1])


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """One row: what it says of a unit; an empty text or None says nothing. `cells` are the addresses."""

    row: int
    name: str
    parent: str
    short_name: str
    aliases: tuple[str, ...]
    position: int | None
    cells: Mapping[str, str]

    def fault(self, field: str, value: str, message: str) -> Fault:
        """A fault of one of the row's cells."""
        return Fault(self.cells.get(field, self.cells["name"]), value, message)


@dataclass(frozen=True, slots=True)
class Listing:
    """A recognised list with its rows, and what could not be read in them."""

    sheet: str
    units: tuple[ListedUnit, ...]
    faults: tuple[Fault, ...]


def recognise(book: ReadBook) -> Listing | None:
    """Return the first list of units in a workbook; None when no sheet has such a head, or it is ours."""
    if any(page.name == identity.SHEET for page in book.sheets):
        return None
    for page in book.sheets:
        for number in sorted(page.rows)[:HEAD_WITHIN]:
            columns = _columns(page.rows[number])
            if all(name in columns for name in NEEDED):
                return _read(page, number, columns)
    return None


def _columns(head: Row) -> dict[str, int]:
    titles = {_plain(cell.shown): place for place, cell in sorted(head.items(), reverse=True)}
    found = {}
    for name, words in FIELDS.items():
        known = [titles[word] for word in words if word in titles]
        if known:
            found[name] = known[0]
    return found


def _read(page: ReadSheet, head: int, columns: Mapping[str, int]) -> Listing:
    units: list[ListedUnit] = []
    faults: list[Fault] = []
    for number, row in sorted(page.rows.items()):
        if number > head and any(place in row for name, place in columns.items() if name != "position"):
            unit, wrong = _unit(page, number, row, columns)
            units.append(unit)
            faults += wrong
    return Listing(page.name, tuple(units), tuple(faults))


def _unit(
    page: ReadSheet, number: int, row: Row, columns: Mapping[str, int]
) -> tuple[ListedUnit, list[Fault]]:
    cells = {name: f"{page.name}!{_letter(place)}{number}" for name, place in columns.items()}
    faults = [
        Fault(cells[name], row[place].shown, "这里是公式错误，或公式没有存下结果。请直接填文字或数字。")
        for name, place in columns.items()
        if place in row and row[place].tag in (Tag.FAULT, Tag.UNCOMPUTED)
    ]
    said = {name: _said(row.get(place)) for name, place in columns.items()}
    position = text.half_width(said.get("position", ""))
    if position and not position.isdecimal():
        faults.append(Fault(cells["position"], position, "排序要填整数，如 12；不填就排在同级的最后。"))
    aliases = tuple(dict.fromkeys(filter(None, map(str.strip, _PARTED.split(said.get("aliases", ""))))))
    unit = ListedUnit(
        number,
        said["name"],
        said["parent"],
        said.get("short_name", ""),
        aliases,
        int(position) if position.isdecimal() else None,
        cells,
    )
    return unit, faults


def _said(cell: Cell | None) -> str:
    if cell is None or cell.tag in (Tag.FAULT, Tag.UNCOMPUTED):
        return ""
    if isinstance(cell.value, float) and cell.value.is_integer():
        return str(int(cell.value))
    return text.writable(cell.shown)


def _plain(title: str) -> str:
    return re.sub(r"[\s*＊（(].*$", "", title.strip())


def _letter(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
