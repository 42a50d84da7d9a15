"""What a project holds of a kind in a year, over all sources and months: kept, so that 10,000 add up at once.

The table repeats what `amount` says. Who writes amounts calls `refresh` in the same transaction:
`amounts.write` does, a bulk loader must.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.database import in_parts
from portfolio.finance.models import Amount, PeriodKind, YearSum


def refresh(db: Session, project_ids: Iterable[int] | None = None) -> None:
    """Work the sums of some projects out anew, or of all; of two writers of one project the second must wait.

    `amounts.write` sees to that by locking the projects.
    """
    db.flush()
    if project_ids is None:
        _anew(db, sa.true(), sa.true())
        return
    for some in in_parts(project_ids):
        _anew(db, col(YearSum.project_id).in_(some), col(Amount.project_id).in_(some))


def _anew(db: Session, kept: sa.ColumnElement[bool], said: sa.ColumnElement[bool]) -> None:
    db.execute(sa.delete(YearSum).where(kept).execution_options(synchronize_session=False))
    db.execute(sa.insert(YearSum).from_select(_COLUMNS, _ADDED.where(said)))


_COLUMNS = ["year", "kind", "project_id", "sum", "months"]
_PLACE = (col(Amount.year), col(Amount.kind), col(Amount.project_id))
_BIT = sa.literal_column("1").bitwise_lshift(col(Amount.month))
# A sum of bigints is NUMERIC on PostgreSQL.
_ADDED = (
    sa.select(
        *_PLACE,
        sa.cast(sa.func.sum(col(Amount.sum)), sa.BigInteger),
        sa.cast(sa.func.sum(_BIT.distinct()), sa.Integer),
    )
    .where(col(Amount.is_current), col(Amount.sum).is_not(None), col(Amount.period) != PeriodKind.OPENING)
    .group_by(*_PLACE)
)
