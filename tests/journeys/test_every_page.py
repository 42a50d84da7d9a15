"""Every page that answers GET, opened in a real browser by someone who may: nothing on it is wrong.

The application's own routes are walked, so that a new page cannot be forgotten: one without places is opened
by itself, one with places needs an example here, and what is no page is named as such.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext
from sqlmodel import col

from api.dependencies import SESSION_COOKIE
from imports.demo import load as demo
from imports.plans import data
from imports.plans import load as plan
from portfolio import clock, reference
from portfolio.access import TABLE, Permission, Role
from portfolio.database import Database
from portfolio.people import sessions
from portfolio.people.models import Account
from tests.build import make_system_actor
from tests.house.routes import Declared, application, declared
from tests.journeys.examples import examples
from tests.journeys.sights import Watch, look
from tests.server import Server, serving

NO_PAGES = {
    "/api/v1/projects", "/api/v1/projects/{code}", "/api/v1/projects/{code}/milestones",
    "/healthz", "/readyz", "/audit/file", "/workbooks/file", "/workbooks/{code}/original",
    "/workbooks/{code}/marked", "/styleguide/mail",
}  # fmt: skip
MISSING = ("/no-such-page", "/link/used-up")
OPENERS = (Role.OFFICE, Role.ADMINISTRATOR, Role.AUDITOR, Role.ACCOUNTANT)
OTHERS = (Role.REPORTER, Role.LEADER, Role.VIEWER)


@pytest.fixture
def city(sqlite_database: Database, tmp_path: Path) -> Iterator[Server]:
    """The product with the plan and the demonstration, and a workbook that waits to be looked at."""
    now = clock.now()
    with sqlite_database.writing() as db:
        reference.load(db, clock.civil_date(now))
        plan.load(db, make_system_actor(), data.read(data.packaged()), now=now)
    with serving(sqlite_database, tmp_path) as server:
        demo.load(sqlite_database, server.settings, now=now)
        yield server


@pytest.mark.slow
def test_every_page_is_accessible_keeps_the_policy_and_fits(
    city: Server, browser: Browser, tmp_path: Path
) -> None:
    routes = [each for each in declared(application(tmp_path)) if each.method == "GET"]
    wrong: dict[str, list[str]] = {}
    for role, addresses in _visits(routes, examples(city)).items():
        page = _signed_in(browser.new_context(), city, role).new_page()
        watch = Watch.over(page)
        for address in addresses:
            status = 404 if address in MISSING else 200
            found = look(page, watch, city.url + address, status)
            if found:
                wrong[f"{role} {address}"] = found
        page.context.close()
    assert wrong == {}


def _visits(routes: list[Declared], examples: dict[str, list[str]]) -> dict[Role | None, list[str]]:
    """Say who opens what: whoever may, the office first; then some pages as others see them."""
    visits: dict[Role | None, list[str]] = {None: [*MISSING], **{role: [] for role in OPENERS}}
    for route in routes:
        if route.path not in NO_PAGES:
            addresses = examples.get(route.path, [] if "{" in route.path else [route.path])
            assert addresses, f"give an example of {route.path}, or name it among NO_PAGES"
            visits[_opener(route)] += addresses
    for role in OTHERS:
        visits[role] = ["/", "/projects?late=overdue"]
    visits[Role.OFFICE] += [*MISSING, "/projects?q=zzzz"]
    return visits


def _opener(route: Declared) -> Role | None:
    if route.policies[0].startswith("anyone"):
        return None
    needed = [Permission(each) for each in route.policies if not each.startswith("signed in")]
    return next(role for role in OPENERS if all(role in TABLE[each] for each in needed))


def _signed_in(context: BrowserContext, city: Server, role: Role | None) -> BrowserContext:
    """Give a browser the session of the demonstration's person of a role; none for a stranger."""
    if role is not None:
        with city.database.writing() as db:
            known = sa.select(Account).where(col(Account.login) == f"demo-{role.value}")
            token = sessions.start(db, db.execute(known).scalar_one().id or 0, clock.now())
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": city.url}])
    return context
