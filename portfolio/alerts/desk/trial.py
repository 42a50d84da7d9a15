"""Trying a rule out: what would it have said in the last 90 days, with these thresholds?

Milestones' dates are taken as they were known on each day; pauses stop the clock as they do in earnest.
A gap is counted once a week over all projects, from what they had on that day.
Mail starts and stops are left aside: the question is what the rule would say, not what was sent.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import calendar_days
from portfolio.access import Actor, Permission
from portfolio.alerts import snapshot
from portfolio.alerts.desk import past_gaps
from portfolio.alerts.rules.dates import SKIPPED_STAGES, MilestoneFacts
from portfolio.alerts.rules.known import NOT_TRIABLE, TRIABLE, Past, Spoken, spoken
from portfolio.alerts.rules.known_gaps import Gap, told_weekly
from portfolio.alerts.rules.ladder import week_word
from portfolio.alerts.rules.registry import RULES, Rule, Telling
from portfolio.alerts.sentences import Facts, places_of, rung_name, say
from portfolio.errors import Invalid
from portfolio.i18n import _
from portfolio.projects import scope
from portfolio.projects.models import (
    BaselineRow,
    BaselineState,
    BaselineVersion,
    Milestone,
    MilestoneDate,
    Project,
)
from portfolio.projects.rules.dates import PlannedDate, Precision, join
from portfolio.projects.rules.kinds import name_of
from portfolio.projects.rules.stages import Stage

WINDOW = timedelta(days=90)
MOST = 300


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing the rule would have said: when, of what, to whom, in which words. A gap's has no project code."""

    day: date
    project_code: str
    project: str
    rung: str
    who: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have said. `sayings` are the newest; `count` is all of them."""

    rule: Rule
    days: tuple[int, ...]
    first: date
    last: date
    sayings: tuple[Saying, ...]
    count: int
    projects: int
    busiest: tuple[date, int] | None


def try_out(db: Session, actor: Actor, code: str, days: tuple[int, ...], *, today: date) -> Trial:
    """Say what a rule would have said over the projects in sight. Raises Invalid, Refused."""
    actor.require(Permission.CONFIGURE_ALERTS)
    if code not in TRIABLE:
        why = NOT_TRIABLE.get(code, _("没有这条规则。"))
        raise Invalid(_("这条规则不能试算：%(why)s", why=why), {"rule": why})
    rule, first = RULES[code], today - WINDOW + timedelta(days=1)
    calendar = calendar_days.load(db)
    if rule.telling is Telling.WEEKLY:
        projects = past_gaps.read(db, actor, code, today=today)
        gaps = list(told_weekly(projects, first, today, calendar))
        lacking = {each for gap in gaps for each in gap.projects}
        return _trial(rule, (), first, today, [_saying_of_gap(rule, gap) for gap in gaps], len(lacking))
    _sensible(days)
    _all, stopped = snapshot.quiet_days(db)
    found: list[Saying] = []
    for row, past in _pasts(db, actor, today):
        quiet = stopped.get(row.project_id, ())
        found += [
            _saying(code, row, each) for each in spoken(code, past, days, first, today, calendar, quiet)
        ]
    return _trial(rule, days, first, today, found, len({saying.project_code for saying in found}))


def _trial(
    rule: Rule, days: tuple[int, ...], first: date, last: date, found: list[Saying], projects: int
) -> Trial:
    found.sort(key=lambda saying: (saying.day, saying.project), reverse=True)
    by_day = Counter(saying.day for saying in found)
    busiest = by_day.most_common(1)[0] if by_day else None
    return Trial(rule, days, first, last, tuple(found[:MOST]), len(found), projects, busiest)


def _saying_of_gap(rule: Rule, gap: Gap) -> Saying:
    sentence = say(Facts(rule=rule.code, today=gap.day, level=len(gap.projects))).sentence
    rung = week_word(gap.day)
    who = "、".join(places_of(rule.code, rung))
    return Saying(gap.day, "", rule.title, rung_name(rung), who, sentence)


def read_days(text: str) -> tuple[int, ...]:
    """Read thresholds as people write them: `30, 7, 1`. Raises Invalid."""
    parts = text.replace("，", ",").replace("、", ",").split(",")
    try:
        return tuple(int(part) for part in parts if part.strip())
    except ValueError:
        sentence = _("“%(text)s”里有不是整数的天数。请写成 30, 7, 1。", text=text)
        raise Invalid(sentence, {"days": sentence}) from None


def _sensible(days: Sequence[int]) -> None:
    if not days or len(days) > 6 or any(not 0 <= each <= 365 for each in days):
        sentence = _("请填 1 到 6 个天数，每个在 0 到 365 之间。")
        raise Invalid(sentence, {"days": sentence})


def _pasts(db: Session, actor: Actor, today: date) -> list[tuple[Any, Past]]:
    rows = db.execute(
        sa.select(
            col(Milestone.id), col(Milestone.project_id), col(Milestone.kind), col(Milestone.label),
            col(Milestone.applied_on), col(Milestone.accepted_on), col(Milestone.baseline),
            col(Milestone.baseline_precision), col(Milestone.forecast), col(Milestone.forecast_precision),
            col(Project.code), col(Project.name), col(Project.stage),
        )
        .join(Project, col(Project.id) == col(Milestone.project_id))
        .where(
            col(Milestone.withdrawn_at).is_(None),
            col(Project.stage).not_in([Stage(each) for each in sorted(SKIPPED_STAGES)]),
            col(Milestone.project_id).in_(scope.visible(actor, today=today)),
        )
    ).all()  # fmt: skip
    baselines, dates = _baselines(db), _dates(db)
    pasts = []
    for row in rows:
        facts = MilestoneFacts(applied_on=row.applied_on, accepted_on=row.accepted_on, stage=row.stage.value)
        # A baseline that no version explains was there from the start.
        logged = baselines.get(row.id or 0) or [(date.min, row.baseline)]
        past = Past(facts, logged, dates.get((row.id, "forecast"), ()), dates.get((row.id, "actual"), ()))
        pasts.append((row, past))
    return pasts


def _baselines(db: Session) -> Mapping[int, list[tuple[date, date | None]]]:
    known = sa.func.coalesce(col(BaselineVersion.decided_on), col(BaselineVersion.known_on))
    rows = db.execute(
        sa.select(col(BaselineRow.milestone_id), known.label("known"), col(BaselineRow.day))
        .join(BaselineVersion, col(BaselineVersion.id) == col(BaselineRow.version_id))
        .where(col(BaselineVersion.state) == BaselineState.APPROVED)
        .order_by(known, col(BaselineVersion.no))
    )
    found: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for row in rows:
        found[row.milestone_id].append((row.known, row.day))
    return found


def _dates(db: Session) -> Mapping[tuple[int | None, str], list[tuple[date, date | None]]]:
    rows = db.execute(
        sa.select(
            col(MilestoneDate.milestone_id), col(MilestoneDate.field),
            col(MilestoneDate.known_on), col(MilestoneDate.day),
        ).order_by(col(MilestoneDate.known_on), col(MilestoneDate.id))
    )  # fmt: skip
    found: dict[tuple[int | None, str], list[tuple[date, date | None]]] = defaultdict(list)
    for row in rows:
        found[row.milestone_id, row.field].append((row.known_on, row.day))
    return found


def _saying(code: str, row: Any, each: Spoken) -> Saying:
    day, rung, known = each.day, each.rung, each.facts
    facts = Facts(
        rule=code,
        today=day,
        milestone=name_of(row.kind, row.label),
        due=_dated(known.baseline, row.baseline, row.baseline_precision),
        forecast=_dated(known.forecast, row.forecast, row.forecast_precision),
        applied_on=known.applied_on,
        days=_days(code, known, day),
    )
    who = "、".join(places_of(code, rung))
    return Saying(day, row.code, row.name, rung_name(rung), who, say(facts).sentence)


def _dated(day: date | None, now: date | None, precision: Precision | None) -> PlannedDate | None:
    """A day as it was known; as exact as it is today if it is still the same, else to the day."""
    exact = precision if precision is not None and day == now else Precision.DAY
    return join(day, exact if day else None)


def _days(code: str, known: MilestoneFacts, day: date) -> int:
    match code:
        case "milestone_overdue" if known.baseline:
            return (day - known.baseline).days
        case "milestone_due" if known.baseline:
            return (known.baseline - day).days
        case "milestone_slipping" if known.baseline and known.forecast:
            return (known.forecast - known.baseline).days
        case "gate_stuck" if known.applied_on:
            return (day - known.applied_on).days
        case _:
            return 0
