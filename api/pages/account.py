"""One's own account: rights, signed-in browsers, password."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import (
    CurrentActor,
    CurrentEdge,
    CurrentVisitor,
    Now,
    Visitor,
    Writing,
    edge,
    on_refusal,
    signed_in,
)
from api.html import ROLE_NAMES, page, refused, see
from portfolio.access import Actor
from portfolio.errors import Invalid, PortfolioError
from portfolio.i18n import _
from portfolio.overview import scope_names
from portfolio.people import queries, sessions, sign_in
from portfolio.people.rules.agents import browser_name

router = APIRouter(prefix="/account")
OWN = signed_in("one's own account only")


class PasswordForm(BaseModel):
    """The present password and the new one, twice."""

    model_config = ConfigDict(extra="forbid")
    current: str = Field(default="", max_length=1000)
    password: str = Field(default="", max_length=1000)
    again: str = Field(default="", max_length=1000)


@router.get("", dependencies=[OWN])
def show(request: Request, actor: CurrentActor, who: CurrentVisitor, now: Now) -> Response:
    """Show one's rights, where one is signed in, and the form for a new password."""
    return _drawn(request, actor, who, now, None)


@router.post("/password", dependencies=[OWN])
def change_password(
    request: Request,
    actor: CurrentActor,
    who: CurrentVisitor,
    held: CurrentEdge,
    now: Now,
    filled: Annotated[PasswordForm, Form()],
) -> Response:
    """Set a new password; the other signed-in browsers are signed out."""
    on_refusal(request, lambda error: _drawn(request, actor, who, now, error))
    if filled.password != filled.again:
        wrong = _("两次填的密码不一样。")
        raise Invalid(wrong, {"again": wrong})
    sign_in.change_password(
        held.database, actor, filled.current, filled.password, session_id=who.session_id, now=now
    )
    return see("/account?done=password")


@router.post("/sessions/{session_id}/end", dependencies=[OWN])
def end_session(session_id: int, actor: CurrentActor, db: Writing, now: Now) -> Response:
    """Sign one of one's own browsers out; anyone else's is not found."""
    sessions.end(db, actor.account_id or 0, session_id, now)
    return see("/account#sessions")


@router.post("/sessions/end-others", dependencies=[OWN])
def end_others(actor: CurrentActor, who: CurrentVisitor, db: Writing, now: Now) -> Response:
    """Sign all of one's browsers out but this one."""
    sessions.end_all(db, actor.account_id or 0, now, but=who.session_id)
    return see("/account#sessions")


def _drawn(
    request: Request, actor: Actor, who: Visitor, now: datetime, error: PortfolioError | None
) -> Response:
    account_id = actor.account_id or 0
    # A session of its own: a refusal is drawn after the request's was rolled back.
    with edge(request).database.reading() as db:
        me = queries.accounts(db, who.today, account_id)[0]
        values: dict[str, Any] = {
            "me": me,
            "open": sessions.open_ones(db, now, account_id),
            "scopes": {each.id: scope_names.of(db, actor, each, today=who.today) for each in me.grants},
        }
    return page(
        request,
        "pages/account/show.html",
        **values,
        **refused(error),
        current=who.session_id,
        role_names=ROLE_NAMES,
        browser_name=browser_name,
        done=request.query_params.get("done", ""),
    )
