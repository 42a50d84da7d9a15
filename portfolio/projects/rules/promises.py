"""Whether what the plan promised of a project came true. Source: product rules, 'promise'.

After the plan's end an unmet promise is lapsed: shown and counted, never mailed as if new.
"""

from datetime import date
from enum import StrEnum

from portfolio.projects.rules.dates import PlannedDate
from portfolio.projects.rules.lateness import lapsed
from portfolio.projects.rules.stages import Stage

_BEGUN = frozenset({Stage.IMPLEMENTATION, Stage.COMPLETION, Stage.COMPLETED})


class Standing(StrEnum):
    """How a promise stands on a day."""

    MET = "met"
    LATE = "late"  # met, but after its day: what was reached late stays late
    OPEN = "open"
    OVERDUE = "overdue"  # its day has passed, the plan still runs
    LAPSED = "lapsed"


def kept(kind: str, stage: Stage) -> bool:
    """Whether the stage keeps a promise: a start by works under way, anything else by the project in use."""
    return stage in _BEGUN if kind == "start" else stage is Stage.COMPLETED


def standing(
    kind: str, due: PlannedDate | None, plan_ends_on: date, stage: Stage, reached: date | None, today: date
) -> Standing:
    """Judge one promise: `kind` is what was promised, `reached` the day its milestone came about."""
    if kept(kind, stage):
        return Standing.LATE if due and reached and reached > due.day else Standing.MET
    if lapsed(due, plan_ends_on, False, today):
        return Standing.LAPSED
    return Standing.OVERDUE if due and due.day < today else Standing.OPEN
