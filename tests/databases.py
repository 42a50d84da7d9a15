"""The `db` and `database` fixtures: each test gets a migrated database of its own, on SQLite and on PostgreSQL.

A template is migrated once per worker; a test's database is a copy of it. Ask for

- `db`: an open writing session, rolled back at the end;
- `database`: a `Database`, for code that opens its own sessions;
- `empty_database`: one without any table, for migrations;
- `sqlite_database`: a `database` on SQLite only, where the kind of database cannot matter.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portfolio import migrating
from portfolio.database import Database
from tests import postgres
from tests.not_run import cannot_run

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
Maker = Callable[[str], Database]


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
def make_database(
    request: pytest.FixtureRequest, make_empty_database: Maker, tmp_path: Path
) -> Iterator[Maker]:
    """Make a copy of the migrated template; `kind` is `sqlite` or `postgresql`."""
    made: list[Database] = []

    def make(kind: str) -> Database:
        if kind == "sqlite":
            path = tmp_path / f"portfolio-{len(made)}.db"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            made.append(Database(f"sqlite:///{path}"))
        else:
            server = request.getfixturevalue("postgres_server")
            template = request.getfixturevalue("postgres_template")
            made.append(Database(_new_database(server, template)))
        return made[-1]

    yield make
    for each in made:
        each.dispose()


@pytest.fixture
def make_empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    """Make a database without any table."""
    made: list[Database] = []

    def make(kind: str) -> Database:
        if kind == "sqlite":
            made.append(Database(f"sqlite:///{tmp_path / f'empty-{len(made)}.db'}"))
        else:
            made.append(Database(_new_database(request.getfixturevalue("postgres_server"), "template1")))
        return made[-1]

    yield make
    for each in made:
        each.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with nothing left in its journal."""
    folder = tmp_path_factory.mktemp("template")
    database = Database(f"sqlite:///{folder / 'migrated.db'}")
    migrating.upgrade(database)
    database.dispose()
    source, target = sqlite3.connect(folder / "migrated.db"), sqlite3.connect(folder / "template.db")
    source.backup(target)
    source.close()
    target.close()
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server; without one the test is reported as not run."""
    try:
        with postgres.server() as address:
            yield address
    except postgres.NoPostgres as reason:
        cannot_run("postgres", str(reason))


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    url = _new_database(postgres_server, "template1")
    database = Database(url)
    migrating.upgrade(database)
    database.dispose()
    yield str(sa.make_url(url).database)
    _drop_ours(postgres_server)


_numbers = count(1)


def _prefix() -> str:
    return f"portfolio_test_{os.getpid()}_"


def _new_database(server: str, template: str) -> str:
    name = f"{_prefix()}{next(_numbers)}"
    _on_server(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _drop_ours(server: str) -> None:
    """Leave a named server as it was found; a throw-away cluster vanishes anyway."""
    for number in range(1, next(_numbers)):
        _on_server(server, f'DROP DATABASE IF EXISTS "{_prefix()}{number}" WITH (FORCE)')


def _on_server(server: str, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
