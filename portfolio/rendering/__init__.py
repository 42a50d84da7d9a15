"""One Jinja environment for pages, mails and documents.

`page` draws a whole template, `block` one named block of it (the answer to a partial
request), `mail` the three parts of a message. Components are macros, reached as `ui.<name>`;
values are shown by filters, so that no template formats money or dates by itself.
"""

from portfolio.rendering.address import Address
from portfolio.rendering.environment import block, environment, page
from portfolio.rendering.mails import MailText, mail
from portfolio.rendering.parts import (
    Chip,
    Choice,
    Column,
    Event,
    Link,
    Mistake,
    Pages,
    Person,
    Shell,
    Toast,
)

__all__ = [
    "Address",
    "Chip",
    "Choice",
    "Column",
    "Event",
    "Link",
    "MailText",
    "Mistake",
    "Pages",
    "Person",
    "Shell",
    "Toast",
    "block",
    "environment",
    "mail",
    "page",
]
