"""How a sum of money is kept: append-only rows, the latest one current.

The verbs of `budgets` and `payments` are this file's `write` with their own inputs; nobody
else writes the table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock
from portfolio.access import Actor
from portfolio.audit import BY_HAND, Batch, Change, record
from portfolio.database import in_parts
from portfolio.finance import year_sums
from portfolio.finance.models import Amount, AmountKind, PeriodKind
from portfolio.finance.rules.restating import changes, difference, refuse_twice
from portfolio.money import Fen
from portfolio.projects import scope


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """The place of one sum: project, kind, period and source. `month` is 0 outside months."""

    project_id: int
    kind: AmountKind
    period: PeriodKind
    year: int
    month: int
    source: str

    @property
    def label(self) -> str:
        """The slot without its project, as the audit trail names it: `approved.2024.city`."""
        if self.period is PeriodKind.OPENING:
            return f"{self.kind}.opening.{self.source}"
        when = f"{self.year}-{self.month:02d}" if self.month else str(self.year)
        return f"{self.kind}.{when}.{self.source}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A sum to be kept in a slot. `sum` None clears it; `seen` is the sum its author saw there.

    `check_seen` False skips the comparison. `origin` is where the sum stood (`资金!F17`).
    """

    slot: Slot
    sum: Fen | None
    seen: Fen | None = None
    check_seen: bool = False
    reason: str = ""
    origin: str = ""


def write(
    db: Session, actor: Actor, entries: Sequence[Entry], *, today: date, batch: Batch = BY_HAND
) -> list[Amount]:
    """Append a current row for each entry that changes its slot; returns the new rows.

    The earlier row stays, not current. Raises Conflict when a checked slot no longer holds what
    was seen. Rights are the callers' business.
    """
    refuse_twice([entry.slot for entry in entries])
    ids = {entry.slot.project_id for entry in entries}
    scope.lock(db, ids)
    held = current(db, ids)
    changed = [entry for entry in entries if changes(entry, held.get(entry.slot))]
    if not changed:
        return []
    outdated = [held[entry.slot].id for entry in changed if entry.slot in held]
    for some in in_parts(id_ for id_ in outdated if id_ is not None):
        db.execute(sa.update(Amount).where(col(Amount.id).in_(some)).values(is_current=False))
    rows = [_row(actor, entry, today, batch) for entry in changed]
    db.add_all(rows)
    year_sums.refresh(db, {entry.slot.project_id for entry in changed})
    record(db, actor, *(_change(entry, held.get(entry.slot), batch) for entry in changed))
    return rows


def current(db: Session, project_ids: Iterable[int]) -> dict[Slot, Amount]:
    """Return the current rows of the projects by slot; cleared ones too (their sum is None)."""
    statement = sa.select(Amount).where(col(Amount.project_id).in_(set(project_ids)), col(Amount.is_current))
    return {slot_of(row): row for row in db.execute(statement).scalars()}


def slot_of(row: Amount) -> Slot:
    """Return the place a row fills."""
    return Slot(row.project_id, row.kind, row.period, row.year, row.month, row.source)


def _row(actor: Actor, entry: Entry, today: date, batch: Batch) -> Amount:
    slot = entry.slot
    return Amount(
        project_id=slot.project_id,
        kind=slot.kind,
        period=slot.period,
        year=slot.year,
        month=slot.month,
        source=slot.source,
        sum=entry.sum,
        reason=entry.reason,
        known_on=today,
        recorded_at=clock.now(),
        recorded_by=actor.name,
        account_id=actor.account_id,
        batch_id=batch.batch_id,
        origin=entry.origin,
    )


def _change(entry: Entry, held: Amount | None, batch: Batch) -> Change:
    action, before, after = difference(entry, held)
    return Change(
        "amount",
        f"{entry.slot.project_id}:{entry.slot.label}",
        action,
        before,
        after,
        project_id=entry.slot.project_id,
        reason=entry.reason,
        batch=batch.name,
    )
