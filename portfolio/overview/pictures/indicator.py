"""An indicator's path: dashed from base to target, hollow target, solid actual values."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420.0, 90.0, 12.0, 372.0, 20.0, 66.0


@dataclass(frozen=True, slots=True)
class Value:
    """A yearly value."""

    year: int
    value: Decimal

    @property
    def figure(self) -> str:
        """The digits without trailing zeros."""
        text = f"{self.value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the picture with the value it stands for."""

    x: float
    y: float
    value: Value


@dataclass(frozen=True, slots=True)
class IndicatorPath:
    """The whole picture, in pixels of its view box; `since` is the year at its left edge."""

    base: Point | None
    target: Point
    asked: tuple[Point, ...]
    actuals: tuple[Point, ...]
    since: int

    @property
    def latest(self) -> Point | None:
        """Where the figure of the last actual stands: above its point, below it where the path runs above."""
        if not self.actuals:
            return None
        last = self.actuals[-1]
        meant = next((each.y for each in self.asked if each.value.year == last.value.year), last.y)
        return Point(last.x, last.y + (15 if meant < last.y else -8), last.value)

    @property
    def done(self) -> tuple[Point, ...]:
        """What the solid line joins: the base, where there is one, and the actuals."""
        return (self.base, *self.actuals) if self.base else self.actuals


def indicator_path(
    base: Value | None,
    target: Value,
    actuals: Sequence[Value],
    asked: Sequence[Value] = (),
    since: int | None = None,
) -> IndicatorPath:
    """Place base, target and the actual values; a flat series lies in the middle.

    `asked` is the course of the dashed line, year by year, where it is not straight from base to target;
    `since` the year at the left edge, where nothing may stand.
    """
    course = list(asked) or [each for each in (base, target) if each]
    values = [*course, target, *actuals, *([base] if base else [])]
    low, high = min(each.value for each in values), max(each.value for each in values)
    first = min([*(each.year for each in values), *([] if since is None else [since])])
    last = max(first + 1, *(each.year for each in values))

    def point(value: Value) -> Point:
        share = (value.value - low) / (high - low) if high > low else Decimal("0.5")
        x = LEFT + (RIGHT - LEFT) * (value.year - first) / (last - first)
        return Point(round(x, 1), round(BOTTOM - (BOTTOM - TOP) * float(share), 1), value)

    return IndicatorPath(
        point(base) if base else None,
        point(target),
        tuple(point(each) for each in course),
        tuple(point(each) for each in sorted(actuals, key=lambda v: v.year)),
        first,
    )
