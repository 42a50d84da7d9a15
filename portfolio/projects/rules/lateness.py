"""How late a milestone is, in calendar days: overdue against today, slip against its baselines.

*Overdue*: today is past the current baseline and nothing happened; the forecast plays no part.
*Slip*: the actual, else the forecast, against a baseline. Both compare last days. Source: the
product's three dates and days; displayed days are calendar days, pauses taken off the overdue ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from portfolio.projects.rules.dates import PlannedDate, Precision

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from `first` to `last`, both included; `last` None is 'still running'."""

    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class MilestoneDates:
    """The three dates of a milestone, the baseline both as first approved and as it stands."""

    first: PlannedDate | None = None
    current: PlannedDate | None = None
    forecast: PlannedDate | None = None
    actual: PlannedDate | None = None

    @property
    def end(self) -> PlannedDate | None:
        """What happened, else what is expected."""
        return self.actual or self.forecast


@dataclass(frozen=True, slots=True)
class Slip:
    """Days after (+) or before (−) a baseline. `same` says within which coarser span both lie, if any."""

    days: int
    same: Precision | None = None


@dataclass(frozen=True, slots=True)
class Lateness:
    """What a milestone's dates say today.

    `overdue` counts days past the current baseline without the paused ones (None: not overdue),
    `paused` those taken off, `to_go` the days left until the baseline. `dated` False means that no
    baseline was ever approved: it never counts as on time.
    """

    dated: bool
    reached: bool
    overdue: int | None = None
    paused: int = 0
    to_go: int | None = None
    against_first: Slip | None = None
    against_current: Slip | None = None

    @property
    def slipping(self) -> bool:
        """Whether it is forecast after its current baseline."""
        return not self.reached and self.against_current is not None and self.against_current.days > 0

    @property
    def worst(self) -> int:
        """The larger of overdue days and slip against the current baseline; 0 when neither."""
        slip = self.against_current.days if self.against_current else 0
        return max(0, slip, self.overdue or 0)


def lateness(dates: MilestoneDates, today: date, pauses: Iterable[Interval] = ()) -> Lateness:
    """Judge one open or reached milestone; pauses are those that were accepted."""
    overdue, paused, to_go = None, 0, None
    if dates.current and not dates.actual:
        if today > dates.current.day:
            whole = (today - dates.current.day).days
            paused = days_covered(pauses, dates.current.day + ONE_DAY, today)
            overdue = whole - paused
        else:
            to_go = (dates.current.day - today).days
    return Lateness(
        dated=dates.current is not None,
        reached=dates.actual is not None,
        overdue=overdue,
        paused=paused,
        to_go=to_go,
        against_first=slip(dates.end, dates.first),
        against_current=slip(dates.end, dates.current),
    )


AMBER_SLIP, RED_OVERDUE = 30, 30  # days; product rules, lamp 节点


def tone(found: Lateness, *, breaks_promise: bool = False) -> str:
    """The milestone lamp of one milestone: red, amber, green, done, or nodata without a baseline.

    Red past 30 overdue days or when it is forecast after the day the plan promised; amber when
    overdue at all or slipping by 30 days.
    """
    if found.reached:
        return "done"
    if not found.dated:
        return "nodata"
    if (found.overdue or 0) > RED_OVERDUE or breaks_promise:
        return "red"
    slipped = found.against_current.days if found.against_current else 0
    return "amber" if found.overdue or slipped >= AMBER_SLIP else "green"


def slip(end: PlannedDate | None, baseline: PlannedDate | None) -> Slip | None:
    """Compare last days; where the coarser date's span contains the other it is 0: 同月, 同年."""
    if end is None or baseline is None:
        return None
    if end.precision is not baseline.precision:
        for coarse, other in ((end, baseline), (baseline, end)):
            if coarse.contains(other):
                return Slip(0, coarse.precision)
    return Slip((end.day - baseline.day).days)


def days_covered(intervals: Iterable[Interval], first: date, last: date) -> int:
    """Count the days from `first` to `last` that lie in any of the intervals; each day once."""
    covered, reached = 0, first - ONE_DAY
    for each in sorted(intervals, key=lambda interval: interval.first):
        start = max(each.first, reached + ONE_DAY)
        end = min(each.last or last, last)
        if end >= start:
            covered += (end - start).days + 1
            reached = end
    return covered


def is_paused(intervals: Iterable[Interval], day: date) -> bool:
    """Whether a day lies in any of the intervals."""
    return any(each.first <= day and (each.last is None or day <= each.last) for each in intervals)


def lapsed(due: PlannedDate | None, plan_ends_on: date, kept: bool, today: date) -> bool:
    """Whether a promise of the plan is lapsed: the plan has ended, its day has passed, it was not kept.

    An undated promise falls due with the plan. `kept` is True once the project reached it.
    """
    day = min(due.day, plan_ends_on) if due else plan_ends_on
    return not kept and today > plan_ends_on and today > day
