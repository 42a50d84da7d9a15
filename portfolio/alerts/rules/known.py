"""A milestone's dates as they were known on any past day, and when a rule would have spoken of it.

Values in, days out. `known` is the civil day on which a value became known; a later one replaces it.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portfolio.alerts.rules.dates import (
    MilestoneFacts,
    days_to_go,
    is_stuck,
    overdue_days,
    slip_level,
)
from portfolio.alerts.rules.ladder import ONE, Ladder, Span, next_day, reminder
from portfolio.workdays import Calendar

Log = Sequence[tuple[date, date | None]]  # (day it became known, value), in order of knowing


@dataclass(frozen=True, slots=True)
class Past:
    """A milestone with the logs of its dates; `facts` holds what is not logged."""

    facts: MilestoneFacts
    baselines: Log = ()
    forecasts: Log = ()
    actuals: Log = ()

    def on(self, day: date) -> MilestoneFacts:
        """Return the facts as they were known at the end of a day."""
        return replace(
            self.facts,
            baseline=_at(self.baselines, day),
            forecast=_at(self.forecasts, day),
            actual=_at(self.actuals, day),
        )


@dataclass(frozen=True, slots=True)
class Spoken:
    """A day on which the rule would have spoken: the rung, and the facts of that day."""

    day: date
    rung: str
    facts: MilestoneFacts


def spoken(
    rule: str, past: Past, days: tuple[int, ...], first: date, last: date,
    calendar: Calendar, quiet: Sequence[Span] = (),
) -> Iterator[Spoken]:  # fmt: skip
    """Yield when a rule would have spoken between two days, both included, with these thresholds.

    Raises KeyError for a rule that is not about milestones.
    """
    return _RULES[rule](past, days, first, last, calendar, quiet)


def _overdue(
    past: Past, days: tuple[int, ...], first: date, last: date, calendar: Calendar, quiet: Sequence[Span]
) -> Iterator[Spoken]:
    """Each rung once an opening; the clock starts on the first overdue day."""
    ladder = Ladder.of(days)
    for begins, ends in _stretches(past, last):
        reading = 0
        while (ahead := ladder.next_reading(reading)) is not None:
            day = next_day(calendar, begins - ONE, ahead, quiet)
            if day is None or day > ends:
                break
            if day >= first:
                yield Spoken(day, ladder.due(ahead)[-1], past.on(day))
            reading = ahead


def _stretches(past: Past, last: date) -> Iterator[tuple[date, date]]:
    """The runs of days on which the milestone was overdue, up to a day."""
    turns = sorted(
        {known for log in (past.baselines, past.forecasts, past.actuals) for known, _ in log}
        | {value + ONE for _, value in past.baselines if value is not None}
    )
    begins: date | None = None
    for turn in (each for each in turns if each <= last):
        overdue = overdue_days(past.on(turn), turn) is not None
        if overdue and begins is None:
            begins = turn
        elif not overdue and begins is not None:
            yield begins, turn - ONE
            begins = None
    if begins is not None:
        yield begins, last


def _due(
    past: Past, days: tuple[int, ...], first: date, last: date, calendar: Calendar, _quiet: Sequence[Span]
) -> Iterator[Spoken]:
    """A reminder when a tighter one is reached, or the baseline moved; told on working days."""
    told: tuple[date | None, str] = (None, "")
    for day in calendar.between(first - timedelta(days=max(days, default=0)), last):
        facts = past.on(day)
        left = days_to_go(facts, day, max(days, default=0))
        word = reminder(left, days) if left is not None else None
        if word and (facts.baseline, word) != told:
            told = (facts.baseline, word)
            if day >= first:
                yield Spoken(day, word, facts)


def _slipping(
    past: Past, days: tuple[int, ...], first: date, last: date, _calendar: Calendar, _quiet: Sequence[Span]
) -> Iterator[Spoken]:
    """When the forecast first lies a threshold late, and each whole threshold after that."""
    threshold = max(days, default=1)
    highest = slip_level(past.on(first - ONE), first - ONE, threshold) or 0
    day = first
    while day <= last:
        facts = past.on(day)
        level = slip_level(facts, day, threshold) or 0
        if level > highest:
            yield Spoken(day, "1" if highest == 0 else f"worse:{level}", facts)
        highest = level
        day += ONE


def _stuck(
    past: Past, days: tuple[int, ...], first: date, last: date, calendar: Calendar, _quiet: Sequence[Span]
) -> Iterator[Spoken]:
    """The first day on which an application had waited the threshold."""
    threshold = max(days, default=0)
    before = is_stuck(past.on(first - ONE), first - ONE, calendar, threshold)
    for day in calendar.between(first, last):
        facts = past.on(day)
        stuck = is_stuck(facts, day, calendar, threshold)
        if stuck and not before:
            yield Spoken(day, "1", facts)
        before = stuck


_RULES = {
    "milestone_overdue": _overdue,
    "milestone_due": _due,
    "milestone_slipping": _slipping,
    "gate_stuck": _stuck,
}
TRIABLE = (*_RULES, "unassigned", "undated", "unbudgeted")
NOT_TRIABLE = {
    "promise_at_risk": "规划的承诺随新版规划更换，旧的期限不按日留存，过去哪天会说算不准。",
    "owner_gone": "人员的所在单位只记现在的，不记从哪天起；过去哪天一个单位里没有人，算不准。现在的情况见预警页。",
    "person_gone": "节点负责人只记现在的，不记从哪天起；过去哪天离开的人还负责节点，算不准。现在的情况见预警页。",
    "address_bounced": "邮箱改好后退信记录即撤销，过去哪些天收不到信，算不准。现在的情况见预警页。",
    "operations": "说的是系统自己；过去的运行和失败见运行状态页。",
}


def _at(log: Log, day: date) -> date | None:
    place = bisect_right(log, day, key=lambda entry: entry[0])
    return log[place - 1][1] if place else None
