"""An indicator's path: dashed from base to target, hollow target, solid actual values."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420.0, 90.0, 12.0, 372.0, 16.0, 66.0


@dataclass(frozen=True, slots=True)
class Value:
    """A yearly value."""

    year: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the picture with the value it stands for."""

    x: float
    y: float
    value: Value


@dataclass(frozen=True, slots=True)
class IndicatorPath:
    """The whole picture, in pixels of its view box."""

    base: Point
    target: Point
    actuals: tuple[Point, ...]


def indicator_path(base: Value, target: Value, actuals: Sequence[Value]) -> IndicatorPath:
    """Place base, target and the actual values; a flat series lies in the middle."""
    values = [base, target, *actuals]
    low, high = min(each.value for each in values), max(each.value for each in values)
    first, last = base.year, max(target.year, base.year + 1, *(each.year for each in values))

    def point(value: Value) -> Point:
        share = (value.value - low) / (high - low) if high > low else Decimal("0.5")
        x = LEFT + (RIGHT - LEFT) * (value.year - first) / (last - first)
        return Point(round(x, 1), round(BOTTOM - (BOTTOM - TOP) * float(share), 1), value)

    return IndicatorPath(
        point(base), point(target), tuple(point(each) for each in sorted(actuals, key=lambda v: v.year))
    )
