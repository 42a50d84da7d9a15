"""The one table from what went wrong in the domain to a status, a drawn answer and an exit code."""

import secrets
from http import HTTPStatus
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.exceptions import HTTPException

from api.dependencies import Visitor, edge, visitor
from api.html import page
from api.problem import problem
from portfolio import clock, errors
from portfolio.i18n import _
from portfolio.people import access_log
from portfolio.people.access_log import Kind

STATUS: dict[type[errors.PortfolioError], HTTPStatus] = {
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.SignInRequired: HTTPStatus.UNAUTHORIZED,
    errors.Refused: HTTPStatus.FORBIDDEN,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Throttled: HTTPStatus.TOO_MANY_REQUESTS,
    errors.BadConfiguration: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
BAD_INPUT, FAILED = 2, 1
EXIT_CODE: dict[type[errors.PortfolioError], int] = {
    errors.NotFound: BAD_INPUT,
    errors.SignInRequired: FAILED,
    errors.Refused: FAILED,
    errors.Invalid: BAD_INPUT,
    errors.Conflict: FAILED,
    errors.Throttled: FAILED,
    errors.BadConfiguration: BAD_INPUT,
    errors.Unavailable: FAILED,
}
_KEPT = {errors.Refused: Kind.REFUSED, errors.NotFound: Kind.HIDDEN}
log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Register how each error is answered."""
    app.add_exception_handler(errors.PortfolioError, _ours)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(IntegrityError, _collision)
    app.add_exception_handler(Exception, _unexpected)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.PortfolioError)
    status = STATUS[type(error)]
    _remember(request, error)
    if _for_programs(request):
        fields = error.fields if isinstance(error, errors.Invalid) else None
        return problem(status, status.phrase, error.message, fields=fields)
    if isinstance(error, errors.SignInRequired):
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        target = "/sign-in" if request.method != "GET" or back == "/" else f"/sign-in?next={quote(back)}"
        return RedirectResponse(target, 303)
    redraw = getattr(request.state, "redraw", None)
    if redraw is not None and isinstance(error, errors.Invalid | errors.Conflict):
        drawn: Response = redraw(error)
        drawn.status_code = status
        return drawn
    answer = _drawn(request, status, error.message)
    if isinstance(error, errors.Throttled):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _remember(request: Request, error: errors.PortfolioError) -> None:
    """Write who was refused what, in a transaction of its own: the request's was rolled back.

    Strangers are left out: their failures at the door are written there, and anyone could flood this.
    """
    who: Visitor | None = getattr(request.state, "visitor", None)
    kind = _KEPT.get(type(error))
    if kind is None or who is None or who.actor is None:
        return
    with edge(request).database.writing() as db:
        access_log.note(
            db,
            kind,
            clock.now(),
            account_id=who.actor.account_id,
            login=who.actor.name,
            origin=who.actor.origin,
            route=f"{request.method} {request.url.path}",
            detail=error.message,
        )


def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = {".".join(str(part) for part in each["loc"][1:]): each["msg"] for each in error.errors()}
    message = _("提交的内容里有读不懂或不允许的字段：%(names)s。", names="、".join(fields) or "-")
    invalid = errors.Invalid(message, fields)
    return _ours(request, invalid)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    if _for_programs(request):
        return problem(status, status.phrase, str(error.detail))
    visitor(request)  # no route was found that would have asked who it is
    return _drawn(request, status, "")


def _database(request: Request, error: Exception) -> Response:
    log.error("database", error=str(error))
    return _ours(request, errors.Unavailable(_("数据库现在没有应答，您的内容没有保存。请过几分钟再试。")))


def _collision(request: Request, error: Exception) -> Response:
    """The verbs look before they write: what the database alone notices, somebody wrote in between."""
    log.error("collision", path=request.url.path, error=str(error))
    return _ours(
        request, errors.Conflict(_("有人同时改了同一处，您的内容没有保存。请刷新页面，看过新的内容再办。"))
    )


def _unexpected(request: Request, error: Exception) -> Response:
    number = secrets.token_hex(4)
    log.error("unexpected", number=number, path=request.url.path, exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    if _for_programs(request):
        return problem(status, status.phrase, _("系统出了问题，编号 %(n)s。", n=number))
    return _drawn(request, status, "", number=number)


def _drawn(request: Request, status: HTTPStatus, message: str, number: str = "") -> Response:
    return page(
        request,
        "pages/error.html",
        status=status,
        code=int(status),
        message=message,
        number=number,
        path=request.url.path,
    )


def _for_programs(request: Request) -> bool:
    return request.url.path.startswith("/api/")
