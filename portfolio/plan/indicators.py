"""Yearly actuals of the headline indicators: a later value is a new row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit
from portfolio.access import Actor, Permission
from portfolio.audit import BY_HAND, Batch
from portfolio.errors import Conflict, Invalid, NotFound
from portfolio.i18n import _
from portfolio.plan.models import IndicatorSeries, IndicatorValue, Plan, PlanVersion

LARGEST = Decimal(1000000000)
PLACES = 4  # decimals that an actual may have
Figure = tuple[Decimal | None, str]  # a year's value and its source


class ActualIn(BaseModel):
    """One yearly actual; `value` None takes the year's value back.

    `seen` is the value and source that its author saw there; None skips the comparison.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    series: Annotated[str, Field(max_length=10)]
    year: Annotated[int, Field(ge=2000, le=2100)]
    value: Annotated[Decimal, Field(ge=-LARGEST, le=LARGEST, decimal_places=PLACES)] | None
    source: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    seen: Figure | None = None
    origin: Annotated[str, Field(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class Board:
    """The newest version of the plan: its series by number, and the first and last year of its period."""

    series: dict[str, int]
    first: int
    last: int


def record_actual(db: Session, actor: Actor, filled: ActualIn, *, today: date, now: datetime) -> None:
    """Record what one year brought; see `write_many`."""
    write_many(db, actor, [filled], today=today, now=now)


def write_many(
    db: Session,
    actor: Actor,
    filled: Sequence[ActualIn],
    *,
    today: date,
    now: datetime,
    batch: Batch = BY_HAND,
) -> list[IndicatorValue]:
    """Record what years brought; the same figure again makes no row. Returns the new rows.

    Raises NotFound for an unknown series, Refused without the permission, Conflict where someone
    changed a figure that was compared, Invalid for a year that has not begun or lies outside the
    plan, or a value without its source.
    """
    actor.require(Permission.EDIT_INDICATORS)
    board = _board(db)
    if any(each.series not in board.series for each in filled):
        raise NotFound(_("规划里没有这个指标。"))
    held = current(db)
    changed = [each for each in filled if _changes(each, held.get((each.series, each.year)))]
    for each in changed:
        mistakes = faults(each.year, each.value, each.source, (board.first, board.last), today)
        if mistakes:
            raise Invalid(_("没有保存，有 %(n)s 处要改。", n=len(mistakes)), mistakes)
    rows = [_row(actor, each, board.series[each.series], today, now, batch) for each in changed]
    db.add_all(rows)
    db.flush()
    events = [_event(each, held.get((each.series, each.year)), batch) for each in changed]
    audit.record(db, actor, *events, at=now)
    return rows


def current(db: Session) -> dict[tuple[str, int], IndicatorValue]:
    """Return the latest row of each series (by its number) and year; one taken back has no value."""
    statement = (
        sa.select(col(IndicatorSeries.no), IndicatorValue)
        .join(IndicatorSeries, col(IndicatorSeries.id) == col(IndicatorValue.series_id))
        .order_by(col(IndicatorValue.known_on), col(IndicatorValue.id))
    )
    return {(no, row.year): row for no, row in db.execute(statement)}


def figure(row: IndicatorValue | None) -> Figure:
    """Return a row's value and source; nothing where there is no row."""
    return (None, "") if row is None else (row.value, row.source)


def faults(
    year: int, value: Decimal | None, source: str, period: tuple[int, int], today: date
) -> dict[str, str]:
    """Return what is wrong with a year's figure, a sentence by field; empty when nothing is."""
    found: dict[str, str] = {}
    if not period[0] <= year <= period[1]:
        found["year"] = _("%(year)s年不在规划期内。请填规划期内的年份。", year=year)
    elif year > today.year:
        found["year"] = _("%(year)s年还没有到。请填已经过去的年份。", year=year)
    if value is not None and not source:
        found["source"] = _("请写明数据来源，例如统计公报。")
    return found


def _board(db: Session) -> Board:
    """The newest version of the plan, locked: of two who write at once the second sees the first."""
    statement = (
        sa.select(col(PlanVersion.id), Plan)
        .join(Plan, col(Plan.id) == col(PlanVersion.plan_id))
        .order_by(col(PlanVersion.no).desc())
        .limit(1)
        .with_for_update()
    )
    found = db.execute(statement).one_or_none()
    if found is None:
        raise NotFound(_("规划里没有这个指标。"))
    version_id, plan = found
    rows = db.execute(
        sa.select(col(IndicatorSeries.no), col(IndicatorSeries.id)).where(
            col(IndicatorSeries.version_id) == version_id
        )
    )
    return Board({no: id_ or 0 for no, id_ in rows}, plan.starts_on.year, plan.ends_on.year)


def _changes(filled: ActualIn, held: IndicatorValue | None) -> bool:
    now = figure(held)
    if (filled.value, filled.source) == now or (filled.value is None and now[0] is None):
        return False
    if filled.seen is not None and filled.seen != now:
        raise Conflict(_("这一年的数刚被别人改过。请刷新页面，看过新的数再改。"))
    return True


def _row(
    actor: Actor, filled: ActualIn, series_id: int, today: date, now: datetime, batch: Batch
) -> IndicatorValue:
    return IndicatorValue(
        series_id=series_id,
        year=filled.year,
        value=filled.value,
        source=filled.source,
        known_on=today,
        recorded_at=now,
        recorded_by=actor.name,
        batch_id=batch.batch_id,
        origin=filled.origin,
    )


def _event(filled: ActualIn, before: IndicatorValue | None, batch: Batch) -> audit.Change:
    had = {} if before is None else {"value": before.value, "source": before.source}
    has = {"year": filled.year, "value": filled.value, "source": filled.source}
    return audit.Change("indicator_value", filled.series, "recorded", had, has, batch=batch.name)
