"""The rows of the project list: what surrounds fifty projects, each kind of it in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.database import select
from portfolio.overview.pictures.slip_bar import SlipAxis, SlipBar, slip_axis, slip_bar
from portfolio.overview.projects.list_money import YearMoney
from portfolio.overview.sections import Place
from portfolio.overview.words import STAGES
from portfolio.people.models import Organisation
from portfolio.plan.models import SectionKind
from portfolio.projects import duties
from portfolio.projects.models import (
    District,
    Duty,
    DutyKind,
    Milestone,
    Pause,
    PlanReference,
    Project,
    ProjectDistrict,
    Sector,
)
from portfolio.projects.pauses import COUNTED
from portfolio.projects.rules import dates, kinds
from portfolio.projects.rules.dates import PlannedDate
from portfolio.projects.rules.lateness import Interval, Lateness, MilestoneDates, is_paused, lateness, tone
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES, Kind, Stage

# What `rows` is given of each project, in this order; the caller says of which.
STATED = sa.select(
    col(Project.id),
    col(Project.code),
    col(Project.name),
    col(Project.kind),
    col(Project.stage),
    col(Sector.name),
    col(Project.bundle_count),
    col(Project.doubtful),
).outerjoin(Sector, col(Sector.code) == col(Project.sector_code))
WORST_FIRST = ("red", "amber", "green")  # no other colour: these milestones are open and dated


@dataclass(frozen=True, slots=True)
class NextMilestone:
    """The milestone that a row speaks of: the one that is latest, else the next due."""

    name: str
    baseline: PlannedDate | None
    forecast: PlannedDate | None
    lateness: Lateness
    tone: str


@dataclass(frozen=True, slots=True)
class Row:
    """One project of the list. `lamp` is the milestone lamp of the milestone shown."""

    id: int
    code: str
    name: str
    kind: Kind
    stage: Stage
    stage_name: str
    place: str
    sector: str
    districts: str
    unit: str
    bundle_count: int | None
    doubtful: bool
    milestone: NextMilestone | None
    lamp: str
    bar: SlipBar | None
    money: YearMoney | None


def rows(
    db: Session,
    found: Sequence[Any],
    known: Mapping[int, Place],
    today: date,
    money: Mapping[int, YearMoney] | None,
) -> tuple[tuple[Row, ...], SlipAxis]:
    """Surround projects (id, code, name, kind, stage, sector's name, bundle count, doubtful) with what a row shows."""
    wanted = [row[0] for row in found]
    stopped = {row[0] for row in found if row[4] in WITHOUT_DATE_RULES}
    intervals = pauses_of(db, wanted)
    shown = _milestones(db, wanted, stopped, intervals, today)
    axis = slip_axis(today, [day for each in shown.values() for day in _days(each)])
    districts, units, spots = _districts(db, wanted), _units(db, wanted, today), _spots(db, wanted, known)
    drawn = []
    for id_, code, name, kind, stage, sector, bundle, doubtful in found:
        milestone = shown.get(id_)
        lamp = _lamp(stage, milestone, is_paused(intervals.get(id_, ()), today))
        drawn.append(
            Row(
                id=id_,
                code=code,
                name=name,
                kind=kind,
                stage=stage,
                stage_name=STAGES[stage],
                place=spots.get(id_, ""),
                sector=sector or "",
                districts=districts.get(id_, ""),
                unit=units.get(id_, ""),
                bundle_count=bundle,
                doubtful=doubtful,
                milestone=milestone,
                lamp=lamp,
                bar=_bar(axis, today, milestone, lamp),
                money=money.get(id_, YearMoney(None, None)) if money is not None else None,
            )
        )
    return tuple(drawn), axis


def _lamp(stage: Stage, milestone: NextMilestone | None, paused: bool) -> str:
    if stage in WITHOUT_DATE_RULES:
        return "done" if stage is Stage.COMPLETED else "paused"
    if paused:
        return "paused"
    return milestone.tone if milestone else "nodata"


def _bar(axis: SlipAxis, today: date, milestone: NextMilestone | None, lamp: str) -> SlipBar | None:
    if milestone is None or milestone.baseline is None:
        return None
    forecast = milestone.forecast.day if milestone.forecast else None
    colour = lamp if lamp in ("red", "amber") else ""
    return slip_bar(axis, today, milestone.baseline.day, forecast, None, colour)


def _days(milestone: NextMilestone) -> Iterable[date]:
    for planned in (milestone.baseline, milestone.forecast):
        if planned:
            yield planned.day


def _milestones(
    db: Session,
    wanted: Sequence[int],
    stopped: set[int],
    intervals: dict[int, list[Interval]],
    today: date,
) -> dict[int, NextMilestone]:
    """The open dated milestone of each project that gives it its colour, the latest of several, else the next."""
    best: dict[int, tuple[tuple[int, int, int], NextMilestone]] = {}
    found = select(db, _MILESTONES, {"ids": wanted}).all()
    for id_, kind, label, base_day, base_precision, day, precision in found:
        # They come in the order of their baselines: once one is red, none that follows is worse.
        if id_ in stopped or (id_ in best and best[id_][1].tone == "red"):
            continue
        baseline, forecast = dates.join(base_day, base_precision), dates.join(day, precision)
        assert baseline is not None
        late = lateness(
            MilestoneDates(current=baseline, forecast=forecast), today, intervals.get(id_, ())
        )  # fmt: skip
        colour = tone(late)
        days = (late.overdue or 0) if colour == "red" else late.worst
        rank = (WORST_FIRST.index(colour), -days, baseline.day.toordinal())
        if id_ not in best or rank < best[id_][0]:
            name = kinds.name_of(kind, label)
            best[id_] = (rank, NextMilestone(name, baseline, forecast, late, colour))
    return {id_: milestone for id_, (_rank, milestone) in best.items()}


def pauses_of(db: Session, wanted: Sequence[int]) -> dict[int, list[Interval]]:
    """The accepted pauses of projects."""
    found: dict[int, list[Interval]] = {}
    for id_, first, last in select(db, _PAUSES, {"ids": wanted}).all():
        found.setdefault(id_, []).append(Interval(first, last))
    return found


def _districts(db: Session, wanted: Sequence[int]) -> dict[int, str]:
    found: dict[int, list[str]] = {}
    for id_, name in select(db, _DISTRICTS, {"ids": wanted}).all():
        found.setdefault(id_, []).append(name)
    return {id_: "、".join(names) for id_, names in found.items()}


def _units(db: Session, wanted: Sequence[int], today: date) -> dict[int, str]:
    found = select(db, _UNITS, {"ids": wanted, "today": today}).all()
    return {id_: short or name for id_, name, short in found}


def _spots(db: Session, wanted: Sequence[int], known: Mapping[int, Place]) -> dict[int, str]:
    """Where the plan names each project; a 专栏 tells more than the running text."""
    best: dict[int, Place] = {}
    for id_, section_id in select(db, _SPOTS, {"ids": wanted}).all():
        place = known.get(section_id)
        if place and (id_ not in best or _rank(place) < _rank(best[id_])):
            best[id_] = place
    return {id_: place.label for id_, place in best.items()}


def _rank(place: Place) -> tuple[bool, int]:
    return (place.kind is not SectionKind.BOX, place.position)


# Built once: making a statement costs as much as running it for fifty rows.
_IDS: Any = sa.bindparam("ids", expanding=True)
_MILESTONES = (
    sa.select(
        col(Milestone.project_id),
        col(Milestone.kind),
        col(Milestone.label),
        col(Milestone.baseline),
        col(Milestone.baseline_precision),
        col(Milestone.forecast),
        col(Milestone.forecast_precision),
    )
    .where(
        col(Milestone.project_id).in_(_IDS),
        col(Milestone.withdrawn_at).is_(None),
        col(Milestone.actual).is_(None),
        col(Milestone.baseline).is_not(None),
    )
    .order_by(col(Milestone.baseline), col(Milestone.position))
)
_PAUSES = sa.select(col(Pause.project_id), col(Pause.starts_on), col(Pause.ends_on)).where(
    col(Pause.project_id).in_(_IDS), col(Pause.state).in_(COUNTED)
)
_DISTRICTS = (
    sa.select(col(ProjectDistrict.project_id), col(District.name))
    .join(District, col(District.code) == col(ProjectDistrict.district_code))
    .where(col(ProjectDistrict.project_id).in_(_IDS))
    .order_by(col(District.position))
)
_UNITS = (
    sa.select(col(Duty.project_id), col(Organisation.name), col(Organisation.short_name))
    .join(Organisation, col(Organisation.id) == col(Duty.organisation_id))
    .where(col(Duty.project_id).in_(_IDS), col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT)
    .where(duties.valid_on(sa.bindparam("today")))
    .order_by(col(Duty.starts_on))
)
_SPOTS = sa.select(col(PlanReference.project_id), col(PlanReference.section_id)).where(
    col(PlanReference.project_id).in_(_IDS)
)
