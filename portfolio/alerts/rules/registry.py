"""Every alert rule: code, condition, default, recipients, source. The one list of them.

A rule's SQL stands in `conditions.py`, its sentence in `sentences.py`; a test per rule holds both
to the pure form in this folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portfolio.alerts.rules.audience import Whom
from portfolio.alerts.rules.ladder import Step

PRODUCT = "产品规则第4节"


class Telling(StrEnum):
    """How often a rule speaks while its condition holds."""

    REMINDERS = "reminders"  # calendar days before due
    LADDER = "ladder"  # working days after
    ONCE = "once"  # when it opens, and when it worsens
    WEEKLY = "weekly"  # every week while it holds


class About(StrEnum):
    """What a rule's subject is."""

    MILESTONE = "milestone"
    PROMISE = "promise"
    PORTFOLIO = "portfolio"
    ORGANISATION = "organisation"
    PERSON = "person"
    OPERATION = "operation"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `defaults` are its thresholds in days (calendar days; working days where marked).

    One that yields to overdue ends without a word when its milestone turns overdue: that is told instead.
    """

    code: str
    title: str
    condition: str
    about: About
    telling: Telling
    audience: Mapping[Step, tuple[Whom, ...]]
    defaults: tuple[int, ...] = ()
    lamp: str = "red"
    at_once: bool = False
    working_days: bool = False
    yields_to_overdue: bool = False
    source: str = PRODUCT

    def hearers_at(self, step: Step) -> tuple[Whom, ...]:
        """Who hears at a step."""
        return self.audience.get(step, self.audience.get(Step.FIRST, ()))


_W = Whom
CLIMB = {
    Step.FIRST: (_W.CONTACT, _W.HEAD),
    Step.SECOND: (_W.COORDINATOR, _W.OFFICE),
    Step.THIRD: (_W.LEADER,),
    Step.FOURTH: (_W.CHIEF,),
}
_OFFICE = {Step.FIRST: (_W.OFFICE,)}

RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule("milestone_overdue", "节点逾期", "今天晚于现行基线，且没有实际完成日。",
             About.MILESTONE, Telling.LADDER, CLIMB, (1, 7, 15, 30), working_days=True),
        Rule("milestone_due", "节点将到", "距现行基线不超过 N 天，且没有实际完成日。",
             About.MILESTONE, Telling.REMINDERS, {Step.REMINDER: (_W.CONTACT,)}, (30, 7, 1), lamp="amber",
             yields_to_overdue=True),
        Rule("milestone_slipping", "预测推迟", "预测比现行基线晚 N 天以上。",
             About.MILESTONE, Telling.ONCE, {Step.FIRST: (_W.HEAD, _W.COORDINATOR)}, (30,), lamp="amber",
             yields_to_overdue=True),
        Rule("promise_at_risk", "规划承诺有风险", "预测晚于规划承诺的日期，而承诺期限未过。",
             About.PROMISE, Telling.ONCE, _OFFICE, at_once=True),
        Rule("gate_stuck", "审批停滞", "手续已申报，N 个工作日没有受理或批复。",
             About.MILESTONE, Telling.ONCE, {Step.FIRST: (_W.CONTACT, _W.COORDINATOR)}, (20,),
             lamp="amber", working_days=True),
        Rule("unassigned", "没有责任单位", "在办项目没有责任单位。",
             About.PORTFOLIO, Telling.WEEKLY, _OFFICE, lamp="amber"),
        Rule("undated", "没有日期", "在办项目没有一个带基线的节点。",
             About.PORTFOLIO, Telling.WEEKLY, _OFFICE, lamp="amber"),
        Rule("unbudgeted", "没有资金", "在办项目没有任何资金数据。",
             About.PORTFOLIO, Telling.WEEKLY, _OFFICE, lamp="amber"),
        Rule("owner_gone", "责任单位无人", "责任单位没有可以收到通知的人。",
             About.ORGANISATION, Telling.ONCE, _OFFICE),
        Rule("person_gone", "责任人已离开", "还担任联系人、责任领导或节点负责人的人已经离开。",
             About.PERSON, Telling.ONCE, _OFFICE),
        Rule("address_bounced", "邮箱退信", "需要接收预警的人，邮箱不接收邮件。",
             About.PERSON, Telling.ONCE, _OFFICE),
        Rule("operations", "系统运行", "有死信、任务失败、调度停止，或下一年放假安排未确认。",
             About.OPERATION, Telling.ONCE, {Step.FIRST: (_W.ADMINISTRATOR,)}, at_once=True),
    )
}  # fmt: skip
DAILY = tuple(rule for rule in RULES.values() if not rule.at_once)
AT_ONCE = tuple(rule for rule in RULES.values() if rule.at_once)
