"""Slip bars of a list: hollow baseline to dashed forecast, on one axis for the whole column."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from portfolio.overview.pictures.scale import Scale, Tick, around
from portfolio.projects.rules.dates import PlannedDate

WIDTH = 200
EDGE = 8
# A column shows two years back and three ahead at most; what lies beyond sits on the edge.
BEFORE, AFTER = timedelta(days=730), timedelta(days=1095)


@dataclass(frozen=True, slots=True)
class SlipAxis:
    """The axis that all rows of a column share."""

    scale: Scale
    now_x: float
    years: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class SlipBar:
    """One row. `overdue` is the solid part until today, `ahead` the dashed part still to come."""

    base_x: float
    end_x: float
    overdue: tuple[float, float] | None
    ahead: tuple[float, float] | None
    done: bool
    tone: str


def slip_axis(today: date, days: Iterable[date | None]) -> SlipAxis:
    """Make the axis for the days of one page; raises nothing for an empty list."""
    near = [min(max(day, today - BEFORE), today + AFTER) for day in days if day]
    scale = around(near, today, EDGE, WIDTH - EDGE)
    return SlipAxis(scale, scale.x(today), scale.years)


def slip_bar(
    axis: SlipAxis,
    today: date,
    baseline: date | None,
    forecast: date | None = None,
    actual: date | None = None,
    tone: str = "",
) -> SlipBar | None:
    """Place one milestone; `tone` is its lamp's colour. None without a baseline: nothing was promised."""
    if baseline is None:
        return None
    end = actual or forecast or baseline
    base_x, end_x = axis.scale.x(baseline), axis.scale.x(end)
    late_until = min(end, today) if actual is None else end
    overdue = (base_x, axis.scale.x(max(late_until, baseline))) if late_until > baseline else None
    if actual is None and today > baseline and end <= today:
        overdue = (base_x, axis.now_x)
    ahead = None
    if actual is None and end != baseline and end > today:
        ahead = (max(base_x, axis.now_x) if end > baseline else base_x, end_x)
    return SlipBar(base_x, end_x, overdue, ahead, actual is not None, tone)


class Dated(Protocol):
    """What a row must know of its next milestone."""

    @property
    def baseline(self) -> PlannedDate | None:
        """The current commitment."""
        ...

    @property
    def forecast(self) -> PlannedDate | None:
        """What its owner expects."""
        ...

    @property
    def tone(self) -> str:
        """The colour of its lamp."""
        ...


def bars_of(today: date, rows: Sequence[Dated | None]) -> tuple[SlipAxis, list[SlipBar | None]]:
    """Make a column: one axis for all rows, and each row's bar."""
    days = [day.day for row in rows if row for day in (row.baseline, row.forecast) if day]
    axis = slip_axis(today, days)
    return axis, [
        slip_bar(axis, today, _day(row.baseline), _day(row.forecast), tone=row.tone) if row else None
        for row in rows
    ]


def _day(planned: PlannedDate | None) -> date | None:
    return planned.day if planned else None
