"""What an alert says, with its numbers: one fact and one sentence. Used by mails and pages alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from portfolio.alerts.rules.audience import Whom
from portfolio.alerts.rules.ladder import Step, step_of
from portfolio.alerts.rules.registry import RULES
from portfolio.i18n import _
from portfolio.projects.rules.dates import PlannedDate
from portfolio.projects.rules.lateness import RED_OVERDUE
from portfolio.rendering.filters import riqi, shu
from portfolio.rendering.parts import LampLevel


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sentence is made from; `days` are calendar days with pauses taken off."""

    rule: str
    today: date
    milestone: str = ""
    due: PlannedDate | None = None
    forecast: PlannedDate | None = None
    applied_on: date | None = None
    days: int = 0
    level: int = 0
    paused: bool = False
    outcome: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A lamp, a fact in figures, and one whole sentence."""

    level: LampLevel
    fact: str
    sentence: str


def say(facts: Facts) -> Said:
    """Put an open alert into words."""
    said = _SAYINGS[facts.rule](facts)
    if facts.paused:
        return Said("paused", said.fact, said.sentence + _("项目暂停中，天数不再增加。"))
    return said


def say_settled(facts: Facts) -> Said:
    """Put into words how an alert that was told has ended."""
    name = _named(facts)
    match facts.outcome:
        case "done":
            return Said("done", _("已完成"), _("%(name)s已经完成。", name=name))
        case "moved":
            return Said(
                "done",
                _("基线已调整"),
                _("%(name)s的基线改为%(due)s，不再提醒原来的日期。", name=name, due=riqi(facts.due)),
            )
        case "off":
            return Said(
                "done",
                _("规则已停用"),
                _("“%(rule)s”这条规则已停用，不再提醒。", rule=RULES[facts.rule].title),
            )
        case "replaced":
            return Said("red", _("已转为逾期"), _("%(name)s已经逾期，改由“节点逾期”提醒。", name=name))
        case "withdrawn":
            return Said("done", _("节点已撤销"), _("%(name)s已经撤销，不再跟踪。", name=name))
        case _:
            return Said("done", _("已解决"), _("%(rule)s的情况不再存在。", rule=RULES[facts.rule].title))


def rung_name(rung: str) -> str:
    """A rung in words: `due7` → 提前 7 天提醒, `4+30` → 第四级，又过 30 个工作日."""
    if rung.startswith("due"):
        return _("提前 %(n)s 天提醒", n=rung.removeprefix("due"))
    if rung == "settled":
        return _("解决")
    if rung.startswith("worse:"):
        return _("加重")
    if rung.startswith("week:"):
        return _("每周汇总")
    if "+" in rung:
        return _("第四级，又过 %(n)s 个工作日", n=rung.partition("+")[2])
    return {"1": _("第一级"), "2": _("第二级"), "3": _("第三级"), "4": _("第四级")}.get(rung, rung)


PLACES: Mapping[str, str] = {
    Whom.CONTACT: _("联系人"),
    Whom.HEAD: _("责任单位负责人"),
    Whom.COORDINATOR: _("县区或行业联络员"),
    Whom.OFFICE: _("重点项目办"),
    Whom.LEADER: _("责任领导"),
    Whom.CHIEF: _("市主要领导"),
    Whom.ADMINISTRATOR: _("系统管理员"),
}


def missing(codes: str) -> str:
    """Say who should have been told and is not there; empty when all are."""
    if not codes:
        return ""
    return _(
        "没有%(who)s可以通知，请重点项目办协调。", who="、".join(PLACES[code] for code in codes.split(","))
    )


def ask(rule: str, step: Step) -> str:
    """What who hears at a step is asked to do; empty where the sentence itself asks."""
    if rule == "milestone_overdue":
        return {
            Step.SECOND: _("请协调解决。"),
            Step.THIRD: _("请您协调。"),
            Step.FOURTH: _("请您协调。"),
        }.get(step, _("请填写实际完成日，或更新预测并说明原因。"))
    return {
        "milestone_due": _("请按期完成；做不到的，请更新预测。"),
        "milestone_slipping": _("请核实预测；确需推迟的，请申请调整基线。"),
        "promise_at_risk": _("请核实预测，研究赶上期限的措施。"),
        "gate_stuck": _("请催办审批；有了受理或批复，请填写日期。"),
        "unassigned": _("请指定责任单位。"),
        "undated": _("请补上节点和基线。"),
        "unbudgeted": _("请补上资金数据。"),
        "owner_gone": _("请更正人员，或改由别的单位负责。"),
        "person_gone": _("请指定接手的人。"),
    }.get(rule, "")


def places_of(rule: str, rung: str) -> tuple[str, ...]:
    """The places whose holders hear a rung of a rule."""
    return tuple(PLACES[place] for place in RULES[rule].hearers_at(step_of(rung)))


def step_name(step: Step) -> str:
    """A step of the ladder by who hears there, as pages label it."""
    return {
        Step.REMINDER: _("提醒联系人"),
        Step.FIRST: _("联系人和责任单位负责人"),
        Step.SECOND: _("联络员和重点项目办"),
        Step.THIRD: _("责任领导"),
        Step.FOURTH: _("市主要领导"),
    }[step]


def _named(facts: Facts) -> str:
    return _("“%(milestone)s”", milestone=facts.milestone) if facts.milestone else facts.subject


def _overdue(facts: Facts) -> Said:
    text = _(
        "%(name)s应于%(due)s完成，逾期 %(days)s 天", name=_named(facts), due=riqi(facts.due), days=facts.days
    )
    colour: LampLevel = (
        "red" if facts.days > RED_OVERDUE else "amber"
    )  # as the milestone lamp judges it everywhere
    return Said(colour, _("逾期 %(days)s 天", days=facts.days), text + _forecast(facts))


def _due(facts: Facts) -> Said:
    if facts.days == 0:
        text = _("%(name)s今天到期（%(due)s）", name=_named(facts), due=riqi(facts.due))
        return Said("amber", _("今天到期"), text + _forecast(facts))
    text = _(
        "%(name)s应于%(due)s完成，还有 %(days)s 天", name=_named(facts), due=riqi(facts.due), days=facts.days
    )
    return Said("amber", _("%(days)s 天后到期", days=facts.days), text + _forecast(facts))


def _forecast(facts: Facts) -> str:
    if facts.forecast is None:
        return _("，没有预测日期。")
    return _("，预测%(when)s。", when=riqi(facts.forecast))


def _slipping(facts: Facts) -> Said:
    text = _(
        "%(name)s的基线是%(due)s，预测%(when)s，晚 %(days)s 天。",
        name=_named(facts), due=riqi(facts.due), when=riqi(facts.forecast), days=facts.days,
    )  # fmt: skip
    return Said("amber", _("预测晚 %(days)s 天", days=facts.days), text)


def _promise(facts: Facts) -> Said:
    text = _(
        "规划承诺%(due)s完成，%(name)s预测%(when)s，晚 %(days)s 天。",
        name=_named(facts), due=riqi(facts.due), when=riqi(facts.forecast), days=facts.days,
    )  # fmt: skip
    return Said("red", _("晚于承诺 %(days)s 天", days=facts.days), text)


def _stuck(facts: Facts) -> Said:
    text = _(
        "%(name)s于%(when)s申报，%(days)s 天没有受理或批复。",
        name=_named(facts),
        when=riqi(facts.applied_on),
        days=facts.days,
    )
    return Said("amber", _("审批停滞 %(days)s 天", days=facts.days), text)


def _gap(fact: str, sentence: str) -> Callable[[Facts], Said]:
    return lambda facts: Said("amber", _(fact, n=shu(facts.level)), _(sentence, n=shu(facts.level)))


def _about(fact: str, sentence: str) -> Callable[[Facts], Said]:
    return lambda facts: Said("red", _(fact), _(sentence, who=facts.subject, n=facts.level))


_SAYINGS: Mapping[str, Callable[[Facts], Said]] = {
    "milestone_overdue": _overdue,
    "milestone_due": _due,
    "milestone_slipping": _slipping,
    "promise_at_risk": _promise,
    "gate_stuck": _stuck,
    "unassigned": _gap("%(n)s 项", "%(n)s 个在办项目没有责任单位，逾期无人可催。"),
    "undated": _gap("%(n)s 项", "%(n)s 个在办项目没有一个带基线的节点，无法判断是否逾期。"),
    "unbudgeted": _gap("%(n)s 项", "%(n)s 个在办项目没有任何资金数据。"),
    "owner_gone": _about("无人可通知", "%(who)s是责任单位，却没有可以收到通知的人。"),
    "person_gone": _about("已离开", "%(who)s已经离开，仍担任联系人、责任领导或节点负责人。"),
    "address_bounced": _about("邮箱退信", "%(who)s的邮箱不接收邮件，请更正地址。"),
    "operations": lambda facts: Said("red", _("请处理"), facts.subject),
}
