"""The lamp strip: last period thin above, this period thick below, joined, widths to scale.

All x are percentages, so that one picture serves all widths.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ORDER = ("red", "amber", "green", "unreported", "nodata", "paused", "done")


@dataclass(frozen=True, slots=True)
class Segment:
    """One lamp level's part of a row, in percent of the width."""

    level: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Strip:
    """Both rows and the lines that join their borders (upper x, lower x)."""

    before: tuple[Segment, ...]
    now: tuple[Segment, ...]
    joins: tuple[tuple[float, float], ...]


def strip(before: Mapping[str, int], now: Mapping[str, int]) -> Strip | None:
    """Lay out the counts by level; None when this period has no project at all."""
    if not sum(now.values()):
        return None
    above, below = _row(before), _row(now)
    ends = {each.level: round(each.x + each.width, 2) for each in above}
    joins = tuple(
        (ends[each.level], round(each.x + each.width, 2)) for each in below[:-1] if each.level in ends
    )
    return Strip(above, below, joins)


def _row(counts: Mapping[str, int]) -> tuple[Segment, ...]:
    whole, x = sum(counts.values()), 0.0
    segments: list[Segment] = []
    for level in ORDER:
        count = counts.get(level, 0)
        if count and whole:
            width = round(100 * count / whole, 2)
            segments.append(Segment(level, count, round(x, 2), width))
            x += width
    return tuple(segments)
