"""Whether mails go out at all: the mail start, stops for all or for one project, and what holds them.

Without a mail start there is no rung clock and nothing is mailed. The days of a stop count for no rung.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, installation
from portfolio.access import Actor, Permission
from portfolio.alerts import message_ids
from portfolio.alerts.snapshot import MAIL_START, STOPS
from portfolio.audit import Change
from portfolio.database import Database
from portfolio.errors import Conflict, Invalid
from portfolio.models import Setting

Stop = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Mailing:
    """How mailing stands. `stopped` is the reason of a running stop, `held` why a copy mails nothing."""

    start: date | None
    stopped: str = ""
    held: str = ""

    def may_send(self, today: date) -> bool:
        """Whether digests may leave today."""
        return self.start is not None and self.start <= today and not self.stopped and not self.held

    def reason(self, today: date) -> str:
        """Say why nothing goes out; empty when it does."""
        if self.held:
            return f"邮件被扣留：{self.held}。看过 alerts preview 后用 alerts start 放行。"
        if self.start is None:
            return "还没有设定邮件启用日，不发邮件。用 alerts start 启用。"
        if self.start > today:
            return f"邮件从 {self.start} 起发送。"
        if self.stopped:
            return f"邮件已暂停：{self.stopped}。用 alerts start 恢复。"
        return ""


def state(db: Session, today: date) -> Mailing:
    """Read how mailing stands on a day."""
    start = installation.get(db, MAIL_START)
    running = [stop for stop in stops(db) if stop[0] <= today.isoformat() <= (stop[1] or "9999")]
    return Mailing(
        date.fromisoformat(start) if start else None,
        running[0][2] if running else "",
        installation.get(db, installation.MAIL_HELD) or "",
    )


def stops(db: Session, scope: str = installation.WHOLE) -> list[Stop]:
    """Return the stops of all mails, or those of `project:<id>`: first day, last day or None, reason."""
    return [
        (first, last, reason)
        for first, last, reason in json.loads(installation.get(db, STOPS, scope) or "[]")
    ]


def start(db: Session, actor: Actor, on: date, *, today: date) -> str:
    """Set the mail start, or end a running stop, and release what a restored database holds.

    Returns what was done, in words. Raises Invalid for a day that has passed.
    """
    actor.require(Permission.RUN_ALERTS)
    if on < today:
        raise Invalid(f"启用日 {on} 已经过去。请用今天（{today}）或之后的日期。")
    now = state(db, today)
    done = []
    if now.held:
        installation.put(db, installation.MAIL_HELD, "")
        message_ids.draw_anew(db)
        done.append("已放行恢复后扣留的邮件")
    if now.start is None or now.start > today:
        installation.put(db, MAIL_START, on.isoformat())
        done.append(f"邮件从 {on} 起发送")
    elif now.stopped:
        _end_stops(db, on - timedelta(days=1))
        done.append(f"邮件从 {on} 起恢复发送")
    if not done:
        raise Conflict(f"邮件已经在发送（{now.start} 起），没有什么要启用。")
    _log(db, actor, "alerts.start", {"on": on.isoformat()}, "")
    return "；".join(done) + "。"


def stop(db: Session, actor: Actor, reason: str, *, today: date, project_id: int | None = None) -> None:
    """Stop all mails, or those about one project, from today until `start`; a reason is required."""
    actor.require(Permission.RUN_ALERTS)
    if not reason.strip():
        raise Invalid("暂停邮件要写明原因。", {"reason": "请写明原因。"})
    scope = installation.WHOLE if project_id is None else f"project:{project_id}"
    known = stops(db, scope)
    if any(last is None for _, last, _ in known):
        raise Conflict("邮件已经暂停。")
    installation.put(
        db, STOPS, json.dumps([*known, (today.isoformat(), None, reason)], ensure_ascii=False), scope
    )
    _log(db, actor, "alerts.stop", {"scope": scope}, reason)


def settle(database: Database, actor: Actor) -> bool:
    """Hold the mail of a database that lies elsewhere than before: it is a copy, and its original still sends.

    Asked once by each process that evaluates or sends, before it does. True when it holds now.
    """
    with database.reading() as db:
        if installation.is_settled(db):
            return False
    with database.writing() as db:
        held = installation.settle(db)
        if held:
            _log(db, actor, "alerts.hold", {"held": installation.COPIED}, installation.COPIED)
    return held


def resume_project(db: Session, actor: Actor, project_id: int, *, today: date) -> None:
    """End the stop of one project's mails."""
    actor.require(Permission.RUN_ALERTS)
    _end_stops(db, today - timedelta(days=1), f"project:{project_id}")
    _log(db, actor, "alerts.start", {"scope": f"project:{project_id}"}, "")


def stopped_projects(db: Session, today: date) -> frozenset[int]:
    """The projects whose mails are stopped today."""
    rows = db.execute(
        sa.select(col(Setting.scope), col(Setting.value)).where(
            col(Setting.key) == STOPS, col(Setting.scope).like("project:%")
        )
    )
    day = today.isoformat()
    return frozenset(
        int(scope.removeprefix("project:"))
        for scope, value in rows
        if any(first <= day <= (last or "9999") for first, last, _reason in json.loads(value))
    )


def _end_stops(db: Session, last: date, scope: str = installation.WHOLE) -> None:
    ended = [(first, until or last.isoformat(), reason) for first, until, reason in stops(db, scope)]
    kept = [stop for stop in ended if stop[0] <= stop[1]]
    installation.put(db, STOPS, json.dumps(kept, ensure_ascii=False), scope)


def _log(db: Session, actor: Actor, action: str, after: dict[str, str], reason: str) -> None:
    audit.record(db, actor, Change("mailing", "mail", action, after=after, reason=reason))
