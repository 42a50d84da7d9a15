"""What people do with an alert: take note of it, keep it quiet for a while, say something about it.

Alerts are resolved by the facts, never by hand. Every step is an event of the alert; those events are
its audit. Acknowledging is quiet for that person (and for whom the person stands in) and never stops the climb to others.
"""

from datetime import date, datetime, timedelta
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.alerts import bulk
from portfolio.alerts.desk import reach
from portfolio.alerts.models import Alert, AlertAck, AlertEvent, AlertState
from portfolio.database import check_version, insert
from portfolio.errors import Conflict, Invalid, Refused
from portfolio.i18n import _
from portfolio.rendering.filters import riqi

LONGEST = timedelta(days=92)
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]


class AcknowledgeIn(BaseModel):
    """Taking note until a date, with a comment."""

    model_config = ConfigDict(extra="forbid")
    until: date
    comment: Words = ""
    version: int | None = None


class SnoozeIn(BaseModel):
    """Keeping an alert quiet for everyone until a date, with the reason."""

    model_config = ConfigDict(extra="forbid")
    until: date
    reason: Words = ""
    version: int | None = None


class CommentIn(BaseModel):
    """Words about an alert, for everyone who sees it."""

    model_config = ConfigDict(extra="forbid")
    comment: Words = ""


def acknowledge(
    db: Session, actor: Actor, alert_id: int, filled: AcknowledgeIn, *, today: date, now: datetime
) -> None:
    """Take note until a date: quiet for this person until then. Raises Refused, Conflict, Invalid."""
    if not actor.may(Permission.ACKNOWLEDGE_ALERT) and not reach.was_told(db, actor, alert_id):
        raise _not_yours()
    alert = reach.find(db, actor, alert_id, today=today)
    acknowledge_found(db, actor, alert, filled, today=today, now=now)


def acknowledge_found(
    db: Session, actor: Actor, alert: Alert, filled: AcknowledgeIn, *, today: date, now: datetime
) -> None:
    """Take note of an alert that was found by its own right of sight: a mail's link shows one alone."""
    if actor.person_id is None or not reach.may_acknowledge(db, actor, alert, today=today):
        raise _not_yours()
    check_version(filled.version, alert.version)
    _must_be_open(alert)
    _within("until", filled.until, today)
    if not filled.comment:
        raise Invalid(_("请写一句怎么办、谁在办。"), {"comment": _("请写一句怎么办、谁在办。")})
    for person in sorted(reach.stood_in_for(db, actor, alert)):
        values = {
            "alert_id": alert.id, "person_id": person, "episode": alert.episode,
            "until": filled.until, "comment": filled.comment, "at": now,
        }  # fmt: skip
        db.execute(
            insert(db, AlertAck)
            .values(values)
            .on_conflict_do_update(index_elements=["alert_id", "person_id"], set_=values)
        )
    # What becomes due to this person meanwhile is due on the day after.
    sooner = min(filter(None, (alert.next_on, filled.until + timedelta(days=1))))
    words = _("知悉并跟进到%(day)s：%(words)s", day=riqi(filled.until), words=filled.comment)
    _step(db, actor, alert, "acknowledged", words, today=today, now=now, next_on=sooner)


def snooze(db: Session, actor: Actor, alert_id: int, filled: SnoozeIn, *, today: date, now: datetime) -> None:
    """Keep an alert quiet for everyone until a date; the key-projects office alone, with a reason."""
    alert = reach.find(db, actor, alert_id, today=today)
    if not reach.may_snooze(db, actor, alert, today=today):
        raise _not_yours()
    check_version(filled.version, alert.version)
    _must_be_open(alert)
    _within("until", filled.until, today)
    if not filled.reason:
        raise Invalid(_("暂不提醒要写明理由。"), {"reason": _("暂不提醒要写明理由。")})
    words = _("暂不提醒到%(day)s：%(words)s", day=riqi(filled.until), words=filled.reason)
    _step(
        db, actor, alert, "snoozed", words, today=today, now=now,
        state=AlertState.SNOOZED, snoozed_until=filled.until,
    )  # fmt: skip


def end_snooze(db: Session, actor: Actor, alert_id: int, *, today: date, now: datetime) -> None:
    """Let an alert speak again before its date; what became due meanwhile is due at once."""
    alert = reach.find(db, actor, alert_id, today=today)
    if not reach.may_snooze(db, actor, alert, today=today):
        raise _not_yours()
    if alert.state is not AlertState.SNOOZED:
        raise Conflict(_("这件预警没有暂停提醒。请刷新页面再看。"))
    _step(
        db, actor, alert, "unsnoozed", "", today=today, now=now,
        state=AlertState.FIRING, snoozed_until=None, next_on=today,
    )  # fmt: skip


def comment(
    db: Session, actor: Actor, alert_id: int, filled: CommentIn, *, today: date, now: datetime
) -> None:
    """Say something about an alert; it stands in its history, also after it is resolved."""
    alert = reach.find(db, actor, alert_id, today=today)
    if not reach.may_comment(db, actor, alert, today=today):
        raise _not_yours()
    if not filled.comment:
        raise Invalid(_("留言是空的。"), {"comment": _("留言是空的。")})
    _step(db, actor, alert, "commented", filled.comment, today=today, now=now)


def _not_yours() -> Refused:
    return Refused(_("这件预警您可以看，但这一步不归您办。需要时请找重点项目办。"))


def _must_be_open(alert: Alert) -> None:
    if alert.state is AlertState.RESOLVED:
        raise Conflict(_("这件预警已经解决，没有什么要办。请刷新页面再看。"))


def _within(field: str, until: date, today: date) -> None:
    if until <= today:
        sentence = _("日期要在今天（%(today)s）之后。", today=riqi(today))
        raise Invalid(sentence, {field: sentence})
    if until > today + LONGEST:
        latest = riqi(today + LONGEST)
        sentence = _("最长三个月，请填%(latest)s或更早的日期。", latest=latest)
        raise Invalid(sentence, {field: sentence})


def _step(
    db: Session,
    actor: Actor,
    alert: Alert,
    kind: str,
    detail: str,
    *,
    today: date,
    now: datetime,
    **values: object,
) -> None:
    """Move the alert's version by compare-and-set and log the step under the number it got."""
    moved = bulk.changed(
        db,
        sa.update(Alert)
        .where(col(Alert.id) == alert.id, col(Alert.version) == alert.version)
        .values(version=alert.version + 1, **values),
    )
    if not moved:
        raise Conflict(_("这件预警刚被别人或系统改过。请刷新页面，看过新的内容再办。"))
    db.execute(
        sa.insert(AlertEvent),
        [{
            "alert_id": alert.id, "seq": alert.version + 1, "episode": alert.episode, "kind": kind,
            "rung": alert.rung, "day": today, "at": now, "actor": actor.name, "detail": detail,
        }],
    )  # fmt: skip
    db.expire(alert)
