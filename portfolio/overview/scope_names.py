"""What a right reaches over, in words: units, districts, sectors and projects by name."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, ScopeKind
from portfolio.i18n import _
from portfolio.people.models import Organisation
from portfolio.projects import scope
from portfolio.projects.models import District, Project, Sector


class Scoped(Protocol):
    """A right as far as its reach goes."""

    @property
    def scope(self) -> ScopeKind:
        """What kind of thing it reaches over."""
        ...

    @property
    def scope_value(self) -> str:
        """Which one."""
        ...


def of(db: Session, actor: Actor, right: Scoped, *, today: date) -> str:
    """Return the reach as words; the bare value where its object is gone or hidden from the reader."""
    value = right.scope_value
    match right.scope:
        case ScopeKind.ALL:
            return _("全部")
        case ScopeKind.ORGANISATION:
            unit = db.get(Organisation, int(value)) if value.isdigit() else None
            return _("%(name)s及下属", name=unit.name if unit else value)
        case ScopeKind.DISTRICT:
            district = db.get(District, value)
            return district.name if district else value
        case ScopeKind.SECTOR:
            sector = db.get(Sector, value)
            return sector.name if sector else value
        case ScopeKind.PROJECT:
            return _project(db, actor, value, today)


def districts(db: Session) -> Sequence[tuple[str, str]]:
    """Return code and name of all districts in official order."""
    return [(code, name) for code, name in db.execute(_named(District))]


def sectors(db: Session) -> Sequence[tuple[str, str]]:
    """Return code and name of all sectors in order."""
    return [(code, name) for code, name in db.execute(_named(Sector))]


def _named(table: type[District] | type[Sector]) -> sa.Select[str, str]:
    return sa.select(col(table.code), col(table.name)).order_by(col(table.position))


def _project(db: Session, actor: Actor, value: str, today: date) -> str:
    if value.isdigit():
        shown = scope.visible(actor, today=today)
        name = sa.select(col(Project.name)).where(col(Project.id) == int(value), col(Project.id).in_(shown))
        found = db.execute(name).scalar_one_or_none()
        if found is not None:
            return found
    return _("项目 %(id)s", id=value)
