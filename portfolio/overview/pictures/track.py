"""The milestone track of a project's page: baselines on the upper rail, what happened on the lower.

Upright joins are on time; the more a join leans, the greater the slip. Labels stagger when
they would touch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portfolio.overview.pictures.scale import Scale, Tick, around

WIDE, NARROW = 1360.0, 358.0
NAME_LINE, NOTE_LINE = 17, 30
JOIN = 62
HAN, LATIN = 12.4, 7.0


@dataclass(frozen=True, slots=True)
class Stop:
    """A milestone as the track takes it. `slip` in days against the current baseline, if known."""

    name: str
    first: date | None
    current: date | None
    forecast: date | None
    actual: date | None
    slip: int | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone placed on the track; coordinates of what is not there are None."""

    number: int
    stop: Stop
    base_x: float | None
    first_x: float | None
    end_x: float | None
    label_x: float
    name_y: float
    note_y: float
    join: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Track:
    """The whole picture, in pixels of its view box."""

    width: float
    height: float
    upper: float
    lower: float
    axis: float
    now_x: float
    quarters: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    upper_rail: tuple[float, float] | None
    done_rail: tuple[float, float] | None
    ahead_rail: tuple[float, float] | None
    named: bool


def track(stops: Sequence[Stop], today: date, named: bool = True) -> Track | None:
    """Draw the track wide with names, or narrow with numbers for phones; None without any date."""
    dated = [each for each in stops if each.current or each.forecast or each.actual]
    if not dated:
        return None
    width = WIDE if named else NARROW
    days = [day for each in dated for day in (each.first, each.current, _end(each)) if day]
    scale = around(days, today, 64 if named else 14, width - (56 if named else 14))
    order = sorted(dated, key=lambda each: each.current or _end(each) or today)
    names = _rows(
        [(scale.x(each.current or _end(each) or today), _width(each.name) if named else 15) for each in order]
    )
    ends = [scale.x(end) if (end := _end(each)) else None for each in order]
    notes = _rows_where(ends, 58.0)
    upper = 34.0 + NAME_LINE * (max(names) + 1)
    lower = upper + (JOIN if named else 46)
    axis = lower + (26 + NOTE_LINE * (max(notes) + 1) if named else 26)
    marks = tuple(
        _mark(number, stop, scale, end, upper - 14 - NAME_LINE * name, lower + 20 + NOTE_LINE * note)
        for number, (stop, end, name, note) in enumerate(zip(order, ends, names, notes, strict=True), 1)
    )
    return Track(
        width, axis + 20, upper, lower, axis, scale.x(today), scale.quarters, marks,
        _span([each.base_x for each in marks]),
        _span([each.end_x for each in marks if each.stop.actual]),
        _ahead(marks),
        named,
    )  # fmt: skip


def _end(stop: Stop) -> date | None:
    return stop.actual or stop.forecast


def _mark(number: int, stop: Stop, scale: Scale, end_x: float | None, name_y: float, note_y: float) -> Mark:
    base_x = scale.x(stop.current) if stop.current else None
    moved = stop.first and stop.current and stop.first != stop.current
    join = (base_x, end_x) if base_x is not None and end_x is not None else None
    label_x = base_x if base_x is not None else end_x
    assert label_x is not None
    first_x = scale.x(stop.first) if moved and stop.first else None
    return Mark(number, stop, base_x, first_x, end_x, label_x, name_y, note_y, join)


def _ahead(marks: tuple[Mark, ...]) -> tuple[float, float] | None:
    """From the last thing that happened (else the first forecast) to the last forecast."""
    forecasts = [each.end_x for each in marks if each.end_x is not None and not each.stop.actual]
    done = [each.end_x for each in marks if each.end_x is not None and each.stop.actual]
    if not forecasts:
        return None
    return (max(done) if done else min(forecasts), max(forecasts))


def _span(xs: Sequence[float | None]) -> tuple[float, float] | None:
    known = [x for x in xs if x is not None]
    return (min(known), max(known)) if known else None


def _rows(labels: Sequence[tuple[float, float]]) -> list[int]:
    """Give each centred label (x, width), in order of x, the lowest row in which it touches none."""
    ends: list[float] = []
    rows = [0] * len(labels)
    for index in sorted(range(len(labels)), key=lambda i: labels[i][0]):
        x, width = labels[index]
        row = next((i for i, end in enumerate(ends) if x - width / 2 > end + 6), len(ends))
        ends[row : row + 1] = [x + width / 2]
        rows[index] = row
    return rows


def _rows_where(xs: Sequence[float | None], width: float) -> list[int]:
    """The same for labels of one width, some of which are not there: those take no room."""
    there = [index for index, x in enumerate(xs) if x is not None]
    rows = [0] * len(xs)
    for index, row in zip(there, _rows([(x, width) for x in xs if x is not None]), strict=True):
        rows[index] = row
    return rows


def _width(name: str) -> float:
    return sum(HAN if ord(each) > 0x2E80 else LATIN for each in name)
