"""The rules of alerts: what each says and what holds where; changed with a reason, reset to the default."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import CurrentActor, CurrentEdge, Now, Reading, Today, Writing, needs, on_refusal
from api.html import page, read, refused, see
from portfolio.access import Permission
from portfolio.alerts.desk import rulebook
from portfolio.alerts.desk.rulebook import RuleIn
from portfolio.errors import PortfolioError
from portfolio.overview import alert_rules

HERE = "/alerts/rules"
SHOW = "pages/alerts/rule.html"
router = APIRouter(prefix=HERE, dependencies=[needs(Permission.CONFIGURE_ALERTS)])


class RuleForm(BaseModel):
    """What is to hold for a rule, as the browser sends it."""

    model_config = ConfigDict(extra="forbid")
    sector: str = Field("", max_length=40)
    project_code: str = Field("", max_length=12)
    days: str = Field("", max_length=80)
    off: str = Field("", max_length=4)
    reason: str = Field("", max_length=400)


class ResetForm(BaseModel):
    """The scope whose own setting is to be taken back, and why."""

    model_config = ConfigDict(extra="forbid")
    scope: str = Field(max_length=80)
    reason: str = Field("", max_length=200)


Redrawing = Callable[[str, BaseModel], None]


def _redrawing(request: Request, held: CurrentEdge, actor: CurrentActor, today: Today) -> Redrawing:
    """Say how the page of a rule is drawn again around a refused form, with what was typed."""

    def prepare(code: str, filled: BaseModel) -> None:
        def draw(error: PortfolioError) -> Response:
            with held.database.reading() as db:
                values = alert_rules.shown(db, actor, code, today=today)
            return page(request, SHOW, typed=filled.model_dump(), **values, **refused(error))

        on_refusal(request, draw)

    return prepare


Redraw = Annotated[Redrawing, Depends(_redrawing)]


@router.get("")
def index(request: Request, db: Reading, actor: CurrentActor, today: Today) -> Response:
    """Show every rule: condition, default, what holds where, who hears, source."""
    return page(request, "pages/alerts/rules.html", **alert_rules.listed(db, actor, today=today))


@router.get("/{code}")
def show(request: Request, db: Reading, actor: CurrentActor, today: Today, code: str) -> Response:
    """Show one rule and the form that changes it."""
    values = alert_rules.shown(db, actor, code, today=today)
    return page(request, SHOW, typed={}, **values, **refused(None))


@router.post("/{code}")
def change(
    db: Writing, actor: CurrentActor, today: Today, now: Now, redraw: Redraw, code: str,
    filled: Annotated[RuleForm, Form()],
) -> Response:  # fmt: skip
    """Set what holds of a rule for the portfolio, a sector or a project."""
    redraw(code, filled)
    rulebook.change(db, actor, code, read(RuleIn, filled.model_dump()), today=today, now=now)
    return see(f"{HERE}/{code}")


@router.post("/{code}/reset")
def reset(
    db: Writing, actor: CurrentActor, today: Today, now: Now, redraw: Redraw, code: str,
    filled: Annotated[ResetForm, Form()],
) -> Response:  # fmt: skip
    """Let the wider scope, or the default, hold again."""
    redraw(code, filled)
    rulebook.reset(db, actor, code, filled.scope, filled.reason, today=today, now=now)
    return see(f"{HERE}/{code}")
