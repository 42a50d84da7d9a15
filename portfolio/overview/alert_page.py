"""What the alert pages are given beyond their rows: filters with counts, the ladder as a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portfolio.access import Actor, Permission
from portfolio.alerts.desk.centre import SIZE, STEPS, Centre, Row, Standing, Wanted
from portfolio.alerts.desk.climbing import Rung
from portfolio.alerts.desk.history import Line, OneAlert
from portfolio.alerts.rules.ladder import Step
from portfolio.alerts.rules.registry import RULES
from portfolio.alerts.sentences import rung_name
from portfolio.i18n import _
from portfolio.overview.pictures.ladder import Ladder, ladder
from portfolio.overview.pictures.ladder import Rung as Place
from portfolio.rendering.address import Address
from portfolio.rendering.filters import riqi, shike, yueri
from portfolio.rendering.parts import Chip, Choice, Event, Link, Pages

STANDINGS = {
    None: _("未解决"),
    Standing.OPEN: _("未处理"),
    Standing.ACKNOWLEDGED: _("已知悉"),
    Standing.SNOOZED: _("暂不提醒"),
    Standing.RESOLVED: _("本月已解决"),
}
WHO = {
    Step.REMINDER: _("联系人"),
    Step.FIRST: _("联系人、负责人"),
    Step.SECOND: _("联络员、项目办"),
    Step.THIRD: _("责任领导"),
    Step.FOURTH: _("市主要领导"),
}


@dataclass(frozen=True, slots=True)
class Rungs:
    """How far an alert was told, for the small picture: places told of the five, and the same in words."""

    told: tuple[bool, ...]
    words: str


def listed(
    found: Centre, wanted: Wanted, query: Mapping[str, Any], actor: Actor, today: date
) -> dict[str, Any]:
    """Return the values of the list's template."""
    where = Address.of("/alerts", {name: value for name, value in query.items() if name != "page"})
    return {
        "found": found,
        "where": where,
        "kept": {name: value for name, value in where.query if name != "owner"},
        "actions": _actions(actor),
        "mine_chip": _mine_chip(wanted, where),
        "who": WHO,
        "today": today,
        "chips": _chips(found, wanted, where),
        "rule_chips": _rule_chips(found, wanted, where),
        "owners": [Choice(str(each.id), f"{each.name} {each.count}") for each in found.owners],
        "owner": "" if wanted.owner is None else str(wanted.owner),
        "pages": Pages(wanted.page, SIZE, found.total),
        "standing_of": _standing_of,
        "rungs_of": rungs_of,
    }


def rungs_of(row: Row) -> Rungs | None:
    """Return the places told of the ladder's five; None for a rule that does not climb."""
    if not row.climbs:
        return None
    words = _("还没有告知谁") if row.highest is None else _("已告知到：%(who)s", who=WHO[row.highest])
    return Rungs(tuple(step in row.told for step in STEPS), words)


def shown(one: OneAlert, today: date) -> dict[str, Any]:
    """Return the values of one alert's template."""
    return {
        "one": one,
        "today": today,
        "picture": _picture(one.rungs, one.due_on, today),
        "events": [_event(line, one) for line in one.lines],
        "rung_name": rung_name,
    }


def _chips(found: Centre, wanted: Wanted, where: Address) -> list[Chip]:
    return [
        Chip(
            label,
            str(where.with_(standing=standing)),
            found.unresolved if standing is None else found.standings.get(standing, 0),
            chosen=wanted.standing is standing,
        )
        for standing, label in STANDINGS.items()
    ]


def _actions(actor: Actor) -> list[Link]:
    actions = []
    if actor.may(Permission.CONFIGURE_ALERTS):
        actions.append(Link(_("明天谁会收到什么"), "/alerts/preview"))
        actions.append(Link(_("预警规则"), "/alerts/rules"))
        actions.append(Link(_("试算一条规则"), "/alerts/try"))
    if actor.may(Permission.SEE_OPERATIONS):
        actions.append(Link(_("运行状态"), "/operations"))
    return actions


def _mine_chip(wanted: Wanted, where: Address) -> Chip:
    href = where.without("mine") if wanted.mine else where.with_(mine=True)
    return Chip(_("只看我的"), str(href), chosen=wanted.mine, removable=wanted.mine)


def _rule_chips(found: Centre, wanted: Wanted, where: Address) -> list[Chip]:
    chips = []
    for code in dict.fromkeys([*found.rules, *([wanted.rule] if wanted.rule in RULES else [])]):
        chosen = code == wanted.rule
        href = where.without("rule") if chosen else where.with_(rule=code)
        chips.append(Chip(RULES[code].title, str(href), found.rules.get(code, 0), chosen, removable=chosen))
    return chips


def _standing_of(row: Row) -> str:
    alert = row.alert
    if alert.resolved_on is not None:
        return _("%(day)s解决", day=yueri(alert.resolved_on))
    if alert.snoozed_until is not None:
        return _("暂不提醒到%(day)s", day=riqi(alert.snoozed_until))
    if row.note is not None:
        return _("%(who)s已知悉，到%(day)s", who=row.note.person, day=riqi(row.note.until))
    return _("未处理")


def _picture(rungs: Sequence[Rung], due: date, today: date) -> Ladder | None:
    if not rungs:
        return None
    places = [Place(each.day, rung_name(each.word), WHO[each.step], each.told) for each in rungs]
    return ladder(due, places, today)


def _event(line: Line, one: OneAlert) -> Event:
    when = riqi(line.day) if line.at is None else shike(line.at, one.offset)
    return Event(when, line.text, future=line.future, grave=line.grave)
