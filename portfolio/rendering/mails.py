"""A mail is a folder of three templates over one set of values: subject, text and HTML of equal content."""

from collections.abc import Mapping
from dataclasses import dataclass

from css_inline import CSSInliner

from portfolio.rendering.environment import environment

MAX_HTML = 100_000
_inliner = CSSInliner(keep_at_rules=True, keep_style_tags=False, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class MailText:
    """The drawn parts of a message; headers and addresses are the sender's business."""

    subject: str
    text: str
    html: str


class MailTooLarge(Exception):
    """The HTML part is larger than mail programs show without cutting it."""


def mail(message: str, values: Mapping[str, object]) -> MailText:
    """Draw `templates/mail/<message>/`; styles are inlined, since mail programs drop style sheets.

    Raises MailTooLarge above 100,000 bytes of HTML: the digest's own limits keep it far below.
    """
    env = environment()
    subject, text, html = (
        env.get_template(f"mail/{message}/{part}").render(values)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    inlined = _inliner.inline(html)
    if len(inlined.encode()) > MAX_HTML:
        raise MailTooLarge(f"{message}: {len(inlined.encode())} bytes")
    return MailText(" ".join(subject.split()), text.strip() + "\n", inlined)
