"""The pages people open all day, with 10,000 projects on SQLite, signed in.

The list of 50 stands beside drawing its template alone with the rows in memory; the others are figures.
"""

import gzip
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from api.app import create_app
from api.dependencies import SESSION_COOKIE
from imports.plans import data, load
from portfolio import clock, installation, migrating, reference, rendering
from portfolio.access import Actor, Role, Way
from portfolio.alerts.evaluation import evaluate
from portfolio.database import Database
from portfolio.people import sessions
from tests.bench import portfolio_of
from tests.bench.measure import Amount, Figure, Ratio, Result, in_turns, median_seconds
from tests.bench.visiting import Browser, browsing
from tests.build import TODAY, make_account, make_grant
from tests.server import settings_for

PROJECTS = 10_000
TIMES = 50
BOUND = 3.5
STATEMENTS = 40
GZIPPED = 25 * 1024
PAGE = "/projects"
LOADER = Actor(None, "系统", Way.COMMAND, origin="bench", is_system=True)


def results() -> Iterator[Result]:
    """Measure requests in process."""
    with TemporaryDirectory() as name:
        database = Database(f"sqlite:///{Path(name) / 'list.db'}")
        settings = settings_for(Path(name), base_url="http://testserver")
        app = create_app(settings, database)
        token, code = _fill(database)
        with browsing(app, f"{SESSION_COOKIE}={token}") as browser:
            yield from _list(browser)
            for address in ("/", f"{PAGE}/{code}", f"{PAGE}?q=jcsq", "/plan", "/alerts", "/workbooks"):
                taken = median_seconds(partial(browser.get, address), TIMES // 3)
                yield Figure(f"page {address}", taken, browser.statements(address))


def _list(browser: Browser) -> Iterator[Result]:
    few = browser.statements(f"{PAGE}?q={quote('第7号')}")
    many = browser.statements(PAGE)
    drawn = _drawn(browser)
    ours, floor = in_turns(lambda: browser.get(PAGE), lambda: rendering.page(*drawn), TIMES)
    yield Ratio("project list, 50 of 10,000", ours, floor, BOUND)
    yield Amount("project list, gzipped", len(gzip.compress(browser.get(PAGE).body)), GZIPPED, "bytes")
    yield Amount("project list, statements", many, STATEMENTS, "")
    yield Amount("project list, statements beyond those of a shorter page", many - few, 0, "")


def _fill(database: Database) -> tuple[str, str]:
    """Make the portfolio, the plan and today's alerts, and sign the key-projects office in.

    Returns the cookie's token and the code of a project.
    """
    migrating.upgrade(database)
    now = clock.now()
    with database.writing() as db:
        # The portfolio stands in the middle of its plan, whenever the benchmark runs.
        installation.put(db, installation.DAY_OFFSET, str((clock.civil_date(now) - TODAY).days))
        reference.load(db, today=TODAY)
        code = portfolio_of.make(db, PROJECTS)
        assert portfolio_of.count(db) == PROJECTS
        load.load(db, LOADER, data.read(data.packaged()), now=now)
        account = make_account(db)
        make_grant(db, account, Role.OFFICE, sees_money=True)
        token = sessions.start(db, account.id, now)
    evaluate.evaluate_day(database, TODAY, now, owner="bench", sender="bench@example.org")
    database.gather_statistics()
    return token, code


def _drawn(browser: Browser) -> tuple[Any, ...]:
    """What the page handed to the template: the floor draws exactly that."""
    with patch("portfolio.rendering.page", wraps=rendering.page) as draw:
        browser.get(PAGE)
    return tuple(draw.call_args.args)
