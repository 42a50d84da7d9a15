"""Money needs its sources and keys to sign what is changed."""

import pytest

from portfolio import audit
from portfolio.finance import reference
from portfolio.signing import KeyRing, Purpose


@pytest.fixture(autouse=True)
def _keys() -> None:
    audit.use_keys(KeyRing(Purpose.AUDIT, ["0123456789abcdef0123456789abcdef"]))


@pytest.fixture
def money_db(db):
    """A database with the funding sources."""
    reference.load(db)
    return db
