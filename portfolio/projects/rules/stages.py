"""Kinds and stages of what the plan names. Stages follow OC4IDS project status; `suspended` is ours."""

from datetime import date
from enum import StrEnum

from portfolio.errors import Invalid


class Kind(StrEnum):
    """What is tracked: one thing built, a named bundle of works, or an institution set up."""

    PROJECT = "project"
    PROGRAMME = "programme"
    MEASURE = "measure"


class Stage(StrEnum):
    """Where a project stands. Changes by an event, never silently."""

    IDENTIFICATION = "identification"  # 谋划储备
    PREPARATION = "preparation"  # 前期工作
    IMPLEMENTATION = "implementation"  # 在建
    COMPLETION = "completion"  # 竣工验收
    COMPLETED = "completed"  # 投入使用
    CANCELLED = "cancelled"  # 终止
    SUSPENDED = "suspended"  # 缓建


# Date rules skip what is no longer, or not now, being built.
WITHOUT_DATE_RULES = frozenset({Stage.SUSPENDED, Stage.CANCELLED, Stage.COMPLETED})

FINISHED = frozenset({Stage.COMPLETED, Stage.CANCELLED})
# A decision document is asked for where a project stops.
NEEDS_DOCUMENT = frozenset({Stage.SUSPENDED, Stage.CANCELLED})
_ORDER = (
    Stage.IDENTIFICATION,
    Stage.PREPARATION,
    Stage.IMPLEMENTATION,
    Stage.COMPLETION,
    Stage.COMPLETED,
)


def is_step_back(before: Stage, after: Stage) -> bool:
    """Whether a change goes back along the life of a project; it wants a reason."""
    return before in _ORDER and after in _ORDER and _ORDER.index(after) < _ORDER.index(before)


def check_change(
    before: Stage, after: Stage, happened_on: date, today: date, document: str, reason: str
) -> None:
    """Refuse a change of stage that breaks a rule; raises Invalid naming the field.

    Never after today; 缓建 and 终止 need a decision document; a step back, and leaving 缓建 or 终止,
    needs a reason.
    """
    if happened_on > today:
        raise Invalid("阶段的变更不能晚于今天。", {"happened_on": "请填今天或以前的日期。"})
    if after in NEEDS_DOCUMENT and not document.strip():
        raise Invalid("缓建和终止要有决定文件。", {"document": "请填决定文件的名称或文号。"})
    if (is_step_back(before, after) or before in NEEDS_DOCUMENT) and not reason.strip():
        raise Invalid("阶段往回走要说明原因。", {"reason": "请填写原因。"})
