"""By keyboard alone: past the head, through a form in reading order, into a panel and out of it, a day picked or typed."""

import pytest
from playwright.sync_api import Page, expect

from api.dependencies import SESSION_COOKIE
from portfolio import clock
from portfolio.access import Role
from portfolio.people import sessions
from tests.build import make_account, make_grant, make_organisation, make_person
from tests.server import Server

RING = "() => getComputedStyle(document.activeElement).outlineStyle"
NAME = "() => document.activeElement.name || document.activeElement.textContent.trim()"


@pytest.fixture
def office(server: Server, page: Page) -> tuple[Page, str]:
    """A tab of the office's, and the address of a unit with one person."""
    with server.database.writing() as db:
        unit = make_organisation(db, name="郑州市水利局")
        make_person(db, name="李工", organisation_id=unit.id)
        account = make_account(db)
        make_grant(db, account, Role.OFFICE)
        token = sessions.start(db, account.id, clock.now())
        where = f"{server.url}/manage/organisations/{unit.id}"
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": server.url}])
    return page, where


def test_the_first_tab_leads_past_the_head_and_every_stop_shows_where_one_is(office):
    page, where = office
    page.goto(where)
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    expect(skip).to_have_text("跳到正文")
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    stops = []
    for _stop in range(11):
        page.keyboard.press("Tab")
        assert page.evaluate(RING) == "solid"
        stops.append(page.evaluate(NAME))
    assert stops[:3] == ["kind", "title", "增加"]
    assert stops[-5:] == ["short_name", "parent_id", "position", "aliases", "保存"]


def test_enter_opens_a_panel_and_escape_closes_it_where_one_was(office):
    page, where = office
    page.goto(where)
    opener = page.locator("#merge summary")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("并入哪个机构")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_label("并入哪个机构")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_day_reads_the_same_whatever_the_browsers_language_and_may_be_picked(office):
    page, where = office
    page.goto(where)
    page.locator("#merge summary").click()
    field = page.locator("#f-merged_on")
    today = clock.civil_date(clock.now()).isoformat()
    expect(field).to_have_value(today)
    page.locator("#merge [data-pick]").click()
    calendar = page.locator("#merge input[type=date]")
    expect(calendar).to_have_value(today)
    calendar.fill("2024-07-12")
    expect(field).to_have_value("2024-07-12")


def test_a_day_that_is_none_is_said_at_its_field_in_the_panel_that_held_it(office):
    page, where = office
    page.goto(where)
    page.locator("#merge summary").click()
    page.get_by_label("并入哪个机构").fill("郑州市")
    page.get_by_label("从哪天起").fill("明年")
    page.get_by_label("依据").fill("机构改革")
    page.get_by_role("button", name="并入", exact=True).click()
    expect(page.locator("#mistakes")).to_be_focused()
    expect(page.locator("#f-merged_on-mistake")).to_contain_text(
        "“明年”不是日期。请填年月日，如 2024-07-12。"
    )
    expect(page.locator("#f-merged_on")).to_be_visible()
