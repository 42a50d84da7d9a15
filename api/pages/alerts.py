"""The alert centre: the list, one alert, what people do with it, and the words that were sent."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.dependencies import CurrentActor, CurrentEdge, Now, Reading, Today, Writing, needs, on_refusal
from api.html import day, page, refused, see
from api.stating import TypedDay
from portfolio.access import Permission
from portfolio.alerts.desk import alerts, centre, deliveries, history
from portfolio.alerts.desk.centre import Standing, Wanted
from portfolio.alerts.desk.forms import NOTHING_WRONG, AcknowledgeForm, CommentForm, SnoozeForm, drawn_again
from portfolio.errors import PortfolioError
from portfolio.overview import alert_page, alert_trial

Redrawing = Callable[[int, BaseModel], None]
router = APIRouter(prefix="/alerts", dependencies=[needs(Permission.SEE_PROJECTS)])


def _redrawing(request: Request, held: CurrentEdge, actor: CurrentActor, today: Today) -> Redrawing:
    """Say how the page of an alert is drawn again around a refused form, with what was typed."""

    def prepare(alert_id: int, filled: BaseModel) -> None:
        def draw(error: PortfolioError) -> Response:
            with held.database.reading() as db:
                values = alert_page.shown(history.one(db, actor, alert_id, today=today), today)
            return page(request, "pages/alerts/show.html", **values, **drawn_again(error, filled))

        on_refusal(request, draw)

    return prepare


Redraw = Annotated[Redrawing, Depends(_redrawing)]


class AlertFilter(BaseModel):
    """The address of a list: only mine, one rule, one unit, one standing, page."""

    model_config = ConfigDict(extra="ignore")
    mine: bool = False
    rule: str = ""
    owner: int | None = None
    standing: Standing | None = None
    page: int = Field(1, ge=1, le=10_000)

    @field_validator("owner", "standing", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    def wanted(self) -> Wanted:
        """The same as the query takes it."""
        return Wanted(self.mine, self.rule, self.owner, self.standing, self.page)


@router.get("")
def index(
    request: Request, db: Reading, actor: CurrentActor, today: Today, asked: Annotated[AlertFilter, Query()]
) -> Response:
    """Show which alerts are open, who should act, and how far they were told."""
    wanted = asked.wanted()
    found = centre.centre(db, actor, wanted, today=today)
    values = alert_page.listed(found, wanted, asked.model_dump(), actor, today)
    return page(request, "pages/alerts/index.html", block="rows", **values)


@router.get("/preview", dependencies=[needs(Permission.CONFIGURE_ALERTS)])
def preview(
    request: Request, held: CurrentEdge, actor: CurrentActor, today: Today, now: Now, on: TypedDay = None
) -> Response:
    """Show who would get what on a coming day; evaluated in a transaction that is rolled back."""

    def drawn(error: PortfolioError | None) -> Response:
        asked = day("on", on, today) if on and error is None else None
        sender = held.settings.mail_from
        values = alert_trial.coming(held.database, actor, asked, today=today, now=now, sender=sender)
        return page(request, "pages/alerts/preview.html", typed=on, **values, **refused(error))

    on_refusal(request, drawn)
    return drawn(None)


@router.get("/try", dependencies=[needs(Permission.CONFIGURE_ALERTS)])
def try_out(
    request: Request, held: CurrentEdge, actor: CurrentActor, today: Today, rule: str = "", days: str = ""
) -> Response:
    """Show what a rule would have said in the last 90 days, with these thresholds."""
    values = alert_trial.tried(held.database, actor, rule, days, today=today)
    return page(request, "pages/alerts/try.html", **values)


@router.get("/{alert_id}")
def show(request: Request, db: Reading, actor: CurrentActor, today: Today, alert_id: int) -> Response:
    """Show one alert: its ladder, its history, who was told, and what one may do."""
    one = history.one(db, actor, alert_id, today=today)
    return page(request, "pages/alerts/show.html", **alert_page.shown(one, today), **NOTHING_WRONG)


@router.get("/{alert_id}/mails/{mail_id}")
def words(
    request: Request, db: Reading, actor: CurrentActor, today: Today, alert_id: int, mail_id: int
) -> Response:
    """Show the words that one mail said of this alert."""
    said = deliveries.words(db, actor, alert_id, mail_id, today=today)
    one = history.one(db, actor, alert_id, today=today)
    return page(request, "pages/alerts/words.html", said=said, one=one)


@router.post("/{alert_id}/acknowledge")
def acknowledge(
    db: Writing, actor: CurrentActor, today: Today, now: Now, redraw: Redraw, alert_id: int,
    filled: Annotated[AcknowledgeForm, Form()],
) -> Response:  # fmt: skip
    """Take note of an alert until a date."""
    redraw(alert_id, filled)
    alerts.acknowledge(db, actor, alert_id, filled.given(), today=today, now=now)
    return see(f"/alerts/{alert_id}")


@router.post("/{alert_id}/snooze", dependencies=[needs(Permission.SNOOZE_ALERT)])
def snooze(
    db: Writing, actor: CurrentActor, today: Today, now: Now, redraw: Redraw, alert_id: int,
    filled: Annotated[SnoozeForm, Form()],
) -> Response:  # fmt: skip
    """Keep an alert quiet for everyone until a date."""
    redraw(alert_id, filled)
    alerts.snooze(db, actor, alert_id, filled.given(), today=today, now=now)
    return see(f"/alerts/{alert_id}")


@router.post("/{alert_id}/end-snooze", dependencies=[needs(Permission.SNOOZE_ALERT)])
def end_snooze(db: Writing, actor: CurrentActor, today: Today, now: Now, alert_id: int) -> Response:
    """Let an alert speak again."""
    alerts.end_snooze(db, actor, alert_id, today=today, now=now)
    return see(f"/alerts/{alert_id}")


@router.post("/{alert_id}/comment", dependencies=[needs(Permission.COMMENT_ALERT)])
def comment(
    db: Writing, actor: CurrentActor, today: Today, now: Now, redraw: Redraw, alert_id: int,
    filled: Annotated[CommentForm, Form()],
) -> Response:  # fmt: skip
    """Say something about an alert."""
    redraw(alert_id, filled)
    alerts.comment(db, actor, alert_id, filled.given(), today=today, now=now)
    return see(f"/alerts/{alert_id}")
