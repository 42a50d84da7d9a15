"""The pages of projects: the list, with its filter in the address, and a project."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import CurrentActor, Reading, Today, needs
from api.html import page, see
from portfolio.access import Actor, Permission
from portfolio.i18n import _
from portfolio.overview.projects import empty_list, project_list, project_page
from portfolio.overview.projects.project_filter import ProjectFilter
from portfolio.overview.projects.project_list import ProjectList
from portfolio.overview.words import KINDS, LATE, STAGES
from portfolio.rendering import Address, Chip, Choice, Link, Pages

router = APIRouter(prefix="/projects")


@router.get("", dependencies=[needs(Permission.SEE_PROJECTS)])
def index(
    request: Request,
    db: Reading,
    actor: CurrentActor,
    today: Today,
    wanted: Annotated[ProjectFilter, Query()],
) -> Response:
    """List the projects of the filter; a partial request gets the rows alone."""
    found = project_list.find(db, actor, wanted, today=today)
    ways = empty_list.ways_out(db, actor, found, today=today)
    shown = listed(actor, found, request.url.path)
    return page(request, "pages/projects/index.html", block="rows", ways=ways, **shown)


@router.get("/{code}", dependencies=[needs(Permission.SEE_PROJECTS)])
def show(
    request: Request, db: Reading, actor: CurrentActor, today: Today, code: str, past: str = ""
) -> Response:
    """Show a project; the code of a merged duplicate leads to what was kept."""
    found = project_page.project_page(db, actor, code, today=today)
    if found.code != code:
        return see(f"/projects/{found.code}")
    return page(request, "pages/projects/show.html", block="project", p=found, whole_past=past == "all")


def listed(actor: Actor, found: ProjectList, path: str) -> dict[str, Any]:
    """Return the values of the list's template."""
    where = Address.of(path, found.wanted.fields)
    return {
        "found": found,
        "where": where,
        "chips": chips(where, found),
        "pages": Pages(found.wanted.page, project_list.SIZE, found.counts.lines),
        "stages": [Choice(stage.value, name) for stage, name in STAGES.items()],
        "kinds": [Choice(kind.value, name) for kind, name in KINDS.items()],
        "actions": _actions(actor.may_everywhere(Permission.EDIT_PROJECTS), where),
    }


def chips(where: Address, found: ProjectList) -> list[Chip]:
    """Each state with its count, then what else is chosen, each taken off by its own link."""
    wanted, counts = found.wanted, found.counts
    states = {state: getattr(counts, state) for state in LATE}
    shown = [
        Chip(LATE[state], str(where.without("late")), count, chosen=True, removable=True)
        if wanted.late == state
        else Chip(LATE[state], str(where.with_(late=state)), count)
        for state, count in states.items()
        if count or count is None or wanted.late == state
    ]
    if wanted.charge:
        shown.append(Chip(_("我分管的"), str(where.without("charge")), chosen=True, removable=True))
    return shown


def _actions(edits: bool, where: Address) -> list[Link]:
    more = [Link(_("新建项目"), "/projects/new"), Link(_("批量加节点"), str(where.at("/projects/templates")))]
    return more if edits else []
