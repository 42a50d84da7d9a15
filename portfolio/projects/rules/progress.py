"""Progress from milestones' weights: the share earned and the share that was planned by a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Weighed:
    """What progress needs of a milestone that was not withdrawn; days are last days of their spans."""

    weight: int
    baseline: date | None
    actual: date | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Shares of one, 0 to 1: weight reached, and weight due by the day, of the whole weight."""

    earned: Decimal
    planned: Decimal

    @property
    def behind(self) -> Decimal:
        """How far earned lies behind planned, as a share; negative when ahead."""
        return self.planned - self.earned


def progress(milestones: Iterable[Weighed], today: date) -> Progress | None:
    """Add up the weights; None when nothing carries weight, which is not the same as 0 %.

    A weight without a baseline is never due, so it counts in the whole but not in planned.
    """
    weighed = [each for each in milestones if each.weight > 0]
    whole = sum(each.weight for each in weighed)
    if not whole:
        return None
    earned = sum(each.weight for each in weighed if each.actual and each.actual <= today)
    planned = sum(each.weight for each in weighed if each.baseline and each.baseline <= today)
    return Progress(Decimal(earned) / whole, Decimal(planned) / whole)
