"""Where administration begins: what is still to do, and the ways to it."""

from fastapi import APIRouter, Request, Response

from api.dependencies import CurrentActor, CurrentEdge, Reading, Today, needs
from api.html import ROLE_NAMES, page
from portfolio.access import Permission
from portfolio.overview import beginning
from portfolio.people import queries

router = APIRouter(prefix="/manage", dependencies=[needs(Permission.MANAGE_PEOPLE)])


@router.get("")
def show(request: Request, db: Reading, actor: CurrentActor, held: CurrentEdge, today: Today) -> Response:
    """Show the steps of a first run; the first open one is marked where they are drawn."""
    steps = beginning.steps(db, actor, today, mails=held.settings.mails)
    sees = actor.may(Permission.SEE_SIGN_INS)
    return page(request, "pages/manage/show.html", steps=steps, sees_sign_ins=sees)


@router.get("/users", dependencies=[needs(Permission.MANAGE_ACCOUNTS)])
def users(request: Request, db: Reading, today: Today) -> Response:
    """List all accounts with their rights and state."""
    return page(
        request, "pages/manage/users.html", accounts=queries.accounts(db, today), role_names=ROLE_NAMES
    )
