"""What a route asks for, as parameter types: a session, who asks, what day it is.

`Writing` commits when the route returns and before the answer is sent (`scope="function"`):
with the default scope the client would read 'done' though the commit failed afterwards.
"""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.security import SAFE
from portfolio import clock, installation, schedule
from portfolio.access import Actor, Permission, Way
from portfolio.database import Database
from portfolio.errors import PortfolioError, Refused, SignInRequired
from portfolio.i18n import _
from portfolio.people import accounts, sessions
from portfolio.rendering.own_forms import FIELD
from portfolio.settings import Settings

SESSION_COOKIE = "portfolio_session"
PULSE_EVERY = timedelta(minutes=1)
TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@dataclass(slots=True)
class Pulse:
    """The last heartbeat of the timed jobs, asked for at most once a minute, whatever the number of pages."""

    last: datetime | None = None
    asked_at: datetime | None = None

    def standing_still_since(self, db: Session, now: datetime) -> datetime | None:
        """Return the last heartbeat when it lies too long ago; None when all is well, or none ever came."""
        if self.asked_at is None or now - self.asked_at > PULSE_EVERY:
            self.last, self.asked_at = schedule.last_beat(db), now
        return self.last if self.last is not None and schedule.is_stale(self.last, now) else None


@dataclass(frozen=True, slots=True)
class Edge:
    """What the application was started with."""

    settings: Settings
    database: Database
    loopback: bool = False
    pulse: Pulse = field(default_factory=Pulse)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, on which business day; `actor` is None for a stranger. `still_since`: no timed job has run."""

    actor: Actor | None
    csrf: str
    session_id: int | None
    today: date
    demo: bool
    still_since: datetime | None = None


def edge(request: Request) -> Edge:
    """Return what the application was started with."""
    held: Edge = request.app.state.edge
    return held


async def reading(request: Request) -> AsyncIterator[Session]:
    """Open a session that cannot write; closed after the answer is drawn.

    Opening asks nothing of the database, so it takes no thread of its own; closing gives the connection back.
    """
    with edge(request).database.reading() as session:
        try:
            yield session
        finally:
            await run_in_threadpool(session.close)


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


async def current_actor(who: Annotated[Visitor, Depends(visitor)]) -> Actor:
    """Return the signed-in actor; raises SignInRequired for a stranger."""
    if who.actor is None:
        raise SignInRequired("请先登录。")
    return who.actor


async def today(who: Annotated[Visitor, Depends(visitor)]) -> date:
    """Return the business day."""
    return who.today


def needs(permission: Permission) -> Any:
    """Declare a route's policy: the actor must hold the permission in some scope."""

    async def check(actor: Annotated[Actor, Depends(current_actor)]) -> None:
        actor.require(permission)

    return Depends(_declared(check, permission.value))


def signed_in(why: str) -> Any:
    """Declare a route's policy: anyone with an account; `why` goes into the list of routes."""

    async def check(actor: Annotated[Actor, Depends(current_actor)]) -> None:
        """Nothing beyond being signed in."""

    return Depends(_declared(check, f"signed in: {why}"))


def anyone(why: str) -> Any:
    """Declare a route's policy: strangers too; `why` goes into the list of routes."""

    async def check() -> None:
        """Open to everybody."""

    return Depends(_declared(check, f"anyone: {why}"))


def _declared(check: Callable[..., Any], policy: str) -> Callable[..., Any]:
    check.policy = policy  # type: ignore[attr-defined]
    return check


async def own_form(request: Request) -> None:
    """Refuse an unsafe request of a session that does not carry the session's token; app-wide.

    The token comes as a hidden field, which is taken out here so that strict form models never see
    it, or as a header.
    """
    if request.method in SAFE:
        return
    stated = request.headers.get(TOKEN_HEADER, "")
    if request.headers.get("content-type", "").partition(";")[0] in FORM_TYPES:
        stated = _taken_out(await request.form()) or stated
    who = await run_in_threadpool(visitor, request)
    if who.session_id is not None and not secrets.compare_digest(stated.encode(), who.csrf.encode()):
        raise Refused(_("这一页放得太久，或者不是从本系统打开的。请刷新页面再试，填过的内容先复制下来。"))


def _taken_out(form: FormData) -> str:
    # In place, since FastAPI holds this same object and validates it after this dependency.
    stated = form._dict.pop(FIELD, "")  # noqa: SLF001
    form._list[:] = [pair for pair in form._list if pair[0] != FIELD]  # noqa: SLF001
    return stated if isinstance(stated, str) else ""


def on_refusal(request: Request, redraw: Callable[[PortfolioError], Response]) -> None:
    """Say how the form is drawn again, with its words, when a verb refuses; runs after the rollback."""
    request.state.redraw = redraw


def session_cookie(settings: Settings) -> str:
    """Return the cookie's name: behind TLS one that a sister host cannot plant (`__Host-`)."""
    return f"__Host-{SESSION_COOKIE}" if settings.base_url.startswith("https:") else SESSION_COOKIE


def origin_of(request: Request) -> str:
    """Return the address a request came from, as the guard understood it."""
    return request.client.host if request.client else ""


def _look_up(request: Request) -> Visitor:
    now = clock.now()
    held = edge(request)
    token = request.cookies.get(session_cookie(held.settings), "")
    way = Way.API if request.url.path.startswith("/api/") else Way.PAGE
    with held.database.reading() as db:
        here = installation.standing(db, now)
        found = sessions.find(db, token, now) if token else None
        actor = None
        if found is not None:
            actor = accounts.actor_for(
                db, found.account_id, today=here.today, way=way, origin=origin_of(request)
            )
        still = held.pulse.standing_still_since(db, now) if actor else None
    if found is None or actor is None:
        return Visitor(None, "", None, here.today, here.demo)
    if found.stale:
        # Before the request's own session opens: a second writer in one thread waits for itself.
        with held.database.writing() as db:
            sessions.seen(db, found.id, now)
    return Visitor(actor, found.csrf, found.id, here.today, here.demo, still)


async def now() -> datetime:
    """Return the real instant, for verbs that need one."""
    return clock.now()


Reading = Annotated[Session, Depends(reading)]
Writing = Annotated[Session, Depends(writing, scope="function")]
CurrentActor = Annotated[Actor, Depends(current_actor)]
CurrentVisitor = Annotated[Visitor, Depends(visitor)]
Today = Annotated[date, Depends(today)]
Now = Annotated[datetime, Depends(now)]
CurrentEdge = Annotated[Edge, Depends(edge)]
