"""Reading the plan: its newest version and its indicators."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.plan.models import (
    Comparator,
    Direction,
    IndicatorHistory,
    IndicatorSeries,
    IndicatorValue,
    Nature,
    PathKind,
    Plan,
    PlanTarget,
    PlanText,
    PlanVersion,
)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version of a plan with the period that it covers."""

    id: int
    no: int
    plan: str
    title: str
    document: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One series of a headline indicator with its yearly actuals as last known."""

    id: int
    no: str
    number: int
    theme: str
    name: str
    unit: str
    base_value: Decimal | None
    target_value: Decimal | None
    comparator: Comparator
    nature: Nature
    cumulative: bool
    direction: Direction
    path: PathKind
    actuals: dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class TargetLine:
    """Another quantified target of a section; `figure` is the value in plain digits."""

    name: str
    comparator: str
    figure: str
    unit: str
    due: date | None
    due_precision: str
    note: str
    section_id: int | None
    item_key: str

    @property
    def day(self) -> date | None:
        """The last day of the span in which it is due."""
        return self.due

    @property
    def precision(self) -> str:
        """How exactly that is known."""
        return self.due_precision


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A row of 专栏1: what the previous plan aimed at and what was reached."""

    no: str
    name: str
    unit: str
    target: str
    actual: str
    unsure: bool
    note: str


def versions(db: Session) -> list[VersionLine]:
    """Return the versions of the plan, the newest first; empty before the first load."""
    statement = (
        sa.select(
            col(PlanVersion.id),
            col(PlanVersion.no),
            col(Plan.name),
            col(PlanVersion.title),
            col(PlanVersion.document),
            col(Plan.starts_on),
            col(Plan.ends_on),
        )
        .join(Plan, col(Plan.id) == col(PlanVersion.plan_id))
        .order_by(col(PlanVersion.no).desc())
    )
    return [
        VersionLine(id_ or 0, no, plan, title, document, starts_on, ends_on)
        for id_, no, plan, title, document, starts_on, ends_on in db.execute(statement)
    ]


def newest_version() -> sa.ScalarSelect[int]:
    """The id of the newest version as a clause: what it says is in force, earlier ones are only read."""
    return sa.select(sa.func.max(col(PlanVersion.id))).scalar_subquery()


def series(db: Session, version_id: int) -> list[SeriesLine]:
    """Return all series of a version in the order of the plan."""
    actuals = actual_values(db, version_id)
    statement = (
        sa.select(IndicatorSeries)
        .where(col(IndicatorSeries.version_id) == version_id)
        .order_by(col(IndicatorSeries.position))
    )
    return [
        SeriesLine(
            id=row.id or 0,
            no=row.no,
            number=row.number,
            theme=row.theme,
            name=row.name,
            unit=row.unit,
            base_value=row.base_value,
            target_value=row.target_value,
            comparator=row.comparator,
            nature=row.nature,
            cumulative=row.cumulative,
            direction=row.direction,
            path=row.path,
            actuals=actuals[row.id or 0],
        )
        for row in db.execute(statement).scalars()
    ]


def actual_values(db: Session, version_id: int) -> defaultdict[int, dict[int, Decimal]]:
    """Return the latest known actual by series and year; one taken back is absent."""
    found: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    for series_id, each in stated(db, version_id):
        if each.value is None:
            found[series_id].pop(each.year, None)
        else:
            found[series_id][each.year] = each.value
    return found


def stated(db: Session, version_id: int, no: str | None = None) -> list[tuple[int, IndicatorValue]]:
    """Return every yearly actual ever stated, the oldest first, by the version's series.

    What was recorded under another version of the plan counts for the series of the same number.
    """
    there = aliased(IndicatorSeries)
    statement = (
        sa.select(col(IndicatorSeries.id), IndicatorValue)
        .join(there, col(there.id) == col(IndicatorValue.series_id))
        .join(IndicatorSeries, col(IndicatorSeries.no) == col(there.no))
        .where(col(IndicatorSeries.version_id) == version_id)
        .order_by(col(IndicatorValue.known_on), col(IndicatorValue.id))
    )
    if no is not None:
        statement = statement.where(col(IndicatorSeries.no) == no)
    return [(series_id or 0, row) for series_id, row in db.execute(statement)]


def targets(db: Session, version_id: int, section_id: int | None = None) -> list[TargetLine]:
    """Return the other quantified targets of a version, or those that one section states."""
    statement = sa.select(PlanTarget).where(col(PlanTarget.version_id) == version_id)
    if section_id is not None:
        statement = statement.where(col(PlanTarget.section_id) == section_id)
    statement = statement.order_by(col(PlanTarget.name_key))
    return [
        TargetLine(
            row.name,
            row.comparator,
            "" if row.value is None else f"{row.value:f}",
            row.unit,
            row.due,
            row.due_precision,
            row.note,
            row.section_id,
            row.item_key,
        )
        for row in db.execute(statement).scalars()
    ]


def history(db: Session, version_id: int) -> list[HistoryLine]:
    """Return the previous plan's figures in the order of the plan."""
    statement = (
        sa.select(IndicatorHistory)
        .where(col(IndicatorHistory.version_id) == version_id)
        .order_by(col(IndicatorHistory.id))
    )
    return [
        HistoryLine(row.no, row.name, row.unit, row.target, row.actual, row.unsure, row.note)
        for row in db.execute(statement).scalars()
    ]


def has_text(db: Session, version_id: int) -> bool:
    """Whether an office has attached its copy of the plan's text."""
    return db.execute(sa.select(sa.exists().where(col(PlanText.version_id) == version_id))).scalar_one()
