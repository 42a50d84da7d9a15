"""What a mail's link opens: one alert for one recipient, and nothing else; acting is a form that POSTs."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response

from api.dependencies import CurrentEdge, Now, Reading, Today, Writing, anyone, on_refusal, visitor
from api.html import page, see
from portfolio import clock
from portfolio.alerts.desk import alerts, history
from portfolio.alerts.desk.forms import NOTHING_WRONG, AcknowledgeForm, drawn_again
from portfolio.alerts.desk.opening import Visit, open_link
from portfolio.alerts.links import PATH
from portfolio.errors import PortfolioError
from portfolio.overview import alert_page
from portfolio.signing import Purpose, key_ring

router = APIRouter(
    dependencies=[anyone("a signed address from a mail says what it may do"), Depends(visitor)]
)
GONE = "pages/alerts/gone.html"


def _visit(request: Request, held: CurrentEdge, today: Today, now: Now) -> Visit:
    """Gather what tells whether a link still works."""
    origin = request.client.host if request.client else ""
    return Visit(key_ring(held.settings, Purpose.LINK), today, clock.civil_date(now), origin)


Visiting = Annotated[Visit, Depends(_visit)]


@router.get(PATH + "{token}")
def show(request: Request, db: Reading, visit: Visiting, today: Today, token: str) -> Response:
    """Show the one alert that the link is for."""
    opened = open_link(db, token, visit)
    if opened is None:
        return page(request, GONE, status=410)
    one = history.read(db, opened.actor, opened.alert, today=today)
    return _drawn(request, token, alert_page.shown(one, today), NOTHING_WRONG)


@router.post(PATH + "{token}")
def acknowledge(
    request: Request, db: Writing, held: CurrentEdge, today: Today, now: Now, visit: Visiting, token: str,
    filled: Annotated[AcknowledgeForm, Form()],
) -> Response:  # fmt: skip
    """Take note of it as the mail's recipient."""
    opened = open_link(db, token, visit)
    if opened is None:
        return see(PATH + token)  # which says that it no longer works

    def draw(error: PortfolioError) -> Response:
        with held.database.reading() as fresh:
            again = open_link(fresh, token, visit) or opened
            one = history.read(fresh, again.actor, again.alert, today=today)
            return _drawn(request, token, alert_page.shown(one, today), drawn_again(error, filled))

    on_refusal(request, draw)
    alerts.acknowledge_found(db, opened.actor, opened.alert, filled.given(), today=today, now=now)
    return see(PATH + token)


def _drawn(request: Request, token: str, values: dict[str, Any], form: dict[str, Any]) -> Response:
    return page(request, "pages/alerts/by_mail.html", action=PATH + token, **values, **form)
