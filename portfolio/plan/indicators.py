"""Yearly actuals of the headline indicators, entered by hand: a later value is a new row."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit
from portfolio.access import Actor, Permission
from portfolio.errors import Invalid, NotFound
from portfolio.i18n import _
from portfolio.plan.models import IndicatorSeries, IndicatorValue, Plan, PlanVersion

LARGEST = Decimal(1000000000)


class ActualIn(BaseModel):
    """One yearly actual; `value` None takes the year's value back."""

    model_config = ConfigDict(extra="forbid")
    year: Annotated[int, Field(ge=2000, le=2100)]
    value: Annotated[Decimal, Field(ge=-LARGEST, le=LARGEST, decimal_places=4)] | None
    source: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


def record_actual(
    db: Session, actor: Actor, series_no: str, filled: ActualIn, *, today: date, now: datetime
) -> None:
    """Record what a year brought; the same value again changes nothing.

    Raises NotFound for an unknown series, Refused without the permission, Invalid for a year that
    has not ended or lies outside the plan, or a value without its source.
    """
    actor.require(Permission.EDIT_INDICATORS)
    series, starts_on, ends_on = _series(db, series_no)
    _check(filled, starts_on, ends_on, today)
    before = latest(db, series.id or 0, filled.year)
    if before is not None and (before.value, before.source) == (filled.value, filled.source):
        return
    if before is None and filled.value is None:
        return
    row = IndicatorValue(
        series_id=series.id or 0,
        year=filled.year,
        value=filled.value,
        source=filled.source,
        known_on=today,
        recorded_at=now,
        recorded_by=actor.name,
    )
    db.add(row)
    db.flush()
    had = {} if before is None else {"value": before.value, "source": before.source}
    now_has = {"year": filled.year, "value": filled.value, "source": filled.source}
    audit.record(db, actor, audit.Change("indicator_value", series.no, "recorded", had, now_has), at=now)


def latest(db: Session, series_id: int, year: int) -> IndicatorValue | None:
    """Return the year's value as last known, or None."""
    statement = (
        sa.select(IndicatorValue)
        .where(col(IndicatorValue.series_id) == series_id, col(IndicatorValue.year) == year)
        .order_by(col(IndicatorValue.known_on).desc(), col(IndicatorValue.id).desc())
        .limit(1)
    )
    return db.execute(statement).scalar_one_or_none()


def _series(db: Session, no: str) -> tuple[IndicatorSeries, date, date]:
    """The series of that number in the newest version of the plan, with the plan's period."""
    statement = (
        sa.select(IndicatorSeries, col(Plan.starts_on), col(Plan.ends_on))
        .join(PlanVersion, col(PlanVersion.id) == col(IndicatorSeries.version_id))
        .join(Plan, col(Plan.id) == col(PlanVersion.plan_id))
        .where(col(IndicatorSeries.no) == no)
        .order_by(col(PlanVersion.no).desc())
        .limit(1)
    )
    found = db.execute(statement).one_or_none()
    if found is None:
        raise NotFound(_("规划里没有这个指标。"))
    return found[0], found[1], found[2]


def _check(filled: ActualIn, starts_on: date, ends_on: date, today: date) -> None:
    mistakes: dict[str, str] = {}
    if not starts_on.year <= filled.year <= ends_on.year:
        mistakes["year"] = _("%(year)s年不在规划期内。请填规划期内的年份。", year=filled.year)
    elif filled.year > today.year:
        mistakes["year"] = _("%(year)s年还没有到。请填已经过去的年份。", year=filled.year)
    if filled.value is not None and not filled.source:
        mistakes["source"] = _("请写明数据来源，例如统计公报。")
    if mistakes:
        raise Invalid(_("没有保存，有 %(n)s 处要改。", n=len(mistakes)), mistakes)
