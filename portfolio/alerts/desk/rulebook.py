"""The rules as an office sees and sets them: what each says, its default, what holds where; changed with a reason.

A change is audited, and the open alerts it touches are looked at again by the next evaluation. A rule that is
switched off ends its alerts without a word; switched on again, they begin anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, installation
from portfolio.access import Actor, Permission
from portfolio.alerts import bulk, configuration
from portfolio.alerts.configuration import OFF, PREFIX, PROJECT, SECTOR, SUFFIX, Days, parsed
from portfolio.alerts.models import Alert, AlertState
from portfolio.alerts.rules.ladder import RUNGS, Step
from portfolio.alerts.rules.registry import RULES, About, Rule, Telling
from portfolio.alerts.sentences import PLACES
from portfolio.audit import Change
from portfolio.errors import Invalid, NotFound
from portfolio.i18n import _
from portfolio.models import Setting
from portfolio.projects import scope as project_scope
from portfolio.projects.models import Project, Sector

Text = Annotated[str, StringConstraints(max_length=200)]
MOST_DAYS = 365
NARROWER = (About.MILESTONE, About.PROMISE)  # rules whose subject lies in one project


class RuleIn(BaseModel):
    """What is to hold for a rule: where, which days (`30, 7, 1`) or off, and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    sector: Text = ""
    project_code: Text = ""
    days: Text = ""
    off: bool = False
    reason: Text = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What holds in one scope: where, in words, and why; `scope` is its key."""

    scope: str
    where: str
    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with what holds of it now. `recipients` are by step of its ladder."""

    rule: Rule
    default: str
    present: str
    is_changed: bool
    held: tuple[Held, ...]
    recipients: tuple[tuple[str, str], ...]

    @property
    def is_settable(self) -> bool:
        """Whether an office may change it; the system's own alarms always speak."""
        return self.rule.about is not About.OPERATION

    @property
    def is_narrowable(self) -> bool:
        """Whether a sector or a project may depart from the portfolio."""
        return self.rule.about in NARROWER


def listed(db: Session, actor: Actor, *, today: date) -> list[RuleView]:
    """Return every rule with what holds of it, in the order of the registry."""
    actor.require(Permission.CONFIGURE_ALERTS)
    own: dict[str, list[Setting]] = {}
    for row in configuration.rows(db):
        own.setdefault(row.key.removeprefix(PREFIX).removesuffix(SUFFIX), []).append(row)
    names = _names(db, actor, [row.scope for rows in own.values() for row in rows], today)
    return [_view(rule, own.get(code, []), names) for code, rule in RULES.items()]


def one(db: Session, actor: Actor, code: str, *, today: date) -> RuleView:
    """Return one rule; raises NotFound."""
    return next(each for each in listed(db, actor, today=today) if each.rule is _known(code))


def change(db: Session, actor: Actor, code: str, filled: RuleIn, *, today: date, now: datetime) -> None:
    """Set what holds of a rule in one scope. Raises Invalid, NotFound, Refused."""
    actor.require(Permission.CONFIGURE_ALERTS)
    rule = _known(code)
    scope = _scope(db, actor, rule, filled, today)
    value = OFF if filled.off else ",".join(str(each) for each in _days(rule, filled.days))
    _must_say_why(filled.reason)
    _put(db, actor, rule, scope, value, filled.reason, today, now)


def reset(
    db: Session, actor: Actor, code: str, scope: str, reason: str, *, today: date, now: datetime
) -> None:
    """Let the wider scope, or the default, hold again. Raises Invalid, NotFound, Refused."""
    actor.require(Permission.CONFIGURE_ALERTS)
    rule = _known(code)
    if installation.get(db, _key(rule), scope) is None:
        raise NotFound(_("这里没有单独的设置，已经是默认值。"))
    _must_say_why(reason)
    _put(db, actor, rule, scope, None, reason, today, now)


def words(rule: Rule, days: Days | None) -> str:
    """Put thresholds into words: `第 1、7、15、30 个工作日，之后每 30 个工作日`."""
    if days is None:
        return _("停用")
    text = "、".join(str(each) for each in days[:RUNGS])
    match rule.telling:
        case Telling.LADDER:
            repeat = days[RUNGS] if len(days) > RUNGS else 30
            again = _("，之后每 %(n)s 个工作日", n=repeat) if repeat else _("，之后不再重复")
            return _("第 %(days)s 个工作日", days=text) + again
        case Telling.REMINDERS:
            return _("提前 %(days)s 天", days="、".join(str(each) for each in days))
        case _ if not days:
            return _("启用")
        case _:
            return _("%(n)s 个工作日", n=text) if rule.working_days else _("%(n)s 天", n=text)


def _known(code: str) -> Rule:
    if code not in RULES or RULES[code].about is About.OPERATION:
        raise NotFound(_("没有这条规则，或者它不能改。"))
    return RULES[code]


def _key(rule: Rule) -> str:
    return f"{PREFIX}{rule.code}{SUFFIX}"


def _must_say_why(reason: str) -> None:
    if not reason:
        raise Invalid(_("改规则要写明理由。"), {"reason": _("请写明理由。")})


