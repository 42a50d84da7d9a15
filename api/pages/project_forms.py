"""Forms of projects: new, correct, merge, stage, and the template for a whole list."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from api.dependencies import CurrentActor, Reading, Today, Writing, edge, needs, on_refusal
from api.html import page, refused, see
from api.stating import TypedDay, stated
from portfolio.access import Actor, Permission
from portfolio.errors import PortfolioError
from portfolio.i18n import _
from portfolio.overview import choices
from portfolio.overview.projects import project_list, project_page
from portfolio.overview.projects.project_filter import ProjectFilter
from portfolio.overview.words import KINDS, STAGES
from portfolio.projects import merging, milestones, projects, stages
from portfolio.projects.merging import MergeIn
from portfolio.projects.projects import ProjectChange, ProjectIn
from portfolio.projects.stages import StageIn
from portfolio.rendering import Address, Choice

router = APIRouter(prefix="/projects")
EDITS = needs(Permission.EDIT_PROJECTS)


class ProjectForm(BaseModel):
    """What is typed of a project; `part_of` is a code, `aliases` one a line."""

    model_config = ConfigDict(extra="forbid")
    name: str = ""
    kind: str = "project"
    stage: str = "preparation"
    sector: str = ""
    districts: list[str] = []
    aliases: str = ""
    national_code: str = ""
    nature: str = ""
    scale: str = ""
    part_of: str = ""
    bundle_count: str = ""
    doubtful: bool = False
    note: str = ""
    reporting: bool = False
    reason: str = ""
    version: int | None = None


class StageForm(BaseModel):
    """What is typed of a change of stage."""

    model_config = ConfigDict(extra="forbid")
    stage: str = ""
    happened_on: TypedDay = None
    document: str = ""
    reason: str = ""
    version: int | None = None


class MergeForm(BaseModel):
    """Into which project a duplicate goes, by code, and why."""

    model_config = ConfigDict(extra="forbid")
    into: str = ""
    reason: str = ""
    version: int | None = None


@router.get("/new", dependencies=[EDITS])
def new(request: Request, actor: CurrentActor, today: Today) -> Response:
    """Show the form of a new project."""
    return _form(request, actor, today, "", ProjectForm(), None)


@router.post("", dependencies=[EDITS])
def create(
    request: Request, db: Writing, actor: CurrentActor, today: Today, typed: Annotated[ProjectForm, Form()]
) -> Response:
    """Create a project, and go on to its page."""
    on_refusal(request, lambda error: _form(request, actor, today, "", typed, error))
    whole = projects.by_code(db, actor, typed.part_of.strip(), today=today) if typed.part_of.strip() else None
    filled = stated(ProjectIn, _values(typed, whole.id if whole else None) | {"stage": typed.stage})
    return see(f"/projects/{projects.create(db, actor, filled, today=today).code}")


@router.get("/templates", dependencies=[needs(Permission.EDIT_MILESTONES)])
def choose_templates(
    request: Request,
    db: Reading,
    actor: CurrentActor,
    today: Today,
    wanted: Annotated[ProjectFilter, Query()],
) -> Response:
    """Ask before the sectors' templates are given to a whole list."""
    found = project_list.ids(db, actor, wanted, today=today)
    where = Address.of("/projects", wanted.fields)
    return page(request, "pages/projects/templates.html", count=len(found), where=where)


@router.post("/templates", dependencies=[needs(Permission.EDIT_MILESTONES)])
def add_templates(
    db: Writing, actor: CurrentActor, today: Today, wanted: Annotated[ProjectFilter, Query()]
) -> Response:
    """Give every project of the list the milestones of its sector's template that it lacks."""
    found = project_list.ids(db, actor, wanted, today=today)
    milestones.add_templates(db, actor, found, today=today)
    return see(str(Address.of("/projects", wanted.fields)))


@router.get("/{code}/edit", dependencies=[EDITS])
def edit(request: Request, db: Reading, actor: CurrentActor, today: Today, code: str) -> Response:
    """Show what is stated of a project, to be corrected."""
    shown = project_page.project_page(db, actor, code, today=today)
    return _form(request, actor, today, code, _typed(db, shown), None)


