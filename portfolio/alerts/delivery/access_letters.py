"""Letters about access: reset and sign-in addresses, the head of the audit chain.

They know no mail start, quiet hours or digest, and are booked in the access log. They never stand in
the outbox: it keeps bytes, and these hold secrets. One that fails is asked for again by its reader.
"""

from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from portfolio import clock, rendering
from portfolio.alerts.channels import mail
from portfolio.alerts.channels.mail import Failed
from portfolio.database import Database
from portfolio.people import access_log
from portfolio.people.access_log import Kind
from portfolio.settings import Settings

TRIES = 2


@dataclass(frozen=True, slots=True)
class Letter:
    """What such a letter says: to whom, one address or text that matters, and of which day.

    With a file name the matter is attached as well.
    """

    name: str
    matter: str
    day: date
    demo: bool = False
    file: str = ""


def send(
    database: Database,
    settings: Settings,
    template: str,
    to: str,
    letter: Letter,
    *,
    account_id: int | None = None,
) -> bool:
    """Draw `templates/mail/<template>/`, hand it over, and book how it went."""
    where = mail.server(settings.smtp_url.get_secret_value())
    trouble = "没有设定邮件服务器" if where is None else ""
    if where is not None:
        content = _built(settings, template, to, letter)
        trouble = _handed_over(where, settings.mail_from, to, content)
    with database.writing() as db:
        kind = Kind.LETTER_FAILED if trouble else Kind.LETTER_SENT
        detail = f"{template} {trouble}".strip()
        access_log.note(db, kind, clock.now(), account_id=account_id, login=to, detail=detail)
    return not trouble


def _handed_over(where: mail.Server, sender: str, to: str, content: bytes) -> str:
    """Return the trouble there was, empty when the server took it."""
    trouble = ""
    for _try in range(TRIES):
        try:
            with mail.Session(where) as session:
                session.offer(sender, to)
                session.hand_over(content, lambda: None, lambda: None)
        except Failed as failed:
            trouble = str(failed)
            if failed.is_permanent:
                return trouble
        else:
            return ""
    return trouble


def _built(settings: Settings, template: str, to: str, letter: Letter) -> bytes:
    drawn = rendering.mail(template, {"letter": letter})
    message = EmailMessage(policy=SMTP)
    message["Subject"] = drawn.subject
    message["From"] = settings.mail_from
    message["To"] = to
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2] or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(drawn.text, cte="base64")
    message.add_alternative(drawn.html, subtype="html", cte="base64")
    if letter.file:
        message.add_attachment(f"{letter.matter}\n", filename=letter.file)
    return message.as_bytes()
