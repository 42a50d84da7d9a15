"""What a route asks for, as parameter types: a session, who asks, what day it is.

`Writing` commits when the route returns and before the answer is sent (`scope="function"`):
with the default scope the client would read 'done' though the commit failed afterwards.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from sqlalchemy.orm import Session

from portfolio import clock, installation
from portfolio.access import Actor, Permission, Way
from portfolio.database import Database
from portfolio.errors import PortfolioError, SignInRequired
from portfolio.people import accounts, sessions
from portfolio.settings import Settings

SESSION_COOKIE = "portfolio_session"


@dataclass(frozen=True, slots=True)
class Edge:
    """What the application was started with."""

    settings: Settings
    database: Database
    loopback: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, on which business day; `actor` is None for a stranger."""

    actor: Actor | None
    csrf: str
    session_id: int | None
    today: date
    demo: bool


def edge(request: Request) -> Edge:
    """Return what the application was started with."""
    held: Edge = request.app.state.edge
    return held


def reading(request: Request) -> Iterator[Session]:
    """Open a session that cannot write; closed after the answer is drawn."""
    with edge(request).database.reading() as session:
        yield session


def writing(request: Request) -> Iterator[Session]:
    """Open a transaction that commits when the route returns."""
    with edge(request).database.writing() as session:
        yield session


def visitor(request: Request) -> Visitor:
    """Find out who asks, in a session of its own that is closed before the route's opens."""
    known: Visitor | None = getattr(request.state, "visitor", None)
    if known is None:
        known = request.state.visitor = _look_up(request)
    return known


def current_actor(who: Annotated[Visitor, Depends(visitor)]) -> Actor:
    """Return the signed-in actor; raises SignInRequired for a stranger."""
    if who.actor is None:
        raise SignInRequired("请先登录。")
    return who.actor


def today(who: Annotated[Visitor, Depends(visitor)]) -> date:
    """Return the business day."""
    return who.today


def needs(permission: Permission) -> Any:
    """Declare a route's policy: the actor must hold the permission in some scope."""

    def check(actor: Annotated[Actor, Depends(current_actor)]) -> None:
        actor.require(permission)

    check.policy = permission.value  # type: ignore[attr-defined]
    return Depends(check)


def on_refusal(request: Request, redraw: Callable[[PortfolioError], Response]) -> None:
    """Say how the form is drawn again, with its words, when a verb refuses; runs after the rollback."""
    request.state.redraw = redraw


def _look_up(request: Request) -> Visitor:
    now = clock.now()
    origin = request.client.host if request.client else ""
    token = request.cookies.get(SESSION_COOKIE) or request.cookies.get(f"__Host-{SESSION_COOKIE}") or ""
    way = Way.API if request.url.path.startswith("/api/") else Way.PAGE
    with edge(request).database.reading() as db:
        day = installation.today(db, now)
        demo = installation.is_demo(db)
        found = sessions.find(db, token, now) if token else None
        if found is None:
            return Visitor(None, "", None, day, demo)
        actor = accounts.actor_for(db, found.account_id, today=day, way=way, origin=origin)
        return Visitor(actor, found.csrf, found.id, day, demo)


def now() -> datetime:
    """Return the real instant, for verbs that need one."""
    return clock.now()


Reading = Annotated[Session, Depends(reading)]
Writing = Annotated[Session, Depends(writing, scope="function")]
CurrentActor = Annotated[Actor, Depends(current_actor)]
CurrentVisitor = Annotated[Visitor, Depends(visitor)]
Today = Annotated[date, Depends(today)]
Now = Annotated[datetime, Depends(now)]
CurrentEdge = Annotated[Edge, Depends(edge)]
