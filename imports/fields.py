"""The field dictionary of workbooks: what a column holds, how it is called, how it is written in JSON.

Field paths are those of the machine-readable preview: `project.name`, `budget.2024.city.approved_fen`,
`milestone.start.forecast` … A path may hold places in braces that each row fills
(`milestone.{gate}.forecast`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portfolio.finance.models import AmountKind, CostKind
from portfolio.money import Fen
from portfolio.projects.rules.dates import PlannedDate, from_iso
from portfolio.projects.rules.stages import Kind, Stage

Value = str | int | bool | Decimal | Fen | PlannedDate | None
Plain = str | int | bool | None


class WorkbookKind(StrEnum):
    """What a workbook of ours carries."""

    PROJECTS = "projects"
    MILESTONES = "milestones"
    BUDGETS = "budgets"
    PAYMENTS = "payments"
    INDICATORS = "indicators"


class Type(StrEnum):
    """What stands in a column's cells."""

    TEXT = "text"
    CODE = "code"
    CHOICE = "choice"
    MONEY = "money"
    DATE = "date"
    WHOLE = "whole"
    NUMBER = "number"  # an exact decimal without a unit of its own: indicators
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of our workbooks. Only what is `editable` is read back as a value.

    `group` is the head above the title; `choices` feed the drop-down list; `period` is the year of
    an opening balance, which its path does not say.
    """

    field: str
    title: str
    type: Type = Type.TEXT
    group: str = ""
    editable: bool = True
    choices: tuple[str, ...] = ()
    width: int = 12
    period: str = ""

    @property
    def heading(self) -> str:
        """Both heads as one name: `批复｜市级财政`."""
        return f"{self.group}｜{self.title}" if self.group else self.title


KIND_NAMES: dict[Kind, str] = {Kind.PROJECT: "项目", Kind.PROGRAMME: "专项", Kind.MEASURE: "举措"}
STAGE_NAMES: dict[Stage, str] = {
    Stage.IDENTIFICATION: "谋划储备",
    Stage.PREPARATION: "前期工作",
    Stage.IMPLEMENTATION: "在建",
    Stage.COMPLETION: "竣工验收",
    Stage.COMPLETED: "投入使用",
    Stage.CANCELLED: "终止",
    Stage.SUSPENDED: "缓建",
}
AMOUNT_NAMES: dict[AmountKind, str] = {
    AmountKind.PLANNED: "计划投资",
    AmountKind.APPROVED: "批复",
    AmountKind.REVISED: "调整",
    AmountKind.ALLOTTED: "下达",
    AmountKind.ARRIVED: "到位",
    AmountKind.PAID: "支付",
    AmountKind.COMPLETED: "完成投资",
    AmountKind.REGISTERED: "入统",
}
COST_FIELDS: dict[CostKind, tuple[str, str]] = {
    CostKind.TOTAL: ("project.total_investment_fen", "总投资"),
    CostKind.ESTIMATE: ("project.estimate_fen", "估算"),
    CostKind.DESIGN_COST: ("project.design_cost_fen", "概算"),
    CostKind.FINAL_ACCOUNT: ("project.final_account_fen", "决算"),
}


def plain(value: Value) -> Plain:
    """Write a value for JSON: fen as an integer, a date with its known part, a decimal as its digits."""
    if isinstance(value, Fen):
        return value.amount
    if isinstance(value, PlannedDate):
        return str(value)
    return digits(value) if isinstance(value, Decimal) else value


def rich(written: Plain, kind: Type) -> Value:
    """Read back what `plain` wrote for a column of this type."""
    if written is None:
        return None
    if kind is Type.MONEY:
        return Fen(int(written))
    if kind is Type.DATE:
        return from_iso(str(written))
    return Decimal(str(written)) if kind is Type.NUMBER else written


def digits(value: Decimal) -> str:
    """Plain digits without trailing zeros: `7.0` is `7`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def path(column: Column, places: Mapping[str, str]) -> str:
    """Fill the places of a column's path with those of a row."""
    return column.field.format_map(places)
