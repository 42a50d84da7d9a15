"""One alert: what it says, its ladder, every transition in words, who was told, and what one may do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import installation
from portfolio.access import Actor
from portfolio.alerts import configuration, reading
from portfolio.alerts.desk import climbing, reach
from portfolio.alerts.desk.centre import Note
from portfolio.alerts.desk.climbing import Rung
from portfolio.alerts.desk.deliveries import Delivery, deliveries
from portfolio.alerts.models import Alert, AlertAck, AlertEvent, AlertState
from portfolio.alerts.reading import AlertView
from portfolio.alerts.rules.registry import RULES
from portfolio.alerts.sentences import places_of, rung_name, say_settled
from portfolio.i18n import _
from portfolio.people.models import Person
from portfolio.projects.models import Project


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history: when, what, and whether it is still to come or grave."""

    day: date
    at: datetime | None
    text: str
    future: bool = False
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One person with how many mails about this alert arrived, and how the last one went."""

    name: str
    mails: int
    last: str
    arrived: bool


@dataclass(frozen=True, slots=True)
class OneAlert:
    """All that the page of one alert shows."""

    alert: AlertView
    version: int
    project_code: str
    due_on: date
    rungs: tuple[Rung, ...]
    lines: tuple[Line, ...]
    deliveries: tuple[Delivery, ...]
    told: tuple[Told, ...]
    notes: tuple[Note, ...]
    may_acknowledge: bool
    may_comment: bool
    may_snooze: bool
    offset: timedelta

    @property
    def is_open(self) -> bool:
        """Whether anything can still be done about it."""
        return self.alert.state is not AlertState.RESOLVED


@dataclass(frozen=True, slots=True)
class _Mailed:
    """The mails of one day about one rung: to whom they went, and how."""

    day: date
    at: datetime | None
    words: str

    def alone(self, rung: str) -> Line:
        """A line of its own, where no transition of that day tells of the rung."""
        return Line(self.day, self.at, _("%(rung)s：%(words)s", rung=rung_name(rung), words=self.words))


def one(db: Session, actor: Actor, alert_id: int, *, today: date) -> OneAlert:
    """Read one alert within the actor's sight; raises NotFound."""
    return read(db, actor, reach.find(db, actor, alert_id, today=today), today=today)


def read(db: Session, actor: Actor, alert: Alert, *, today: date) -> OneAlert:
    """Read an alert that was found by whatever right of sight."""
    (view,) = reading.views(db, reading.selection().where(col(Alert.id) == alert.id), today)
    rungs = climbing.rungs(db, alert, today=today)
    sent = deliveries(db, view.id)
    mails = _mails(sent)
    events = [*_events(db, alert, view, mails)][::-1]  # those of one instant: the later first
    alone = [mail.alone(rung) for (_day, rung), mail in mails.items()]
    lines = [*events, *_ahead(rungs, view.rule), *alone]
    return OneAlert(
        alert=view,
        version=alert.version,
        project_code=_code(db, view.project_id),
        due_on=alert.due_on or alert.opened_on,
        rungs=rungs,
        lines=tuple(sorted(lines, key=_newest_first, reverse=True)),
        deliveries=sent,
        told=tuple(_told(sent)),
        notes=_notes(db, alert, today),
        may_acknowledge=actor.person_id is not None and reach.may_acknowledge(db, actor, alert, today=today),
        may_comment=reach.may_comment(db, actor, alert, today=today),
        may_snooze=reach.may_snooze(db, actor, alert, today=today),
        offset=installation.offset(db),
    )


def _newest_first(line: Line) -> tuple[bool, date, float]:
    return line.future, line.day, line.at.timestamp() if line.at else 0.0


def _events(
    db: Session, alert: Alert, view: AlertView, mails: dict[tuple[date, str], _Mailed]
) -> Iterable[Line]:
    """The transitions; a rung that was mailed the same day takes its mails' line up."""
    rows = db.execute(
        sa.select(AlertEvent).where(col(AlertEvent.alert_id) == alert.id).order_by(col(AlertEvent.seq))
    ).scalars()
    days = configuration.load(db).days(RULES[alert.rule])
    for row in rows:
        if row.kind != "rung":
            yield Line(row.day, row.at, _event(row, view, days))
        if row.kind == "rung" or (row.kind == "opened" and row.rung):
            yield _rung(row, view, mails.pop((row.day, row.rung), None))


