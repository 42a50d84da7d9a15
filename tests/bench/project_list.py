"""The list page of 50 out of 10,000 projects on SQLite, signed in, beside drawing the same template alone."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from starlette.testclient import TestClient

from api.app import create_app
from api.dependencies import SESSION_COOKIE
from portfolio import clock, migrating, reference, rendering
from portfolio.access import Role
from portfolio.database import Database
from portfolio.people import sessions
from tests.bench import portfolio_of
from tests.bench.measure import Amount, Ratio, Result, median_seconds
from tests.build import TODAY, make_account, make_grant
from tests.server import settings_for

PROJECTS = 10_000
TIMES = 30
BOUND = 3.5
STATEMENTS = 40
GZIPPED = 25 * 1024
PAGE = "/projects"


def results() -> Iterator[Result]:
    """Measure the request in process: the network is not ours to time."""
    with TemporaryDirectory() as name:
        database = Database(f"sqlite:///{Path(name) / 'list.db'}")
        token = _fill(database)
        settings = settings_for(Path(name), base_url="http://testserver")
        with TestClient(create_app(settings, database), cookies={SESSION_COOKIE: token}) as client:
            answer = client.get(PAGE)
            assert answer.status_code == 200, answer.text[:300]
            few = _statements(client, f"{PAGE}?q=第7号")
            many = _statements(client, PAGE)
            drawn = _drawn(client)
            ours = median_seconds(lambda: client.get(PAGE), TIMES)
        floor = median_seconds(lambda: rendering.page(*drawn), TIMES)
    yield Ratio("project list, 50 of 10,000", ours, floor, BOUND)
    yield Amount("project list, gzipped", len(gzip.compress(answer.content)), GZIPPED, "bytes")
    yield Amount("project list, statements", many, STATEMENTS, "")
    yield Amount("project list, statements beyond those of a shorter page", many - few, 0, "")


def _fill(database: Database) -> str:
    """Make the portfolio and sign the key-projects office in; returns the cookie's token."""
    migrating.upgrade(database)
    with database.writing() as db:
        reference.load(db, today=TODAY)
        portfolio_of.make(db, PROJECTS)
        assert portfolio_of.count(db) == PROJECTS
        account = make_account(db)
        make_grant(db, account, Role.OFFICE, sees_money=True)
        return sessions.start(db, account.id, clock.now())


def _drawn(client: TestClient) -> tuple[Any, ...]:
    """What the page handed to the template: the floor draws exactly that."""
    with patch("portfolio.rendering.page", wraps=rendering.page) as draw:
        client.get(PAGE)
    return tuple(draw.call_args.args)


def _statements(client: TestClient, address: str) -> int:
    with _counting() as said:
        assert client.get(address).status_code == 200
    return len(said)


@contextmanager
def _counting() -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
