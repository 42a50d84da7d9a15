"""What a page shows in a real browser, and what is wrong with it: policy, requests, structure, width, access.

Every look is at one loaded page; width and colour scheme are changed in place, since loading again costs more.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from playwright.sync_api import Page, Response

from api.security import HEADERS
from tests.browser import accessibility_findings

DESK, PHONE, NARROW = 1440, 390, 320
MOST_REQUESTS = 6
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true; })"
SHAPE = """() => {
    const ids = [...document.querySelectorAll('[id]')].map(each => each.id);
    return {
        lang: document.documentElement.lang,
        title: document.title.split('—')[0].trim(),
        heads: document.querySelectorAll('h1').length,
        twice: ids.filter((id, place) => ids.indexOf(id) !== place),
        primaries: [...document.querySelectorAll('body:not(.styleguide) main .button.primary')]
            .filter(each => each.checkVisibility()).length,
    };
}"""


@dataclass
class Watch:
    """What a browser's tab asked for and complained about since it was last read."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def over(cls, page: Page) -> "Watch":
        """Listen to a tab; a refused policy is an error on its console."""
        seen = cls()
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: seen.complaints.append(message.text) if message.type == "error" else None,
        )
        return seen

    def forget(self) -> None:
        """Begin anew, before a page is opened."""
        self.requests.clear()
        self.complaints.clear()


def look(page: Page, watch: Watch, address: str, status: int = 200) -> list[str]:
    """Open an address and return everything that is wrong with it, in words."""
    watch.forget()
    page.set_viewport_size({"width": DESK, "height": 900})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    answer = page.goto(address)
    assert answer is not None
    if answer.status != status:
        return [f"answered {answer.status}"]
    wrong = [*_headers(answer), *_shape(page), *_access(page)]
    if len(watch.requests) > MOST_REQUESTS:
        wrong.append(f"asks {len(watch.requests)} times: {watch.requests}")
    expected = "" if status == 200 else f"status of {status}"
    return wrong + [each for each in watch.complaints if not expected or expected not in each]


def _headers(answer: Response) -> Iterator[str]:
    for name, value in {**HEADERS, "Cache-Control": "no-store"}.items():
        if answer.headers.get(name.lower()) != value:
            yield f"header {name} is {answer.headers.get(name.lower())!r}"


def _shape(page: Page) -> Iterator[str]:
    shape = page.evaluate(SHAPE)
    if shape["lang"] != "zh-CN":
        yield f"lang is {shape['lang']!r}"
    if not shape["title"]:
        yield "no title"
    if shape["heads"] != 1:
        yield f"{shape['heads']} h1"
    if shape["primaries"] > 1:
        yield f"{shape['primaries']} primary buttons"
    if shape["twice"]:
        yield f"ids given twice: {shape['twice']}"


def _access(page: Page) -> Iterator[str]:
    """Every rule at both widths in the light; in the dark only what colours can change."""
    for width in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        yield from (f"{width} light: {each}" for each in accessibility_findings(page))
        page.emulate_media(color_scheme="dark")
        yield from (f"{width} dark: {each}" for each in accessibility_findings(page, "color-contrast"))
    for width in (PHONE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        yield from _too_wide(page, width, "")
    page.evaluate(OPEN_ALL)
    for width in (PHONE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        yield from _too_wide(page, width, ", everything opened")


def _too_wide(page: Page, width: int, how: str) -> Iterator[str]:
    reach = page.evaluate("document.documentElement.scrollWidth")
    if reach > width:
        yield f"{width}{how}: reaches to {reach}"
