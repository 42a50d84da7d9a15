"""Whether an indicator is on the path to its target. Source: product rules, 'plan monitoring'.

Three paths: `level`, a straight line from the base year's value to the target year's; `growth`, a
yearly rate that the plan asks of every year on average; `cumulative`, an even share of the period's
sum each year. A ceiling (`<`) and a level to be kept are asked of every year as they stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

LEVEL, GROWTH, CUMULATIVE = "level", "growth", "cumulative"
NEAR = Decimal("0.05")  # 左右: within a twentieth of the target counts as reached
_ONE, _HUNDRED = Decimal(1), Decimal(100)


class State(StrEnum):
    """How the latest actual stands against the path."""

    ON_PATH = "on_path"
    BEHIND = "behind"
    UNKNOWN = "unknown"  # no actual yet, or no target of our own (按省下达)


@dataclass(frozen=True, slots=True)
class Series:
    """What the plan asks: values in the series' unit, years of base and target."""

    base_year: int
    base: Decimal | None
    target_year: int
    target: Decimal | None
    path: str
    comparator: str
    direction: str


@dataclass(frozen=True, slots=True)
class Pace:
    """The verdict on the latest year: the actual beside what the path asks.

    `actual` is the mean for `growth`, the sum so far for `cumulative`; `short_by` is never negative.
    """

    state: State
    year: int | None = None
    actual: Decimal | None = None
    asked: Decimal | None = None
    short_by: Decimal = Decimal(0)


def path(series: Series) -> dict[int, Decimal]:
    """Return what the plan asks for each year after the base year; empty where it sets no figure."""
    if series.target is None:
        return {}
    years = range(series.base_year + 1, series.target_year + 1)
    if series.path == GROWTH or is_standing(series):
        return dict.fromkeys(years, series.target)
    span = Decimal(series.target_year - series.base_year)
    if series.path == CUMULATIVE:
        return {year: series.target * (year - series.base_year) / span for year in years}
    if series.base is None:
        return {series.target_year: series.target}
    step = (series.target - series.base) / span
    return {year: series.base + step * (year - series.base_year) for year in years}


def reached(series: Series, actuals: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Return the yearly actuals in the path's terms: sums so far, mean rates so far, or as they are."""
    found: dict[int, Decimal] = {}
    for year in sorted(each for each in actuals if series.base_year < each <= series.target_year):
        so_far = [actuals[each] for each in sorted(actuals) if series.base_year < each <= year]
        if series.path == CUMULATIVE:
            found[year] = sum(so_far, Decimal(0))
        elif series.path == GROWTH:
            found[year] = _mean_rate(so_far)
        else:
            found[year] = actuals[year]
    return found


def pace(series: Series, actuals: Mapping[int, Decimal]) -> Pace:
    """Compare the latest actual of the plan period with the path of its year."""
    held = reached(series, actuals)
    if not held:
        return Pace(State.UNKNOWN)
    year = max(held)
    asked = path(series).get(year)
    if asked is None:
        return Pace(State.UNKNOWN, year, held[year])
    short_by = _shortfall(series, held[year], asked)
    state = State.BEHIND if short_by > 0 else State.ON_PATH
    return Pace(state, year, held[year], asked, short_by)


def is_standing(series: Series) -> bool:
    """Whether every year is asked the same: a ceiling, or a level to be kept."""
    return series.comparator == "<" or series.direction == "keep"


def _shortfall(series: Series, actual: Decimal, asked: Decimal) -> Decimal:
    if series.comparator == "<":  # strictly below
        return actual - asked if actual > asked else Decimal(0)
    gap = actual - asked if series.direction == "down" else asked - actual
    if series.comparator == "≈" and gap <= abs(asked) * NEAR:
        return Decimal(0)
    return max(gap, Decimal(0))


def _mean_rate(rates: list[Decimal]) -> Decimal:
    """The yearly rate that gives the same growth in all, in percent, to two places."""
    product = _ONE
    for rate in rates:
        product *= _ONE + rate / _HUNDRED
    if product <= 0:
        return min(rates)
    mean = (product.ln() / len(rates)).exp() - _ONE
    return (mean * _HUNDRED).quantize(Decimal("0.01"))
