"""The ladder of an alert on the time axis: baseline, rungs told (solid), rungs to come (dashed), today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portfolio.overview.pictures.scale import Scale, Tick, around

WIDTH, LEFT, RIGHT = 1360.0, 90.0, 1290.0
RAIL, LABEL_LINE = 40.0, 32.0


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: the day it is told or will be, its name (`第 15 天`) and to whom."""

    day: date
    name: str
    who: str
    told: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A rung on the axis; `label_y` staggers labels that would touch."""

    rung: Rung
    x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Ladder:
    """The whole picture, in pixels of its view box."""

    width: float
    height: float
    due_x: float
    now_x: float
    end_x: float
    months: tuple[Tick, ...]
    places: tuple[Place, ...]


def ladder(due: date, rungs: Sequence[Rung], today: date) -> Ladder:
    """Place the rungs of one alert whose milestone is or was due on `due`."""
    scale = around([due, *(each.day for each in rungs)], today, LEFT, RIGHT, least=60)
    places: list[Place] = []
    last: dict[int, float] = {}
    for each in sorted(rungs, key=lambda rung: rung.day):
        x = scale.x(each.day)
        row = next((i for i in range(len(rungs)) if x - last.get(i, -1e9) > 76), 0)
        last[row] = x
        places.append(Place(each, x, RAIL + 20 + row * LABEL_LINE))
    bottom = max((each.label_y for each in places), default=RAIL) + 44
    end = scale.x(max([today, *(each.day for each in rungs)]))
    return Ladder(WIDTH, bottom + 8, scale.x(due), scale.x(today), end, _months(scale), tuple(places))


def _months(scale: Scale) -> tuple[Tick, ...]:
    """First days of the months; the first and each January carry the year."""
    months: list[Tick] = []
    day = scale.first.replace(day=1)
    while day <= scale.last:
        if scale.holds(day):
            months.append(
                Tick(scale.x(day), f"{day:%Y-%m}" if day.month == 1 or not months else str(day.month))
            )
        day = (day + timedelta(days=32)).replace(day=1)
    return tuple(months)
