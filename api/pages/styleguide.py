"""The gallery of components (部件一览), in development and demonstrations only."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from api.dependencies import CurrentEdge, anyone, visitor
from api.html import page
from portfolio import rendering
from portfolio.errors import NotFound
from portfolio.overview import styleguide

router = APIRouter()


@router.get(
    "/styleguide",
    dependencies=[anyone("components with invented values, never in production"), Depends(visitor)],
)
def index(request: Request, edge: CurrentEdge) -> Response:
    """Show every component in every state; invented values, nothing is queried."""
    _not_in_production(edge.settings.is_production)
    return page(request, "pages/styleguide/index.html", **styleguide.values())


@router.get("/styleguide/mail", dependencies=[anyone("a sample mail, never in production")])
def mail(edge: CurrentEdge) -> Response:
    """Show the HTML part of a sample digest, as a mail program would."""
    _not_in_production(edge.settings.is_production)
    return HTMLResponse(rendering.mail("digest", {"mail": styleguide.digest()}).html)


def _not_in_production(production: bool) -> None:
    if production:
        raise NotFound("没有这一页。")
