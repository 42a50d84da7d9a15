"""Alerts with all that their sentences need, read in one query and turned into facts for a day; who answers for them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.alerts.models import Alert, AlertState
from portfolio.alerts.rules.audience import Subject
from portfolio.alerts.rules.registry import RULES, About
from portfolio.alerts.sentences import Facts, Said, say, say_settled
from portfolio.i18n import _
from portfolio.people.models import Organisation, Person
from portfolio.projects import duties
from portfolio.projects.models import Duty, DutyKind, Milestone, Pause, PauseState, Project
from portfolio.projects.rules.dates import PlannedDate, Precision, join
from portfolio.projects.rules.kinds import name_of
from portfolio.projects.rules.lateness import Interval, days_covered, is_paused

ONE = 1
OPERATIONS = {
    1: "有邮件没有送到收件人，请到运行状态页查看死信。",
    2: "有定时任务失败，请到运行状态页查看原因。",
    3: "定时任务停了 15 分钟以上，停的时候该发的已经补上；请到运行状态页看停了多久，并检查调度进程。",
    4: "明年的放假和调休安排还没有确认，请录入国务院办公厅的通知。",
    5: "重点项目办没有一个可以收到通知的人，无人负责的事项现在报不出去，请更正人员或邮箱。",
}


OPERATION_NAMES = {
    1: "死信",
    2: "定时任务失败",
    3: "定时任务停过",
    4: "明年放假安排未确认",
    5: "重点项目办无人可通知",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """Who answers: the project's responsible unit, and the milestone's own owner where it has one."""

    subject: Subject
    unit: str = ""
    owner: str = ""

    @property
    def words(self) -> str:
        """Say it; empty where no project is concerned."""
        if not self.subject.project_id:
            return ""
        unit = _("责任单位：%(unit)s", unit=self.unit) if self.unit else _("还没有责任单位")
        return _("节点由%(owner)s负责；%(unit)s", owner=self.owner, unit=unit) if self.owner else unit


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert as mails and pages show it."""

    id: int
    rule: str
    title: str
    state: AlertState
    rung: str
    episode: int
    project_id: int | None
    milestone_id: int | None
    name: str
    opened_on: date
    first_seen_on: date
    snoozed_until: date | None
    resolved_on: date | None
    days: int
    facts: Facts
    answers: Answers

    @property
    def said(self) -> Said:
        """The lamp, the fact and the sentence."""
        return say_settled(self.facts) if self.state is AlertState.RESOLVED else say(self.facts)

    @property
    def gravity(self) -> tuple[int, int]:
        """Worst first: red before amber, among amber what will turn red, then by days."""
        turns_red = RULES[self.rule].lamp == "red"
        return (0 if self.said.level == "red" else 1 if turns_red else 2, -self.days)


_Unit, _Owner, _OwnersUnit = aliased(Organisation), aliased(Person), aliased(Organisation)
COLUMNS: tuple[Any, ...] = (
    Alert, col(Project.name).label("project_name"), col(Milestone.kind), col(Milestone.label),
    col(Milestone.baseline), col(Milestone.baseline_precision), col(Milestone.forecast),
    col(Milestone.forecast_precision), col(Milestone.applied_on),
    col(Milestone.owner_organisation_id), col(Milestone.owner_person_id), col(_Unit.name).label("owner_unit"),
    col(_Owner.name).label("owner_person"), col(_OwnersUnit.name).label("owners_unit"),
)  # fmt: skip


def selection() -> Any:
    """Select alerts with what their sentences need; add conditions to it."""
    return (
        sa.select(*COLUMNS)
        .select_from(Alert)
        .outerjoin(Project, col(Project.id) == col(Alert.project_id))
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .outerjoin(_Unit, col(_Unit.id) == col(Milestone.owner_organisation_id))
        .outerjoin(_Owner, col(_Owner.id) == col(Milestone.owner_person_id))
        .outerjoin(_OwnersUnit, col(_OwnersUnit.id) == col(_Owner.organisation_id))
    )


