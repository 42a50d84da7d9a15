"""Money needs its sources."""

import pytest

from portfolio.finance import reference


@pytest.fixture
def money_db(db):
    """A database with the funding sources."""
    reference.load(db)
    return db


@pytest.fixture
def money_sqlite(sqlite_db):
    """The same on SQLite only, for properties."""
    reference.load(sqlite_db)
    return sqlite_db
