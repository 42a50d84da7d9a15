"""Tables of organisations, people, posts, accounts, roles and sessions."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from portfolio.access import Role, ScopeKind
from portfolio.database import choice, instant, key, maybe_ref, ref, row_version


class Organisation(SQLModel, table=True):
    """A unit in the city's tree; `position` is the official order among its siblings.

    A merged unit keeps its history and points to its successor; names it once had are aliases.
    """

    __tablename__ = "organisation"
    id: int | None = key()
    name: str = Field(max_length=200, unique=True)
    short_name: str = Field(default="", max_length=60)
    pinyin: str = Field(default="", max_length=400)
    parent_id: int | None = maybe_ref("organisation.id")
    position: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    merged_into_id: int | None = maybe_ref("organisation.id")
    version: int = row_version()


class OrganisationAlias(SQLModel, table=True):
    """Another name by which workbooks and people call an organisation."""

    __tablename__ = "organisation_alias"
    name: str = Field(max_length=200, primary_key=True)
    organisation_id: int = ref("organisation.id", on_delete="CASCADE")


class Person(SQLModel, table=True):
    """Someone who holds posts, duties or an account. Never erased; who left is inactive."""

    __tablename__ = "person"
    id: int | None = key()
    name: str = Field(max_length=80)
    pinyin: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=200, index=True)
    phone: str = Field(default="", max_length=40)
    organisation_id: int | None = maybe_ref("organisation.id")
    left_on: date | None = None
    version: int = row_version()


class StandIn(SQLModel, table=True):
    """Who receives and acts in someone's place from–to."""

    __tablename__ = "stand_in"
    __table_args__ = (sa.CheckConstraint("person_id <> stand_in_id", name="not_oneself"),)
    id: int | None = key()
    person_id: int = ref("person.id")
    stand_in_id: int = ref("person.id")
    starts_on: date
    ends_on: date | None = None


class Post(SQLModel, table=True):
    """An office held by someone: head, deputy, coordinator of an organisation, or of a scope."""

    __tablename__ = "post"
    id: int | None = key()
    organisation_id: int = ref("organisation.id")
    kind: str = Field(max_length=24)
    title: str = Field(default="", max_length=80)
    scope: ScopeKind | None = choice(ScopeKind, nullable=True)
    scope_value: str = Field(default="", max_length=60)
    position: int = 0
    closed_on: date | None = None
    version: int = row_version()


class PostHolding(SQLModel, table=True):
    """Who holds a post, from–to (`ends_on` is the last day)."""

    __tablename__ = "post_holding"
    id: int | None = key()
    post_id: int = ref("post.id")
    person_id: int = ref("person.id")
    starts_on: date
    ends_on: date | None = None


class Account(SQLModel, table=True):
    """A way to sign in. `system` accounts act for commands and the scheduler, and never sign in."""

    __tablename__ = "account"
    id: int | None = key()
    login: str = Field(max_length=120, unique=True)
    person_id: int | None = maybe_ref("person.id")
    password_hash: str = Field(default="", max_length=200)
    is_system: bool = False
    disabled_at: datetime | None = instant(nullable=True)
    created_at: datetime = instant()
    last_sign_in_at: datetime | None = instant(nullable=True)
    version: int = row_version()


class RoleGrant(SQLModel, table=True):
    """One right of an account: a role within a scope, from–to. `sees_money` is its own permission."""

    __tablename__ = "role_grant"
    id: int | None = key()
    account_id: int = ref("account.id")
    role: Role = choice(Role)
    scope: ScopeKind = choice(ScopeKind)
    scope_value: str = Field(default="", max_length=60)
    sees_money: bool = False
    starts_on: date
    ends_on: date | None = None


class SignInSession(SQLModel, table=True):
    """A signed-in browser. Only the hash of its random id is kept."""

    __tablename__ = "sign_in_session"
    id: int | None = key()
    token_hash: str = Field(max_length=64, unique=True)
    account_id: int = ref("account.id", on_delete="CASCADE")
    csrf: str = Field(max_length=64)
    created_at: datetime = instant()
    last_seen_at: datetime = instant()
    expires_at: datetime = instant(index=True)
    ended_at: datetime | None = instant(nullable=True)
    origin: str = Field(default="", max_length=100)
    agent: str = Field(default="", max_length=300)


class OneTimeToken(SQLModel, table=True):
    """A single-use secret sent to someone: first sign-in, sign-in link, password reset. Kept hashed."""

    __tablename__ = "one_time_token"
    id: int | None = key()
    token_hash: str = Field(max_length=64, unique=True)
    account_id: int = ref("account.id", on_delete="CASCADE")
    purpose: str = Field(max_length=24)
    created_at: datetime = instant()
    expires_at: datetime = instant()
    used_at: datetime | None = instant(nullable=True)
