"""The `db` and `database` fixtures: each test gets a migrated database of its own, on SQLite and on PostgreSQL.

A template is migrated once per worker; a test's database is a copy of it. Ask for

- `db`: an open writing session, rolled back at the end;
- `database`: a `Database`, for code that opens its own sessions;
- `empty_database`: one without any table, for migrations;
- `sqlite_database`, `sqlite_db`: the same on SQLite only, where the kind of database cannot matter.

Half of a short test's time would go into turning the same statements into SQL again, as SQLAlchemy remembers
them for each engine apart: all databases of a kind share what was remembered.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portfolio import migrating
from portfolio.database import Database
from tests import postgres
from tests.not_run import cannot_run

_numbers = count(1)
_first: dict[str, sa.Engine] = {}
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
Maker = Callable[[str], Database]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server, and the engine that makes and drops databases on it."""

    address: str
    engine: sa.Engine

    @contextmanager
    def database(self, template: str) -> Iterator[Database]:
        """Make a copy of a database and drop it at the end."""
        name = f"portfolio_test_{os.getpid()}_{next(_numbers)}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        url = sa.make_url(self.address).set(database=name)
        with _open(url.render_as_string(hide_password=False)) as database:
            yield database
        self._say(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _say(self, statement: str) -> None:
        with self.engine.connect() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, make_database: Maker) -> Database:
    """A migrated database of the test's own."""
    return make_database(request.param)


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, make_empty_database: Maker) -> Database:
    """A database of the test's own without any table."""
    return make_empty_database(request.param)


@pytest.fixture
def sqlite_database(make_database: Maker) -> Database:
    """A migrated SQLite database of the test's own."""
    return make_database("sqlite")


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    """An open writing session; what was not committed is rolled back at the end."""
    with Session(database.engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def sqlite_db(sqlite_database: Database) -> Iterator[Session]:
    """An open writing session on SQLite; what was not committed is rolled back at the end."""
    with Session(sqlite_database.engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def make_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    """Make a copy of the migrated template; `kind` is `sqlite` or `postgresql`."""
    with ExitStack() as stack:

        def make(kind: str) -> Database:
            if kind == "postgresql":
                server: Server = request.getfixturevalue("postgres_server")
                return stack.enter_context(server.database(request.getfixturevalue("postgres_template")))
            path = tmp_path / f"portfolio-{next(_numbers)}.db"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            return stack.enter_context(_open(f"sqlite:///{path}"))

        yield make


@pytest.fixture
def make_empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    """Make a database without any table."""
    with ExitStack() as stack:

        def make(kind: str) -> Database:
            if kind == "postgresql":
                server: Server = request.getfixturevalue("postgres_server")
                return stack.enter_context(server.database("template1"))
            return stack.enter_context(_open(f"sqlite:///{tmp_path / f'empty-{next(_numbers)}.db'}"))

        yield make


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with nothing left in its journal."""
    folder = tmp_path_factory.mktemp("template")
    with _open(f"sqlite:///{folder / 'migrated.db'}") as database:
        migrating.upgrade(database)
    source, target = sqlite3.connect(folder / "migrated.db"), sqlite3.connect(folder / "template.db")
    source.backup(target)
    source.close()
    target.close()
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server; without one the test is reported as not run."""
    try:
        with postgres.server() as address:
            engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
            yield Server(address, engine)
            engine.dispose()
    except postgres.NoPostgres as reason:
        cannot_run("postgres", str(reason))


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    with postgres_server.database("template1") as database:
        migrating.upgrade(database)
        database.dispose()  # a template that someone is connected to cannot be copied
        yield str(database.url.database)


@contextmanager
def _open(url: str) -> Iterator[Database]:
    database = Database(url)
    for engine in (database.engine, database._reader):
        _share_statements(engine)
    yield database
    database.dispose()


def _share_statements(engine: sa.Engine) -> None:
    """Let this engine use the statements that an earlier one compiled; the first of its kind keeps them."""
    kind = engine.dialect.name
    if kind not in _first:
        with engine.connect():  # a dialect learns about its server at the first connection
            _first[kind] = engine
    engine.dialect, engine._compiled_cache = _first[kind].dialect, _first[kind]._compiled_cache
