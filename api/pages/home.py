"""The first page: what is mine to do. The cockpit takes its place later."""

from fastapi import APIRouter, Request, Response

from api.dependencies import CurrentActor, Reading, Today, needs
from api.html import page
from portfolio.access import Permission
from portfolio.overview import mine

router = APIRouter()


@router.get("/", dependencies=[needs(Permission.SEE_PROJECTS)])
def index(request: Request, db: Reading, actor: CurrentActor, today: Today) -> Response:
    """Show what is overdue, due soon, and waiting for a decision of the reader's."""
    return page(request, "pages/home/index.html", mine=mine.mine(db, actor, today=today))
