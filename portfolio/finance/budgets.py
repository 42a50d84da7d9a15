"""Yearly money: planned (年度计划投资), approved (批复) and revised (调整) by source."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.orm import Session

from portfolio.access import Actor, Permission
from portfolio.audit import BY_HAND, Batch
from portfolio.finance import amounts, reach
from portfolio.finance.amounts import Entry, Slot
from portfolio.finance.models import YEARLY, Amount, AmountKind, PeriodKind
from portfolio.finance.reference import Source
from portfolio.money import Fen

Year = Annotated[int, Field(ge=2000, le=2100)]


class YearlyAmountIn(BaseModel):
    """A year's sum of one kind from one source, in fen; `sum` None clears it.

    `seen` is what its author saw in that place, where `check_seen` asks for the comparison.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    project_id: int
    kind: AmountKind
    year: Year
    source: Source
    sum: Fen | None
    seen: Fen | None = None
    check_seen: bool = False
    reason: str = Field(default="", max_length=400)
    origin: str = Field(default="", max_length=200)

    @field_validator("kind")
    @classmethod
    def _by_year(cls, kind: AmountKind) -> AmountKind:
        if kind not in YEARLY:
            raise ValueError("按月的金额请记在支付里")
        return kind

    def entry(self) -> Entry:
        """The entry of this sum in the table of amounts."""
        slot = Slot(self.project_id, self.kind, PeriodKind.YEAR, self.year, 0, self.source.value)
        return Entry(slot, self.sum, self.seen, self.check_seen, self.reason, self.origin)


def write_many(
    db: Session,
    actor: Actor,
    filled: Sequence[YearlyAmountIn],
    *,
    today: date,
    batch: Batch = BY_HAND,
) -> list[Amount]:
    """Set and clear yearly sums; one that is already so makes no row. Returns the new rows.

    Raises NotFound for a project out of sight, Refused without the right to its money, Conflict
    where someone changed a checked sum meanwhile.
    """
    reach.require(db, actor, {each.project_id for each in filled}, Permission.EDIT_MONEY, today=today)
    return amounts.write(db, actor, [each.entry() for each in filled], today=today, batch=batch)


def set_year(db: Session, actor: Actor, filled: YearlyAmountIn, *, today: date) -> list[Amount]:
    """Set or clear one year's sum; see `write_many`."""
    return write_many(db, actor, [filled], today=today)
