"""A time scale: days to pixels, with ticks at quarters and years."""

from dataclasses import dataclass
from datetime import date, timedelta

YEAR_WIDTH = 34  # pixels that a year's number takes


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the scale; `label` is empty at a quarter inside a year."""

    x: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps `first`…`last` to `left`…`right`, in pixels."""

    first: date
    last: date
    left: float
    right: float

    def x(self, day: date) -> float:
        """Where a day lies; days outside are put on the nearer edge."""
        span = max(1, (self.last - self.first).days)
        share = (day - self.first).days / span
        return round(self.left + (self.right - self.left) * min(1.0, max(0.0, share)), 1)

    def holds(self, day: date) -> bool:
        """Whether a day lies on the scale."""
        return self.first <= day <= self.last

    @property
    def quarters(self) -> tuple[Tick, ...]:
        """First days of the quarters; those of a year carry its number."""
        days = [
            date(year, month, 1)
            for year in range(self.first.year, self.last.year + 1)
            for month in (1, 4, 7, 10)
        ]
        return tuple(
            Tick(self.x(day), str(day.year) if day.month == 1 else "") for day in days if self.holds(day)
        )

    @property
    def begun(self) -> Tick | None:
        """The year in which the scale begins, where its number has room before the first of January."""
        room = (self.years[0].x if self.years else self.right) - self.left
        return Tick(self.left, str(self.first.year)) if room >= YEAR_WIDTH else None

    @property
    def years(self) -> tuple[Tick, ...]:
        """First days of the years."""
        return tuple(tick for tick in self.quarters if tick.label)


def around(days: list[date], today: date, left: float, right: float, least: int = 365) -> Scale:
    """A scale that holds today and all days, at least `least` days long, with a little air on both sides."""
    first, last = min([*days, today]), max([*days, today])
    missing = max(0, least - (last - first).days)
    air = timedelta(days=max(10, (last - first).days // 30))
    return Scale(
        first - air - timedelta(days=missing // 3), last + air + timedelta(days=missing // 2), left, right
    )
