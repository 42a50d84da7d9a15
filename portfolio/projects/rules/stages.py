"""Kinds and stages of what the plan names. Stages follow OC4IDS project status; `suspended` is ours."""

from enum import StrEnum


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
