"""A project's total costs, one per kind: estimate 估算, design cost 概算, final account 决算, total 总投资."""

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock
from portfolio.access import Actor, Permission
from portfolio.audit import BY_HAND, Batch, Change, record
from portfolio.finance import reach
from portfolio.finance.models import CostKind, ProjectCost
from portfolio.finance.rules.restating import changes, difference, refuse_twice
from portfolio.money import Fen
from portfolio.projects import scope

Place = tuple[int, CostKind]


class CostIn(BaseModel):
    """A project's cost of one kind in fen; `sum` None clears it, `seen` as in `YearlyAmountIn`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project_id: int
    kind: CostKind
    sum: Fen | None
    seen: Fen | None = None
    check_seen: bool = False
    origin: str = Field(default="", max_length=200)

    @property
    def place(self) -> Place:
        """Project and kind."""
        return self.project_id, self.kind


def write_many(
    db: Session, actor: Actor, filled: Sequence[CostIn], *, today: date, batch: Batch = BY_HAND
) -> list[ProjectCost]:
    """Set and clear costs; one that is already so makes no row. Returns the new rows.

    Raises NotFound for a project out of sight, Refused without the right to its money, Conflict
    where someone changed a checked cost meanwhile.
    """
    project_ids = {each.project_id for each in filled}
    reach.require(db, actor, project_ids, Permission.EDIT_MONEY, today=today)
    refuse_twice([each.place for each in filled])
    scope.lock(db, project_ids)
    held = current(db, project_ids)
    changed = [each for each in filled if changes(each, held.get(each.place))]
    for each in changed:
        if each.place in held:
            held[each.place].is_current = False
    db.flush()  # the earlier rows step down before the new ones stand
    rows = [_row(actor, each, today, batch) for each in changed]
    db.add_all(rows)
    db.flush()
    record(db, actor, *(_change(each, held.get(each.place), batch) for each in changed))
    return rows


def current(db: Session, project_ids: Iterable[int]) -> dict[Place, ProjectCost]:
    """Return the current rows of the projects; cleared ones too (their sum is None)."""
    statement = sa.select(ProjectCost).where(
        col(ProjectCost.project_id).in_(set(project_ids)), col(ProjectCost.is_current)
    )
    return {(row.project_id, row.kind): row for row in db.execute(statement).scalars()}


def _row(actor: Actor, cost: CostIn, today: date, batch: Batch) -> ProjectCost:
    return ProjectCost(
        project_id=cost.project_id,
        kind=cost.kind,
        sum=cost.sum,
        known_on=today,
        recorded_at=clock.now(),
        recorded_by=actor.name,
        account_id=actor.account_id,
        batch_id=batch.batch_id,
        origin=cost.origin,
    )


def _change(cost: CostIn, held: ProjectCost | None, batch: Batch) -> Change:
    action, before, after = difference(cost, held)
    return Change(
        "project_cost",
        f"{cost.project_id}:{cost.kind}",
        action,
        before,
        after,
        project_id=cost.project_id,
        batch=batch.name,
    )
