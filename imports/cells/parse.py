"""One cell to one value: what it says, 'no change', 'clear', or what is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from imports.cells import dates, money, numbers, text
from imports.fields import Column, Type, Value
from imports.files.sheets import Cell, Tag
from portfolio.errors import Invalid


class Said(StrEnum):
    """What a cell says."""

    NOTHING = "nothing"  # blank: no change
    CLEAR = "clear"  # 清空
    VALUE = "value"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A cell's value, or the sentence of its fault."""

    said: Said
    value: Value = None
    message: str = ""


NOTHING = Parsed(Said.NOTHING)


def parse(cell: Cell | None, column: Column, unit: str) -> Parsed:
    """Read a cell for a column; nothing is raised, a fault is a value with its sentence."""
    if cell is None:
        return NOTHING
    if cell.tag is Tag.UNCOMPUTED:
        return _wrong("这里的公式没有存下结果。请在 Excel 里打开、保存后再传。")
    if cell.tag is Tag.FAULT:
        return _wrong(f"这里是公式错误 {cell.shown}。请改正公式，或直接填数。")
    if cell.tag is Tag.TEXT and cell.shown.strip() == text.CLEAR:
        return Parsed(Said.CLEAR)
    try:
        return Parsed(Said.VALUE, _READ[column.type](cell, column, unit))
    except Invalid as error:
        return _wrong(error.message)


def _wrong(message: str) -> Parsed:
    return Parsed(Said.WRONG, None, message)


def _money(cell: Cell, _column: Column, unit: str) -> Value:
    if isinstance(cell.value, int | float) and cell.tag is Tag.NUMBER:
        return money.from_number(cell.value, unit)
    if cell.tag is Tag.TEXT:
        return money.from_text(cell.shown, unit)
    raise Invalid(f"“{cell.shown}”不是金额。请填数字，如 1,234.56。")


def _number(cell: Cell, _column: Column, _unit: str) -> Value:
    if cell.tag is Tag.PERCENT and isinstance(cell.value, int | float):
        raise numbers.with_percent(f"{float(cell.value) * 100:.10g}%")
    if cell.tag is Tag.NUMBER and isinstance(cell.value, int | float):
        return numbers.from_number(cell.value)
    if cell.tag is Tag.TEXT:
        return numbers.from_text(cell.shown)
    raise Invalid(f"“{cell.shown}”不是数。请只填数字，如 7.5。")


def _date(cell: Cell, _column: Column, _unit: str) -> Value:
    if cell.tag in (Tag.DATE, Tag.MONTH):
        return dates.from_day(date.fromisoformat(cell.shown), shows_day=cell.tag is Tag.DATE)
    if cell.tag is Tag.NUMBER and isinstance(cell.value, int | float):
        return dates.from_number(cell.value)
    return dates.from_text(cell.shown)


def _text(cell: Cell, _column: Column, _unit: str) -> Value:
    return text.writable(_words(cell))


def _code(cell: Cell, _column: Column, _unit: str) -> Value:
    return text.half_width(text.writable(_words(cell)))


def _choice(cell: Cell, column: Column, _unit: str) -> Value:
    word = text.writable(_words(cell))
    if column.choices and word not in column.choices:
        shown = "、".join(column.choices[:12]) + ("等" if len(column.choices) > 12 else "")
        raise Invalid(f"“{word}”不在名单里。请填：{shown}。")
    return word


def _whole(cell: Cell, _column: Column, _unit: str) -> Value:
    try:
        number = float(text.half_width(cell.shown))
    except ValueError:
        raise Invalid(f"“{cell.shown}”不是整数。") from None
    if not number.is_integer():  # neither is what is infinite or no number
        raise Invalid(f"“{cell.shown}”不是整数。")
    return int(number)


def _yes_no(cell: Cell, _column: Column, _unit: str) -> Value:
    word = cell.shown.strip()
    if word not in ("是", "否", "True", "False"):
        raise Invalid(f"“{word}”看不懂。请填“是”或“否”。")
    return word in ("是", "True")


def _words(cell: Cell) -> str:
    """A number where text is meant keeps its digits: 2024, not 2024.0."""
    if isinstance(cell.value, float) and cell.value.is_integer():
        return str(int(cell.value))
    return cell.shown


_READ: dict[Type, Callable[[Cell, Column, str], Value]] = {
    Type.TEXT: _text,
    Type.CODE: _code,
    Type.CHOICE: _choice,
    Type.MONEY: _money,
    Type.DATE: _date,
    Type.WHOLE: _whole,
    Type.NUMBER: _number,
    Type.YES_NO: _yes_no,
}
