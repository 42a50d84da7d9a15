"""Message-IDs: stable over every try of a mail, different in every installation."""

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import installation
from portfolio.alerts.models import OPEN, Notification, Phase, Status


def message_id(dedup_key: str, installation_id: str, domain: str) -> str:
    """Derive a notification's Message-ID from its key, the installation's random id and the sender's domain."""
    digest = hashlib.sha256(f"{installation_id}/{dedup_key}".encode()).hexdigest()[:40]
    return f"<{digest}@{domain}>"


def draw_anew(db: Session) -> int:
    """Derive the ids of what may still be sent from the present installation id; returns how many changed.

    For a copy that is released: its original sends the same mails under the old ids, with bytes of its own,
    and one id must never stand for two contents. What was in DATA keeps its id, since its bytes are frozen
    with it: the copy that a server may have taken already.
    """
    mails = db.execute(
        sa.select(Notification).where(
            col(Notification.status).in_((*OPEN, Status.DEAD)), col(Notification.phase) != Phase.DATA
        )
    ).scalars()
    here, changed = installation.installation_id(db), 0
    for mail in mails:
        drawn = message_id(mail.dedup_key, here, mail.message_id.rpartition("@")[2].rstrip(">"))
        changed += drawn != mail.message_id
        mail.message_id = drawn
    db.flush()
    return changed
