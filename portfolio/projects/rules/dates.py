"""Dates with a precision. `2025年底` is the year 2025: due on its last day.

A planned date is stored as the last day of its span together with the precision, so that
comparing last days is comparing stored days. Source: product rules, 'three dates'.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portfolio.errors import Invalid


class Precision(StrEnum):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    HALF = "half"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """A date with its precision; `day` is the last day of the span it stands for."""

    day: date
    precision: Precision = Precision.DAY

    @property
    def first_day(self) -> date:
        """The first day of the span."""
        match self.precision:
            case Precision.DAY:
                return self.day
            case Precision.MONTH:
                return self.day.replace(day=1)
            case Precision.HALF:
                return self.day.replace(month=1 if self.day.month <= 6 else 7, day=1)
            case Precision.YEAR:
                return self.day.replace(month=1, day=1)

    def contains(self, other: "PlannedDate") -> bool:
        """Whether the other date's whole span lies within this one's."""
        return self.first_day <= other.first_day and other.day <= self.day

    def __str__(self) -> str:
        """ISO with the known part only: `2025`, `2025-06`, `2025-H1`, `2025-06-30`."""
        match self.precision:
            case Precision.DAY:
                return self.day.isoformat()
            case Precision.MONTH:
                return f"{self.day:%Y-%m}"
            case Precision.HALF:
                return f"{self.day.year}-H{1 if self.day.month <= 6 else 2}"
            case Precision.YEAR:
                return str(self.day.year)


_ISO = re.compile(r"(?P<y>\d{4})(?:-(?:H(?P<h>[12])|(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?))?")


def from_iso(text: str) -> PlannedDate:
    """Read the form that `str()` writes; raises Invalid for anything else or an impossible date."""
    match = _ISO.fullmatch(text)
    if not match:
        raise Invalid(f"“{text}”不是日期。请写成 2025、2025-06 或 2025-06-30。")
    year = int(match["y"])
    try:
        if match["d"]:
            return PlannedDate(date(year, int(match["m"]), int(match["d"])))
        if match["m"]:
            return of_month(year, int(match["m"]))
        if match["h"]:
            return of_half(year, int(match["h"]))
        return of_year(year)
    except ValueError:
        raise Invalid(f"“{text}”这一天不存在。请改正年、月、日。") from None


def of_month(year: int, month: int) -> PlannedDate:
    """A date known to the month; raises ValueError for an impossible month."""
    if not 1 <= month <= 12:
        raise ValueError(f"no month {month}")
    return PlannedDate(date(year, month, calendar.monthrange(year, month)[1]), Precision.MONTH)


def of_half(year: int, half: int) -> PlannedDate:
    """A date known to the half year (1 or 2)."""
    return PlannedDate(date(year, 6, 30) if half == 1 else date(year, 12, 31), Precision.HALF)


def of_year(year: int) -> PlannedDate:
    """A date known to the year."""
    return PlannedDate(date(year, 12, 31), Precision.YEAR)


def join(day: date | None, precision: Precision | None) -> PlannedDate | None:
    """Put the two stored columns together."""
    return None if day is None else PlannedDate(day, precision or Precision.DAY)
