"""Milestones of the demonstration: baselines, forecasts, actuals; some projects slip.

On the demonstration's day one milestone stands on each rung of the alert ladder, so that
everyone on it has something to read.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.demo.rows import add
from imports.demo.world import GATE_OWNERS, OFFICE, World
from portfolio import numbering
from portfolio.projects.models import (
    BaselineRow,
    BaselineState,
    BaselineVersion,
    Duty,
    DutyKind,
    Milestone,
    MilestoneDate,
    Project,
    StageEvent,
)
from portfolio.projects.rules import dates
from portfolio.projects.rules.dates import PlannedDate, Precision
from portfolio.projects.rules.stages import Stage
from portfolio.workdays import Calendar

# kind, where it lies between start (0) and opening (1), weight, key
PATTERN: tuple[tuple[str, float, int, bool], ...] = (
    ("proposal", -0.42, 3, False),
    ("fsr_approval", -0.33, 5, False),
    ("land_preapproval", -0.28, 4, False),
    ("eia_approval", -0.25, 3, False),
    ("preliminary_design", -0.2, 6, True),
    ("land_permit", -0.12, 4, False),
    ("planning_permit", -0.09, 3, False),
    ("construction_permit", -0.03, 5, True),
    ("start", 0.0, 7, True),
    ("structure_complete", 0.6, 35, True),
    ("completion_acceptance", 0.92, 18, True),
    ("in_use", 1.0, 7, True),
)
WORKS = frozenset({"start", "structure_complete", "completion_acceptance", "in_use"})
FIRST_KNOWN, SECOND_KNOWN = date(2022, 3, 2), date(2023, 11, 6)
# working days past due (or calendar days before it) at which a rung is told
LADDER = ("due30", "due7", "due1", "1", "2", "3", "4", "4+30")
OVERDUE_RUNGS = {"1": 1, "2": 7, "3": 15, "4": 30, "4+30": 60}
STAGES = {
    "in_use": Stage.COMPLETED,
    "completion_acceptance": Stage.COMPLETION,
    "start": Stage.IMPLEMENTATION,
    "proposal": Stage.PREPARATION,
}
REASONS = ("征地拆迁未完成", "管线迁改滞后", "设计变更待批", "汛期停工", "资金到位滞后", "手续办理中")


@dataclass(frozen=True, slots=True)
class Work:
    """A project of the demonstration as the plan's data know it, and who speaks for it."""

    id: int
    name: str
    sector: str
    stage: Stage
    reporter: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One milestone's dates: first and current baseline, what is expected, what happened."""

    kind: str
    weight: int
    is_key: bool
    first: PlannedDate
    current: PlannedDate
    forecast: PlannedDate | None
    actual: date | None


def make_works(
    db: Session,
    random: Random,
    world: World,
    works: list[Work],
    calendar: Calendar,
    today: date,
    now: datetime,
) -> None:
    """Give every project its duties, milestones, baselines, forecasts and actuals."""
    works = [_spoken_for(world, work) for work in works]
    for index, work in enumerate(works):
        unit = world.unit_of(work.sector)
        _duties(db, world, work, unit, index)
        points = _points(random, index, today)
        if index < len(LADDER):
            points = _on_rung(points, LADDER[index], calendar, today)
        _write(db, random, world, work, points, now)
        _stage(db, work, points, now)
    for work in works[12:15]:
        _propose(db, work, now, today)


def _spoken_for(world: World, work: Work) -> Work:
    reporter, office = world.contacts[world.unit_of(work.sector)], world.heads[OFFICE]
    return replace(work, reporter=world.names[reporter], office=world.names[office])


def _duties(db: Session, world: World, work: Work, unit: str, index: int) -> None:
    common = {"project_id": work.id, "starts_on": date(2021, 7, 1), "ends_on": None, "version": 1}
    units = ((DutyKind.RESPONSIBLE_UNIT, world.units[unit]), (DutyKind.BUILDER, world.builders[unit]))
    people = (
        (DutyKind.RESPONSIBLE_LEADER, world.leaders[index % len(world.leaders)]),
        (DutyKind.CONTACT, world.contacts[unit]),
    )
    rows: list[dict[str, Any]] = [
        {**common, "kind": kind, "organisation_id": each, "person_id": None} for kind, each in units
    ]
    rows += [{**common, "kind": kind, "organisation_id": None, "person_id": each} for kind, each in people]
    add(db, Duty, rows)


