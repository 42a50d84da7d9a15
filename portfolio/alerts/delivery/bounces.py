"""Bounces: a relay accepted a mail and says later that it could not deliver it. Source: RFC 3464."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.alerts import bulk
from portfolio.alerts.delivery import outbox
from portfolio.alerts.models import TOLD, Notification, NotificationAttempt, Status
from portfolio.errors import Invalid


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says: of whom, how definite, and of which mail."""

    address: str
    action: str
    status: str
    message_id: str
    reason: str

    @property
    def is_final(self) -> bool:
        """Whether the address does not take mail, rather than being slow."""
        return self.action == "failed" and self.status.startswith("5")


def read(content: bytes) -> list[Bounce]:
    """Read a delivery report; raises Invalid when it is none."""
    message = BytesParser(policy=policy.default).parsebytes(content)
    original = _original_id(message)
    found: list[Bounce] = []
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = [each for each in part.get_payload() if isinstance(each, EmailMessage)]
        found += [_bounce(block, original) for block in blocks if block["Final-Recipient"]]
    if not found:
        raise Invalid("这个文件不是退信报告（RFC 3464）。请把整封退信存成文件再导入。")
    return found


def mark(db: Session, actor: Actor, bounce: Bounce, now: datetime) -> bool:
    """Keep a bounced address from being mailed; what its mail carried is due again, to the office.

    Returns False for a report that the mail is only late.
    """
    actor.require(Permission.RUN_ALERTS)
    if not bounce.is_final:
        return False
    outbox.suppress(db, bounce.address, now, bounce.status, f"退信：{bounce.reason}"[:200])
    row = db.execute(
        sa.select(col(Notification.id), col(Notification.fence)).where(
            col(Notification.message_id) == bounce.message_id, col(Notification.status).in_(TOLD)
        )
    ).first()
    if row is not None:
        bulk.changed(
            db,
            sa.update(Notification)
            .where(col(Notification.id) == row.id)
            .values(status=Status.SUPPRESSED, fence=row.fence + 1, last_error=bounce.reason[:400]),
        )
        attempt = {
            "notification_id": row.id, "fence": row.fence + 1, "at": now, "outcome": "bounced",
            "code": None, "detail": f"{bounce.status} {bounce.reason}"[:400],
        }  # fmt: skip
        db.execute(sa.insert(NotificationAttempt), [attempt])
    return True


def _bounce(block: EmailMessage, message_id: str) -> Bounce:
    recipient = str(block["Final-Recipient"]).partition(";")[2].strip()
    reason = str(block["Diagnostic-Code"] or "").partition(";")[2].strip()
    return Bounce(
        recipient,
        str(block["Action"] or "").strip().lower(),
        str(block["Status"] or "").strip(),
        message_id,
        reason,
    )


def _original_id(message: EmailMessage) -> str:
    """The Message-ID of the mail that bounced, from the copy or the headers it came back with."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            for inner in part.get_payload():
                if isinstance(inner, EmailMessage) and inner["Message-ID"]:
                    return str(inner["Message-ID"]).strip()
        if part.get_content_type() == "text/rfc822-headers":
            inner = BytesParser(policy=policy.default).parsebytes(part.get_content().encode())
            if inner["Message-ID"]:
                return str(inner["Message-ID"]).strip()
    return ""