@router.post("/{code}", dependencies=[EDITS])
def correct(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[ProjectForm, Form()],
) -> Response:
    """Correct a project's fields."""
    on_refusal(request, lambda error: _form(request, actor, today, code, typed, error))
    project = projects.by_code(db, actor, code, today=today)
    whole = projects.by_code(db, actor, typed.part_of.strip(), today=today) if typed.part_of.strip() else None
    values = _values(typed, whole.id if whole else None)
    change = {"id": project.id, "version": typed.version, "reason": typed.reason}
    projects.correct(db, actor, stated(ProjectChange, values | change), today=today)
    return see(f"/projects/{code}")


@router.post("/{code}/merge", dependencies=[needs(Permission.MERGE_PROJECTS)])
def merge(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[MergeForm, Form()],
) -> Response:
    """Merge a duplicate into the project that is kept."""
    on_refusal(request, lambda error: _again(request, actor, today, code, error))
    double = projects.by_code(db, actor, code, today=today)
    kept = projects.by_code(db, actor, typed.into.strip(), today=today)
    ids = {"duplicate_id": double.id, "into_id": kept.id}
    filled = stated(MergeIn, ids | {"reason": typed.reason, "version": typed.version})
    return see(f"/projects/{merging.merge(db, actor, filled, today=today).code}")


@router.get("/{code}/stage", dependencies=[EDITS])
def choose_stage(request: Request, actor: CurrentActor, today: Today, code: str) -> Response:
    """Show the form of a change of stage."""
    return _stage_form(request, actor, today, code, StageForm(happened_on=today.isoformat()), None)


@router.post("/{code}/stage", dependencies=[EDITS])
def change_stage(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[StageForm, Form()],
) -> Response:
    """Change the stage by an event."""
    on_refusal(request, lambda error: _stage_form(request, actor, today, code, typed, error))
    project = projects.by_code(db, actor, code, today=today)
    filled = stated(StageIn, typed.model_dump() | {"project_id": project.id})
    stages.change(db, actor, filled, today=today)
    return see(f"/projects/{code}")


def _values(typed: ProjectForm, part_of_id: int | None) -> dict[str, Any]:
    left_out = {"aliases", "part_of", "bundle_count", "reason", "version", "stage"}
    return typed.model_dump(exclude=left_out) | {
        "aliases": [line.strip() for line in typed.aliases.splitlines() if line.strip()],
        "part_of_id": part_of_id,
        "bundle_count": typed.bundle_count.strip() or None,
    }


def _typed(db: Any, shown: project_page.ProjectPage) -> ProjectForm:
    held = projects.stated(db, [shown.id])[shown.id]
    named = {name: held[name] for name in ProjectForm.model_fields if name in held}
    return ProjectForm.model_validate(
        named
        | {
            "aliases": "\n".join(held["aliases"]),
            "part_of": shown.whole.code if shown.whole else "",
            "bundle_count": str(shown.bundle_count or ""),
            "version": shown.version,
        }
    )


def _form(
    request: Request, actor: Actor, today: date, code: str, typed: ProjectForm, error: PortfolioError | None
) -> Response:
    with edge(request).database.reading() as db:
        shown = project_page.project_page(db, actor, code, today=today) if code else None
        sectors, districts = choices.sectors(db), choices.districts(db)
    return page(
        request,
        "pages/projects/edit.html",
        p=shown,
        typed=typed,
        sectors=sectors,
        districts=districts,
        kinds=[Choice(kind.value, name) for kind, name in KINDS.items()],
        stages=[Choice(stage.value, name) for stage, name in STAGES.items()],
        **refused(error),
    )


def _again(request: Request, actor: Actor, today: date, code: str, error: PortfolioError) -> Response:
    with edge(request).database.reading() as db:
        typed = _typed(db, project_page.project_page(db, actor, code, today=today))
    return _form(request, actor, today, code, typed, error)


def _stage_form(
    request: Request, actor: Actor, today: date, code: str, typed: StageForm, error: PortfolioError | None
) -> Response:
    with edge(request).database.reading() as db:
        shown = project_page.project_page(db, actor, code, today=today)
    offered = [Choice(stage.value, name) for stage, name in STAGES.items() if stage is not shown.stage]
    hint = _("现在是“%(stage)s”。缓建和终止要有决定文件。", stage=shown.stage_name)
    return page(
        request,
        "pages/projects/stage.html",
        p=shown,
        typed=typed,
        stages=offered,
        hint=hint,
        **refused(error),
    )
