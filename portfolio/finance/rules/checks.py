"""Checks of money at entry and on import: each finds a breach and carries its numbers.

A breach is a notice that wants a reason, not a wall. Sums in fen.
Source: product rules, 'Checks at entry and on import'; 政府投资条例 art. 23 for the ceiling.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portfolio.money import ZERO, Fen, total

UNSPLIT = "unknown"  # a total of which nobody said where it comes from


class Breach(StrEnum):
    """What does not add up."""

    CUMULATIVE_FALLS = "cumulative_falls"
    SOURCES_OFF_TOTAL = "sources_off_total"
    COUNTED_TWICE = "counted_twice"
    PAID_OVER_ARRIVED = "paid_over_arrived"
    PART_OVER_WHOLE = "part_over_whole"
    OVER_DESIGN_COST = "over_design_cost"


@dataclass(frozen=True, slots=True)
class Notice:
    """A breach: `found` stands against `bound`; `period` is `2024`, `2024-05` or empty."""

    breach: Breach
    found: Fen
    bound: Fen
    period: str = ""
    source: str = ""


def cumulative_never_falls(months: Mapping[str, Fen], opening: Fen = ZERO, source: str = "") -> list[Notice]:
    """A cumulative figure is never below last month's; `months` maps `yyyy-mm` to that month's sum."""
    notices, before = [], opening
    for month in sorted(months):
        now = before + months[month]
        if now < before:
            notices.append(Notice(Breach.CUMULATIVE_FALLS, now, before, month, source))
        before = now
    return notices


def sources_add_up(by_source: Mapping[str, Fen], stated: Fen | None, period: str = "") -> list[Notice]:
    """The sources add up to the stated total; a total without split that repeats the split counts twice."""
    split = total(sum_ for source, sum_ in by_source.items() if source != UNSPLIT)
    unsplit = by_source.get(UNSPLIT)
    if unsplit is not None and unsplit and unsplit == split:
        return [Notice(Breach.COUNTED_TWICE, split, unsplit, period, UNSPLIT)]
    whole = total(by_source.values())
    if stated is None or whole == stated:
        return []
    return [Notice(Breach.SOURCES_OFF_TOTAL, whole, stated, period)]


def paid_within_arrived(
    paid: Mapping[str, Fen], arrived: Mapping[str, Fen], period: str = ""
) -> list[Notice]:
    """In each source, no more is paid than arrived; both cumulative to the same day.

    A source of which no arrival is known at all is not judged: nobody said that nothing came.
    """
    return [
        Notice(Breach.PAID_OVER_ARRIVED, sum_, arrived[source], period, source)
        for source, sum_ in sorted(paid.items())
        if source in arrived and sum_ > arrived[source]
    ]


def parts_within_whole(parts: Fen, whole: Fen | None, period: str = "") -> list[Notice]:
    """The parts of a project together hold no more than the whole, where the whole holds something."""
    if whole is None or parts <= whole:
        return []
    return [Notice(Breach.PART_OVER_WHOLE, parts, whole, period)]


def within_design_cost(approved: Fen, design_cost: Fen | None) -> list[Notice]:
    """All years' approved money stays within the approved design cost (概算)."""
    if design_cost is None or approved <= design_cost:
        return []
    return [Notice(Breach.OVER_DESIGN_COST, approved, design_cost)]
