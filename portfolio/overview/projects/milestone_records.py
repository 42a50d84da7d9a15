"""Milestones as programs read them: ISO dates to the precision in which they are known."""

from dataclasses import dataclass
from datetime import date

from portfolio.overview.projects.page_milestones import MilestoneLine
from portfolio.overview.projects.project_page import ProjectPage
from portfolio.projects.rules.dates import PlannedDate


@dataclass(frozen=True, slots=True)
class MilestoneRecord:
    """One milestone. Slips and `overdue_days` are calendar days, the latter without paused ones."""

    code: str
    kind: str
    label: str
    name: str
    weight: int
    is_key: bool
    owner: str
    applied_on: date | None
    accepted_on: date | None
    first_baseline: str | None
    baseline: str | None
    forecast: str | None
    actual: str | None
    overdue_days: int | None
    slip_first: int | None
    slip: int | None


def milestone_records(page: ProjectPage) -> list[MilestoneRecord]:
    """Return the milestones that count, in the order of the page."""
    return [_record(each) for each in page.milestones.lines]


def _record(line: MilestoneLine) -> MilestoneRecord:
    first, current = line.late.against_first, line.late.against_current
    return MilestoneRecord(
        code=line.code,
        kind=line.kind,
        label=line.label,
        name=line.name,
        weight=line.weight,
        is_key=line.is_key,
        owner=line.owner,
        applied_on=line.applied_on,
        accepted_on=line.accepted_on,
        first_baseline=_iso(line.dates.first),
        baseline=_iso(line.dates.current),
        forecast=_iso(line.dates.forecast),
        actual=_iso(line.dates.actual),
        overdue_days=line.late.overdue,
        slip_first=first.days if first else None,
        slip=current.days if current else None,
    )


def _iso(when: PlannedDate | None) -> str | None:
    return str(when) if when else None
