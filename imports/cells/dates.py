"""Dates in cells: real ones, serials, text; the precision is kept. Impossible dates are errors."""

import re
from datetime import date, datetime, timedelta

from imports.cells.text import half_width
from portfolio.errors import Invalid
from portfolio.projects.rules.dates import PlannedDate, Precision, of_half, of_month, of_year

EPOCH_1900 = date(1899, 12, 30)
_TEXT = re.compile(r"(\d{4})(?:[年./-](?:(\d{1,2})(?:[月./-](?:(\d{1,2})[日号]?)?)?)?)?")
_HALF = re.compile(r"(\d{4})年?(?:(上|下)半年|-?H([12]))")
_END = re.compile(r"(?:底|末|年底|年末)$")


def from_day(day: date, *, shows_day: bool = True) -> PlannedDate:
    """Read a date cell; one whose format shows no day is known to the month."""
    if isinstance(day, datetime):
        day = day.date()
    return PlannedDate(day) if shows_day else of_month(day.year, day.month)


def from_number(number: float | int) -> PlannedDate:
    """Read a number that stands for a date: 2025, 20250630, or a serial of the 1900 system.

    Raises Invalid; 2025.1 is refused, since January and October look alike.
    """
    if not float(number).is_integer():
        raise Invalid(f"“{number}”看不出是哪一天。请写成 2025-06-30、2025-06 或 2025年。")
    whole = int(number)
    if 1990 <= whole <= 2100:
        return of_year(whole)
    if 19_000_101 <= whole <= 21_001_231:
        return _day(str(whole), whole // 10_000, whole // 100 % 100, whole % 100)
    if 32_874 <= whole <= 73_415:  # 1990-01-01 … 2100-12-31
        return PlannedDate(EPOCH_1900 + timedelta(days=whole))
    raise Invalid(f"“{number}”不是日期。请写成 2025-06-30、2025-06 或 2025年。")


def from_text(text: str) -> PlannedDate:
    """Read `2025`, `2025年6月底`, `2025.6`, `2025-06-30`, `20250630`, `2025年上半年`; raises Invalid."""
    plain = half_width(text).replace(" ", "")
    if re.fullmatch(r"\d{8}", plain):
        return from_number(int(plain))
    if plain.startswith("0000"):
        raise Invalid(f"“{text}”这一天不存在。请改正年、月、日。")
    half = _HALF.fullmatch(plain)
    if half:
        return of_half(int(half[1]), 1 if half[2] == "上" or half[3] == "1" else 2)
    ended = _END.sub("", plain)
    match = _TEXT.fullmatch(ended)
    if not match:
        raise Invalid(f"“{text}”不是日期。请写成 2025-06-30、2025-06 或 2025年。")
    year, month, day = int(match[1]), match[2], match[3]
    if day:
        return _day(text, year, int(month), int(day))
    if month:
        return _month(text, year, int(month))
    return of_year(year)


def written(value: PlannedDate) -> str:
    """A date coarser than a day, as text for a cell: `2025-06`, `2025年上半年`, `2025年`."""
    match value.precision:
        case Precision.HALF:
            return f"{value.day.year}年{'上' if value.day.month <= 6 else '下'}半年"
        case Precision.YEAR:
            return f"{value.day.year}年"
        case _:
            return str(value)


def _day(text: str, year: int, month: int, day: int) -> PlannedDate:
    try:
        return PlannedDate(date(year, month, day))
    except ValueError:
        raise Invalid(f"“{text}”这一天不存在。请改正年、月、日。") from None


def _month(text: str, year: int, month: int) -> PlannedDate:
    if not 1 <= month <= 12:
        raise Invalid(f"“{text}”没有 {month} 月。请改正月份。")
    return of_month(year, month)
