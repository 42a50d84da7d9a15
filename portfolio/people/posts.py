"""Posts of an organisation and who holds them, from–to. A post outlives its holders.

The chief of the portfolio is a setting that names a post, so that alerts follow the office.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, installation
from portfolio.access import Actor, Permission, ScopeKind
from portfolio.audit import Change
from portfolio.errors import Conflict, Invalid, NotFound
from portfolio.i18n import _
from portfolio.people import organisations, people, turn
from portfolio.people.models import Post, PostHolding

CHIEF = "people.chief_post"


class PostKind(StrEnum):
    """What a post is towards its organisation."""

    HEAD = "head"
    DEPUTY = "deputy"
    COORDINATOR = "coordinator"
    CHIEF = "chief"


NAMES: dict[str, str] = {
    PostKind.HEAD: _("主要负责人"),
    PostKind.DEPUTY: _("分管负责人"),
    PostKind.COORDINATOR: _("联络员"),
    PostKind.CHIEF: _("总负责人"),
}


class PostIn(BaseModel):
    """What one states to make a post; a coordinator may be of a district or a sector."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    organisation_id: int
    kind: PostKind
    title: Annotated[str, StringConstraints(max_length=80)] = ""
    scope: ScopeKind | None = None
    scope_value: Annotated[str, StringConstraints(max_length=60)] = ""


def add(db: Session, actor: Actor, filled: PostIn) -> Post:
    """Make a post of an organisation; a post of kind chief becomes the portfolio's chief."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    organisations.get(db, filled.organisation_id)
    if (filled.scope in (ScopeKind.DISTRICT, ScopeKind.SECTOR)) != bool(filled.scope_value):
        wrong = _("联络员负责区县或领域时，要选是哪一个。")
        raise Invalid(wrong, {"scope_value": wrong})
    post = Post(**filled.model_dump(), position=_count(db, filled.organisation_id) + 1)
    db.add(post)
    db.flush()
    audit.record(db, actor, Change("post", _id(post), "add", after=filled.model_dump()))
    if filled.kind is PostKind.CHIEF:
        make_chief(db, actor, _id(post))
    return post


def make_chief(db: Session, actor: Actor, post_id: int) -> None:
    """Name the post whose holder the last rung of alerts reaches."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    _get(db, post_id)
    before = {"value": installation.get(db, CHIEF)}
    installation.put(db, CHIEF, str(post_id))
    audit.record(db, actor, Change("setting", CHIEF, "set", before, {"value": str(post_id)}))


def appoint(db: Session, actor: Actor, post_id: int, person_id: int, *, starts_on: date) -> PostHolding:
    """Give a post to a person from a day on; whoever holds it leaves it the day before."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    post, person = _get(db, post_id), people.get(db, person_id)
    if post.closed_on is not None or person.left_on is not None:
        raise Conflict(_("这个职务已撤销，或者这个人已离任。"))
    holding = _holder(db, post_id, starts_on)
    if holding is not None and holding.person_id == person_id:
        return holding
    if holding is not None and holding.starts_on == starts_on:
        return _put_right(db, actor, holding, person_id)
    if _later(db, post_id, starts_on):
        raise Conflict(_("这一天之后已经安排了别人任这个职务。请先改那一条。"))
    if holding is not None:
        _end(db, actor, holding, starts_on - timedelta(days=1))
    made = PostHolding(post_id=post_id, person_id=person_id, starts_on=starts_on)
    db.add(made)
    db.flush()
    after = {"post_id": post_id, "person_id": person_id, "starts_on": starts_on}
    audit.record(db, actor, Change("post_holding", made.id or 0, "appoint", after=after))
    return made


def vacate(db: Session, actor: Actor, post_id: int, *, on: date) -> None:
    """Let the present holder go with a last day; the post stays, empty."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    _get(db, post_id)
    holding = _holder(db, post_id, on)
    if holding is None:
        raise Conflict(_("这个职务现在没有人担任。"))
    _end(db, actor, holding, on)


def close(db: Session, actor: Actor, post_id: int, *, on: date) -> None:
    """Close a post that exists no longer; its holder leaves it the same day."""
    actor.require(Permission.MANAGE_PEOPLE)
    turn.take(db)
    post = _get(db, post_id)
    if post.closed_on is not None:
        return
    holding = _holder(db, post_id, on)
    if holding is not None:
        _end(db, actor, holding, on)
    post.closed_on, post.version = on, post.version + 1
    audit.record(db, actor, Change("post", post_id, "close", {"closed_on": None}, {"closed_on": on}))


def of_unit(db: Session, organisation_id: int, post_id: int) -> Post:
    """Return a post of this unit; raises NotFound for another unit's."""
    post = _get(db, post_id)
    if post.organisation_id != organisation_id:
        raise NotFound(_("没有这个职务。"))
    return post


def _put_right(db: Session, actor: Actor, holding: PostHolding, person_id: int) -> PostHolding:
    """A mistake of the same day is put right in place: nobody ever held it."""
    before, after = {"person_id": holding.person_id}, {"person_id": person_id}
    holding.person_id = person_id
    audit.record(db, actor, Change("post_holding", holding.id or 0, "put right", before, after))
    return holding


def _end(db: Session, actor: Actor, holding: PostHolding, on: date) -> None:
    before, after = {"ends_on": holding.ends_on}, {"ends_on": on}
    holding.ends_on = on
    audit.record(db, actor, Change("post_holding", holding.id or 0, "end", before, after))


def _holder(db: Session, post_id: int, day: date) -> PostHolding | None:
    statement = sa.select(PostHolding).where(
        col(PostHolding.post_id) == post_id,
        col(PostHolding.starts_on) <= day,
        sa.or_(col(PostHolding.ends_on).is_(None), col(PostHolding.ends_on) >= day),
    )
    return db.execute(statement).scalars().first()


def _later(db: Session, post_id: int, day: date) -> bool:
    statement = sa.select(col(PostHolding.id)).where(
        col(PostHolding.post_id) == post_id,
        col(PostHolding.starts_on) > day,
        sa.or_(col(PostHolding.ends_on).is_(None), col(PostHolding.ends_on) >= col(PostHolding.starts_on)),
    )
    return db.execute(statement.limit(1)).first() is not None


def _count(db: Session, organisation_id: int) -> int:
    statement = sa.select(sa.func.count()).where(col(Post.organisation_id) == organisation_id)
    return int(db.execute(statement).scalar_one())


def _get(db: Session, post_id: int) -> Post:
    post = db.get(Post, post_id)
    if post is None:
        raise NotFound(_("没有这个职务。"))
    return post


def _id(post: Post) -> int:
    if post.id is None:
        raise LookupError("post was not stored")
    return post.id
