"""Fixtures for everybody: databases (tests/databases.py), the browser and a running server (tests/browser.py)."""

import pytest

from portfolio import audit
from portfolio.signing import KeyRing, Purpose
from tests.build import SECRET

pytest_plugins = ["tests.not_run", "tests.databases", "tests.browser", "tests.server"]


@pytest.fixture(autouse=True)
def _same_audit_keys() -> None:
    """Every test begins with the builders' keys, whichever an earlier one set for its process."""
    audit.use_keys(KeyRing(Purpose.AUDIT, [SECRET]))
