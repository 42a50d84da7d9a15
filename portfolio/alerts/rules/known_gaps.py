"""A gap of the portfolio on past days: which active projects lacked something, and when that would have been told.

Values in, days out. A stage holds from the day of its event on; what a project had is given as spans of days.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portfolio.alerts.rules.ladder import Span, week_word
from portfolio.workdays import Calendar

ACTIVE = frozenset({"preparation", "implementation", "completion"})


@dataclass(frozen=True, slots=True)
class PastProject:
    """A project's stages in order of the days on which they began (None: there was none), and when it was filled."""

    id: int
    stages: Sequence[tuple[date, str | None]]
    filled: Sequence[Span] = ()

    def lacks_on(self, day: date) -> bool:
        """Whether it was active on a day without having what is asked for."""
        place = bisect_right(self.stages, day, key=lambda entry: entry[0])
        active = place > 0 and self.stages[place - 1][1] in ACTIVE
        return active and not any(span.covers(day) for span in self.filled)


@dataclass(frozen=True, slots=True)
class Gap:
    """A day on which the gap would have been told, and the projects that lacked it."""

    day: date
    projects: tuple[int, ...]


def told_weekly(
    projects: Sequence[PastProject], first: date, last: date, calendar: Calendar
) -> Iterator[Gap]:
    """Yield the first working day of each week, from `first` to `last`, on which any project lacked it."""
    told = ""
    for day in calendar.between(first, last):
        if week_word(day) == told:
            continue
        lacking = tuple(each.id for each in projects if each.lacks_on(day))
        if lacking:
            told = week_word(day)
            yield Gap(day, lacking)
