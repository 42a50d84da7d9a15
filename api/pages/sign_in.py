"""Signing in and out: password, one-time address, reset by mail, and the roles of a demonstration."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import (
    CurrentActor,
    CurrentEdge,
    CurrentVisitor,
    Edge,
    Now,
    Reading,
    Visitor,
    Writing,
    anyone,
    on_refusal,
    origin_of,
    session_cookie,
    signed_in,
    visitor,
)
from api.html import ROLE_NAMES, page, refused, see
from api.security import is_local, local_path
from portfolio.access import Role
from portfolio.alerts.delivery import access_letters
from portfolio.alerts.delivery.access_letters import Letter
from portfolio.errors import Invalid, NotFound, PortfolioError
from portfolio.i18n import _
from portfolio.people import queries, sign_in
from portfolio.people.sessions import ABSOLUTE
from portfolio.people.sign_in import Browser

router = APIRouter()
DOOR = anyone("the door itself")


class SignInForm(BaseModel):
    """What is typed at the door."""

    model_config = ConfigDict(extra="forbid")
    login: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=1000)
    next: str = Field(default="/", max_length=2000)


class DemoForm(BaseModel):
    """The role that was clicked."""

    model_config = ConfigDict(extra="forbid")
    role: Role


class ForgotForm(BaseModel):
    """Whose password is forgotten."""

    model_config = ConfigDict(extra="forbid")
    login: str = Field(default="", max_length=200)


class LinkForm(BaseModel):
    """The new password, twice, where the one-time address asks for one."""

    model_config = ConfigDict(extra="forbid")
    password: str = Field(default="", max_length=1000)
    again: str = Field(default="", max_length=1000)


@router.get("/sign-in", dependencies=[DOOR])
def show(request: Request, who: CurrentVisitor, held: CurrentEdge, db: Reading, next: str = "/") -> Response:  # noqa: A002
    """Show the sign-in form, and the roles of a demonstration on this machine."""
    if who.actor is not None:
        return see(local_path(next))
    roles = queries.demo_people(db, who.today) if _offers_roles(request, who, held) else {}
    return _door(request, next, roles)


@router.post("/sign-in", dependencies=[DOOR])
def enter(
    request: Request, who: CurrentVisitor, held: CurrentEdge, now: Now, filled: Annotated[SignInForm, Form()]
) -> Response:
    """Check login and password; a wrong pair is answered alike whether the login exists or not."""
    on_refusal(request, lambda error: _door(request, filled.next, {}, filled.login, error))
    browser = _browser(request, who)
    token = sign_in.with_password(
        held.database, filled.login, filled.password, browser, now=now, today=who.today
    )
    return _welcome(held, token, filled.next)


@router.post(
    "/sign-in/demo", dependencies=[anyone("one click a role, only in a demonstration on this machine")]
)
def enter_as(
    request: Request, who: CurrentVisitor, held: CurrentEdge, now: Now, filled: Annotated[DemoForm, Form()]
) -> Response:
    """Enter as the demonstration's person of a role."""
    if not _offers_roles(request, who, held):
        raise NotFound(_("这里不是演示环境。"))
    browser = _browser(request, who)
    token = sign_in.as_demo_role(held.database, filled.role, browser, now=now, today=who.today)
    return _welcome(held, token, "/")


@router.post("/sign-out", dependencies=[signed_in("ends the session one is in")])
def leave(who: CurrentVisitor, actor: CurrentActor, held: CurrentEdge, db: Writing, now: Now) -> Response:
    """End the session and forget its cookie; the browser drops what it kept of our pages."""
    sign_in.sign_out(db, actor, who.session_id or 0, now=now)
    answer = see("/sign-in")
    answer.delete_cookie(session_cookie(held.settings), path="/", secure=_secure(held), httponly=True)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.get("/forgot", dependencies=[DOOR, Depends(visitor)])
def forgot(request: Request, held: CurrentEdge, sent: bool = False) -> Response:
    """Show the form that asks for a reset mail, and after it what happens next."""
    return page(request, "pages/sign_in/forgot.html", sent=sent, mails=held.settings.mails)


