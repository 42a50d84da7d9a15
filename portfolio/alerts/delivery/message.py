"""The bytes of a mail, built once: a rebuilt one would differ in its MIME boundary."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from portfolio import rendering
from portfolio.alerts.delivery.digest import Item
from portfolio.rendering.environment import SITE
from portfolio.rendering.mail_parts import DigestMail

MOST_NAMED = 60


def build(
    mail: DigestMail, items: tuple[Item, ...], sender: str, to: str, message_id: str, at: datetime
) -> bytes:
    """Draw both parts and put the headers on; `at` is the real instant."""
    drawn = rendering.mail("digest", {"mail": mail})
    message = EmailMessage(policy=SMTP)
    message["Subject"] = drawn.subject
    message["From"] = _sender(sender)
    message["To"] = to
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["X-Portfolio-Due"] = due_header(items)
    message.set_content(drawn.text, cte="base64")
    message.add_alternative(drawn.html, subtype="html", cte="base64")
    return message.as_bytes()


def due_header(items: tuple[Item, ...]) -> str:
    """Name the due items carried, for support and for tests: `alert/episode/rung …`."""
    named = [f"{item.alert.id}/{item.alert.episode}/{item.rung}" for item in items[:MOST_NAMED]]
    return " ".join(named) + (" +" if len(items) > MOST_NAMED else "")


def _sender(address: str) -> Address:
    name, _, domain = address.strip("<>").rpartition("@")
    return Address(SITE, name, domain)
