"""Dates as people type them into a form: `2024-06`, `2024.6`, `6月底`, `2025年底`, `2024-06-25`."""

import re
import unicodedata
from datetime import date

from portfolio.errors import Invalid
from portfolio.projects.rules import dates
from portfolio.projects.rules.dates import PlannedDate

_YEAR, _MONTH, _DAY = r"(?P<y>\d{4})", r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"
_AFTER_YEAR, _AFTER_MONTH = r"\s*[-./年]\s*", r"\s*[-./月]\s*"
_END = r"\s*[底末]?"
_WRITTEN_OUT = rf"{_YEAR}{_AFTER_YEAR}{_MONTH}{_AFTER_MONTH}{_DAY}\s*[日号]?"
_DIGITS = r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"
_WHOLE_DAYS = tuple(re.compile(shape) for shape in (_WRITTEN_OUT, _DIGITS))
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        _WRITTEN_OUT,
        rf"{_YEAR}{_AFTER_YEAR}{_MONTH}\s*月?{_END}",
        rf"{_YEAR}{_AFTER_YEAR}?(?:H(?P<h>[12])|(?P<half>[上下])半年)",
        rf"{_YEAR}\s*年?{_END}",
        _DIGITS,
        rf"{_MONTH}\s*月\s*{_DAY}\s*[日号]",
        rf"{_MONTH}\s*月{_END}",
    )
)


def understand(text: str, today: date) -> PlannedDate:
    """Read a date with the precision in which it was typed; a month without a year is this year's.

    Raises Invalid that says what was typed and how to write it.
    """
    for shape in _SHAPES:
        match = shape.fullmatch(_plain(text))
        if match:
            return _made(match.groupdict(), today, text)
    raise Invalid(f"“{text}”不是日期。请填到月即可，如 2025-04；也可填 2025-04-30、2025年底。")


def whole_day(text: str) -> date | None:
    """Read a day with its year, `2024-06-25`, `2024年6月25日` or `20240625`; None for anything else."""
    for shape in _WHOLE_DAYS:
        match = shape.fullmatch(_plain(text))
        if match:
            try:
                return date(*map(int, match.group("y", "m", "d")))
            except ValueError:
                return None
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _made(parts: dict[str, str | None], today: date, text: str) -> PlannedDate:
    year, month, day = int(parts.get("y") or today.year), parts.get("m"), parts.get("d")
    half = parts.get("h") or {"上": "1", "下": "2"}.get(parts.get("half") or "")
    try:
        if month and day:
            return PlannedDate(date(year, int(month), int(day)))
        if month:
            return dates.of_month(year, int(month))
        return dates.of_half(year, int(half)) if half else dates.of_year(year)
    except ValueError:
        raise Invalid(_impossible(text, year, month)) from None


def _impossible(text: str, year: int, month: str | None) -> str:
    if month and not 1 <= int(month) <= 12:
        return f"“{text}”里没有 {int(month)} 月。请填年月，如 {year}-12。"
    return f"“{text}”这一天不存在。请改正年、月、日。"
