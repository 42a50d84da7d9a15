"""Where each yearly actual of an indicator came from: file, cell, person, time; the newest first."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.apply import batch as batches
from imports.fields import digits
from imports.models import ImportBatch
from portfolio.access import Actor
from portfolio.plan import queries
from portfolio.plan.models import IndicatorValue


@dataclass(frozen=True, slots=True)
class ActualLine:
    """One figure as it was stated; `figure` is empty where it was taken back, `code` names a batch one may open."""

    year: int
    figure: str
    source: str
    is_current: bool
    when: datetime
    who: str
    file: str
    cell: str
    code: str


def lines(db: Session, actor: Actor, no: str) -> list[ActualLine]:
    """Return every figure ever stated for a series of the newest version of the plan."""
    version = next(iter(queries.versions(db)), None)
    stated = [row for _id, row in queries.stated(db, version.id, no)] if version else []
    latest = {row.year: row.id for row in stated}
    wanted = {row.batch_id for row in stated if row.batch_id is not None}
    found = db.execute(sa.select(ImportBatch).where(col(ImportBatch.id).in_(wanted))).scalars()
    sent = {row.id: row for row in found}
    shown = sorted(stated, key=lambda row: (row.year, row.known_on, row.id or 0), reverse=True)
    return [_line(row, latest[row.year] == row.id, sent.get(row.batch_id), actor) for row in shown]


def _line(row: IndicatorValue, is_current: bool, batch: ImportBatch | None, actor: Actor) -> ActualLine:
    return ActualLine(
        row.year,
        "" if row.value is None else digits(row.value),
        row.source,
        is_current,
        row.recorded_at,
        row.recorded_by,
        batch.file_name if batch else "",
        row.origin,
        batch.code if batch and batches.may_see(actor, batch) else "",
    )
