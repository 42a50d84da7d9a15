"""What forms offer: units in official order, people who are here, sectors, districts."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.people.models import Organisation, Person
from portfolio.projects.models import District, Sector
from portfolio.rendering import Choice


def organisations(db: Session) -> tuple[Choice, ...]:
    """Units that still exist, each with the one above it."""
    above = aliased(Organisation)
    statement = (
        sa.select(col(Organisation.id), col(Organisation.name), col(above.name))
        .outerjoin(above, col(above.id) == col(Organisation.parent_id))
        .where(col(Organisation.merged_into_id).is_(None), col(Organisation.valid_to).is_(None))
        .order_by(col(above.position), col(Organisation.position), col(Organisation.name))
    )
    return tuple(
        Choice(str(id_), f"{name}（{parent}）" if parent else name)
        for id_, name, parent in db.execute(statement)
    )


def people(db: Session) -> tuple[Choice, ...]:
    """People who have not left, with their unit, in the order of their pinyin."""
    statement = (
        sa.select(col(Person.id), col(Person.name), col(Organisation.short_name), col(Organisation.name))
        .outerjoin(Organisation, col(Organisation.id) == col(Person.organisation_id))
        .where(col(Person.left_on).is_(None))
        .order_by(col(Person.pinyin), col(Person.id))
    )
    return tuple(
        Choice(str(id_), " · ".join(each for each in (name, short or unit) if each))
        for id_, name, short, unit in db.execute(statement)
    )


def sectors(db: Session) -> tuple[Choice, ...]:
    """All sectors in their order."""
    return _coded(db, Sector)


def districts(db: Session) -> tuple[Choice, ...]:
    """All districts in their order."""
    return _coded(db, District)


def _coded(db: Session, table: Any) -> tuple[Choice, ...]:
    statement = sa.select(col(table.code), col(table.name)).order_by(col(table.position))
    return tuple(Choice(code, name) for code, name in db.execute(statement))
