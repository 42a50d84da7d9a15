"""The rung clock: when whom an alert must be told. Source: product rules, 'Ladder' and 'First sight'.

The clock reads working days. It may count from `clock_on` on, that day included, which is the later
of the first overdue day and the day the alert was first seen; days before the mail start, days of a
mail stop and days of a project's pause do not count. So what was due on Thursday stands on rung 1 on
Friday, and what was already old at first sight starts on rung 1 and climbs from that day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portfolio.workdays import Calendar

ONE = timedelta(days=1)
RUNGS = 4


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included; open at an end that is None."""

    first: date | None
    last: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the day lies within."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Readings at which rungs 1–4 are due, and the steps in which rung 4 repeats (0: never)."""

    rungs: tuple[int, ...] = (1, 7, 15, 30)
    repeat: int = 30

    @classmethod
    def of(cls, days: Sequence[int]) -> "Ladder":
        """The ladder of thresholds: four readings, and the steps of the last as a fifth where it is not 30."""
        return cls(tuple(days[:RUNGS]), *days[RUNGS : RUNGS + 1])

    def due(self, reading: int) -> tuple[str, ...]:
        """Return the rungs reached at a reading; of the repeats of the last only the newest."""
        words = [str(number) for number, at in enumerate(self.rungs, 1) if reading >= at]
        if len(words) == len(self.rungs):
            words[-1] = self._last_word(reading)
        return tuple(words)

    def next_reading(self, reading: int) -> int | None:
        """Return the reading at which the next rung is due; None when there is none."""
        later = [at for at in self.rungs if at > reading]
        if later:
            return later[0]
        if not self.repeat:
            return None
        return self.rungs[-1] + ((reading - self.rungs[-1]) // self.repeat + 1) * self.repeat

    def _last_word(self, reading: int) -> str:
        rounds = (reading - self.rungs[-1]) // self.repeat if self.repeat else 0
        return f"{len(self.rungs)}+{rounds * self.repeat}" if rounds else str(len(self.rungs))


def reading(calendar: Calendar, clock_on: date, today: date, quiet: Sequence[Span]) -> int:
    """Read the clock: working days from `clock_on` to `today`, both included, outside quiet spans."""
    return sum(1 for day in calendar.between(clock_on, today) if not _is_quiet(day, quiet))


def next_day(calendar: Calendar, today: date, ahead: int, quiet: Sequence[Span]) -> date | None:
    """Return the day on which the clock will read `ahead` more than today; None when it stands still."""
    if any(span.last is None and span.covers(today + ONE) for span in quiet):
        return None
    day, left = today, ahead
    while left > 0:
        day += ONE
        left -= calendar.is_workday(day) and not _is_quiet(day, quiet)
    return day


def reminder(days_to_go: int, thresholds: Iterable[int]) -> str | None:
    """Return the tightest reminder reached ('at most N days to go'); None while all are far or it is past."""
    reached = [at for at in thresholds if 0 <= days_to_go <= at]
    return f"due{min(reached)}" if reached else None


def next_reminder_on(due: date, today: date, thresholds: Iterable[int]) -> date | None:
    """Return the day of the next tighter reminder; None after the tightest."""
    days = (due - timedelta(days=at) for at in thresholds)
    return min((day for day in days if day > today), default=None)


def week_word(day: date) -> str:
    """Name the week of a day for what is told weekly: `week:2024-W26`."""
    year, week, _ = day.isocalendar()
    return f"week:{year}-W{week:02d}"


class Step(StrEnum):
    """The rungs in the order in which people hear, as pages draw them."""

    REMINDER = "reminder"
    FIRST = "1"
    SECOND = "2"
    THIRD = "3"
    FOURTH = "4"


def step_of(rung: str) -> Step:
    """Return the step a rung's word belongs to: `due7` → reminder, `4+30` → 4; others stand on 1."""
    if rung.startswith("due"):
        return Step.REMINDER
    head = rung.split("+", maxsplit=1)[0]
    return Step(head) if head in {"1", "2", "3", "4"} else Step.FIRST


def _is_quiet(day: date, quiet: Sequence[Span]) -> bool:
    return any(span.covers(day) for span in quiet)
