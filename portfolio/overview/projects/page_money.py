"""A project's money, year by source: paid over planned, in fen."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portfolio.access import Actor
from portfolio.finance import queries
from portfolio.finance.models import AmountKind, CostKind
from portfolio.finance.reference import NAMES
from portfolio.finance.rules.checks import Notice
from portfolio.i18n import _
from portfolio.money import Fen, total

COST_NAMES: dict[CostKind, str] = {
    CostKind.ESTIMATE: _("估算"),
    CostKind.DESIGN_COST: _("概算"),
    CostKind.FINAL_ACCOUNT: _("决算"),
    CostKind.FORECAST: _("预计完工成本"),
    CostKind.TOTAL: _("总投资"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A source's sums of a year; None where nothing is known, which is not zero."""

    paid: Fen | None
    planned: Fen | None


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A source with its years and their sum."""

    source: str
    name: str
    cells: tuple[Cell, ...]
    whole: Cell


@dataclass(frozen=True, slots=True)
class MoneyTable:
    """Years across, sources down, and the costs that were stated."""

    years: tuple[str, ...]
    rows: tuple[MoneyRow, ...]
    sums: tuple[Cell, ...]
    whole: Cell
    costs: tuple[tuple[str, Fen], ...]
    notices: tuple[Notice, ...]


def money_table(db: Session, actor: Actor, project_id: int, *, today: date) -> MoneyTable | None:
    """Return the table, or None when this actor may not see the project's money."""
    held = queries.project_money(db, actor, project_id, today=today)
    if held is None:
        return None
    years = held.years
    paid = [held.year(AmountKind.PAID, year) for year in years]
    planned = [held.year(AmountKind.PLANNED, year) for year in years]
    used = {source for sums in (*paid, *planned) for source in sums}
    rows = []
    for source in (each for each in NAMES if each in used):
        cells = tuple(
            Cell(one.get(source), other.get(source)) for one, other in zip(paid, planned, strict=True)
        )
        rows.append(MoneyRow(source.value, NAMES[source], cells, _added(cells)))
    sums = tuple(_added(tuple(row.cells[place] for row in rows)) for place in range(len(years)))
    costs = tuple((COST_NAMES[kind], held.costs[kind]) for kind in COST_NAMES if kind in held.costs)
    return MoneyTable(years, tuple(rows), sums, _added(sums), costs, held.notices)


def _added(cells: tuple[Cell, ...]) -> Cell:
    paid = [each.paid for each in cells if each.paid is not None]
    planned = [each.planned for each in cells if each.planned is not None]
    return Cell(total(paid) if paid else None, total(planned) if planned else None)
