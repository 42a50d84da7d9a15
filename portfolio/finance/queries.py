"""What money a project and a portfolio hold.

Nothing is summed twice: where a whole and its part both hold amounts of a kind and period, the
whole counts and the part is shown 'thereof'.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.database import in_parts
from portfolio.finance import reach
from portfolio.finance.amounts import Slot
from portfolio.finance.models import Amount, AmountKind, CostKind, PeriodKind, ProjectCost, YearSum
from portfolio.finance.rules import checks
from portfolio.finance.rules.checks import Notice
from portfolio.money import ZERO, Fen, total

BySource = Mapping[str, Fen]


@dataclass(frozen=True, slots=True)
class ProjectMoney:
    """A project's money: sums by kind, period and source, its costs, and what does not add up.

    `yearly` and `monthly` are keyed by kind and `yyyy` or `yyyy-mm`; `opening` by kind.
    """

    yearly: Mapping[tuple[AmountKind, str], BySource]
    monthly: Mapping[tuple[AmountKind, str], BySource]
    opening: Mapping[AmountKind, BySource]
    costs: Mapping[CostKind, Fen]
    notices: tuple[Notice, ...] = field(default=())

    @property
    def years(self) -> tuple[str, ...]:
        """The years in which anything stands, in order."""
        return tuple(sorted({year for _, year in self.yearly} | {month[:4] for _, month in self.monthly}))

    def year(self, kind: AmountKind, year: str) -> BySource:
        """The sums of a year by source; those of a monthly kind are its months added up."""
        if (kind, year) in self.yearly:
            return self.yearly[kind, year]
        return _added(
            sums for (each, month), sums in self.monthly.items() if each is kind and month[:4] == year
        )

    def to_date(self, kind: AmountKind) -> BySource:
        """The cumulative sums of a monthly kind by source, opening balance included."""
        months = [sums for (each, _), sums in self.monthly.items() if each is kind]
        return _added([self.opening.get(kind, {}), *months])


@dataclass(frozen=True, slots=True)
class KindSum:
    """What a portfolio holds of a kind in a year: counted once, and `thereof` in parts of counted wholes."""

    kind: AmountKind
    year: int
    sum: Fen
    thereof: Fen


@dataclass(frozen=True, slots=True)
class Figure:
    """A current sum with its origin: who said it, when, and in which cell of which batch."""

    sum: Fen | None
    recorded_at: datetime
    recorded_by: str
    batch_id: int | None
    origin: str


def project_money(db: Session, actor: Actor, project_id: int, *, today: date) -> ProjectMoney | None:
    """Return a project's money, or None when this actor may not see it."""
    if project_id not in reach.seen(db, actor, {project_id}, Permission.SEE_MONEY, today=today):
        return None
    return _gather(sums(db, [project_id]), cost_sums(db, [project_id]))


def sums(db: Session, project_ids: Iterable[int]) -> dict[Slot, Fen]:
    """Return the current sums of projects that the caller may see; cleared ones are left out."""
    found: dict[Slot, Fen] = {}
    for row in _chunked(db, _AMOUNTS, col(Amount.project_id), project_ids):
        found[Slot(*row[:6])] = row[6]
    return found


def years(db: Session, kinds: Collection[AmountKind]) -> set[int]:
    """Return the years for which sums of these kinds are held; of no project in particular."""
    held = sa.select(col(Amount.year)).where(col(Amount.is_current), col(Amount.kind).in_(kinds))
    return set(db.execute(held.distinct()).scalars())


def cost_sums(db: Session, project_ids: Iterable[int]) -> dict[tuple[int, CostKind], Fen]:
    """Return the current costs of projects that the caller may see; cleared ones are left out."""
    rows = _chunked(db, _COSTS, col(ProjectCost.project_id), project_ids)
    return {(project_id, kind): sum_ for project_id, kind, sum_ in rows}


