"""The rules over dates as pure functions; `conditions.py` says the same in SQL, a property test holds both.

All days are calendar days but those named working days. Source: product rules, section 4.
"""

from dataclasses import dataclass
from datetime import date

from portfolio.workdays import Calendar

SKIPPED_STAGES = frozenset({"suspended", "cancelled", "completed"})


@dataclass(frozen=True, slots=True)
class MilestoneFacts:
    """What the rules read of a milestone and its project."""

    baseline: date | None = None
    forecast: date | None = None
    actual: date | None = None
    applied_on: date | None = None
    accepted_on: date | None = None
    withdrawn: bool = False
    stage: str = "implementation"

    @property
    def is_open(self) -> bool:
        """Whether date rules look at it at all."""
        return self.actual is None and not self.withdrawn and self.stage not in SKIPPED_STAGES


def overdue_days(facts: MilestoneFacts, today: date) -> int | None:
    """Days past the current baseline without an actual; moving the forecast does not silence it."""
    if facts.is_open and facts.baseline is not None and today > facts.baseline:
        return (today - facts.baseline).days
    return None


def days_to_go(facts: MilestoneFacts, today: date, within: int) -> int | None:
    """Days until the baseline when there are at most `within` of them."""
    if not facts.is_open or facts.baseline is None:
        return None
    left = (facts.baseline - today).days
    return left if 0 <= left <= within else None


def slip_level(facts: MilestoneFacts, today: date, threshold: int) -> int | None:
    """How many whole thresholds the forecast lies after a baseline that is still ahead; None below one."""
    if not facts.is_open or facts.baseline is None or facts.forecast is None or today > facts.baseline:
        return None
    slip = (facts.forecast - facts.baseline).days
    return slip // threshold if slip >= threshold else None


def is_stuck(facts: MilestoneFacts, today: date, calendar: Calendar, threshold: int) -> bool:
    """Whether an application has waited `threshold` working days without acceptance or approval."""
    if not facts.is_open or facts.applied_on is None or facts.accepted_on is not None:
        return False
    return facts.applied_on <= stuck_since(calendar, today, threshold)


def stuck_since(calendar: Calendar, today: date, threshold: int) -> date:
    """The latest day of application that counts as stuck today: `threshold` working days before."""
    return calendar.add(calendar.on_or_before(today), -threshold)


def promise_days(promised: date, forecast: date | None, today: date) -> int | None:
    """Days by which a forecast misses a promise that has not lapsed yet."""
    if forecast is None or today > promised or forecast <= promised:
        return None
    return (forecast - promised).days