def _rung(row: AlertEvent, view: AlertView, mail: _Mailed | None) -> Line:
    """A rung that was reached, alone or together with the opening."""
    who = "、".join(places_of(view.rule, row.rung))
    text = _("%(rung)s：应告知%(who)s。", rung=rung_name(row.rung), who=who)
    grave = row.rung[:1] == "4"
    return Line(row.day, mail.at if mail else row.at, text + (mail.words if mail else ""), grave=grave)


def _event(row: AlertEvent, view: AlertView, days: Sequence[int]) -> str:
    rule = RULES[view.rule]
    match row.kind:
        case "opened":
            threshold = str(max(days, default=0))
            text = _("预警开始：%(why)s", why=rule.condition.replace("N", threshold))
            return text if row.episode == 1 else _("第 %(n)s 次发生。%(text)s", n=row.episode, text=text)
        case "worsened":
            return _("情况加重。")
        case "moved":
            return _("日期或数据改变，按新的重算。")
        case "woken":
            return _("暂不提醒到期，恢复提醒。")
        case "resolved":
            return _("预警解除：%(how)s", how=_settled(view, row.detail))
        case "unsnoozed":
            return _("%(who)s结束了暂不提醒。", who=row.actor)
        case _:
            return _("%(who)s：%(words)s", who=row.actor, words=row.detail)


def _settled(view: AlertView, outcome: str) -> str:
    if outcome == "replaced":
        return _("已经逾期，改由“节点逾期”提醒。")
    return say_settled(replace(view.facts, outcome=outcome)).sentence


def _mails(sent: Sequence[Delivery]) -> dict[tuple[date, str], _Mailed]:
    grouped: dict[tuple[date, str], list[Delivery]] = {}
    for each in sent:
        grouped.setdefault((each.period, each.rung), []).append(each)
    return {key: _mailed(key[0], several) for key, several in grouped.items()}


def _mailed(day: date, several: Sequence[Delivery]) -> _Mailed:
    who = "、".join(_how(each) for each in several)
    notes = dict.fromkeys(each.missing for each in several if each.missing)
    at = min(each.sent_at or each.due_at for each in several)
    return _Mailed(day, at, _("%(who)s。", who=who) + "".join(notes))


def _how(each: Delivery) -> str:
    name = each.recipient
    if each.stands_in_for:
        name = _("%(name)s（代%(whom)s）", name=name, whom=each.stands_in_for)
    if each.arrived and each.attempts > 1:
        return _("%(name)s%(how)s，试了 %(n)s 次", name=name, how=each.outcome, n=each.attempts)
    return f"{name}{each.outcome}"


def _ahead(rungs: Sequence[Rung], rule: str) -> Iterable[Line]:
    for each in rungs:
        if not each.told:
            who = "、".join(places_of(rule, each.word))
            text = _("若仍未完成，将告知%(who)s：%(rung)s。", who=who, rung=rung_name(each.word))
            if each.provisional:
                text += _("这一年的放假安排还没有确认，日期为推算。")
            yield Line(each.day, None, text, future=True)


def _told(sent: Sequence[Delivery]) -> Iterable[Told]:
    """Each person once, in the order in which they first heard."""
    by_person: dict[int, list[Delivery]] = {}
    for each in reversed(sent):
        by_person.setdefault(each.recipient_id, []).append(each)
    for several in by_person.values():
        mails = {each.notification_id for each in several if each.arrived}
        last = several[-1]
        yield Told(last.recipient, len(mails), last.outcome, last.arrived)


def _notes(db: Session, alert: Alert, today: date) -> tuple[Note, ...]:
    rows = db.execute(
        sa.select(col(Person.name), col(AlertAck.until))
        .join(Person, col(Person.id) == col(AlertAck.person_id))
        .where(
            col(AlertAck.alert_id) == alert.id,
            col(AlertAck.episode) == alert.episode,
            col(AlertAck.until) >= today,
        )
        .order_by(col(AlertAck.until), col(Person.id))
    )
    return tuple(Note(row.name, row.until) for row in rows)


def _code(db: Session, project_id: int | None) -> str:
    if project_id is None:
        return ""
    return db.execute(sa.select(col(Project.code)).where(col(Project.id) == project_id)).scalar_one()
