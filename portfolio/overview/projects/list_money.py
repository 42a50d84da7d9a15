"""This year's planned investment and payments, for the project list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.database import select
from portfolio.finance import queries, reach
from portfolio.finance.models import Amount, AmountKind, PeriodKind, YearSum
from portfolio.money import Fen
from portfolio.overview.pictures.bullet import Bullet, bullet
from portfolio.overview.projects.project_filter import KEPT, ProjectFilter, chosen, takes_all
from portfolio.projects import scope
from portfolio.projects.models import Project


@dataclass(frozen=True, slots=True)
class YearMoney:
    """A project's sums of the year in fen; None where nothing is known."""

    planned: Fen | None
    paid: Fen | None

    def bullet(self, elapsed: float) -> Bullet | None:
        """Picture the payments inside the plan, with a tick at the elapsed share of the year."""
        return bullet(self.planned, None, self.paid, elapsed)


_YEARLY = (AmountKind.PLANNED, AmountKind.PAID)


def of_rows(db: Session, actor: Actor, ids: Sequence[int], *, today: date) -> dict[int, YearMoney]:
    """This year's planned investment and payments of the rows shown, where money may be seen."""
    sums: dict[int, dict[AmountKind, Fen | None]] = {}
    for id_, kind, sum_ in select(db, _rows_statement(actor, today), {"ids": ids}).all():
        sums.setdefault(id_, {})[kind] = sum_
    return {
        id_: YearMoney(each.get(AmountKind.PLANNED), each.get(AmountKind.PAID)) for id_, each in sums.items()
    }


def of_all(db: Session, actor: Actor, wanted: ProjectFilter, *, today: date) -> YearMoney:
    """This year's sums over the whole filter; a part counts with its whole, not again, if that is in it too."""
    rows = select(db, _all_statement(actor, wanted.model_copy(update={"page": 1, "sort": ""}), today))
    sums: dict[AmountKind, Fen | None] = {row[0]: row[1] for row in rows}
    return YearMoney(sums.get(AmountKind.PLANNED), sums.get(AmountKind.PAID))


@lru_cache(maxsize=KEPT)
def _rows_statement(actor: Actor, today: date) -> Any:
    project = col(YearSum.project_id)
    return (
        sa.select(project, col(YearSum.kind), col(YearSum.sum))
        .where(project.in_(sa.bindparam("ids", expanding=True)), *_this_year(today))
        .where(scope.among(project, actor, today=today, permission=Permission.SEE_MONEY))
    )


@lru_cache(maxsize=KEPT)
def _all_statement(actor: Actor, wanted: ProjectFilter, today: date) -> Any:
    """All kept sums, less what parts hold that their wholes hold too; few amounts need a look for that."""
    if takes_all(actor, wanted, Permission.SEE_MONEY):
        kept = list(_every_sum(today))
        above = reach.ancestors(
            lambda column: scope.among(column, actor, today=today, permission=Permission.SEE_MONEY)
        )
    else:
        counted = sa.and_(
            chosen(actor, wanted, today=today),
            scope.covers(actor, today=today, permission=Permission.SEE_MONEY),
        )
        kept = [_sums_of(counted, today)]
        above = reach.ancestors(lambda column: sa.exists().where(col(Project.id) == column, counted))
    added = sa.union_all(*kept, _held_twice(above, today)).subquery()
    kind, sum_, n = added.c
    return sa.select(kind, sa.func.sum(sum_)).group_by(kind).having(sa.func.sum(n) > 0)


def _sums_of(counted: sa.ColumnElement[bool], today: date) -> sa.Select[Any, Any, Any]:
    """The kept sums of the projects counted: kind, fen, and of how many sums."""
    return (
        sa.select(col(YearSum.kind), sa.func.sum(col(YearSum.sum)).label("sum"), sa.func.count().label("n"))
        .join(Project, col(Project.id) == col(YearSum.project_id))
        .where(counted, *_this_year(today))
        .group_by(col(YearSum.kind))
    )


def _every_sum(today: date) -> Iterator[sa.Select[Any, Any, Any]]:
    """The same of all projects: all there is, a kind at a time and without a look at any project, less the few merged."""
    kind: Any
    kind, fen, n = col(YearSum.kind), sa.func.sum(col(YearSum.sum)), sa.func.count()
    for each in _YEARLY:
        named = sa.literal(each, kind.type).label("kind")
        yield sa.select(named, fen.label("sum"), n.label("n")).where(*_this_year(today, each))
    merged = col(YearSum.project_id).in_(scope.merged())
    yield sa.select(kind, -fen, -n).where(*_this_year(today), merged).group_by(kind)


def _held_twice(above: sa.CTE, today: date) -> sa.Select[Any, Any, Any]:
    """What is to be taken off: the sums of parts as far as a whole holds the same."""
    twice = queries.shared(above, today.year, _YEARLY)
    single = (
        sa.select(sa.func.sum(col(Amount.sum)))
        .where(*_amounts_of(twice, today.year), queries.is_thereof(above))
        .correlate(twice)
        .scalar_subquery()
    )
    off = sa.case((twice.c.entirely == 1, twice.c.sum), else_=sa.func.coalesce(single, 0))
    return sa.select(twice.c.kind, -off, sa.literal(0))


def _this_year(today: date, *kinds: AmountKind) -> list[Any]:
    return [col(YearSum.year) == today.year, col(YearSum.kind).in_(kinds or _YEARLY)]


def _amounts_of(sums: sa.CTE, year: int) -> list[Any]:
    return [
        col(Amount.project_id) == sums.c.project_id,
        col(Amount.kind) == sums.c.kind,
        col(Amount.year) == year,
        col(Amount.is_current),
        col(Amount.sum).is_not(None),
        col(Amount.period) != PeriodKind.OPENING,
    ]
