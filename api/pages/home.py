"""The first page: what is mine to do. The cockpit takes its place later."""

from fastapi import APIRouter, Request, Response

from api.dependencies import CurrentActor, Reading, Today, signed_in
from api.html import page, see
from portfolio.access import Permission
from portfolio.overview import mine

router = APIRouter()


@router.get("/", dependencies=[signed_in("where everyone begins, with what one may see")])
def index(request: Request, db: Reading, actor: CurrentActor, today: Today) -> Response:
    """Show what is overdue, due soon, and waiting for a decision of the reader's."""
    if not actor.may(Permission.SEE_PROJECTS):
        return see("/manage" if actor.may(Permission.MANAGE_PEOPLE) else "/account")
    return page(request, "pages/home/index.html", mine=mine.mine(db, actor, today=today))
