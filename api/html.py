"""How an answer is drawn as HTML: a page in its frame, or one block of it for a partial request."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from api.dependencies import Visitor
from portfolio import rendering
from portfolio.access import Actor, Permission, Role
from portfolio.errors import Invalid, PortfolioError
from portfolio.i18n import _
from portfolio.projects.rules.typed import whole_day
from portfolio.rendering import Link, Mistake, Person, Shell

M = TypeVar("M", bound=BaseModel)

ROLE_NAMES = {
    Role.ADMINISTRATOR: _("系统管理员"),
    Role.OFFICE: _("重点项目办"),
    Role.COORDINATOR: _("联络员"),
    Role.REPORTER: _("填报员"),
    Role.SIGNER: _("审签"),
    Role.ACCOUNTANT: _("财务"),
    Role.LEADER: _("领导"),
    Role.VIEWER: _("只读"),
    Role.AUDITOR: _("审计"),
}

# Entries of the masthead: address, label, and the permission that opens it.
ENTRIES: tuple[tuple[str, str, Permission], ...] = (
    ("/", _("我的事"), Permission.SEE_PROJECTS),
    ("/projects", _("项目"), Permission.SEE_PROJECTS),
    ("/workbooks", _("工作簿"), Permission.EXPORT),
    ("/plan", _("规划"), Permission.SEE_PROJECTS),
    ("/alerts", _("预警"), Permission.SEE_PROJECTS),
    ("/manage", _("管理"), Permission.MANAGE_PEOPLE),
    ("/audit", _("留痕"), Permission.SEE_AUDIT),
    ("/operations", _("运行"), Permission.SEE_OPERATIONS),
)


def page(
    request: Request, template: str, *, status: int = 200, block: str = "", **values: Any
) -> HTMLResponse:
    """Draw a page; with `block`, a partial request gets only that block."""
    shell = shell_of(request)
    if block and request.headers.get("HX-Request") and request.headers.get("HX-Request-Type") != "full":
        return HTMLResponse(rendering.block(template, block, shell, values), status, {"Vary": "HX-Request"})
    return HTMLResponse(rendering.page(template, shell, values), status, {"Vary": "HX-Request"})


def see(address: str) -> Response:
    """Answer a form that was carried out: look there now (303)."""
    return RedirectResponse(address, status_code=303)


def refused(error: PortfolioError | None) -> dict[str, Any]:
    """Return what a form needs to be drawn again: `mistakes` for its head, `wrong` by field.

    Nothing was refused yet when there is no error.
    """
    if error is None:
        return {"mistakes": (), "wrong": {}}
    wrong = error.fields if isinstance(error, Invalid) else {}
    mistakes = tuple(Mistake(name, sentence) for name, sentence in wrong.items())
    return {"mistakes": mistakes or (Mistake("", error.message),), "wrong": wrong}


def read(model: type[M], typed: Mapping[str, object]) -> M:
    """Make the input of a verb from what was typed; empty is absent. Raises Invalid in the reader's words."""
    try:
        return model.model_validate({name: value for name, value in typed.items() if value != ""})
    except ValidationError as error:
        wrong = {str(each["loc"][0]) if each["loc"] else "": _words(each) for each in error.errors()}
        raise Invalid(
            "；".join(wrong.values()), {name: words for name, words in wrong.items() if name}
        ) from error


def day(name: str, typed: str | None, otherwise: date) -> date:
    """Read a day as it was typed; empty means `otherwise`. Raises Invalid under the field's name."""
    understood = whole_day(typed) if typed else otherwise
    if understood is None:
        wrong = _("“%(text)s”不是日期。请填年月日，如 2024-07-12。", text=typed)
        raise Invalid(wrong, {name: wrong})
    return understood


def _words(fault: ErrorDetails) -> str:
    match fault["type"]:
        case "missing" | "string_too_short":
            return _("请填写。")
        case "value_error":
            return str(fault["msg"]).removeprefix("Value error, ")
        case "string_too_long":
            return _("太长了，请写短一些。")
        case "date_from_datetime_parsing" | "date_parsing" | "date_type":
            return _("请填年月日，如 2024-07-12。")
        case _:
            return _("填的内容不对，请看提示再填。")


def shell_of(request: Request) -> Shell:
    """Build the frame for whoever asks; a stranger gets no entries."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    if visitor is None:
        return Shell()
    if visitor.actor is None:
        return Shell(today=visitor.today, demo=visitor.demo)
    return Shell(
        entries=_entries(request, visitor.actor),
        person=Person(visitor.actor.name, _role_of(visitor.actor)),
        today=visitor.today,
        demo=visitor.demo,
        csrf=visitor.csrf,
        still_since=visitor.still_since,
    )


def _entries(request: Request, actor: Actor) -> tuple[Link, ...]:
    path = request.url.path
    return tuple(
        Link(label, href, path == href or path.startswith(href + "/"))
        for href, label, permission in ENTRIES
        if actor.may(permission)
    )


def _role_of(actor: Actor) -> str:
    return " · ".join(dict.fromkeys(ROLE_NAMES[grant.role] for grant in actor.grants))
