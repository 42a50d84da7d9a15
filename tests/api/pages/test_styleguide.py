"""The gallery in a real browser: accessible, policy kept, few requests, no sideways scroll, keys."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import accessibility_findings
from tests.server import Server

SIZES = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark"), (320, "light")]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}-{size[1]}")
def gallery(
    request: pytest.FixtureRequest, browser: Browser, server: Server
) -> Iterator[tuple[Page, list[str]]]:
    """The gallery at one width in one scheme, with what the browser complained about."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(server.url + "/styleguide")
    yield page, complaints
    context.close()


@pytest.mark.slow
def test_the_gallery_is_accessible_quiet_and_fits(gallery: tuple[Page, list[str]]) -> None:
    page, complaints = gallery
    assert accessibility_findings(page) == []
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_page_takes_few_requests(page: Page, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url + "/styleguide")
    assert len(asked) <= 6


def test_slash_goes_to_the_search_and_a_letter_typed_there_stays_a_letter(page: Page, server: Server) -> None:
    page.goto(server.url + "/styleguide")
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("/g")
    assert page.locator("[data-search]").input_value() == "/g"


def test_escape_closes_a_confirming_step_and_returns_the_focus(page: Page, server: Server) -> None:
    page.goto(server.url + "/styleguide")
    step = page.locator("details.confirm").first
    step.locator("summary").click()
    step.get_by_role("button", name="不撤回").wait_for()
    page.keyboard.press("Escape")
    assert step.get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_without_script_the_confirming_step_still_opens(browser: Browser, server: Server) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(server.url + "/styleguide")
    page.locator("details.confirm summary").first.click()
    assert page.get_by_role("button", name="撤回 36 处").last.is_visible()


def test_the_sample_mail_is_shown(page: Page, server: Server) -> None:
    page.goto(server.url + "/styleguide/mail")
    assert page.get_by_text("今天变了").is_visible()
