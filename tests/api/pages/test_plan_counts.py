"""Every count of the plan's pages leads to the list that it counts, and the list shows that same count."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from imports.plans import data, load
from portfolio.access import Role
from tests.api.signed_in import someone
from tests.build import make_system_actor
from tests.markup import parse
from tests.server import settings_for

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LISTS = ("/projects?", "/plan/promises", "/plan/indicators?")
NUMBER = re.compile(r"\d[\d,]*")
# 共 475 项，打捆后 474 项: a count of lines is the second of the two.
HEAD = re.compile(r"共 ([\d,]+) [项条个](?:，打捆后 ([\d,]+) 项)?")


@pytest.fixture
def office(sqlite_database, tmp_path):
    """The office at its desk, with the whole plan loaded."""
    with sqlite_database.writing() as db:
        load.load(db, make_system_actor(), data.read(data.packaged()), now=NOW)
    return someone(sqlite_database, settings_for(tmp_path), Role.OFFICE)


@pytest.mark.slow
def test_every_count_is_what_its_list_shows(office):
    pages = ("/plan", "/plan/b05", "/plan/c13", "/plan/promises", "/plan/indicators", "/plan/b02")
    claims = {claim for path in pages for claim in counts(office.get(path).text)}
    assert len(claims) > 300
    wrong = {(href, n): found for href, n in claims if (found := shown(office, href)) != n}
    assert wrong == {}


@pytest.mark.slow
def test_every_list_of_targets_and_indicators_leads_to_what_it_names(office):
    root = parse(office.get("/plan/targets").text)
    hrefs = {href for href in root.xpath("//main//a/@href") if href.startswith(("/plan/", "/projects/"))}
    assert len(hrefs) > 60
    assert {href: code for href in hrefs if (code := office.get(href).status_code) != 200} == {}


def counts(text: str) -> Iterator[tuple[str, int]]:
    """The links of a page that say a number of a list."""
    for link in parse(text).xpath("//main//a[@href]"):
        number = NUMBER.search(link.text_content())
        if link.get("href").startswith(LISTS) and number:
            yield link.get("href"), whole(number.group())


def shown(office, href: str) -> int | None:
    """How many lines the list says that it has; nothing to list is 0."""
    root = parse(office.get(href).text)
    found = HEAD.search(root.xpath("string(//main)"))
    if found is None:
        return 0 if root.xpath("//main//*[contains(@class, 'empty')]") else None
    return whole(found.group(2) or found.group(1))


def whole(written: str) -> int:
    return int(written.replace(",", ""))
