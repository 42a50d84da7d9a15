"""Pauses of a project: ask, accept or refuse, end."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict

from api.dependencies import CurrentActor, Today, Writing, edge, needs, on_refusal
from api.html import page, refused, see
from api.stating import TypedDay, stated
from portfolio.access import Actor, Permission
from portfolio.errors import PortfolioError
from portfolio.overview.projects import project_page
from portfolio.projects import pauses, projects
from portfolio.projects.pauses import PauseDecision, PauseEnd, PauseIn

router = APIRouter(prefix="/projects/{code}/pauses")


class PauseForm(BaseModel):
    """What is typed of a pause."""

    model_config = ConfigDict(extra="forbid")
    reason: str = ""
    document: str = ""
    starts_on: TypedDay = None
    ends_on: TypedDay = None


class DecisionForm(BaseModel):
    """What was decided."""

    model_config = ConfigDict(extra="forbid")
    decision: str = ""
    comment: str = ""
    version: int | None = None


class EndForm(BaseModel):
    """The last day."""

    model_config = ConfigDict(extra="forbid")
    ends_on: TypedDay = None
    version: int | None = None


@router.get("", dependencies=[needs(Permission.SEE_PROJECTS)])
def index(request: Request, actor: CurrentActor, today: Today, code: str) -> Response:
    """Show the pauses of a project, the form that asks for one, and what may be decided."""
    return _drawn(request, actor, today, code, PauseForm(starts_on=today.isoformat()), None)


@router.post("", dependencies=[needs(Permission.ASK_PAUSE)])
def ask(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[PauseForm, Form()],
) -> Response:
    """Ask for a pause."""
    on_refusal(request, lambda error: _drawn(request, actor, today, code, typed, error))
    project = projects.by_code(db, actor, code, today=today)
    filled = stated(PauseIn, typed.model_dump() | {"project_id": project.id})
    pauses.ask(db, actor, filled, today=today)
    return see(f"/projects/{code}/pauses")


@router.post("/{pause_id}/decide", dependencies=[needs(Permission.DECIDE_PAUSE)])
def decide(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    pause_id: int,
    typed: Annotated[DecisionForm, Form()],
) -> Response:
    """Accept or refuse a pause."""
    on_refusal(request, lambda error: _drawn(request, actor, today, code, PauseForm(), error))
    pauses.of_project(db, projects.by_code(db, actor, code, today=today).id, pause_id)
    values = {"pause_id": pause_id, "accept": typed.decision == "accept"}
    filled = stated(PauseDecision, values | {"comment": typed.comment, "version": typed.version})
    pauses.decide(db, actor, filled, today=today)
    return see(f"/projects/{code}/pauses")


@router.post("/{pause_id}/end", dependencies=[needs(Permission.DECIDE_PAUSE)])
def end(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    pause_id: int,
    typed: Annotated[EndForm, Form()],
) -> Response:
    """End a running pause."""
    on_refusal(request, lambda error: _drawn(request, actor, today, code, PauseForm(), error))
    pauses.of_project(db, projects.by_code(db, actor, code, today=today).id, pause_id)
    filled = stated(PauseEnd, typed.model_dump() | {"pause_id": pause_id})
    pauses.end(db, actor, filled, today=today)
    return see(f"/projects/{code}/pauses")


def _drawn(
    request: Request, actor: Actor, today: date, code: str, typed: PauseForm, error: PortfolioError | None
) -> Response:
    with edge(request).database.reading() as db:
        shown = project_page.project_page(db, actor, code, today=today)
    return page(request, "pages/projects/pauses.html", p=shown, typed=typed, **refused(error))
