"""Reading projects and their milestones: the same queries and rights as the pages."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import CurrentActor, Reading, Today, needs
from portfolio.access import Permission
from portfolio.overview.projects import project_list, project_page
from portfolio.overview.projects.milestone_records import MilestoneRecord, milestone_records
from portfolio.overview.projects.project_filter import ProjectFilter
from portfolio.overview.projects.project_records import ProjectRecord, records

router = APIRouter(prefix="/api/v1/projects", tags=["projects"])
SEES = needs(Permission.SEE_PROJECTS)


@dataclass(frozen=True, slots=True)
class ProjectsAnswer:
    """A page of the list: `total` lines in all, `size` at most on a page."""

    items: list[ProjectRecord]
    total: int
    page: int
    size: int


@router.get("", dependencies=[SEES])
def index(
    db: Reading, actor: CurrentActor, today: Today, wanted: Annotated[ProjectFilter, Query()]
) -> ProjectsAnswer:
    """List projects; the filter is the page's own."""
    ids = project_list.ids_of_page(db, actor, wanted, today=today)
    total = project_list.counts_of(db, actor, wanted, today).lines
    return ProjectsAnswer(records(db, ids), total, wanted.page, project_list.SIZE)


@router.get("/{code}", dependencies=[SEES])
def show(db: Reading, actor: CurrentActor, today: Today, code: str) -> dict[str, Any]:
    """Show one project with its holders of duties and its milestones."""
    page = project_page.project_page(db, actor, code, today=today)
    (record,) = records(db, [page.id])
    return asdict(record) | {
        "duties": [{"kind": each.kind, "name": each.name, "since": each.since} for each in page.held],
        "milestones": [asdict(each) for each in milestone_records(page)],
    }


@router.get("/{code}/milestones", dependencies=[SEES])
def milestones(db: Reading, actor: CurrentActor, today: Today, code: str) -> list[MilestoneRecord]:
    """List a project's milestones."""
    return milestone_records(project_page.project_page(db, actor, code, today=today))
