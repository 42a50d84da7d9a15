"""The headline indicators: their paths and pace, and yearly actuals entered by hand."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field, ValidationError

from api.dependencies import CurrentActor, Now, Reading, Today, Writing, edge, needs, on_refusal
from api.html import page, see
from imports.apply import actual_origins
from portfolio.access import Permission
from portfolio.errors import Invalid, NotFound, PortfolioError
from portfolio.i18n import _
from portfolio.overview.plan import plan_indicators
from portfolio.overview.plan.plan_indicators import IndicatorCard
from portfolio.plan import indicators
from portfolio.plan.indicators import ActualIn
from portfolio.plan.rules.pace import State

router = APIRouter(prefix="/plan/indicators")


class ActualForm(BaseModel):
    """The form as it was typed."""

    year: Annotated[str, Field(max_length=20)] = ""
    value: Annotated[str, Field(max_length=40)] = ""
    source: Annotated[str, Field(max_length=400)] = ""


@router.get("", dependencies=[needs(Permission.SEE_PROJECTS)])
def index(request: Request, db: Reading, actor: CurrentActor, state: State | None = None) -> Response:
    """Show every series, or those of one state, with its path and pace."""
    return page(
        request,
        "pages/indicators/index.html",
        board=plan_indicators.board(db, state),
        chosen=state,
        may_edit=actor.may(Permission.EDIT_INDICATORS),
        may_export=actor.may(Permission.EXPORT),
    )


@router.get("/{no}", dependencies=[needs(Permission.SEE_PROJECTS)])
def show(request: Request, no: str, db: Reading, actor: CurrentActor, today: Today) -> Response:
    """Show one series, where each of its figures comes from, and the form for who may fill it in."""
    return _page(request, db, actor, no, ActualForm(year=str(today.year - 1)))


@router.post("/{no}", dependencies=[needs(Permission.EDIT_INDICATORS)])
def record(
    request: Request,
    no: str,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    now: Now,
    given: Annotated[ActualForm, Form()],
) -> Response:
    """Record one year's actual; an empty value takes it back."""
    on_refusal(request, lambda error: _redraw(request, actor, no, given, error))
    indicators.record_actual(db, actor, _read(no, given), today=today, now=now)
    return see(f"/plan/indicators/{no}")


def _redraw(
    request: Request, actor: CurrentActor, no: str, given: ActualForm, error: PortfolioError
) -> Response:
    mistakes = error.fields if isinstance(error, Invalid) else {}
    with edge(request).database.reading() as db:
        return _page(request, db, actor, no, given, mistakes)


def _page(
    request: Request,
    db: Reading,
    actor: CurrentActor,
    no: str,
    given: ActualForm,
    mistakes: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    return page(
        request,
        "pages/indicators/show.html",
        card=_card(db, no),
        stated=actual_origins.lines(db, actor, no),
        given=given,
        mistakes=mistakes,
        may_edit=actor.may(Permission.EDIT_INDICATORS),
    )


def _card(db: Reading, no: str) -> IndicatorCard:
    found = plan_indicators.card(db, no)
    if found is None:
        raise NotFound(_("规划里没有这个指标。"))
    return found


def _read(no: str, given: ActualForm) -> ActualIn:
    try:
        return ActualIn.model_validate(
            {
                "series": no,
                "year": given.year,
                "value": given.value.replace(",", "") or None,
                "source": given.source,
            }
        )
    except ValidationError as error:
        sentences = {
            "year": _("“%(given)s”不是年份。请填四位数，例如 2023。", given=given.year),
            "value": _("“%(given)s”不是数。请只填数字，最多四位小数。", given=given.value),
            "source": _("来源太长了，请写短一些。"),
        }
        mistakes = {str(each["loc"][0]): sentences[str(each["loc"][0])] for each in error.errors()}
        raise Invalid(_("没有保存，有 %(n)s 处要改。", n=len(mistakes)), mistakes) from error
