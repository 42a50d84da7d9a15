"""What an administrator or the office does with mails that did not arrive: resend, mark, release."""

from datetime import date, datetime
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, calendar_days, clock, installation
from portfolio.access import Actor, Permission
from portfolio.alerts import bulk, mailing
from portfolio.alerts.delivery import outbox
from portfolio.alerts.evaluation.composing import MORNING
from portfolio.alerts.models import Notification, SuppressedAddress
from portfolio.audit import Change
from portfolio.errors import Conflict, Invalid, NotFound
from portfolio.i18n import _
from portfolio.projects import scope
from portfolio.projects.models import Project

Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class AddressIn(BaseModel):
    """An address that does not take mail, and how that is known."""

    model_config = ConfigDict(extra="forbid")
    address: Address
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=160)] = ""


def resend(db: Session, actor: Actor, notification_id: int, *, today: date, now: datetime) -> None:
    """Put a dead letter back into the outbox until the next digest takes over. Raises Conflict, NotFound."""
    actor.require(Permission.RUN_ALERTS)
    if db.get(Notification, notification_id) is None:
        raise NotFound(_("没有这封邮件。"))
    tomorrow = calendar_days.load(db).after(today)
    expires = clock.business_instant(tomorrow, MORNING, installation.offset(db))
    if not outbox.resend(db, notification_id, now, expires):
        raise Conflict(_("这封邮件不在死信里，或者它的内容已经并入后来的邮件，不用重发。"))
    audit.record(db, actor, Change("notification", notification_id, "resend"), at=now)


def mark(db: Session, actor: Actor, filled: AddressIn, *, now: datetime) -> None:
    """Mark an address as taking no mail; whoever needs to hear by it becomes an alert of its own."""
    actor.require(Permission.RUN_ALERTS)
    if "@" not in filled.address:
        raise Invalid(_("邮箱地址不完整。"), {"address": _("邮箱地址要写全，如 name@example.org。")})
    source = filled.reason or _("人工标记")
    outbox.suppress(db, filled.address, now, "", f"{actor.name}：{source}"[:200])
    change = Change("suppressed_address", filled.address[:80], "mark", after={"source": source})
    audit.record(db, actor, change, at=now)


def release(db: Session, actor: Actor, address: str, *, now: datetime) -> None:
    """Let an address be mailed again, once it was corrected or the mailbox repaired. Raises NotFound."""
    actor.require(Permission.RUN_ALERTS)
    gone = bulk.changed(db, sa.delete(SuppressedAddress).where(col(SuppressedAddress.address) == address))
    if not gone:
        raise NotFound(_("这个邮箱没有被标记。"))
    audit.record(db, actor, Change("suppressed_address", address[:80], "release"), at=now)


class StopIn(BaseModel):
    """Stopping mails, all or about one project, with the reason."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    reason: Annotated[str, StringConstraints(max_length=200)] = ""
    project_code: Annotated[str, StringConstraints(max_length=12)] = ""


def stop(db: Session, actor: Actor, filled: StopIn, *, today: date) -> None:
    """Stop all mails, or those about the project of a code. Raises Invalid, Conflict, Refused."""
    actor.require(Permission.RUN_ALERTS)
    project = _project(db, filled.project_code) if filled.project_code else None
    mailing.stop(db, actor, filled.reason, today=today, project_id=project)


def resume(db: Session, actor: Actor, project_code: str, *, today: date) -> None:
    """Let the mails about one project go out again, from today."""
    actor.require(Permission.RUN_ALERTS)
    mailing.resume_project(db, actor, _project(db, project_code), today=today)


def _project(db: Session, code: str) -> int:
    everyone = scope.everything("who runs the mails names a project by its code, and sees nothing else of it")
    found = db.execute(everyone.where(col(Project.code) == code)).scalar_one_or_none()
    if found is None:
        sentence = _("没有代码是“%(code)s”的项目。", code=code)
        raise Invalid(sentence, {"project_code": sentence})
    return int(found)
