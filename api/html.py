"""How an answer is drawn as HTML: a page in its frame, or one block of it for a partial request."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.dependencies import Visitor
from portfolio import rendering
from portfolio.access import Actor, Permission, Role
from portfolio.errors import Invalid, PortfolioError
from portfolio.i18n import _
from portfolio.rendering import Link, Mistake, Person, Shell

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
