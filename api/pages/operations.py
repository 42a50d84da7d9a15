"""How delivery stands, and what those who run it do: resend, mark and release addresses, start and stop."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import CurrentActor, CurrentEdge, Now, Reading, Today, Writing, needs, on_refusal
from api.html import page, see
from portfolio.access import Permission
from portfolio.alerts import mailing
from portfolio.alerts.delivery.bookkeeping import WORDS
from portfolio.alerts.desk import letters, operations
from portfolio.alerts.desk.forms import NOTHING_WRONG, as_day, drawn_again
from portfolio.alerts.desk.letters import AddressIn, StopIn
from portfolio.errors import PortfolioError

HERE = "/operations"
TEMPLATE = "pages/operations/index.html"
router = APIRouter(prefix=HERE, dependencies=[needs(Permission.SEE_OPERATIONS)])
RUNS = [needs(Permission.RUN_ALERTS)]


class AddressForm(BaseModel):
    """An address to be mailed again."""

    model_config = ConfigDict(extra="forbid")
    address: str = Field("", max_length=200)


class MarkForm(AddressForm):
    """An address that takes no mail, and how that is known."""

    why: str = Field("", max_length=160)


class StartForm(BaseModel):
    """The day from which mails go out."""

    model_config = ConfigDict(extra="forbid")
    start_on: str = Field("", max_length=40)


class ResumeForm(BaseModel):
    """The project whose mails go out again."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field("", max_length=12)


Redrawing = Callable[[BaseModel], None]


def _redrawing(request: Request, held: CurrentEdge, actor: CurrentActor, today: Today, now: Now) -> Redrawing:
    """Say how the page is drawn again around a refused form, with what was typed."""

    def prepare(filled: BaseModel) -> None:
        def draw(error: PortfolioError) -> Response:
            with held.database.reading() as db:
                state = operations.operations(db, actor, today=today, now=now)
            return page(
                request, TEMPLATE, state=state, today=today, words=WORDS, **drawn_again(error, filled)
            )

        on_refusal(request, draw)

    return prepare


Redraw = Annotated[Redrawing, Depends(_redrawing)]


@router.get("")
def show(request: Request, db: Reading, actor: CurrentActor, today: Today, now: Now) -> Response:
    """Show runs, outbox, books, dead letters, refused addresses and whether mails go out."""
    state = operations.operations(db, actor, today=today, now=now)
    return page(request, TEMPLATE, state=state, today=today, words=WORDS, **NOTHING_WRONG)


@router.post("/letters/{letter_id}/resend", dependencies=RUNS)
def resend(db: Writing, actor: CurrentActor, today: Today, now: Now, letter_id: int) -> Response:
    """Put a dead letter back into the outbox."""
    letters.resend(db, actor, letter_id, today=today, now=now)
    return see(HERE + "#letters")


@router.post("/addresses", dependencies=RUNS)
def mark(
    db: Writing, actor: CurrentActor, now: Now, redraw: Redraw, filled: Annotated[MarkForm, Form()]
) -> Response:
    """Mark an address as taking no mail."""
    redraw(filled)
    letters.mark(db, actor, AddressIn(address=filled.address, reason=filled.why), now=now)
    return see(HERE + "#addresses")


@router.post("/addresses/release", dependencies=RUNS)
def release(db: Writing, actor: CurrentActor, now: Now, filled: Annotated[AddressForm, Form()]) -> Response:
    """Let an address be mailed again."""
    letters.release(db, actor, filled.address, now=now)
    return see(HERE + "#addresses")


@router.post("/mails/start", dependencies=RUNS)
def start(
    db: Writing, actor: CurrentActor, today: Today, redraw: Redraw, filled: Annotated[StartForm, Form()]
) -> Response:
    """Set the mail start, end a stop, release what a restored database holds."""
    redraw(filled)
    mailing.start(db, actor, as_day("start_on", filled.start_on), today=today)
    return see(HERE + "#mails")


@router.post("/mails/stop", dependencies=RUNS)
def stop(
    db: Writing, actor: CurrentActor, today: Today, redraw: Redraw, filled: Annotated[StopIn, Form()]
) -> Response:
    """Stop all mails, or those about one project."""
    redraw(filled)
    letters.stop(db, actor, filled, today=today)
    return see(HERE + "#mails")


@router.post("/mails/resume", dependencies=RUNS)
def resume(db: Writing, actor: CurrentActor, today: Today, filled: Annotated[ResumeForm, Form()]) -> Response:
    """Let the mails about one project go out again."""
    letters.resume(db, actor, filled.code, today=today)
    return see(HERE + "#mails")
