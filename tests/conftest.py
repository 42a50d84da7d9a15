"""Fixtures for everybody: databases (tests/databases.py), the browser and a running server (tests/browser.py)."""

pytest_plugins = ["tests.not_run", "tests.databases", "tests.browser", "tests.server"]
