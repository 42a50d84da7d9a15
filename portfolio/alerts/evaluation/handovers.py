"""What changed hands since the last look: whose alerts someone new may have to hear of.

Two witnesses. A duty, post, stand-in or right states the day it begins, which may lie ahead of the day it was
entered. The trail knows when something was entered, which may lie long after the day it states; a milestone's
owner, a unit's parent or a repaired address state no day at all. Neither says who was told: the items do.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock, installation
from portfolio.access import Role
from portfolio.alerts.evaluation.standing import Moment
from portfolio.database import in_parts
from portfolio.models import AuditEvent
from portfolio.people.models import Account, Person, Post, PostHolding, RoleGrant, StandIn
from portfolio.people.posts import CHIEF
from portfolio.projects.models import Duty, Milestone

LOOKED_AT = "alerts.looked_at"  # the instant of the last look
RECENT = timedelta(days=10)  # without a last look, and in case one was written while another committed
_HEARS_OF_ALL = (Role.OFFICE, Role.ADMINISTRATOR)
Clause = sa.ColumnElement[bool]


@dataclass(slots=True)
class Handed:
    """What changed hands: projects, milestones and units by id; `everywhere` when someone hears of all."""

    projects: set[int] = field(default_factory=set)
    milestones: set[int] = field(default_factory=set)
    units: set[int] = field(default_factory=set)
    everywhere: bool = False


def since_last_look(db: Session, moment: Moment) -> Handed:
    """Say what changed hands since the last look, and remember that this was one."""
    known = installation.get(db, LOOKED_AT)
    looked_at = min(datetime.fromisoformat(known), moment.at) if known else moment.at
    first = clock.civil_date(looked_at, moment.offset) - RECENT
    begun = _Begun(first, moment.day)
    entered = _entered(db, looked_at - RECENT if known is None else looked_at - timedelta(days=1))
    installation.put(db, LOOKED_AT, moment.at.isoformat())
    return _gathered(db, begun, entered)


@dataclass(frozen=True, slots=True)
class _Begun:
    """Days on which something may have begun: after `first`, up to today, and not over."""

    first: date
    today: date

    def within(self, table: Any) -> Clause:
        return sa.and_(
            table.starts_on > self.first,
            table.starts_on <= self.today,
            sa.or_(table.ends_on.is_(None), table.ends_on >= self.today),
        )

    def valid(self, table: Any) -> Clause:
        return sa.and_(
            table.starts_on <= self.today, sa.or_(table.ends_on.is_(None), table.ends_on >= self.today)
        )


def _says(*fields: str) -> Clause:
    """Whether an event changed one of these fields."""
    return sa.or_(*(col(AuditEvent.after).contains(f'"{each}"', autoescape=True) for each in fields))


_DONE: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("duty", ("assign", "hand over"), ()),
    ("milestone", ("correct",), ("owner_organisation_id", "owner_person_id")),
    ("project", ("correct",), ("sector", "districts")),
    ("post_holding", ("appoint", "put right"), ()),
    ("stand_in", ("set",), ()),
    ("role_grant", ("give",), ()),
    ("account", ("enable",), ()),
    ("person", ("edit",), ("email", "organisation_id")),
    ("organisation", ("edit", "merge"), ("parent_id", "merged_into_id")),
    ("suppressed_address", ("release",), ()),
    ("setting", ("set",), ()),
)


def _entered(db: Session, after: datetime) -> dict[str, list[str]]:
    """The rows, by entity, that the trail says were entered or changed after an instant."""
    wanted = (
        sa.and_(
            col(AuditEvent.entity) == entity, col(AuditEvent.action).in_(actions),
            _says(*fields) if fields else sa.true(),
        )
        for entity, actions, fields in _DONE
    )  # fmt: skip
    rows = db.execute(
        sa.select(col(AuditEvent.entity), col(AuditEvent.entity_id))
        .where(col(AuditEvent.at) > after, sa.or_(*wanted))
        .distinct()
    )
    found: dict[str, list[str]] = {entity: [] for entity, _actions, _fields in _DONE}
    for entity, entity_id in rows:
        found[entity].append(entity_id)
    return found


def _gathered(db: Session, begun: _Begun, entered: dict[str, list[str]]) -> Handed:
    handed = Handed(everywhere=CHIEF in entered["setting"])
    handed.milestones.update(map(int, entered["milestone"]))
    handed.projects.update(map(int, entered["project"]))
    handed.units.update(map(int, entered["organisation"]))
    duties = _rows(db, col(Duty.project_id), Duty, begun, entered["duty"])
    handed.projects.update(duties)
    _note_posts(
        db, handed, set(_rows(db, col(PostHolding.post_id), PostHolding, begun, entered["post_holding"]))
    )
    _note_people(db, handed, _people(db, begun, entered), begun)
    rights = _rows(db, col(RoleGrant.role), RoleGrant, begun, entered["role_grant"])
    handed.everywhere |= any(role in _HEARS_OF_ALL for role in rights)
    return handed


def _rows(db: Session, wanted: Any, table: Any, begun: _Begun, entered: Collection[str]) -> set[Any]:
    """A column of the rows that began in the days, or that were entered and hold today."""
    found = set(db.execute(sa.select(wanted).where(begun.within(table))).scalars())
    for ids in in_parts(map(int, entered)):
        held = sa.select(wanted).where(table.id.in_(ids), begun.valid(table))
        found |= set(db.execute(held).scalars())
    return found


def _people(db: Session, begun: _Begun, entered: dict[str, list[str]]) -> set[int]:
    """Those who can be reached now, or at another place, and those in whose place someone stands."""
    found = _rows(db, col(StandIn.person_id), StandIn, begun, entered["stand_in"])
    found |= set(map(int, entered["person"]))
    others: Iterable[tuple[Any, Any, list[Any]]] = (
        (col(Account.person_id), col(Account.id), [int(each) for each in entered["account"]]),
        (col(Person.id), col(Person.email), entered["suppressed_address"]),
    )
    for wanted, by, values in others:
        if values:
            found |= set(db.execute(sa.select(wanted).where(by.in_(values), wanted.is_not(None))).scalars())
    return found


def _note_people(db: Session, handed: Handed, people: set[int], begun: _Begun) -> None:
    """What people answer for by duty, by name, by post or by right."""
    for ids in in_parts(people):
        duties = sa.select(col(Duty.project_id)).where(col(Duty.person_id).in_(ids), begun.valid(Duty))
        owned = sa.select(col(Milestone.id)).where(col(Milestone.owner_person_id).in_(ids))
        posts = sa.select(col(PostHolding.post_id)).where(
            col(PostHolding.person_id).in_(ids), begun.valid(PostHolding)
        )
        rights = (
            sa.select(col(RoleGrant.id))
            .join(Account, col(Account.id) == col(RoleGrant.account_id))
            .where(col(Account.person_id).in_(ids), col(RoleGrant.role).in_(_HEARS_OF_ALL))
        )
        handed.projects.update(db.execute(duties).scalars())
        handed.milestones.update(filter(None, db.execute(owned).scalars()))
        _note_posts(db, handed, set(db.execute(posts).scalars()))
        handed.everywhere |= db.execute(rights.limit(1)).first() is not None


def _note_posts(db: Session, handed: Handed, posts: set[int]) -> None:
    """A unit's post concerns what that unit answers for; the chief's and one of a scope may concern all."""
    for ids in in_parts(posts):
        rows = db.execute(
            sa.select(col(Post.organisation_id), col(Post.kind), col(Post.scope)).where(col(Post.id).in_(ids))
        ).all()
        handed.units.update(post.organisation_id for post in rows)
        handed.everywhere |= any(post.scope is not None or post.kind == "chief" for post in rows)
