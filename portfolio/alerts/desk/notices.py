"""Entering the State Council's notice: what was understood is shown first, then the year is confirmed with its source.

Rungs are counted in working days, so every open alert is looked at again with the new calendar.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, calendar_days, holiday_notice
from portfolio.access import Actor, Permission
from portfolio.alerts import bulk
from portfolio.alerts.models import Alert, AlertState
from portfolio.audit import Change
from portfolio.errors import Invalid
from portfolio.holiday_notice import Understood
from portfolio.i18n import _
from portfolio.models import CalendarStatus


class NoticeIn(BaseModel):
    """A notice as it was pasted: for which year, its text, and where it was published."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    year: int = Field(ge=2015, le=2100)
    text: Annotated[str, StringConstraints(max_length=10_000)] = ""
    source: Annotated[str, StringConstraints(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class KnownYear:
    """A year of the calendar: whether its notice is in, and where its days come from."""

    year: int
    is_confirmed: bool
    source: str


def known_years(db: Session, *, today: date) -> list[KnownYear]:
    """The calendar from this year on."""
    return [
        KnownYear(each.year, each.status is CalendarStatus.CONFIRMED, each.source)
        for each in calendar_days.years(db, today.year)
    ]


def understand(actor: Actor, filled: NoticeIn) -> Understood:
    """Say what a notice was understood to say; nothing is written. Raises Invalid, Refused."""
    actor.require(Permission.RUN_ALERTS)
    return holiday_notice.read(filled.text, filled.year)


def confirm(db: Session, actor: Actor, filled: NoticeIn, *, today: date, now: datetime) -> None:
    """Confirm a year with its notice. Raises Invalid for one that contradicts itself or has no source."""
    found = understand(actor, filled)
    if found.mistakes:
        raise Invalid(found.mistakes[0], {"text": "".join(found.mistakes)})
    if not filled.source:
        sentence = _("请写明出处，如国办发明电〔2026〕7号。")
        raise Invalid(sentence, {"source": sentence})
    calendar_days.confirm(db, filled.year, found.days_off, found.days_worked, filled.source)
    waiting = (col(Alert.state) == AlertState.FIRING, col(Alert.next_on) > today)
    bulk.changed(db, sa.update(Alert).where(*waiting).values(next_on=today))
    after = {"off": len(found.days_off), "worked": len(found.days_worked), "source": filled.source}
    audit.record(db, actor, Change("calendar_year", filled.year, "confirm", after=after), at=now)
