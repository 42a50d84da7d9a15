"""Fixtures for everybody: databases (tests/databases.py), the browser and a running server (tests/browser.py)."""

import gc

import pytest
from argon2 import PasswordHasher

from portfolio import audit
from portfolio.people import passwords
from portfolio.signing import KeyRing, Purpose
from tests.build import SECRET

pytest_plugins = ["tests.not_run", "tests.databases", "tests.browser", "tests.server"]


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage again and again is a tenth of a run."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.fixture(autouse=True, scope="session")
def _cheap_passwords() -> None:
    """Hash in a millisecond: how dear it is, tests of the passwords say."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _same_audit_keys() -> None:
    """Every test begins with the builders' keys, whichever an earlier one set for its process."""
    audit.use_keys(KeyRing(Purpose.AUDIT, [SECRET]))
