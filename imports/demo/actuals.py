"""Yearly actuals of the indicators, invented: most on their path, some behind, none from a bulletin."""

from datetime import date, datetime
from decimal import Decimal
from random import Random

from sqlalchemy.orm import Session

from imports.demo.rows import ACTOR, add
from portfolio.overview.plan.plan_indicators import asked_of
from portfolio.plan import queries
from portfolio.plan.models import IndicatorValue, PathKind
from portfolio.plan.rules import pace

SOURCE = "演示数据（编造）"
BETTER = (1, 2, 3, -3)  # per cent beyond what the path asks: one in four stays below
KNOWN = (3, 31)  # month and day of the next year on which a year's figures are published


def make_actuals(db: Session, random: Random, day: date, now: datetime) -> None:
    """Give each series with a target of its own a figure for every year of the plan that was published by `day`."""
    version = queries.versions(db)[0]
    rows = []
    for line in queries.series(db, version.id):
        asked, before = pace.path(asked_of(line, version)), Decimal(0)
        for year in sorted(asked):
            meant = asked[year] - (before if line.path is PathKind.CUMULATIVE else 0)
            before, known_on = asked[year], date(year + 1, *KNOWN)
            share = Decimal(random.choice(BETTER)) / 100
            if known_on <= day:
                figure = meant * (1 - share if line.direction == "down" else 1 + share)
                rows.append(
                    {
                        "series_id": line.id,
                        "year": year,
                        "value": round(figure, 2),
                        "source": SOURCE,
                        "known_on": known_on,
                        "recorded_at": now,
                        "recorded_by": ACTOR.name,
                        "origin": "",
                    }
                )
    add(db, IndicatorValue, rows)
