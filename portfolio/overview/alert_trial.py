"""Looking ahead and back: who would get what on a coming day, and what a rule would have said."""

from datetime import date, datetime, timedelta
from typing import Any

from portfolio import calendar_days
from portfolio.access import Actor, Permission
from portfolio.alerts.desk import previewing, trial
from portfolio.alerts.rules.known import NOT_TRIABLE, TRIABLE
from portfolio.alerts.rules.registry import RULES
from portfolio.database import Database
from portfolio.errors import Invalid, Refused
from portfolio.i18n import _
from portfolio.rendering.filters import riqi
from portfolio.rendering.parts import Choice

FARTHEST = timedelta(days=60)


def coming(
    database: Database, actor: Actor, on: date | None, *, today: date, now: datetime, sender: str
) -> dict[str, Any]:
    """Return who would get what on a day, by default the next working day. Writes nothing."""
    if not actor.may_everywhere(Permission.SEE_PROJECTS):
        raise Refused(_("这里列出所有人会收到的事项，只有看得到全部项目的人能看。"))
    with database.reading() as db:
        day = on or calendar_days.load(db).after(today)
    if not today <= day <= today + FARTHEST:
        raise Invalid(
            _("请选今天到%(latest)s之间的一天。", latest=riqi(today + FARTHEST)),
            {"on": _("日期不在范围内。")},
        )
    envelopes = previewing.preview(database, day, now, sender=sender)
    return {"day": day, "envelopes": envelopes, "lines": sum(len(each.lines) for each in envelopes)}


def tried(database: Database, actor: Actor, code: str, days: str, *, today: date) -> dict[str, Any]:
    """Return what a rule would have said in the last 90 days; without thresholds with its defaults."""
    chosen = code or "milestone_overdue"
    wanted = trial.read_days(days) if days.strip() else RULES[chosen].defaults if chosen in RULES else ()
    with database.reading() as db:
        done = trial.try_out(db, actor, chosen, wanted, today=today)
    return {
        "trial": done,
        "rules": [Choice(each, RULES[each].title) for each in TRIABLE],
        "untried": [(RULES[each].title, why) for each, why in NOT_TRIABLE.items()],
        "days": ", ".join(str(each) for each in done.days),
    }
