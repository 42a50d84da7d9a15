"""Reading the directory: the tree of units, a unit with its posts, people with what they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio import installation
from portfolio.people import organisations, people
from portfolio.people.models import (
    Account,
    Organisation,
    OrganisationAlias,
    Person,
    Post,
    PostHolding,
    StandIn,
)
from portfolio.people.posts import CHIEF, NAMES
from portfolio.people.rules.tree import Node, in_order

MOST = 200


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in the tree, in official order."""

    id: int
    name: str
    short_name: str
    depth: int
    people: int
    posts: int
    gone: bool


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post and who holds it today."""

    id: int
    kind: str
    title: str
    holder_id: int | None
    holder: str
    since: date | None
    closed_on: date | None
    is_chief: bool


@dataclass(frozen=True, slots=True)
class UnitPage:
    """All about one unit."""

    unit: Organisation
    parent: Organisation | None
    successor: Organisation | None
    aliases: tuple[str, ...]
    posts: tuple[PostRow, ...]
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in a list."""

    id: int
    name: str
    email: str
    unit: str
    posts: str
    login: str
    left_on: date | None


@dataclass(frozen=True, slots=True)
class StandInRow:
    """Who stands in for a person, from–to."""

    id: int
    name: str
    starts_on: date
    ends_on: date | None


def tree(db: Session, today: date) -> Sequence[UnitRow]:
    """List all units in official order with their depth."""
    units = {unit.id or 0: unit for unit in db.execute(sa.select(Organisation)).scalars()}
    heads = _counted(db, col(Person.organisation_id), col(Person.left_on).is_(None))
    posts = _counted(db, col(Post.organisation_id), col(Post.closed_on).is_(None))
    nodes = [Node(unit.id or 0, unit.parent_id, unit.position) for unit in units.values()]
    return [_row(units[node.id], depth, heads, posts, today) for node, depth in in_order(nodes)]


def unit_page(db: Session, unit_id: int, today: date) -> UnitPage:
    """Return all about a unit; raises NotFound."""
    unit = organisations.get(db, unit_id)
    names = sa.select(col(OrganisationAlias.name)).where(col(OrganisationAlias.organisation_id) == unit_id)
    here = (
        sa.select(Person)
        .where(col(Person.organisation_id) == unit_id)
        .order_by(col(Person.pinyin), col(Person.name))
    )
    return UnitPage(
        unit,
        db.get(Organisation, unit.parent_id) if unit.parent_id else None,
        db.get(Organisation, unit.merged_into_id) if unit.merged_into_id else None,
        tuple(sorted(db.execute(names).scalars())),
        _posts(db, unit_id, today),
        tuple(db.execute(here).scalars()),
    )


def people_list(db: Session, today: date, q: str = "", limit: int = MOST) -> Sequence[PersonRow]:
    """List people by name; `q` looks in name, pinyin, address and unit."""
    statement = (
        sa.select(
            col(Person.id),
            col(Person.name),
            col(Person.email),
            sa.func.coalesce(col(Organisation.name), ""),
            sa.func.coalesce(sa.func.min(col(Account.login)), ""),
            col(Person.left_on),
        )
        .outerjoin(Organisation, col(Organisation.id) == col(Person.organisation_id))
        .outerjoin(Account, col(Account.person_id) == col(Person.id))
        .group_by(col(Person.id), col(Organisation.name))
        .order_by(col(Person.left_on).is_not(None), col(Person.pinyin), col(Person.name), col(Person.id))
        .limit(limit)
    )
    for word in q.casefold().split():
        fields = (col(Person.name), col(Person.pinyin), col(Person.email), col(Organisation.name))
        statement = statement.where(sa.or_(*(field.icontains(word, autoescape=True) for field in fields)))
    held = _held(db, today)
    return [
        PersonRow(id_ or 0, name, email, unit, _posts_in(unit, held.get(id_ or 0, ())), login, left)
        for id_, name, email, unit, login, left in db.execute(statement)
    ]