def _points(random: Random, index: int, today: date) -> list[Point]:
    start = date(2022, 1, 1) + timedelta(days=random.randrange(0, 800))
    length = random.randrange(560, 1200)
    drift = _drift(random, index)
    moved = timedelta(days=random.randrange(40, 160)) if index % 4 == 1 else timedelta(0)
    reached, points = True, []
    expected = start - timedelta(days=length)
    for number, (kind, share, weight, is_key) in enumerate(PATTERN):
        planned = start + timedelta(days=round(share * length))
        first = _dated(random, planned)
        later = bool(moved) and planned > SECOND_KNOWN
        current = PlannedDate(first.day, first.precision) if not later else _dated(random, planned + moved)
        happened = current.day - timedelta(days=random.randrange(0, 12)) + timedelta(days=drift(number))
        expected = max(happened, expected + timedelta(days=3))
        reached = reached and expected < today
        points.append(
            Point(
                kind, weight, is_key, first, current,
                forecast=None if reached else _forecast(max(expected, today + timedelta(days=4))),
                actual=expected if reached else None,
            )
        )  # fmt: skip
    return points


def _drift(random: Random, index: int) -> Any:
    """How many days a milestone comes later than its baseline, by how well the project runs."""
    if index % 7 == 3:
        late = random.randrange(70, 240)
        return lambda number: late * number // len(PATTERN)
    if index % 3 == 2:
        return lambda number: random.randrange(0, 6 + 4 * number)
    return lambda _number: -random.randrange(0, 8)


def _on_rung(points: list[Point], rung: str, calendar: Calendar, today: date) -> list[Point]:
    """Place the next open work exactly so that `rung` falls due today; later ones follow it."""
    if rung in OVERDUE_RUNGS:
        due = calendar.add(today, -OVERDUE_RUNGS[rung])
    else:
        due = today + timedelta(days=int(rung.removeprefix("due")))
    placed: list[Point] = []
    for number, point in enumerate(points):
        kind = point.kind
        if kind != "structure_complete" and PATTERN[number][1] <= 0:
            before = due - timedelta(days=30 * (len(points) - number))
            when = PlannedDate(before, Precision.DAY)
            actual = before + timedelta(days=5)
            placed.append(Point(kind, point.weight, point.is_key, when, when, None, actual))
        else:
            step = timedelta(days=150 * (number - 9))
            when = PlannedDate(due + step, Precision.DAY)
            guess = _forecast(max(due + step, today) + timedelta(days=40))
            placed.append(Point(kind, point.weight, point.is_key, when, when, guess, None))
    return placed


def _write(db: Session, random: Random, world: World, work: Work, points: list[Point], now: datetime) -> None:
    codes = numbering.milestone_codes(db, len(points))
    rows = [
        _milestone(world, work, code, n, point)
        for n, (code, point) in enumerate(zip(codes, points, strict=True))
    ]
    ids = add(db, Milestone, rows)
    _baselines(db, work, ids, points, now)
    logs: list[dict[str, Any]] = []
    for milestone, point in zip(ids, points, strict=True):
        logs += _log(random, work, milestone, point, now)
    add(db, MilestoneDate, logs)


def _milestone(world: World, work: Work, code: str, position: int, point: Point) -> dict[str, Any]:
    owner = GATE_OWNERS.get(point.kind) if point.kind in ("land_permit", "construction_permit") else None
    return {
        "code": code, "project_id": work.id, "kind": point.kind, "label": "", "position": position,
        "weight": point.weight, "is_key": point.is_key,
        "owner_organisation_id": world.units[owner] if owner else None, "owner_person_id": None,
        "applied_on": None, "accepted_on": None,
        "first_baseline": point.first.day, "first_baseline_precision": point.first.precision,
        "baseline": point.current.day, "baseline_precision": point.current.precision,
        "forecast": point.forecast.day if point.forecast else None,
        "forecast_precision": point.forecast.precision if point.forecast else None,
        "actual": point.actual, "actual_precision": Precision.DAY if point.actual else None,
        "withdrawn_at": None, "withdrawn_reason": "", "version": 1,
    }  # fmt: skip


def _stage(db: Session, work: Work, points: list[Point], now: datetime) -> None:
    """Bring the stage to what the reached milestones say, by an event on the day of the last one."""
    reached = {point.kind: point.actual for point in points if point.actual}
    kind = next((each for each in STAGES if each in reached), None)
    if kind is None or STAGES[kind] is work.stage:
        return
    db.execute(sa.update(Project).where(col(Project.id) == work.id).values(stage=STAGES[kind]))
    event = {
        "project_id": work.id, "before": work.stage, "after": STAGES[kind], "happened_on": reached[kind],
        "document": "", "reason": "按已完成的节点", "recorded_at": now, "recorded_by": work.office,
    }  # fmt: skip
    add(db, StageEvent, [event])


