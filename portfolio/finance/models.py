"""Tables of money: amounts by kind, period and source, and a project's costs. All in fen."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from portfolio.database import FenType, choice, instant, key, maybe_ref, ref
from portfolio.money import Fen


class FundingSource(SQLModel, table=True):
    """Where money comes from (资金来源); reference data."""

    __tablename__ = "funding_source"
    code: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=60)
    position: int


class AmountKind(StrEnum):
    """What a sum of money is. By year: planned, approved, revised; by month: the others."""

    PLANNED = "planned"  # 年度计划投资
    APPROVED = "approved"  # 批复
    REVISED = "revised"  # 调整
    ALLOTTED = "allotted"  # 下达/拨付, sent on by finance
    ARRIVED = "arrived"  # 到位, received
    PAID = "paid"  # 支付/支出
    COMPLETED = "completed"  # 完成投资, value put in place
    REGISTERED = "registered"  # 入统


YEARLY = frozenset({AmountKind.PLANNED, AmountKind.APPROVED, AmountKind.REVISED})


class PeriodKind(StrEnum):
    """The period an amount belongs to; an opening balance sums up what came before the first month."""

    YEAR = "year"
    MONTH = "month"
    OPENING = "opening"


_CURRENT = sa.text("is_current")


class Amount(SQLModel, table=True):
    """A sum as it became known. A later value is a new row; the earlier one stays, not current.

    A current row without a sum was cleared on purpose (清空).
    """

    __tablename__ = "amount"
    __table_args__ = (
        sa.Index(
            "uq_amount_current",
            "project_id",
            "kind",
            "period",
            "year",
            "month",
            "source",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
        sa.CheckConstraint("(period = 'month') = (month BETWEEN 1 AND 12)", name="month_of_period"),
    )
    id: int | None = key()
    project_id: int = ref("project.id", on_delete="CASCADE")
    kind: AmountKind = choice(AmountKind)
    period: PeriodKind = choice(PeriodKind)
    year: int
    month: int = 0
    source: str = ref("funding_source.code", index=False)
    sum: Fen | None = Field(default=None, sa_type=FenType)
    is_current: bool = True
    reason: str = Field(default="", max_length=400)
    known_on: date
    recorded_at: datetime = instant()
    recorded_by: str = Field(max_length=200)
    account_id: int | None = maybe_ref("account.id", index=False)
    batch_id: int | None = None
    origin: str = Field(default="", max_length=200)


class YearSum(SQLModel, table=True):
    """What the current amounts of a project, kind and year add up to, without opening balances.

    Repeats `amount`, kept by the same verb. `months` has a bit for each month that holds anything, the
    lowest one for a sum of the whole year: so a part is compared with its whole without their amounts.
    """

    __tablename__ = "year_sum"
    __table_args__ = (sa.PrimaryKeyConstraint("year", "kind", "project_id"), {"sqlite_with_rowid": False})
    year: int
    kind: AmountKind = choice(AmountKind)
    project_id: int = ref("project.id", on_delete="CASCADE")
    sum: Fen = Field(sa_type=FenType)
    months: int


class CostKind(StrEnum):
    """Which stage a project's total cost was stated at."""

    ESTIMATE = "estimate"  # 估算
    DESIGN_COST = "design_cost"  # 概算
    FINAL_ACCOUNT = "final_account"  # 决算
    FORECAST = "forecast"  # 预计完工成本
    TOTAL = "total"  # 总投资, stage not said


_CURRENT_COST = sa.text("is_current")


class ProjectCost(SQLModel, table=True):
    """A project's total cost of one kind as it became known; the latest row is current."""

    __tablename__ = "project_cost"
    __table_args__ = (
        sa.Index(
            "uq_project_cost_current",
            "project_id",
            "kind",
            unique=True,
            sqlite_where=_CURRENT_COST,
            postgresql_where=_CURRENT_COST,
        ),
    )
    id: int | None = key()
    project_id: int = ref("project.id", on_delete="CASCADE")
    kind: CostKind = choice(CostKind)
    sum: Fen | None = Field(default=None, sa_type=FenType)
    is_current: bool = True
    known_on: date
    recorded_at: datetime = instant()
    recorded_by: str = Field(max_length=200)
    account_id: int | None = maybe_ref("account.id", index=False)
    batch_id: int | None = None
    origin: str = Field(default="", max_length=200)
