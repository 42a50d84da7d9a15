"""The rule pages: every rule with what holds where, and one rule with the form that changes it."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portfolio.access import Actor
from portfolio.alerts.desk import rulebook
from portfolio.alerts.rules.known import TRIABLE
from portfolio.overview import choices


def listed(db: Session, actor: Actor, *, today: date) -> dict[str, Any]:
    """Return the values of the list's template."""
    return {"rules": rulebook.listed(db, actor, today=today), "triable": TRIABLE}


def shown(db: Session, actor: Actor, code: str, *, today: date) -> dict[str, Any]:
    """Return the values of one rule's template."""
    found = rulebook.one(db, actor, code, today=today)
    return {"found": found, "sectors": choices.sectors(db), "triable": TRIABLE}