def _put(
    db: Session,
    actor: Actor,
    rule: Rule,
    scope: str,
    value: str | None,
    reason: str,
    today: date,
    now: datetime,
) -> None:
    """Write or remove a setting, log it, and let the alerts in its scope be looked at again."""
    before = installation.get(db, _key(rule), scope)
    if value is None:
        db.execute(sa.delete(Setting).where(col(Setting.key) == _key(rule), col(Setting.scope) == scope))
    else:
        installation.put(db, _key(rule), value, scope, reason)
    touched = [col(Alert.rule) == rule.code, col(Alert.state) == AlertState.FIRING]
    if scope.startswith(PROJECT):
        touched.append(col(Alert.project_id) == int(scope.removeprefix(PROJECT)))
    bulk.changed(db, sa.update(Alert).where(*touched).values(next_on=today))
    change = Change(
        "alert_rule", rule.code, "configure" if value else "reset",
        before={"scope": scope, "value": before}, after={"scope": scope, "value": value}, reason=reason,
    )  # fmt: skip
    audit.record(db, actor, change, at=now)


def _scope(db: Session, actor: Actor, rule: Rule, filled: RuleIn, today: date) -> str:
    if not filled.sector and not filled.project_code:
        return installation.WHOLE
    if rule.about not in NARROWER:
        raise Invalid(_("这条规则只能对全部项目设置。"), {"sector": _("这条规则只能对全部项目设置。")})
    if filled.project_code:
        visible = project_scope.visible(actor, today=today)
        found = db.execute(visible.where(col(Project.code) == filled.project_code)).scalar_one_or_none()
        if found is None:
            sentence = _("没有代码是“%(code)s”的项目。", code=filled.project_code)
            raise Invalid(sentence, {"project_code": sentence})
        return f"{PROJECT}{found}"
    if db.get(Sector, filled.sector) is None:
        raise Invalid(_("没有这个领域。"), {"sector": _("没有这个领域。")})
    return f"{SECTOR}{filled.sector}"


def _days(rule: Rule, text: str) -> Days:
    """Read and check the thresholds of a rule. Raises Invalid with an example."""
    try:
        days = tuple(
            int(part) for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()
        )
    except ValueError:
        days = (-1,)
    if not rule.defaults:
        return ()
    if not _are_sensible(rule, days):
        sentence = _("请填%(what)s。", what=_EXPECTED[rule.telling])
        raise Invalid(sentence, {"days": sentence})
    return tuple(sorted(set(days), reverse=True)) if rule.telling is Telling.REMINDERS else days


_EXPECTED = {
    Telling.LADDER: _(
        "四级的工作日数，从小到大，如 1, 7, 15, 30；可再加第五个数：第四级之后每几个工作日再报，0 为不再报"
    ),
    Telling.REMINDERS: _("一到六个天数，如 30, 7, 1"),
    Telling.ONCE: _("一个 1 到 365 之间的天数"),
}


def _are_sensible(rule: Rule, days: Sequence[int]) -> bool:
    if any(not 0 <= each <= MOST_DAYS for each in days):
        return False
    match rule.telling:
        case Telling.LADDER:
            steps = days[:RUNGS]
            climbs = all(a < b for a, b in pairwise(steps))
            return len(days) in (RUNGS, RUNGS + 1) and steps[0] >= 1 and climbs
        case Telling.REMINDERS:
            return 1 <= len(days) <= 6
        case _:
            return len(days) == 1 and days[0] >= 1


def _view(rule: Rule, rows: Sequence[Setting], names: dict[str, str]) -> RuleView:
    whole = next((row for row in rows if row.scope == installation.WHOLE), None)
    return RuleView(
        rule,
        words(rule, rule.defaults),
        words(rule, rule.defaults if whole is None else parsed(whole.value)),
        whole is not None,
        tuple(
            Held(row.scope, names.get(row.scope, row.scope), words(rule, parsed(row.value)), row.source)
            for row in rows
        ),
        tuple(
            (_STEPS[step], "、".join(PLACES[each] for each in whom)) for step, whom in rule.audience.items()
        ),
    )


_STEPS = {
    Step.REMINDER: _("提醒"),
    Step.FIRST: _("第一级"),
    Step.SECOND: _("第二级"),
    Step.THIRD: _("第三级"),
    Step.FOURTH: _("第四级"),
}


def _names(db: Session, actor: Actor, scopes: Sequence[str], today: date) -> dict[str, str]:
    sectors = db.execute(sa.select(col(Sector.code), col(Sector.name))).all()
    ids = [int(each.removeprefix(PROJECT)) for each in scopes if each.startswith(PROJECT)]
    projects = db.execute(
        sa.select(col(Project.id), col(Project.code), col(Project.name)).where(
            col(Project.id).in_(ids), col(Project.id).in_(project_scope.visible(actor, today=today))
        )
    ).all()
    return (
        {installation.WHOLE: _("全部项目")}
        | {f"{SECTOR}{row.code}": _("领域：%(name)s", name=row.name) for row in sectors}
        | {f"{PROJECT}{row.id}": f"{row.code} {row.name}" for row in projects}
    )
