"""Milestones: add, template, rename, weigh, hand over, withdraw; and their dates, edited in place."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict

from api.dependencies import CurrentActor, Reading, Today, Writing, edge, needs, on_refusal
from api.html import page, refused, see
from api.stating import OptionalId, planned, stated
from portfolio.access import Actor, Permission
from portfolio.errors import PortfolioError
from portfolio.overview import choices
from portfolio.overview.projects import project_page
from portfolio.overview.projects.milestone_page import MilestonePage, milestone_page
from portfolio.projects import milestone_dates, milestones, projects, scope
from portfolio.projects.milestone_dates import DateIn, TakeBack
from portfolio.projects.milestones import MilestoneChange, MilestoneIn, Withdrawal
from portfolio.projects.rules import kinds
from portfolio.rendering import Choice

router = APIRouter()
EDITS = needs(Permission.EDIT_MILESTONES)
SEES = needs(Permission.SEE_PROJECTS)  # whose milestone it is decides the verb


class MilestoneForm(BaseModel):
    """What is typed of a milestone."""

    model_config = ConfigDict(extra="forbid")
    kind: str = ""
    label: str = ""
    weight: str = "0"
    is_key: bool = False
    owner_organisation_id: OptionalId = None
    owner_person_id: OptionalId = None
    reason: str = ""
    version: int | None = None


class DatesForm(BaseModel):
    """The dates of a milestone as they are typed; what is left as it was changes nothing."""

    model_config = ConfigDict(extra="forbid")
    forecast: str = ""
    actual: str = ""
    applied: str = ""
    accepted: str = ""
    reason: str = ""
    version: int | None = None


class ReasonForm(BaseModel):
    """Why something is withdrawn or taken back."""

    model_config = ConfigDict(extra="forbid")
    reason: str = ""
    version: int | None = None


@router.get("/projects/{code}/milestones", dependencies=[EDITS])
def index(request: Request, actor: CurrentActor, today: Today, code: str) -> Response:
    """Show a project's milestones with the form that adds one."""
    return _list(request, actor, today, code, MilestoneForm(), None)


@router.post("/projects/{code}/milestones", dependencies=[EDITS])
def add(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[MilestoneForm, Form()],
) -> Response:
    """Add a milestone."""
    on_refusal(request, lambda error: _list(request, actor, today, code, typed, error))
    project = projects.by_code(db, actor, code, today=today)
    values = typed.model_dump(exclude={"reason", "version"}) | {"project_id": project.id}
    milestones.add(db, actor, stated(MilestoneIn, values), today=today)
    return see(f"/projects/{code}/milestones")


@router.post("/projects/{code}/milestones/template", dependencies=[EDITS])
def add_template(db: Writing, actor: CurrentActor, today: Today, code: str) -> Response:
    """Add what the project lacks of its sector's template."""
    project = projects.by_code(db, actor, code, today=today)
    milestones.add_templates(db, actor, [project.id or 0], today=today)
    return see(f"/projects/{code}/milestones")


@router.get("/milestones/{code}/edit", dependencies=[EDITS])
def edit(request: Request, db: Reading, actor: CurrentActor, today: Today, code: str) -> Response:
    """Show what is stated of a milestone, to be corrected."""
    shown = milestone_page(db, actor, code, today=today)
    line = shown.line
    typed = MilestoneForm(
        kind=line.kind,
        label=line.label,
        weight=str(line.weight),
        is_key=line.is_key,
        owner_organisation_id=line.owner_organisation_id,
        owner_person_id=line.owner_person_id,
        version=line.version,
    )
    return _edit(request, actor, today, code, typed, None)


@router.post("/milestones/{code}", dependencies=[EDITS])
def correct(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[MilestoneForm, Form()],
) -> Response:
    """Rename, weigh or hand over a milestone."""
    on_refusal(request, lambda error: _edit(request, actor, today, code, typed, error))
    shown = milestone_page(db, actor, code, today=today)
    values = typed.model_dump(exclude={"kind"}) | {"id": shown.line.id}
    milestones.correct(db, actor, stated(MilestoneChange, values), today=today)
    return see(f"/projects/{shown.project_code}/milestones")


@router.post("/milestones/{code}/withdraw", dependencies=[EDITS])
def withdraw(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[ReasonForm, Form()],
) -> Response:
    """Withdraw a milestone with a reason."""
    on_refusal(request, lambda error: _edit_again(request, actor, today, code, error))
    shown = milestone_page(db, actor, code, today=today)
    milestones.withdraw(
        db, actor, stated(Withdrawal, typed.model_dump() | {"id": shown.line.id}), today=today
    )
    return see(f"/projects/{shown.project_code}/milestones")


