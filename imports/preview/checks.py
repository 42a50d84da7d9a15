"""What a value must obey beyond its type, per field: one sentence each, said before anything is written."""

from collections.abc import Callable, Mapping
from datetime import date

from imports.fields import STAGE_NAMES, Value
from imports.layouts.base import Lists
from imports.layouts.milestones import ACTUAL, BASELINE, FORECAST
from imports.layouts.sheet import Record
from portfolio.access import Permission
from portfolio.projects.rules.dates import PlannedDate

Names = Mapping[str, str]
MAY_NOT = "您的角色不能改这一栏。需要时请找重点项目办。"
NOT_CLEARED = frozenset({"project.name", "project.kind", "project.stage", BASELINE})
REQUIRED = {"project.name": "项目名称", "project.kind": "类别", "project.stage": "阶段"}


def permission(field: str) -> Permission:
    """What changing a field asks for."""
    if field.endswith("_fen"):
        return Permission.EDIT_MONEY
    if field.startswith("indicator."):
        return Permission.EDIT_INDICATORS
    if field == BASELINE:
        return Permission.PROPOSE_BASELINE
    if field in (FORECAST, ACTUAL):
        return Permission.REPORT_DATES
    return Permission.EDIT_PROJECTS


def fault(field: str, value: Value, record: Record | None, lists: Lists, today: date) -> str:
    """The sentence of what is wrong with a new value (None clears), or nothing."""
    if value is None:
        return "这一栏不能清空。" if field in NOT_CLEARED else ""
    check = _longest(200) if field.startswith("indicator.") else _CHECKS.get(field)
    return check(value, record, lists, today) if check else ""


def district_codes(words: str, lists: Lists) -> list[str] | None:
    """The codes of districts joined by 、, or None when one is unknown."""
    code_of = {name: code for code, name in lists.districts}
    names = [word for word in words.replace("，", "、").replace(",", "、").split("、") if word.strip()]
    found = [code_of.get(name.strip()) for name in names]
    return None if None in found else [code for code in found if code]


def _name(value: Value, _record: Record | None, _lists: Lists, _today: date) -> str:
    return "" if 2 <= len(str(value)) <= 200 else "项目名称要有 2 到 200 个字。"


def _stage(_value: Value, record: Record | None, _lists: Lists, _today: date) -> str:
    return "在册项目的阶段要凭文件在项目页上改。请恢复原样。" if record else ""


def _district(value: Value, _record: Record | None, lists: Lists, _today: date) -> str:
    if district_codes(str(value), lists) is not None:
        return ""
    return f"“{value}”里有不认识的区县。请照下拉名单写，几个区县用顿号分开。"


def _actual(value: Value, _record: Record | None, _lists: Lists, today: date) -> str:
    if not isinstance(value, PlannedDate) or value.first_day <= today:
        return ""
    return f"实际日期不能晚于今天（{today.isoformat()}）。还没发生的请填在“预测”里。"


def _baseline(_value: Value, record: Record | None, _lists: Lists, _today: date) -> str:
    if record is None:
        return ""
    if record.has_waiting:
        return "这个项目还有一版基线在等决定。请先等它定下来，或撤回它再提。"
    if record.values.get(ACTUAL) is not None and record.values.get(BASELINE) is not None:
        return "这个节点已经完成，基线不能再改。"
    return ""


def _longest(most: int) -> Callable[[Value, Record | None, Lists, date], str]:
    def check(value: Value, _record: Record | None, _lists: Lists, _today: date) -> str:
        return "" if len(str(value)) <= most else f"这一栏最多 {most} 个字。"

    return check


_CHECKS: dict[str, Callable[[Value, Record | None, Lists, date], str]] = {
    "project.name": _name,
    "project.stage": _stage,
    "project.district": _district,
    "project.nature": _longest(40),
    "project.scale": _longest(400),
    "project.note": _longest(400),
    ACTUAL: _actual,
    BASELINE: _baseline,
}
STAGE_OF = {name: stage for stage, name in STAGE_NAMES.items()}
