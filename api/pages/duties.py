"""Who answers for a project: assign, hand over, end; and the owners of its milestones."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict

from api.dependencies import CurrentActor, Today, Writing, edge, needs, on_refusal
from api.html import page, refused, see
from api.stating import OptionalId, TypedDay, stated
from portfolio.access import Actor, Permission
from portfolio.errors import Invalid, PortfolioError
from portfolio.i18n import _
from portfolio.overview import choices
from portfolio.overview.projects import project_page
from portfolio.overview.words import DUTIES
from portfolio.projects import duties, projects
from portfolio.projects.duties import OF_UNITS, DutyEnd, DutyIn

router = APIRouter(prefix="/projects/{code}/duties")
ASSIGNS = needs(Permission.ASSIGN_DUTIES)


class DutyForm(BaseModel):
    """Who takes which duty from when."""

    model_config = ConfigDict(extra="forbid")
    kind: str = ""
    organisation_id: OptionalId = None
    person_id: OptionalId = None
    starts_on: TypedDay = None


class EndForm(BaseModel):
    """The last day of a duty."""

    model_config = ConfigDict(extra="forbid")
    ends_on: TypedDay = None
    version: int | None = None


@router.get("", dependencies=[ASSIGNS])
def index(request: Request, actor: CurrentActor, today: Today, code: str, kind: str = "") -> Response:
    """Show who answers and who did, with a form for each duty."""
    return _drawn(request, actor, today, code, DutyForm(kind=kind), None)


@router.post("", dependencies=[ASSIGNS])
def assign(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[DutyForm, Form()],
) -> Response:
    """Assign a duty, or hand it over."""
    on_refusal(request, lambda error: _drawn(request, actor, today, code, typed, error))
    project = projects.by_code(db, actor, code, today=today)
    if typed.organisation_id is None and typed.person_id is None:
        field = "organisation_id" if typed.kind in OF_UNITS else "person_id"
        raise Invalid(_("请选由谁负责。"), {field: _("请从列表里选一个。")})
    duties.assign(db, actor, stated(DutyIn, typed.model_dump() | {"project_id": project.id}), today=today)
    return see(f"/projects/{code}/duties")


@router.post("/{duty_id}/end", dependencies=[ASSIGNS])
def end(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    duty_id: int,
    typed: Annotated[EndForm, Form()],
) -> Response:
    """End a duty that nobody takes over."""
    on_refusal(request, lambda error: _drawn(request, actor, today, code, DutyForm(), error))
    duties.of_project(db, projects.by_code(db, actor, code, today=today).id, duty_id)
    filled = stated(DutyEnd, typed.model_dump() | {"duty_id": duty_id})
    duties.end(db, actor, filled, today=today)
    return see(f"/projects/{code}/duties")


def _drawn(
    request: Request, actor: Actor, today: date, code: str, typed: DutyForm, error: PortfolioError | None
) -> Response:
    with edge(request).database.reading() as db:
        shown = project_page.project_page(db, actor, code, today=today)
        units, people = choices.organisations(db), choices.people(db)
    return page(
        request,
        "pages/projects/duties.html",
        p=shown,
        typed=typed,
        duties=[(kind, name, kind in OF_UNITS) for kind, name in DUTIES.items()],
        units=units,
        people=people,
        **refused(error),
    )