def _baselines(db: Session, work: Work, ids: list[int], points: list[Point], now: datetime) -> None:
    moved = [(each, point) for each, point in zip(ids, points, strict=True) if point.first != point.current]
    versions = [_version(work, 1, "按初步设计批复确定", FIRST_KNOWN, now)]
    if moved:
        versions.append(_version(work, 2, "因征地滞后调整后续节点", SECOND_KNOWN, now))
    made = add(db, BaselineVersion, versions)
    rows = [
        {
            "version_id": made[0],
            "milestone_id": each,
            "day": point.first.day,
            "precision": point.first.precision,
        }
        for each, point in zip(ids, points, strict=True)
    ]
    if moved:
        rows += [
            {
                "version_id": made[1],
                "milestone_id": each,
                "day": p.current.day,
                "precision": p.current.precision,
            }
            for each, p in moved
        ]
    db.execute(sa.insert(BaselineRow), rows)


def _propose(db: Session, work: Work, now: datetime, today: date) -> None:
    """Leave a proposed version for the key-projects office to decide."""
    statement = (
        sa.select(col(Milestone.id), col(Milestone.baseline), col(Milestone.baseline_precision))
        .where(col(Milestone.project_id) == work.id, col(Milestone.actual).is_(None))
        .order_by(col(Milestone.position))
    )
    still_open = db.execute(statement).all()
    if not still_open:
        return
    latest = sa.select(sa.func.max(col(BaselineVersion.no))).where(col(BaselineVersion.project_id) == work.id)
    version = _version(
        work, int(db.execute(latest).scalar_one() or 0) + 1, "雨季影响，申请顺延后续节点", today, now
    )
    version |= {"state": BaselineState.PROPOSED, "decided_by": "", "decided_at": None, "decided_on": None}
    [made] = add(db, BaselineVersion, [version])
    rows = [
        {"version_id": made, "milestone_id": each, "day": day + timedelta(days=60), "precision": precision}
        for each, day, precision in still_open
        if day is not None
    ]
    db.execute(sa.insert(BaselineRow), rows)


def _version(work: Work, number: int, reason: str, known: date, now: datetime) -> dict[str, Any]:
    return {
        "project_id": work.id, "no": number, "state": BaselineState.APPROVED, "reason": reason,
        "document": f"演示文件〔{known.year}〕{number}号", "proposed_by": work.reporter, "proposed_account_id": None,
        "proposed_at": now, "known_on": known, "decided_by": work.office, "decided_at": now,
        "decided_on": known, "comment": "", "batch_id": None, "version": 1,
    }  # fmt: skip


def _log(random: Random, work: Work, milestone: int, point: Point, now: datetime) -> list[dict[str, Any]]:
    rows = []
    if point.actual:
        rows.append(_dated_row(work, milestone, "actual", PlannedDate(point.actual), "", point.actual, now))
    elif point.forecast:
        earlier = _forecast(point.forecast.day - timedelta(days=random.randrange(40, 120)))
        because = random.choice(REASONS)
        rows.append(_dated_row(work, milestone, "forecast", earlier, "", date(2024, 3, 25), now))
        rows.append(_dated_row(work, milestone, "forecast", point.forecast, because, date(2024, 5, 24), now))
    return rows


def _dated_row(
    work: Work, milestone: int, field: str, when: PlannedDate, reason: str, known: date, now: datetime
) -> dict[str, Any]:
    return {
        "milestone_id": milestone, "field": field, "day": when.day, "precision": when.precision,
        "reason": reason, "known_on": known, "recorded_at": now, "recorded_by": work.reporter,
        "account_id": None, "batch_id": None,
    }  # fmt: skip


def _dated(random: Random, day: date) -> PlannedDate:
    return dates.of_month(day.year, day.month) if random.random() < 0.7 else PlannedDate(day)


def _forecast(day: date) -> PlannedDate:
    return dates.of_month(day.year, day.month)


def chosen(db: Session, random: Random, count: int) -> list[Work]:
    """Pick certain projects that are built or prepared, spread over the sectors."""
    statement = (
        sa.select(col(Project.id), col(Project.name), col(Project.sector_code), col(Project.stage))
        .where(
            col(Project.kind) == "project", col(Project.doubtful).is_(False),
            col(Project.part_of_id).is_(None), col(Project.merged_into_id).is_(None),
            col(Project.stage).in_(("implementation", "preparation")),
        )
        .order_by(col(Project.code))
    )  # fmt: skip
    by_sector: dict[str, list[Work]] = {}
    for number, name, sector, stage in db.execute(statement):
        by_sector.setdefault(sector or "", []).append(Work(number or 0, name, sector or "", stage))
    for works in by_sector.values():
        random.shuffle(works)
    picked: list[Work] = []
    while len(picked) < count and any(by_sector.values()):
        picked += [works.pop() for works in by_sector.values() if works]
    return picked[:count]
