"""The same rows as CSV: UTF-8 with a byte order mark, one head, a sheet's period as a first column."""

import csv
from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import StringIO

from imports.cells import text
from imports.fields import Value, digits
from imports.layouts.sheet import Layout, Record, Sheet
from portfolio.money import Fen, show_exact
from portfolio.projects.rules.dates import PlannedDate

BOM = "\ufeff"


def write(sheets: Sequence[Sheet]) -> bytes:
    """Return the table's bytes. Money stands in the sheet's unit, named in its head."""
    target = StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    for number, sheet in enumerate(sheets):
        if number == 0:
            writer.writerow(_head(sheet.layout))
        for record in sheet.records:
            writer.writerow(_row(sheet.layout, record))
    return (BOM + target.getvalue()).encode()


def _head(layout: Layout) -> Iterator[str]:
    if layout.period:
        yield "年度"
    for column in layout.columns:
        # Of several years the head names none: each row says its own.
        heading = column.heading.removeprefix(f"{layout.period}年") if layout.period else column.heading
        yield f"{heading}（{layout.unit}）" if column.type.value == "money" else heading


def _row(layout: Layout, record: Record) -> Iterator[str]:
    if layout.period:
        yield layout.period
    for column in layout.columns:
        yield _cell(record.values.get(column.field), layout.unit)


def _cell(value: Value, unit: str) -> str:
    match value:
        case None:
            return ""
        case Fen():
            return show_exact(value, unit)
        case Decimal():
            return digits(value)
        case PlannedDate():
            return str(value)
        case bool():
            return "是" if value else "否"
        case int():
            return str(value)
        case str():
            return text.for_csv(text.writable(value))
