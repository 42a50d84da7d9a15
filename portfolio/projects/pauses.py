"""Pauses (暂停): intervals in which overdue days and the ladder stand still. Asked, accepted, ended.

A pause touches days only: amounts and plans run on, and the stage stays.
"""

from datetime import date
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, clock
from portfolio.access import Actor, Permission
from portfolio.audit import Change
from portfolio.database import check_version
from portfolio.errors import Conflict, Invalid, NotFound
from portfolio.i18n import _
from portfolio.projects import scope
from portfolio.projects.models import Pause, PauseState
from portfolio.projects.rules.lateness import Interval

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=400)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]
# Their days are taken off; one that was only asked for, or refused, takes off nothing.
COUNTED = (PauseState.RUNNING, PauseState.ENDED)


class PauseIn(BaseModel):
    """A pause that is asked for. `starts_on` may lie back; `ends_on` is the last day, if known."""

    model_config = ConfigDict(extra="forbid")
    project_id: int
    reason: Reason
    document: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    starts_on: date
    ends_on: date | None = None


class PauseDecision(BaseModel):
    """Accept or refuse; refusing wants a comment."""

    model_config = ConfigDict(extra="forbid")
    pause_id: int
    accept: bool
    comment: Text = ""
    version: int | None = None


class PauseEnd(BaseModel):
    """The last day of a pause (default: today)."""

    model_config = ConfigDict(extra="forbid")
    pause_id: int
    ends_on: date | None = None
    version: int | None = None


def ask(db: Session, actor: Actor, filled: PauseIn, *, today: date) -> Pause:
    """Ask for a pause. Raises NotFound, Refused, Invalid, or Conflict when one is asked for already."""
    scope.require(db, actor, [filled.project_id], Permission.ASK_PAUSE, today=today)
    if filled.ends_on and filled.ends_on < filled.starts_on:
        raise Invalid(_("结束不能早于开始。"), {"ends_on": _("结束不能早于开始。")})
    for each in _of(db, filled.project_id):
        if each.state is PauseState.ASKED:
            if (each.starts_on, each.ends_on, each.reason) == (
                filled.starts_on,
                filled.ends_on,
                filled.reason,
            ):
                return each
            raise Conflict(_("已有一个暂停申请在等决定。"))
    _refuse_overlap(db, filled.project_id, filled.starts_on, filled.ends_on)
    pause = Pause(
        **filled.model_dump(), asked_by=actor.name, asked_at=clock.now(), known_on=today
    )  # fmt: skip
    db.add(pause)
    db.flush()
    audit.record(db, actor, _event(pause, "ask", filled.reason))
    return pause


def decide(db: Session, actor: Actor, filled: PauseDecision, *, today: date) -> Pause:
    """Accept a pause, which then runs, or refuse it. Raises NotFound, Refused, Invalid or Conflict."""
    pause = _load(db, filled.pause_id)
    scope.require(db, actor, [pause.project_id], Permission.DECIDE_PAUSE, today=today)
    wanted = PauseState.RUNNING if filled.accept else PauseState.REFUSED
    if pause.state is wanted:
        return pause
    if pause.state is not PauseState.ASKED:
        raise Conflict(_("这个暂停申请已经有了结果。"))
    check_version(filled.version, pause.version)
    if not filled.accept and not filled.comment:
        raise Invalid(_("不同意要写明理由。"), {"comment": _("请写明不同意的理由。")})
    if filled.accept:
        _refuse_overlap(db, pause.project_id, pause.starts_on, pause.ends_on)
    pause.state, pause.comment, pause.version = wanted, filled.comment, pause.version + 1
    pause.decided_by, pause.decided_at = actor.name, clock.now()
    db.flush()
    audit.record(db, actor, _event(pause, "accept" if filled.accept else "refuse", filled.comment))
    return pause


def end(db: Session, actor: Actor, filled: PauseEnd, *, today: date) -> Pause:
    """End a running pause; its days stay taken off. Raises NotFound, Refused, Invalid or Conflict."""
    pause = _load(db, filled.pause_id)
    scope.require(db, actor, [pause.project_id], Permission.DECIDE_PAUSE, today=today)
    last = filled.ends_on or today
    if pause.state is PauseState.ENDED and pause.ends_on == last:
        return pause
    if pause.state is not PauseState.RUNNING:
        raise Conflict(_("这个暂停没有在运行。"))
    check_version(filled.version, pause.version)
    if last < pause.starts_on or last > today:
        text = _("结束日期要在开始（%(day)s）和今天之间。", day=pause.starts_on.isoformat())
        raise Invalid(text, {"ends_on": text})
    pause.state, pause.ends_on, pause.version = PauseState.ENDED, last, pause.version + 1
    db.flush()
    audit.record(db, actor, _event(pause, "end", ""))
    return pause


def of_project(db: Session, project_id: int | None, pause_id: int) -> None:
    """Raise NotFound unless the pause is this project's: an address names both."""
    pause = db.get(Pause, pause_id)
    if pause is None or pause.project_id != project_id:
        raise NotFound(_("没有这个暂停，或者它不在您的范围内。"))


def interval(pause: Pause) -> Interval:
    """The days of a pause."""
    return Interval(pause.starts_on, pause.ends_on)


def _load(db: Session, pause_id: int) -> Pause:
    scope.lock_around(db, col(Pause.project_id), col(Pause.id), [pause_id])
    pause = db.get(Pause, pause_id, with_for_update=True)
    if pause is None:
        raise NotFound(_("没有这个暂停，或者它不在您的范围内。"))
    return pause


def _of(db: Session, project_id: int) -> list[Pause]:
    return list(db.execute(sa.select(Pause).where(col(Pause.project_id) == project_id)).scalars())


def _refuse_overlap(db: Session, project_id: int, first: date, last: date | None) -> None:
    for each in _of(db, project_id):
        ends_before = each.ends_on is not None and each.ends_on < first
        starts_after = last is not None and each.starts_on > last
        if each.state in COUNTED and not ends_before and not starts_after:
            raise Conflict(_("这段时间和已有的暂停（%(day)s 起）重叠。", day=each.starts_on.isoformat()))


def _event(pause: Pause, action: str, reason: str) -> Change:
    after = {"state": pause.state, "starts_on": pause.starts_on, "ends_on": pause.ends_on}
    return Change("pause", pause.id or 0, action, {}, after, pause.project_id, reason)
