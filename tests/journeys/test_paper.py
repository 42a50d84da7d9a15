"""On A4 a page is what it says: nothing to fill in, each sum once, one table on one sheet, nothing past the margin."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from api.dependencies import SESSION_COOKIE
from portfolio import clock, reference
from portfolio.access import Role
from portfolio.finance import budgets
from portfolio.finance.budgets import YearlyAmountIn
from portfolio.finance.models import AmountKind
from portfolio.finance.reference import Source
from portfolio.money import Fen
from portfolio.people import sessions
from tests.build import make_account, make_actor, make_grant, make_milestone, make_project
from tests.server import Server

A4: ViewportSize = {
    "width": 696,
    "height": 1003,
}  # what the margins leave of 210 × 297 mm, 96 points to the inch
SUMS = (Fen(20_003_340_000), Fen(1_066_845_000), Fen(12_002_004_000))
ENDS = "cells => cells.map(cell => Math.round(cell.getBoundingClientRect().right))"


@pytest.fixture
def paper(server: Server, page: Page) -> tuple[Page, str]:
    """A tab of the office's that shows pages as they are printed, and a project with three years' plan."""
    today = clock.civil_date(clock.now())
    with server.database.writing() as db:
        reference.load(db, today)
        project = make_project(db, "南水北调新郑观音寺调蓄工程")
        make_milestone(db, project)
        for year, fen in enumerate(SUMS, today.year):
            filled = YearlyAmountIn(
                project_id=project.id, kind=AmountKind.PLANNED, year=year, source=Source.CITY, sum=fen
            )
            budgets.set_year(db, make_actor(), filled, today=today)
        account = make_account(db)
        make_grant(db, account, Role.OFFICE)
        token = sessions.start(db, account.id, clock.now())
        at = f"{server.url}/projects/{project.code}"
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": server.url}])
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    return page, at


def test_a_project_prints_its_money_once_in_columns_whose_points_stand_below_each_other(paper):
    page, at = paper
    page.goto(at)
    foot = page.locator(".money-grid tfoot")
    assert foot.evaluate("each => getComputedStyle(each).display") == "table-row-group"
    cells = page.locator(".money-grid td.num:last-child .sub")
    expect(cells).to_have_text(["/ 33,072.19", "/ 33,072.19"])
    assert len(set(cells.evaluate_all(ENDS))) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= A4["width"]


@pytest.mark.parametrize("place", ["", "/pauses", "/stage", "/duties"])
def test_nothing_on_paper_asks_to_be_filled_in(paper, place):
    page, at = paper
    page.goto(at + place)
    expect(page.locator("h1")).to_be_visible()
    for control in page.locator("main :is(input, select, textarea, button)").all():
        expect(control).to_be_hidden()
