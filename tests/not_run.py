"""Says in one line what could not be run, and counts what was: a skipped half is never mistaken for a passed one.

`PORTFOLIO_TEST_REQUIRE=postgres,browser` (set by .ci/run) makes their absence a failure instead.
"""

import os
from collections import Counter
from typing import NoReturn

import pytest

MARKS = {"postgres": "on PostgreSQL", "browser": "in a browser"}
BEGINNING = "cannot run "


def cannot_run(mark: str, reason: str) -> NoReturn:
    """End this test as not run; where it is required, as failed."""
    if mark in os.environ.get("PORTFOLIO_TEST_REQUIRE", "").split(","):
        pytest.fail(f"required, but {BEGINNING}{MARKS[mark]}: {reason}", pytrace=False)
    pytest.skip(f"{BEGINNING}{MARKS[mark]}: {reason}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for a page as a browser test."""
    for item in items:
        if {"page", "browser", "context"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts, and what could not be run with its reason."""
    passed = terminalreporter.getreports("passed")
    counts = [f"{sum(mark in each.keywords for each in passed)} {where}" for mark, where in MARKS.items()]
    terminalreporter.write_line(f"passed of these: {', '.join(counts)}")
    left_out = Counter(
        each.longrepr[2].removeprefix("Skipped: ").removeprefix(BEGINNING)
        for each in terminalreporter.getreports("skipped")
        if isinstance(each.longrepr, tuple)
    )
    if left_out:
        lines = "; ".join(f"{number} {reason}" for reason, number in left_out.items())
        terminalreporter.write_line(f"not run: {lines}", yellow=True)
