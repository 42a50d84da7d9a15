"""What the digest mail is given. Subject and lead say the fact and its number first.

Who fills it decides what is due and in which words; here it only gets its looks. Every
address is absolute, built from the base address of the settings.
"""

from dataclasses import dataclass
from datetime import date

from portfolio.rendering.parts import LampLevel, Link


@dataclass(frozen=True, slots=True)
class MailItem:
    """One row: lamp, name, the fact in figures (`逾期 36 天`) and a sentence.

    `note` says to which rung it went and what is asked, `who` who answers for it.
    """

    level: LampLevel
    name: str
    href: str
    fact: str
    sentence: str
    note: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class MailDecision:
    """What waits for the reader's decision: the question, since when and until when, and where to decide."""

    name: str
    question: str
    dates: str
    href: str


@dataclass(frozen=True, slots=True)
class MailSection:
    """A heading with its rows; `more` leads to the rest of the list (`另有 12 项`)."""

    title: str
    items: tuple[MailItem, ...]
    more: Link | None = None


@dataclass(frozen=True, slots=True)
class DigestMail:
    """A person's digest of one working day.

    `subject` at most 30 characters (`【项目预警】2 项逾期，1 件等您决定（6月5日）`), `preheader` the two worst facts,
    `lead` the verdict, `why` the reason one gets it, `wrong` whom to tell if it is not one's own.
    `charge` is for leaders: how many projects are in their charge, and how they stand. `books` is for administrators: how delivery stands, as label and value.
    """

    subject: str
    preheader: str
    day: date
    lead: str
    sections: tuple[MailSection, ...]
    why: str
    wrong: str
    charge: str = ""
    decisions: tuple[MailDecision, ...] = ()
    links: tuple[Link, ...] = ()
    number: str = ""
    demo: bool = False
    books: tuple[tuple[str, str], ...] = ()