def posts_of(db: Session, person_id: int, today: date) -> Sequence[str]:
    """Name the posts that a person holds today: unit and post."""
    people.get(db, person_id)
    return _held(db, today).get(person_id, [])


def stand_ins(db: Session, person_id: int, today: date) -> Sequence[StandInRow]:
    """List who stands in for a person now or later."""
    statement = (
        sa.select(col(StandIn.id), col(Person.name), col(StandIn.starts_on), col(StandIn.ends_on))
        .join(Person, col(Person.id) == col(StandIn.stand_in_id))
        .where(
            col(StandIn.person_id) == person_id,
            sa.or_(col(StandIn.ends_on).is_(None), col(StandIn.ends_on) >= today),
        )
        .order_by(col(StandIn.starts_on))
    )
    return [StandInRow(id_ or 0, name, starts, ends) for id_, name, starts, ends in db.execute(statement)]


def accounts_of(db: Session, person_id: int) -> Sequence[int]:
    """Return the ids of a person's accounts."""
    statement = (
        sa.select(col(Account.id)).where(col(Account.person_id) == person_id).order_by(col(Account.id))
    )
    return [each or 0 for each in db.execute(statement).scalars()]


def _row(
    unit: Organisation, depth: int, heads: dict[int, int], posts: dict[int, int], today: date
) -> UnitRow:
    gone = unit.merged_into_id is not None or (unit.valid_to is not None and unit.valid_to < today)
    id_ = unit.id or 0
    return UnitRow(id_, unit.name, unit.short_name, depth, heads.get(id_, 0), posts.get(id_, 0), gone)


def _counted(db: Session, by: Any, where: sa.ColumnElement[bool]) -> dict[int, int]:
    statement = sa.select(by, sa.func.count()).where(where).group_by(by)
    return {unit: count for unit, count in db.execute(statement) if unit is not None}


def _posts(db: Session, unit_id: int, today: date) -> tuple[PostRow, ...]:
    chief = installation.get(db, CHIEF)
    statement = (
        sa.select(Post, PostHolding, Person)
        .outerjoin(PostHolding, sa.and_(col(PostHolding.post_id) == col(Post.id), _now(today)))
        .outerjoin(Person, col(Person.id) == col(PostHolding.person_id))
        .where(col(Post.organisation_id) == unit_id)
        .order_by(col(Post.closed_on).is_not(None), col(Post.position), col(Post.id))
    )
    return tuple(_post(*row, chief) for row in db.execute(statement))


def _post(post: Post, holding: PostHolding | None, person: Person | None, chief: str | None) -> PostRow:
    return PostRow(
        post.id or 0,
        post.kind,
        post.title,
        person.id if person else None,
        person.name if person else "",
        holding.starts_on if holding else None,
        post.closed_on,
        str(post.id) == chief,
    )


def _held(db: Session, today: date) -> dict[int, list[str]]:
    unit = aliased(Organisation)
    statement = (
        sa.select(col(PostHolding.person_id), col(unit.name), col(Post.kind), col(Post.title))
        .join(Post, col(Post.id) == col(PostHolding.post_id))
        .join(unit, col(unit.id) == col(Post.organisation_id))
        .where(_now(today), col(Post.closed_on).is_(None))
        .order_by(col(Post.id))
    )
    found: dict[int, list[str]] = {}
    for person_id, name, kind, title in db.execute(statement):
        found.setdefault(person_id, []).append(f"{name} {title or NAMES.get(kind, kind)}")
    return found


def _posts_in(unit: str, posts: Sequence[str]) -> str:
    """The posts beside the person's unit: its own name is not said again."""
    return "、".join(each.removeprefix(f"{unit} ") for each in posts)


def _now(today: date) -> sa.ColumnElement[bool]:
    ends = col(PostHolding.ends_on)
    return sa.and_(col(PostHolding.starts_on) <= today, sa.or_(ends.is_(None), ends >= today))
