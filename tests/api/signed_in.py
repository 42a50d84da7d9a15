"""A client that has signed in, as a browser would after its sign-in: cookie and form token are there."""

from contextlib import ExitStack
from functools import cache
from typing import Any

import sqlalchemy as sa
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi.testclient import TestClient
from sqlmodel import col

from api.app import create_app
from api.dependencies import SESSION_COOKIE, TOKEN_HEADER
from portfolio import clock
from portfolio.access import Role, ScopeKind
from portfolio.database import Database
from portfolio.people import sessions
from portfolio.people.models import SignInSession
from portfolio.people.tokens import digest
from portfolio.settings import Settings
from tests.build import make_account, make_grant, make_person

_OPEN = ExitStack()


def stranger(database: Database, settings: Settings, *, loopback: bool = True, **more: Any) -> TestClient:
    """A browser that nobody signed in with; redirects are looked at, not followed."""
    app = create_app(settings, database, loopback=loopback)
    client = TestClient(app, base_url=settings.base_url, follow_redirects=False, **more)
    client.portal = _loop()
    return client


@cache
def _loop() -> BlockingPortal:
    """One event loop for all browsers of a process: one of its own for each request took longer than most answers."""
    return _OPEN.enter_context(start_blocking_portal())


def someone(
    database: Database,
    settings: Settings,
    role: Role = Role.OFFICE,
    scope: ScopeKind = ScopeKind.ALL,
    value: object = "",
    **person: Any,
) -> TestClient:
    """A browser signed in as a new person with this one right."""
    with database.writing() as db:
        account = make_account(db, make_person(db, **person))
        make_grant(db, account, role, scope, value)
        account_id = account.id
    return client_of(database, settings, account_id)


def client_of(database: Database, settings: Settings, account_id: int) -> TestClient:
    """A browser signed in with this account."""
    client = stranger(database, settings)
    with database.writing() as db:
        token = sessions.start(db, account_id, clock.now(), origin="testclient")
        csrf = sa.select(col(SignInSession.csrf)).where(col(SignInSession.token_hash) == digest(token))
        client.headers[TOKEN_HEADER] = db.execute(csrf).scalar_one()
    client.cookies.set(SESSION_COOKIE, token)
    return client