@router.get("/milestones/{code}/dates", dependencies=[SEES])
def dates(request: Request, db: Reading, actor: CurrentActor, today: Today, code: str) -> Response:
    """Show the dates of a milestone to be edited: in place, or on a page of their own."""
    milestone_dates.require_any(db, actor, code)
    shown = milestone_page(db, actor, code, today=today)
    if not shown.line.editable:
        scope.refuse()
    return _dates(request, shown, _typed(shown), None)


@router.post("/milestones/{code}/dates", dependencies=[SEES])
def record(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[DatesForm, Form()],
) -> Response:
    """Record what was changed: forecast, applied, accepted, actual."""
    on_refusal(request, lambda error: _dates_again(request, actor, today, code, typed, error))
    milestone_dates.require_any(db, actor, code)
    shown = milestone_page(db, actor, code, today=today)
    said = [
        stated(
            DateIn,
            {
                "milestone_id": shown.line.id,
                "field": field,
                "when": planned(getattr(typed, field), field, today),
                "reason": typed.reason,
                "version": typed.version,
            },
        )
        for field in _fields(shown)
    ]
    milestone_dates.write_many(db, actor, said, today=today)
    return see(f"/projects/{shown.project_code}")


@router.post("/milestones/{code}/take-back", dependencies=[SEES])
def take_back(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[ReasonForm, Form()],
) -> Response:
    """Take a wrong actual back."""
    on_refusal(request, lambda error: _dates_again(request, actor, today, code, None, error))
    milestone_dates.require_any(db, actor, code)
    shown = milestone_page(db, actor, code, today=today)
    filled = stated(TakeBack, typed.model_dump() | {"milestone_id": shown.line.id})
    milestone_dates.take_back(db, actor, filled, today=today)
    return see(f"/projects/{shown.project_code}")


def _fields(shown: MilestonePage) -> tuple[str, ...]:
    gate = ("applied", "accepted") if shown.line.is_gate else ()
    return (*gate, "forecast", "actual")


def _typed(shown: MilestonePage) -> DatesForm:
    line = shown.line

    def text(value: Any) -> str:
        return str(value) if value else ""

    return DatesForm(
        forecast=text(line.dates.forecast),
        actual=text(line.dates.actual),
        applied=text(line.applied_on),
        accepted=text(line.accepted_on),
        version=line.version,
    )


def _dates(
    request: Request, shown: MilestonePage, typed: DatesForm, error: PortfolioError | None
) -> Response:
    return page(request, "pages/milestones/dates.html", block="row", m=shown, typed=typed, **refused(error))


def _dates_again(
    request: Request, actor: Actor, today: date, code: str, typed: DatesForm | None, error: PortfolioError
) -> Response:
    with edge(request).database.reading() as db:
        shown = milestone_page(db, actor, code, today=today)
    return _dates(request, shown, typed or _typed(shown), error)


def _list(
    request: Request,
    actor: Actor,
    today: date,
    code: str,
    typed: MilestoneForm,
    error: PortfolioError | None,
) -> Response:
    with edge(request).database.reading() as db:
        shown = project_page.project_page(db, actor, code, today=today)
        units, people = choices.organisations(db), choices.people(db)
    return page(
        request,
        "pages/milestones/index.html",
        p=shown,
        typed=typed,
        kinds=[Choice(kind, kinds.name_of(kind, "")) for kind in kinds.NAMES],
        free=kinds.FREE,
        units=units,
        people=people,
        **refused(error),
    )


def _edit(
    request: Request,
    actor: Actor,
    today: date,
    code: str,
    typed: MilestoneForm,
    error: PortfolioError | None,
) -> Response:
    with edge(request).database.reading() as db:
        shown = milestone_page(db, actor, code, today=today)
        units, people = choices.organisations(db), choices.people(db)
    return page(
        request,
        "pages/milestones/edit.html",
        m=shown,
        typed=typed,
        units=units,
        people=people,
        **refused(error),
    )


def _edit_again(request: Request, actor: Actor, today: date, code: str, error: PortfolioError) -> Response:
    with edge(request).database.reading() as db:
        line = milestone_page(db, actor, code, today=today).line
    typed = MilestoneForm(
        kind=line.kind, label=line.label, weight=str(line.weight), is_key=line.is_key, version=line.version
    )
    return _edit(request, actor, today, code, typed, error)
