"""The working-day calendar: which years are confirmed, and entering the State Council's notice of one."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import CurrentActor, CurrentEdge, Edge, Now, Today, Writing, needs, on_refusal
from api.html import page, read, refused, see
from portfolio.access import Actor, Permission
from portfolio.alerts.desk import notices
from portfolio.alerts.desk.notices import NoticeIn
from portfolio.errors import PortfolioError

HERE = "/operations/calendar"
TEMPLATE = "pages/operations/calendar.html"
router = APIRouter(prefix=HERE, dependencies=[needs(Permission.RUN_ALERTS)])


class NoticeForm(BaseModel):
    """The notice as the browser sends it."""

    model_config = ConfigDict(extra="forbid")
    year: str = Field("", max_length=10)
    text: str = Field("", max_length=20_000)
    source: str = Field("", max_length=400)


@router.get("")
def show(request: Request, held: CurrentEdge, actor: CurrentActor, today: Today) -> Response:
    """Show which years are confirmed, and the form for the next notice."""
    with held.database.reading() as db:
        years = notices.known_years(db, today=today)
    awaited = next((each.year for each in years if not each.is_confirmed), today.year + 1)
    return _drawn(request, held, actor, today, {"year": str(awaited)})


@router.post("/read")
def understand(
    request: Request, held: CurrentEdge, actor: CurrentActor, today: Today,
    filled: Annotated[NoticeForm, Form()],
) -> Response:  # fmt: skip
    """Show what a notice was understood to say; nothing is written."""
    return _drawn(request, held, actor, today, filled.model_dump())


@router.post("")
def confirm(
    request: Request, held: CurrentEdge, db: Writing, actor: CurrentActor, today: Today, now: Now,
    filled: Annotated[NoticeForm, Form()],
) -> Response:  # fmt: skip
    """Confirm a year with its notice."""
    typed = filled.model_dump()
    on_refusal(request, lambda error: _drawn(request, held, actor, today, typed, error))
    notices.confirm(db, actor, read(NoticeIn, typed), today=today, now=now)
    return see(HERE)


def _drawn(
    request: Request, held: Edge, actor: Actor, today: date, typed: dict[str, Any],
    error: PortfolioError | None = None,
) -> Response:  # fmt: skip
    """The page around what was typed, with what it was understood to say."""
    understood = None
    if "text" in typed:
        try:
            understood = notices.understand(actor, read(NoticeIn, typed))
        except PortfolioError as unreadable:
            error = error or unreadable
    with held.database.reading() as db:
        years = notices.known_years(db, today=today)
    return page(request, TEMPLATE, years=years, typed=typed, understood=understood, **refused(error))