@router.post("/forgot", dependencies=[DOOR])
def ask_reset(
    request: Request,
    who: CurrentVisitor,
    held: CurrentEdge,
    now: Now,
    tasks: BackgroundTasks,
    filled: Annotated[ForgotForm, Form()],
) -> Response:
    """Send a reset address if there is whom to send it to; the answer is the same, and comes first."""
    browser = _browser(request, who)
    sign_in.count_reset(held.database, filled.login, browser, now=now)
    tasks.add_task(_send_reset, held, filled.login, browser, who, now)
    return see("/forgot?sent=1")


@router.get("/link/{token}", dependencies=[DOOR])
def look_at_link(request: Request, token: str, who: CurrentVisitor, held: CurrentEdge, now: Now) -> Response:
    """Show what a one-time address offers. Mail scanners open addresses: only the button uses it up."""
    offered = sign_in.look_at_link(held.database, token, _browser(request, who), now=now)
    return page(request, "pages/sign_in/link.html", offered=offered, token=token, **refused(None))


@router.post("/link/{token}", dependencies=[DOOR])
def use_link(
    request: Request,
    token: str,
    who: CurrentVisitor,
    held: CurrentEdge,
    now: Now,
    filled: Annotated[LinkForm, Form()],
) -> Response:
    """Use a one-time address up: set the password where it asks for one, and sign in."""
    browser = _browser(request, who)
    offered = sign_in.look_at_link(held.database, token, browser, now=now)
    on_refusal(
        request,
        lambda error: page(
            request, "pages/sign_in/link.html", offered=offered, token=token, **refused(error)
        ),
    )
    if offered.asks_password and filled.password != filled.again:
        wrong = _("两次填的密码不一样。")
        raise Invalid(wrong, {"again": wrong})
    session = sign_in.use_link(
        held.database, token, browser, password=filled.password, now=now, today=who.today
    )
    return _welcome(held, session, "/")


def _door(
    request: Request,
    wanted: str,
    roles: dict[Role, str],
    login: str = "",
    error: PortfolioError | None = None,
) -> Response:
    shown = [(role.value, ROLE_NAMES[role], _does()[role], name) for role, name in roles.items()]
    return page(
        request,
        "pages/sign_in/show.html",
        next=local_path(wanted),
        roles=shown,
        login=login,
        refusal=error.message if error else "",
    )


def _welcome(held: Edge, token: str, wanted: str) -> Response:
    answer = see(local_path(wanted))
    answer.set_cookie(
        session_cookie(held.settings),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=_secure(held),
        httponly=True,
        samesite="lax",
    )
    return answer


def _send_reset(held: Edge, login: str, browser: Browser, who: Visitor, now: datetime) -> None:
    made = sign_in.make_reset(held.database, login, browser, now=now, today=who.today)
    if made is not None:
        letter = Letter(
            made.name, f"{held.settings.base_url.rstrip('/')}/link/{made.token}", who.today, who.demo
        )
        access_letters.send(
            held.database, held.settings, "reset", made.email, letter, account_id=made.account_id
        )


def _offers_roles(request: Request, who: Visitor, held: Edge) -> bool:
    return who.demo and held.loopback and is_local(request.scope)


def _browser(request: Request, who: Visitor) -> Browser:
    return Browser(origin_of(request), request.headers.get("user-agent", ""), who.session_id)


def _secure(held: Edge) -> bool:
    return held.settings.base_url.startswith("https:")


def _does() -> dict[Role, str]:
    return {
        Role.ADMINISTRATOR: _("用户、机构、运行状态"),
        Role.OFFICE: _("看全部；管清单、批基线、审月报、出通报"),
        Role.COORDINATOR: _("看本区县或本领域；核对、催办"),
        Role.REPORTER: _("报本单位项目的预测、实际、问题"),
        Role.SIGNER: _("审签并报送本单位的材料"),
        Role.ACCOUNTANT: _("预算与支付；工作簿进出"),
        Role.LEADER: _("看全部；知悉、批示、决定"),
        Role.VIEWER: _("看指定范围，不看资金"),
        Role.AUDITOR: _("看全部与留痕；导出"),
    }
