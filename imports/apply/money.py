"""Write sums: yearly, monthly, and costs."""

from collections.abc import Sequence

from imports.apply.work import Done, Entity, Job, Ready, done, old, value
from imports.fields import COST_FIELDS
from imports.preview.findings import Change
from portfolio.finance import budgets, costs, payments
from portfolio.finance.budgets import YearlyAmountIn
from portfolio.finance.costs import CostIn
from portfolio.finance.models import AmountKind, CostKind
from portfolio.finance.payments import MonthlyAmountIn
from portfolio.finance.reference import Source
from portfolio.money import Fen

COST_OF = {path: kind for kind, (path, _) in COST_FIELDS.items()}


def write_budgets(job: Job, rows: Sequence[Ready]) -> list[Done]:
    """Write yearly sums; each is checked against what was shown."""
    filled = [yearly(_project(each), change, job.reason) for each in rows for change in each.changes]
    budgets.write_many(job.db, job.actor, filled, today=job.today, batch=job.batch)
    return _all(rows, Entity.AMOUNT)


def write_payments(job: Job, rows: Sequence[Ready]) -> list[Done]:
    """Write monthly sums and opening balances."""
    filled = [monthly(_project(each), change, job.reason) for each in rows for change in each.changes]
    payments.write_many(job.db, job.actor, filled, today=job.today, batch=job.batch)
    return _all(rows, Entity.AMOUNT)


def write_costs(job: Job, rows: Sequence[Ready]) -> list[Done]:
    """Write costs; the other fields of the rows are left to others."""
    wanted = [(each, change) for each in rows for change in each.changes if change.path in COST_OF]
    filled = [cost(_project(each), change) for each, change in wanted]
    costs.write_many(job.db, job.actor, filled, today=job.today, batch=job.batch)
    return [done(each, change, Entity.COST) for each, change in wanted]


def yearly(project_id: int, change: Change, reason: str) -> YearlyAmountIn:
    """A change of `budget.{year}.{source}.{kind}_fen` as the room's input."""
    _, year, source, kind = change.path.split(".")
    return YearlyAmountIn(
        project_id=project_id,
        kind=AmountKind(kind.removesuffix("_fen")),
        year=int(year),
        source=Source(source),
        sum=_fen(value(change)),
        seen=_fen(old(change)),
        check_seen=True,
        reason=reason,
        origin=change.cell,
    )


def monthly(project_id: int, change: Change, reason: str) -> MonthlyAmountIn:
    """A change of `payment.{yyyy-mm|opening}.{source}.{kind}_fen` as the room's input.

    The year of an opening balance is that of its sheet.
    """
    _, when, source, kind = change.path.split(".")
    opening = when == "opening"
    year = int(change.column.period) if opening else int(when[:4])
    return MonthlyAmountIn(
        project_id=project_id,
        kind=AmountKind(kind.removesuffix("_fen")),
        year=year,
        month=None if opening else int(when[5:]),
        opening=opening,
        source=Source(source),
        sum=_fen(value(change)),
        seen=_fen(old(change)),
        check_seen=True,
        reason=reason,
        origin=change.cell,
    )


def cost(project_id: int, change: Change) -> CostIn:
    """A change of a cost field as the room's input."""
    return CostIn(
        project_id=project_id,
        kind=CostKind(COST_OF[change.path]),
        sum=_fen(value(change)),
        seen=_fen(old(change)),
        check_seen=True,
        origin=change.cell,
    )


def _all(rows: Sequence[Ready], entity: Entity) -> list[Done]:
    return [done(each, change, entity) for each in rows for change in each.changes]


def _project(each: Ready) -> int:
    assert each.row.project_id is not None
    return each.row.project_id


def _fen(value_: object) -> Fen | None:
    assert value_ is None or isinstance(value_, Fen)
    return value_
