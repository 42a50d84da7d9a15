"""Money in cells: the decimal the user sees, exact to the fen.

A binary float carries at most 17 digits; its shortest form gives back what was typed. What a
formula left over in the last bits is read as Excel shows it, with 15 digits. Finer than a fen is
refused, never rounded.
"""

import re
from decimal import Decimal

from imports.cells.text import half_width
from portfolio import money
from portfolio.errors import Invalid
from portfolio.money import Fen

_UNITS = "|".join(sorted(money.UNITS, key=len, reverse=True))
_DIGITS = r"(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
_TEXT = re.compile(rf"(?P<open>\()?(?P<sign>[-−])?[¥￥]?{_DIGITS}(?P<unit>{_UNITS}|亿|万)?(?P<close>\))?")
_SHORT = {"亿": "亿元", "万": "万元"}


def from_number(number: float | int, unit: str) -> Fen:
    """Read a number cell; raises Invalid when it is finer than a fen or out of range."""
    if isinstance(number, int):
        return money.from_decimal(Decimal(number), unit)
    try:
        return money.from_decimal(Decimal(repr(number)), unit)
    except Invalid:
        return money.from_decimal(Decimal(f"{number:.15g}"), unit)


def from_text(text: str, unit: str) -> Fen:
    """Read a text cell: commas, full-width digits, brackets for negatives, a unit of its own.

    Raises Invalid with a sentence.
    """
    plain = half_width(text).replace(" ", "").replace("，", ",")
    match = _TEXT.fullmatch(plain)
    if not match or bool(match["open"]) != bool(match["close"]):
        raise Invalid(f"“{text}”不是金额。请填数字，如 1,234.56。")
    value = Decimal(match["digits"].replace(",", ""))
    own = match["unit"]
    read = money.from_decimal(value, _SHORT.get(own, own) if own else unit)
    return -read if match["open"] or match["sign"] else read


def to_number(sum_: Fen, unit: str) -> float | int | None:
    """The number for a cell, or None when no float holds the sum exactly: then it is written as text."""
    exact = money.to_decimal(sum_, unit)
    number = int(exact) if exact == exact.to_integral_value() and abs(exact) < 10**15 else float(exact)
    # 15 digits are what every spreadsheet keeps when it saves the file again.
    return number if Decimal(f"{number:.15g}") == exact else None
