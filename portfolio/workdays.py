"""Working days over a `Calendar` value: Monday to Friday, minus days off, plus shifted workdays.

The days come from the State Council's yearly notice; `calendar_days.py` loads them. A year without
a notice never raises: it counts as Monday to Friday minus the statutory days known, and every date
computed with it is provisional.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The departures from 'Monday to Friday', and the years whose notice is in."""

    holidays: frozenset[date] = field(default_factory=frozenset)
    workdays: frozenset[date] = field(default_factory=frozenset)
    confirmed: frozenset[int] = field(default_factory=frozenset)

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day."""
        if day in self.workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def is_provisional(self, day: date) -> bool:
        """Whether the day lies in a year whose notice is not in yet."""
        return day.year not in self.confirmed

    def between(self, first: date, last: date) -> Iterator[date]:
        """Yield the working days from `first` to `last`, both included."""
        day = first
        while day <= last:
            if self.is_workday(day):
                yield day
            day += ONE

    def count(self, first: date, last: date) -> int:
        """Count the working days from `first` to `last`, both included; none when `last` is earlier."""
        return sum(1 for _ in self.between(first, last))

    def on_or_after(self, day: date) -> date:
        """Return the day itself if it is worked, else the next working day."""
        while not self.is_workday(day):
            day += ONE
        return day

    def on_or_before(self, day: date) -> date:
        """Return the day itself if it is worked, else the working day before."""
        while not self.is_workday(day):
            day -= ONE
        return day

    def after(self, day: date) -> date:
        """Return the first working day after a day."""
        return self.on_or_after(day + ONE)

    def add(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day` (before it for a negative count)."""
        step = ONE if count >= 0 else -ONE
        left = abs(count)
        while left:
            day += step
            left -= self.is_workday(day)
        return day
