"""Plain numbers in cells: the decimal the user sees, exact; a percent sign is refused, not guessed at."""

import re
from decimal import Decimal

from imports.cells.text import half_width
from imports.fields import digits
from portfolio.errors import Invalid
from portfolio.plan.indicators import LARGEST, PLACES

_TEXT = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[-−]?\.\d+")


def from_number(number: float | int) -> Decimal:
    """Read a number cell; what a formula left over in the last bits is read with 15 digits.

    Raises Invalid with a sentence when it has more decimals than are kept, or is out of range.
    """
    exact = Decimal(repr(number))
    return _checked(exact if not _in_range(exact) or _fits(exact) else Decimal(f"{number:.15g}"))


def from_text(words: str) -> Decimal:
    """Read a text cell: commas and full-width digits; raises Invalid with a sentence."""
    plain = half_width(words).replace(" ", "").replace("，", ",")
    if plain.endswith("%"):
        raise with_percent(words)
    if not _TEXT.fullmatch(plain):
        raise Invalid(f"“{words}”不是数。请只填数字，如 7.5。")
    return _checked(Decimal(plain.replace(",", "").replace("−", "-")))


def with_percent(shown: str) -> Invalid:
    """The refusal of a percentage: 7.5 % is kept as 7.5."""
    return Invalid(f"“{shown}”带百分号。单位已写在“单位”栏，请把格式改成数字，只填数，如 7.5。")


def to_number(value: Decimal) -> float | int | None:
    """The number for a cell, or None when no float holds it exactly: then it is written as text."""
    number = int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(value)
    return number if Decimal(f"{number:.15g}") == value else None


def _in_range(value: Decimal) -> bool:
    """Asked first: what has too many digits cannot be rounded."""
    return value.is_finite() and abs(value) <= LARGEST


def _fits(value: Decimal) -> bool:
    return value == round(value, PLACES)


def _checked(value: Decimal) -> Decimal:
    if not _in_range(value):
        raise Invalid(f"“{digits(value)}”太大了。请核对单位。")
    if not _fits(value):
        raise Invalid(f"“{digits(value)}”的小数超过 {PLACES} 位，不能四舍五入。请填到 {PLACES} 位以内。")
    return round(value, PLACES)