def figures(db: Session, actor: Actor, project_id: int, *, today: date) -> dict[str, Figure]:
    """Return every current sum of a project with its origin, by label (`approved.2024.city`)."""
    if project_id not in reach.seen(db, actor, {project_id}, Permission.SEE_MONEY, today=today):
        return {}
    statement = sa.select(Amount).where(col(Amount.project_id) == project_id, col(Amount.is_current))
    rows = db.execute(statement).scalars()
    return {
        Slot(row.project_id, row.kind, row.period, row.year, row.month, row.source).label: Figure(
            row.sum, row.recorded_at, row.recorded_by, row.batch_id, row.origin
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Stated:
    """A sum as somebody once stated it; only the latest of a slot is current. `sum` None cleared it."""

    slot: Slot
    sum: Fen | None
    is_current: bool
    known_on: date
    recorded_at: datetime
    recorded_by: str
    reason: str
    origin: str
    batch_id: int | None


def history(
    db: Session, actor: Actor, project_id: int, year: int, source: str, *, today: date
) -> tuple[Stated, ...]:
    """Return all that was ever stated of a project's money of a year and source, the newest first.

    Empty when this actor may not see the money.
    """
    if project_id not in reach.seen(db, actor, {project_id}, Permission.SEE_MONEY, today=today):
        return ()
    statement = (
        sa.select(Amount)
        .where(col(Amount.project_id) == project_id, col(Amount.year) == year, col(Amount.source) == source)
        .order_by(col(Amount.id).desc())
    )
    return tuple(
        Stated(
            Slot(row.project_id, row.kind, row.period, row.year, row.month, row.source),
            row.sum,
            row.is_current,
            row.known_on,
            row.recorded_at,
            row.recorded_by,
            row.reason,
            row.origin,
            row.batch_id,
        )
        for row in db.execute(statement).scalars()
    )


def portfolio_sums(
    db: Session, actor: Actor, *, today: date, within: sa.Select[Any] | None = None
) -> tuple[KindSum, ...]:
    """Return sums by kind and year over the projects whose money the actor sees (and in `within`).

    An opening balance came before its year and is part of none.
    """
    seen = reach.rows(actor, Permission.SEE_MONEY, today=today)
    chosen = sa.select(seen.c.id)
    if within is not None:
        chosen = chosen.where(seen.c.id.in_(within))
    counted = chosen.cte("counted")
    part = is_thereof(reach.ancestors(lambda column: column.in_(sa.select(counted.c.id))))
    statement = (
        sa.select(
            col(Amount.kind),
            col(Amount.year),
            sa.func.sum(sa.case((part, 0), else_=col(Amount.sum))),
            sa.func.sum(sa.case((part, col(Amount.sum)), else_=0)),
        )
        .where(col(Amount.is_current), col(Amount.sum).is_not(None))
        .where(col(Amount.period) != PeriodKind.OPENING)
        .where(col(Amount.project_id).in_(sa.select(counted.c.id)))
        .group_by(col(Amount.kind), col(Amount.year))
        .order_by(col(Amount.year), col(Amount.kind))
    )
    return tuple(
        KindSum(kind, year, _fen(whole), _fen(thereof))
        for kind, year, whole, thereof in db.execute(statement)
    )


def is_thereof(above: sa.CTE) -> sa.ColumnElement[bool]:
    """The clause over `amount` that is true where a whole among the counted projects holds the same.

    The same is: kind and period, from whichever source. `above` are `reach.ancestors` that are counted.
    """
    whole = aliased(Amount)
    return (
        sa.exists()
        .where(above.c.id == col(Amount.project_id), col(whole.project_id) == above.c.whole_id)
        .where(col(whole.is_current), col(whole.sum).is_not(None))
        .where(
            col(whole.kind) == col(Amount.kind),
            col(whole.period) == col(Amount.period),
            col(whole.year) == col(Amount.year),
            col(whole.month) == col(Amount.month),
        )
    )


def shared(above: sa.CTE, year: int, kinds: Collection[AmountKind]) -> sa.CTE:
    """Kept sums of a year of parts of which a whole holds months too: `project_id`, `kind`, `sum`, `entirely`.

    `entirely`: one whole holds each of its months, so that all of the sum is thereof; of another one
    `is_thereof` tells by its amounts.
    """
    whole, months = aliased(YearSum), col(YearSum.months)
    both = months.bitwise_and(col(whole.months))
    own = (col(YearSum.project_id), col(YearSum.kind), col(YearSum.sum))
    same = (col(whole.project_id) == above.c.whole_id, col(whole.kind) == col(YearSum.kind))
    # The year and the parts are said once more, so that the few parts are looked up instead of every sum being tried.
    return (
        sa.select(*own, sa.func.max(sa.case((both == months, 1), else_=0)).label("entirely"))
        .join(above, above.c.id == col(YearSum.project_id))
        .join(whole, sa.and_(*same, col(whole.year) == year))
        .where(col(YearSum.year) == year, col(YearSum.kind).in_(kinds))
        .where(both != 0, col(YearSum.project_id).in_(reach.parts()))
        .group_by(*own)
        .cte("shared")
    )


def thereof(held: Iterable[Slot], whole_of: Mapping[int, int]) -> set[tuple[int, AmountKind, int, int]]:
    """Which (project, kind, year, month) are parts of a whole that holds the same: not to be added.

    `whole_of` maps a part to its whole; only wholes among `held` count.
    """
    places = {(slot.project_id, slot.kind, slot.year, slot.month) for slot in held}
    found = set()
    for project_id, kind, year, month in places:
        whole = whole_of.get(project_id)
        while whole is not None:
            if (whole, kind, year, month) in places:
                found.add((project_id, kind, year, month))
                break
            whole = whole_of.get(whole)
    return found


_AMOUNTS = sa.select(
    col(Amount.project_id), col(Amount.kind), col(Amount.period), col(Amount.year), col(Amount.month),
    col(Amount.source), col(Amount.sum),
).where(col(Amount.is_current), col(Amount.sum).is_not(None))  # fmt: skip
_COSTS = sa.select(col(ProjectCost.project_id), col(ProjectCost.kind), col(ProjectCost.sum)).where(
    col(ProjectCost.is_current), col(ProjectCost.sum).is_not(None)
)


def _chunked(db: Session, statement: Any, column: Any, ids: Iterable[int]) -> Iterable[Any]:
    for some in in_parts(ids):
        yield from db.execute(statement.where(column.in_(some)))


def _fen(value: Any) -> Fen:
    return value if isinstance(value, Fen) else Fen(int(value))


def _gather(held: Mapping[Slot, Fen], costs: Mapping[tuple[int, CostKind], Fen]) -> ProjectMoney:
    yearly: dict[tuple[AmountKind, str], dict[str, Fen]] = {}
    monthly: dict[tuple[AmountKind, str], dict[str, Fen]] = {}
    opening: dict[AmountKind, dict[str, Fen]] = {}
    for slot, sum_ in held.items():
        match slot.period:
            case PeriodKind.YEAR:
                yearly.setdefault((slot.kind, str(slot.year)), {})[slot.source] = sum_
            case PeriodKind.MONTH:
                monthly.setdefault((slot.kind, f"{slot.year}-{slot.month:02d}"), {})[slot.source] = sum_
            case PeriodKind.OPENING:
                opening.setdefault(slot.kind, {})[slot.source] = sum_
    money = ProjectMoney(yearly, monthly, opening, {kind: sum_ for (_, kind), sum_ in costs.items()})
    return replace(money, notices=tuple(_notices(money)))


def _notices(money: ProjectMoney) -> Iterable[Notice]:
    for (_, year), by_source in sorted(money.yearly.items()):
        yield from checks.sources_add_up(by_source, None, year)
    approved = [total(by.values()) for (kind, _), by in money.yearly.items() if kind is AmountKind.APPROVED]
    yield from checks.within_design_cost(total(approved), money.costs.get(CostKind.DESIGN_COST))
    paid, arrived = money.to_date(AmountKind.PAID), money.to_date(AmountKind.ARRIVED)
    yield from checks.paid_within_arrived(paid, arrived)
    for kind in {kind for kind, _ in money.monthly}:
        yield from _falls(money, kind)


def _falls(money: ProjectMoney, kind: AmountKind) -> Iterable[Notice]:
    by_source: dict[str, dict[str, Fen]] = {}
    for (each, month), sums_ in money.monthly.items():
        if each is kind:
            for source, sum_ in sums_.items():
                by_source.setdefault(source, {})[month] = sum_
    for source, months in by_source.items():
        before = money.opening.get(kind, {}).get(source, ZERO)
        yield from checks.cumulative_never_falls(months, before, source)


def _added(many: Iterable[BySource]) -> BySource:
    found: dict[str, Fen] = {}
    for sums_ in many:
        for source, sum_ in sums_.items():
            found[source] = found.get(source, ZERO) + sum_
    return found