def views(db: Session, statement: Any, today: date) -> list[AlertView]:
    """Run a selection and say what each alert's facts are today."""
    rows = db.execute(statement).all()
    projects = {row.Alert.project_id for row in rows if row.Alert.project_id}
    beside = _Beside(
        _pauses(db, projects), _names(db, [row.Alert for row in rows]), _units(db, projects, today)
    )
    return [_view(row, beside, today) for row in rows]


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands in no row of an alert: pauses and responsible units by project, names by rule and subject."""

    pauses: Mapping[int, list[Interval]]
    names: Mapping[tuple[str, int], str]
    units: Mapping[int, str]


def _view(row: Any, beside: _Beside, today: date) -> AlertView:
    alert: Alert = row.Alert
    own = beside.pauses.get(alert.project_id or 0, [])
    facts = Facts(
        rule=alert.rule,
        today=today,
        milestone=name_of(row.kind, row.label) if row.kind else "",
        due=_due(alert, row),
        forecast=join(row.forecast, row.forecast_precision),
        applied_on=row.applied_on,
        days=_days(alert, row, own, today),
        level=alert.level,
        paused=is_paused(own, today),
        outcome=alert.outcome,
        subject=beside.names.get((alert.rule, alert.subject_id), ""),
    )
    title = RULES[alert.rule].title
    return AlertView(
        id=alert.id or 0,
        rule=alert.rule,
        title=title,
        state=alert.state,
        rung=alert.rung,
        episode=alert.episode,
        project_id=alert.project_id,
        milestone_id=alert.milestone_id,
        name=row.project_name or _named(alert, facts) or title,
        opened_on=alert.opened_on,
        first_seen_on=alert.first_seen_on,
        snoozed_until=alert.snoozed_until,
        resolved_on=alert.resolved_on,
        days=facts.days,
        facts=facts,
        answers=_answers(row, beside.units.get(alert.project_id or 0, "")),
    )


def _answers(row: Any, unit: str) -> Answers:
    person = row.owner_person or ""
    if person and row.owners_unit:
        person = _("%(person)s（%(unit)s）", person=person, unit=row.owners_unit)
    subject = Subject(row.Alert.project_id or 0, row.owner_organisation_id or 0, row.owner_person_id or 0)
    return Answers(subject, unit, person or row.owner_unit or "")


def _named(alert: Alert, facts: Facts) -> str:
    """The subject's name: a unit, a person, or in few words what is wrong with the system."""
    about_system = RULES[alert.rule].about is About.OPERATION
    return OPERATION_NAMES.get(alert.subject_id, "") if about_system else facts.subject


def _due(alert: Alert, row: Any) -> PlannedDate | None:
    if alert.rule == "promise_at_risk":
        return join(alert.due_on, Precision.DAY)
    return join(row.baseline, row.baseline_precision)


def _days(alert: Alert, row: Any, pauses: list[Interval], today: date) -> int:
    """The number that the sentence carries: days overdue, to go, late or waiting; pauses taken off."""
    baseline: date | None = row.baseline
    forecast: date | None = row.forecast
    applied: date | None = row.applied_on
    match alert.rule:
        case "milestone_overdue" if baseline is not None:
            first = date.fromordinal(baseline.toordinal() + ONE)
            return max(0, (today - baseline).days - days_covered(pauses, first, today))
        case "milestone_due" if baseline is not None:
            return max(0, (baseline - today).days)
        case "milestone_slipping" if forecast is not None and baseline is not None:
            return (forecast - baseline).days
        case "promise_at_risk" if forecast is not None and alert.due_on is not None:
            return (forecast - alert.due_on).days
        case "gate_stuck" if applied is not None:
            return (today - applied).days
        case _:
            return (today - alert.opened_on).days


def _pauses(db: Session, project_ids: set[int]) -> dict[int, list[Interval]]:
    found: dict[int, list[Interval]] = defaultdict(list)
    if project_ids:
        rows = db.execute(
            sa.select(col(Pause.project_id), col(Pause.starts_on), col(Pause.ends_on)).where(
                col(Pause.project_id).in_(project_ids),
                col(Pause.state).in_((PauseState.RUNNING, PauseState.ENDED)),
            )
        )
        for project, first, last in rows:
            found[project].append(Interval(first, last))
    return found


def _units(db: Session, project_ids: set[int], today: date) -> dict[int, str]:
    """The names of the responsible units."""
    if not project_ids:
        return {}
    rows: Any = db.execute(
        sa.select(col(Duty.project_id), col(Organisation.name))
        .join(Organisation, col(Organisation.id) == col(Duty.organisation_id))
        .where(
            col(Duty.project_id).in_(project_ids), col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT,
            duties.valid_on(today),
        )
        .order_by(col(Duty.id))
    )  # fmt: skip
    return dict(rows.all())


def _names(db: Session, alerts: Iterable[Alert]) -> dict[tuple[str, int], str]:
    """Names of subjects that are neither projects nor milestones: units, people, operations."""
    names: dict[tuple[str, int], str] = {}
    wanted: dict[About, list[Alert]] = defaultdict(list)
    for alert in alerts:
        wanted[RULES[alert.rule].about].append(alert)
    for about, table in ((About.ORGANISATION, Organisation), (About.PERSON, Person)):
        own = wanted[about]
        if own:
            ids = {alert.subject_id for alert in own}
            known: Any = db.execute(
                sa.select(table.id, table.name).where(col(table.id).in_(ids))  # type: ignore[call-overload]
            )
            by_id = dict(known.all())
            names |= {(alert.rule, alert.subject_id): by_id.get(alert.subject_id, "") for alert in own}
    for alert in wanted[About.OPERATION]:
        names[alert.rule, alert.subject_id] = OPERATIONS.get(alert.subject_id, "")
    return names
