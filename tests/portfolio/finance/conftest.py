"""Money needs its sources."""

import pytest

from portfolio.finance import reference


@pytest.fixture
def money_db(db):
    """A database with the funding sources."""
    reference.load(db)
    return db
