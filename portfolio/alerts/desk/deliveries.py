"""Who was told of one alert, when, how it went, and the words that were sent."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from email import message_from_bytes, policy
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.alerts.desk import reach
from portfolio.alerts.links import PATH
from portfolio.alerts.models import (
    OPEN,
    Notification,
    NotificationAttempt,
    NotificationItem,
    Status,
)
from portfolio.alerts.sentences import missing
from portfolio.errors import NotFound
from portfolio.i18n import _
from portfolio.people.models import Person

_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One rung told to one person: by which mail, and how that went."""

    notification_id: int
    rung: str
    recipient_id: int
    recipient: str
    stands_in_for: str
    missing: str
    period: date
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    state: str
    last_error: str
    has_words: bool

    @property
    def arrived(self) -> bool:
        """Whether the server took it, as far as is known."""
        return self.state in (Status.SENT, Status.UNKNOWN)

    @property
    def outcome(self) -> str:
        """How it went, in words."""
        return outcome(self.state, self.last_error)


@dataclass(frozen=True, slots=True)
class Words:
    """What one mail said of one alert, or (to its recipient and the office) all of it, links taken out."""

    subject: str
    recipient: str
    sent_at: datetime | None
    outcome: str
    own: str
    whole: str


_PRINCIPAL = aliased(Person)


def deliveries(db: Session, alert_id: int) -> tuple[Delivery, ...]:
    """Return every rung told of an alert, in all its episodes, the newest first."""
    tries = (
        sa.select(sa.func.count())
        .select_from(NotificationAttempt)
        .where(col(NotificationAttempt.notification_id) == col(Notification.id))
        .scalar_subquery()
    )
    rows: Any = db.execute(
        sa.select(
            NotificationItem, col(Person.name), col(_PRINCIPAL.name).label("principal"),
            col(Notification.status), col(Notification.not_before), col(Notification.sent_at),
            col(Notification.last_error), col(Notification.content).is_not(None).label("has_words"),
            tries.label("attempts"),
        )
        .join(Notification, col(Notification.id) == col(NotificationItem.notification_id))
        .join(Person, col(Person.id) == col(NotificationItem.recipient_id))
        .join(_PRINCIPAL, col(_PRINCIPAL.id) == col(NotificationItem.principal_id))
        .where(col(NotificationItem.alert_id) == alert_id)
        .order_by(col(NotificationItem.period).desc(), col(NotificationItem.id))
    )  # fmt: skip
    return tuple(_delivery(row) for row in rows)


def outcome(state: str, error: str = "") -> str:
    """How a mail stands, in words."""
    said = {
        Status.SENT: _("已送达"),
        Status.UNKNOWN: _("服务器的答复丢失，按已告知计"),
        Status.DEAD: _("没有送到，在死信里"),
        Status.SUPPRESSED: _("邮箱不收信，没有发"),
        Status.CANCELLED: _("发出前已解决，没有发"),
        Status.EXPIRED: _("当天没有发出，并入下一封"),
        Status.LEASED: _("正在发"),
        Status.PENDING: _("等候发送"),
    }[Status(state)]
    return (
        _("%(said)s（%(why)s）", said=said, why=error)
        if error and state in (Status.DEAD, Status.PENDING)
        else said
    )


def words(db: Session, actor: Actor, alert_id: int, notification_id: int, *, today: date) -> Words:
    """Return what a mail said of an alert the actor sees; raises NotFound."""
    reach.find(db, actor, alert_id, today=today)
    carried = sa.select(col(NotificationItem.notification_id)).where(
        col(NotificationItem.alert_id) == alert_id,
        col(NotificationItem.notification_id) == notification_id,
    )
    row: Any = db.execute(
        sa.select(Notification, col(Person.name))
        .join(Person, col(Person.id) == col(Notification.recipient_id))
        .where(col(Notification.id).in_(carried))
    ).one_or_none()
    if row is None:
        raise NotFound(_("没有这封邮件。"))
    mail: Notification = row.Notification
    text = _text(mail.content)
    reads_all = actor.person_id == mail.recipient_id or actor.may_everywhere(Permission.SEE_PROJECTS)
    return Words(
        subject=mail.subject if reads_all else "",
        recipient=row.name,
        sent_at=mail.sent_at,
        outcome=outcome(mail.status, mail.last_error),
        own=_own(text, alert_id),
        whole=_without_links(text) if reads_all else "",
    )


def _delivery(row: Any) -> Delivery:
    item: NotificationItem = row.NotificationItem
    state = Status.CANCELLED if item.cancelled else row.status
    return Delivery(
        notification_id=item.notification_id,
        rung=item.rung,
        recipient_id=item.recipient_id,
        recipient=row.name,
        stands_in_for=row.principal if item.principal_id != item.recipient_id else "",
        missing=missing(item.missing),
        period=item.period,
        due_at=row.not_before,
        sent_at=row.sent_at,
        attempts=row.attempts,
        state=state,
        last_error=row.last_error if state in (*OPEN, Status.DEAD) else "",
        has_words=row.has_words,
    )


def _text(content: bytes | None) -> str:
    """The text part of a mail as it was frozen."""
    if content is None:
        return ""
    part = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def _own(text: str, alert_id: int) -> str:
    """The paragraph that carries this alert's link, without the link: a token acts for its recipient."""
    paragraphs = re.split(r"\n\s*\n", text)
    own = next((each for each in paragraphs if f"{PATH}{alert_id}-" in each), "")
    return _without_links(own)


def _without_links(text: str) -> str:
    lines = (_LINK.sub("", line).rstrip() for line in text.splitlines())
    kept = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return kept.strip()
