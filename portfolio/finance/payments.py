"""Monthly money: allotted (下达), arrived (到位), paid (支付), completed and registered investment.

What came before the first month is an opening balance; cumulative figures are computed.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from portfolio.access import Actor, Permission
from portfolio.audit import BY_HAND, Batch
from portfolio.errors import Conflict
from portfolio.finance import amounts, reach
from portfolio.finance.amounts import Entry, Slot
from portfolio.finance.budgets import Year
from portfolio.finance.models import YEARLY, Amount, AmountKind, PeriodKind
from portfolio.finance.reference import Source
from portfolio.money import Fen


class MonthlyAmountIn(BaseModel):
    """A month's sum of one kind from one source, in fen; `sum` None clears it.

    With `opening` it is the balance of all that came before `year`, and `month` is left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    project_id: int
    kind: AmountKind
    year: Year
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    opening: bool = False
    source: Source
    sum: Fen | None
    seen: Fen | None = None
    check_seen: bool = False
    reason: str = Field(default="", max_length=400)
    origin: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _month_or_opening(self) -> Self:
        if self.kind in YEARLY:
            raise ValueError("按年的金额请记在预算里")
        if self.opening is (self.month is not None):
            raise ValueError("请给出月份，或注明是期初余额")
        return self

    def entry(self) -> Entry:
        """The entry of this sum in the table of amounts."""
        period = PeriodKind.OPENING if self.opening else PeriodKind.MONTH
        slot = Slot(self.project_id, self.kind, period, self.year, self.month or 0, self.source.value)
        return Entry(slot, self.sum, self.seen, self.check_seen, self.reason, self.origin)


def write_many(
    db: Session,
    actor: Actor,
    filled: Sequence[MonthlyAmountIn],
    *,
    today: date,
    batch: Batch = BY_HAND,
) -> list[Amount]:
    """Set and clear monthly sums; one that is already so makes no row. Returns the new rows.

    Raises NotFound for a project out of sight, Refused without the right to its money, Conflict
    where someone changed a checked sum meanwhile or a second opening balance would stand.
    """
    wanted = {each.project_id for each in filled}
    reach.require(db, actor, wanted, Permission.EDIT_MONEY, today=today)
    entries = [each.entry() for each in filled]
    _one_opening(db, entries)
    return amounts.write(db, actor, entries, today=today, batch=batch)


def set_month(db: Session, actor: Actor, filled: MonthlyAmountIn, *, today: date) -> list[Amount]:
    """Set or clear one month's sum or the opening balance; see `write_many`."""
    return write_many(db, actor, [filled], today=today)


def _one_opening(db: Session, entries: Sequence[Entry]) -> None:
    """An opening balance sums up all before its year: a second one of another year would count twice."""
    opening = [each for each in entries if each.slot.period is PeriodKind.OPENING]
    if not opening:
        return
    held = amounts.current(db, {each.slot.project_id for each in opening})
    after = {slot: row.sum for slot, row in held.items() if slot.period is PeriodKind.OPENING}
    after |= {each.slot: each.sum for each in opening}
    standing = Counter(_without_year(slot) for slot, sum_ in after.items() if sum_ is not None)
    if any(standing[_without_year(each.slot)] > 1 for each in opening):
        raise Conflict("这个项目已有另一年的期初余额。请先清空原来的期初余额。")


def _without_year(slot: Slot) -> tuple[int, AmountKind, str]:
    return slot.project_id, slot.kind, slot.source
