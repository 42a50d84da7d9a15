"""Opening one alert by a mail's own link: for its recipient, for 14 days, as long as the right lasts.

A link stops working when the person left, the account was disabled, the duty or role that made the
person hear of it ended, the alert began anew since, or the keys were changed.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock
from portfolio.access import Actor, Way
from portfolio.alerts import links, snapshot
from portfolio.alerts.desk import reach
from portfolio.alerts.links import Pass
from portfolio.alerts.models import Alert, AlertEvent
from portfolio.alerts.rules.audience import Subject, hearers
from portfolio.alerts.rules.ladder import Step
from portfolio.alerts.rules.registry import RULES
from portfolio.people import accounts
from portfolio.people.models import Account, Person
from portfolio.projects.models import Milestone
from portfolio.signing import KeyRing


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opened: the alert, and the recipient as an actor without any other right."""

    alert: Alert
    actor: Actor


@dataclass(frozen=True, slots=True)
class Visit:
    """By which keys a link is checked, on which business and real day, and from where it is opened."""

    ring: KeyRing
    today: date
    real_day: date
    origin: str = ""


def open_link(db: Session, token: str, visit: Visit) -> Opened | None:
    """Return what a link opens, or None when it no longer works; says nothing about why."""
    today = visit.today
    given = links.read(visit.ring, token, visit.real_day)
    if given is None:
        return None
    alert, person = db.get(Alert, given.alert_id), db.get(Person, given.person_id)
    if alert is None or person is None or _is_gone(db, person, today):
        return None
    actor = Actor(None, person.name, Way.PAGE, person_id=person.id, origin=visit.origin)
    if _is_superseded(db, alert, given) or not _still_hears(db, alert, actor, today):
        return None
    return Opened(alert, actor)


def _is_gone(db: Session, person: Person, today: date) -> bool:
    if person.left_on is not None and person.left_on <= today:
        return True
    disabled = sa.select(col(Account.id)).where(
        col(Account.person_id) == person.id, col(Account.disabled_at).is_not(None)
    )
    return db.execute(disabled.limit(1)).first() is not None


def _is_superseded(db: Session, alert: Alert, given: Pass) -> bool:
    """Whether the alert began anew after the link was made: that mail spoke of what is over."""
    began: datetime | None = db.execute(
        sa.select(sa.func.max(col(AlertEvent.at))).where(
            col(AlertEvent.alert_id) == alert.id,
            col(AlertEvent.kind) == "opened",
            col(AlertEvent.episode) == alert.episode,
        )
    ).scalar_one()
    again = alert.episode > 1  # a first episode cannot be told before it began
    return again and began is not None and clock.civil_date(began) > given.made_on


def _still_hears(db: Session, alert: Alert, actor: Actor, today: date) -> bool:
    """Whether the person was told of this episode, and still holds a place that hears of it, or an account that sees it."""
    told = sa.select(col(Alert.id)).where(col(Alert.id) == alert.id, reach.told_to(actor.person_id))
    if db.execute(told).first() is None:
        return False
    return _holds_a_place(db, alert, actor, today) or _sees_by_account(db, alert, actor, today)


def _holds_a_place(db: Session, alert: Alert, actor: Actor, today: date) -> bool:
    milestone = db.get(Milestone, alert.milestone_id) if alert.milestone_id else None
    subject = Subject(
        alert.project_id or 0,
        (milestone.owner_organisation_id or 0) if milestone else 0,
        (milestone.owner_person_id or 0) if milestone else 0,
    )
    directory = snapshot.directory(db, today, [alert.project_id] if alert.project_id else [])
    places = tuple(dict.fromkeys(place for step in Step for place in RULES[alert.rule].hearers_at(step)))
    return any(each.recipient == actor.person_id for each in hearers(directory, subject, places))


def _sees_by_account(db: Session, alert: Alert, actor: Actor, today: date) -> bool:
    ids = db.execute(sa.select(col(Account.id)).where(col(Account.person_id) == actor.person_id)).scalars()
    for account_id in ids:
        known = accounts.actor_for(db, account_id or 0, today=today, way=actor.way)
        clause = reach.visible(known, today=today) if known else sa.false()
        if db.execute(sa.select(col(Alert.id)).where(col(Alert.id) == alert.id, clause)).first():
            return True
    return False
