"""A project's milestones with their three dates, what they say today, and the track that shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor
from portfolio.overview.pictures.track import Stop, Track, track
from portfolio.people.models import Organisation, Person
from portfolio.projects import milestone_dates
from portfolio.projects.models import Milestone
from portfolio.projects.rules import dates, kinds
from portfolio.projects.rules.dates import PlannedDate
from portfolio.projects.rules.lateness import Interval, Lateness, MilestoneDates, lateness, tone
from portfolio.projects.rules.progress import Progress, Weighed, progress


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    """One milestone. `share` is its per cent of all weights; `editable` says that the actor may date it."""

    id: int
    code: str
    version: int
    kind: str
    label: str
    name: str
    weight: int
    share: int
    is_key: bool
    is_gate: bool
    owner: str
    owner_organisation_id: int | None
    owner_person_id: int | None
    applied_on: date | None
    accepted_on: date | None
    dates: MilestoneDates
    late: Lateness
    lamp: str
    editable: bool
    withdrawn_reason: str


@dataclass(frozen=True, slots=True)
class Milestones:
    """Those that count, those that were withdrawn, the picture of them, and the worst of the open ones."""

    lines: tuple[MilestoneLine, ...]
    withdrawn: tuple[MilestoneLine, ...]
    wide: Track | None
    narrow: Track | None
    progress: Progress | None
    worst: MilestoneLine | None
    lamp: str

    @property
    def dated(self) -> bool:
        """Whether any milestone has an approved baseline."""
        return any(each.late.dated for each in self.lines)


def milestones(
    db: Session,
    actor: Actor,
    project_id: int,
    today: date,
    *,
    pauses: Sequence[Interval],
    reports: bool,
    promised: date | None = None,
    dates_apply: bool = True,
) -> Milestones:
    """Read a project's milestones; `reports` says that the actor may date all of them."""
    rows = db.execute(_rows(project_id)).all()
    whole = sum(row[0].weight for row in rows if row[0].withdrawn_at is None)
    lines = [
        _line(row[0], row[1] or row[2] or "", whole, today, pauses, promised, _may(actor, row[0], reports))
        for row in rows
    ]
    stand = tuple(line for line, row in zip(lines, rows, strict=True) if row[0].withdrawn_at is None)
    gone = tuple(line for line, row in zip(lines, rows, strict=True) if row[0].withdrawn_at is not None)
    stops = [_stop(each) for each in stand]
    worst = _worst(stand) if dates_apply else None
    return Milestones(
        lines=stand,
        withdrawn=gone,
        wide=track(stops, today),
        narrow=track(stops, today, named=False),
        progress=progress((_weighed(each) for each in stand), today),
        worst=worst,
        lamp=worst.lamp if worst else "nodata",
    )


def _rows(project_id: int) -> Any:
    order = sa.func.coalesce(col(Milestone.baseline), col(Milestone.actual), col(Milestone.forecast))
    return (
        sa.select(Milestone, col(Person.name), col(Organisation.name))
        .outerjoin(Person, col(Person.id) == col(Milestone.owner_person_id))
        .outerjoin(Organisation, col(Organisation.id) == col(Milestone.owner_organisation_id))
        .where(col(Milestone.project_id) == project_id)
        .order_by(order.is_(None), order, col(Milestone.position), col(Milestone.id))
    )


def _may(actor: Actor, row: Milestone, reports: bool) -> bool:
    return row.withdrawn_at is None and (reports or milestone_dates.may_record(actor, row))


def _line(
    row: Milestone,
    owner: str,
    whole: int,
    today: date,
    pauses: Sequence[Interval],
    promised: date | None,
    editable: bool,
) -> MilestoneLine:
    known = dates_of(row)
    late = lateness(known, today, pauses)
    # The promise speaks of the end of the project: only its last works milestones can break it.
    breaks = promised is not None and row.kind in ("completion_acceptance", "in_use")
    breaks = breaks and known.forecast is not None and promised is not None and known.forecast.day > promised
    return MilestoneLine(
        id=row.id or 0,
        code=row.code,
        version=row.version,
        kind=row.kind,
        label=row.label,
        name=kinds.name_of(row.kind, row.label),
        weight=row.weight,
        share=round(row.weight * 100 / whole) if whole else 0,
        is_key=row.is_key,
        is_gate=kinds.is_gate(row.kind),
        owner=owner,
        owner_organisation_id=row.owner_organisation_id,
        owner_person_id=row.owner_person_id,
        applied_on=row.applied_on,
        accepted_on=row.accepted_on,
        dates=known,
        late=late,
        lamp=tone(late, breaks_promise=breaks),
        editable=editable,
        withdrawn_reason=row.withdrawn_reason,
    )


def dates_of(row: Milestone) -> MilestoneDates:
    """The three dates of a stored milestone."""
    return MilestoneDates(
        first=dates.join(row.first_baseline, row.first_baseline_precision),
        current=dates.join(row.baseline, row.baseline_precision),
        forecast=dates.join(row.forecast, row.forecast_precision),
        actual=dates.join(row.actual, row.actual_precision),
    )


def _stop(line: MilestoneLine) -> Stop:
    slip = line.late.against_current
    return Stop(
        line.name,
        _day(line.dates.first),
        _day(line.dates.current),
        _day(line.dates.forecast),
        _day(line.dates.actual),
        slip.days if slip else None,
        _colour(line),
    )


def _colour(line: MilestoneLine) -> str:
    """Colour of the track: a reached one keeps the colour of how late it was."""
    if not line.late.reached:
        return line.lamp if line.lamp in ("red", "amber") else ""
    slip = line.late.against_current
    return "amber" if slip and slip.days >= 30 else ""


def _day(when: PlannedDate | None) -> date | None:
    return when.day if when else None


def _weighed(line: MilestoneLine) -> Weighed:
    return Weighed(line.weight, _day(line.dates.current), _day(line.dates.actual))


def _worst(lines: Sequence[MilestoneLine]) -> MilestoneLine | None:
    """The open dated milestone that colours the project, overdue before slipping, else the one due next."""
    rank = {"red": 0, "amber": 1, "green": 2}
    still = [each for each in lines if each.late.dated and not each.late.reached]
    return min(
        still,
        key=lambda each: (
            rank[each.lamp],
            -(each.late.overdue or 0),
            -each.late.worst,
            not each.is_key,
            _day(each.dates.current) or date.max,
        ),
        default=None,
    )
