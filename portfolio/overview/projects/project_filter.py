"""The filter of the project list: the page's address, an export's and a bulk step's choice of projects."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sqlalchemy.orm import aliased
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.errors import Invalid
from portfolio.i18n import _
from portfolio.overview.projects.search import matching
from portfolio.people.models import Organisation
from portfolio.plan.models import PlanSection, PlanVersion
from portfolio.projects import duties, scope
from portfolio.projects.models import Duty, DutyKind, PlanReference, Project, ProjectDistrict
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES, Kind, Stage


def _blank(value: object) -> object:
    return None if value == "" else value


Late = Literal["", "overdue", "soon", "slipping", "undated", "unassigned"]
SOON = timedelta(days=30)
# Statements built for one reader and filter are kept: making one costs as much as running it.
KEPT = 256
WHOLE_PLAN = "plan"  # as a section: all that the plan names, wherever
Sort = Literal["", "name", "-name", "code", "-code"]


class ProjectFilter(BaseModel):
    """Which projects, in which order. Empty means all; what a form sends empty counts as not given.

    `section` is the key of a 篇, 章, 节 or 专栏 with all below it, or `plan` for all that the plan names, in
    the newest version of the plan or in `version`; `unit` an organisation with all
    below it; `charge` what lies in the leader's own charge; `late` a state of its dates or its owner.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    q: Annotated[str, Field(max_length=100)] = ""
    sector: str = ""
    district: str = ""
    section: str = ""
    version: Annotated[int | None, BeforeValidator(_blank)] = None
    stage: Annotated[Stage | None, BeforeValidator(_blank)] = None
    unit: Annotated[int | None, BeforeValidator(_blank)] = None
    kind: Annotated[Kind | None, BeforeValidator(_blank)] = None
    late: Late = ""
    charge: Annotated[bool, BeforeValidator(lambda value: value or False)] = False
    sort: Sort = ""
    page: Annotated[int, Field(ge=1, le=100_000)] = 1

    @property
    def narrows(self) -> bool:
        """Whether it may leave a project out; order and page do not."""
        return any(value for name, value in self if name not in ("sort", "page"))

    @property
    def fields(self) -> dict[str, Any]:
        """The filter as an address has it, without the page."""
        return self.model_dump(mode="json", exclude={"page"})


def filter_of(**given: Any) -> ProjectFilter:
    """Build a filter from words; raises Invalid that names what cannot be looked for."""
    try:
        return ProjectFilter.model_validate(given)
    except ValidationError as error:
        names = "、".join(str(each["loc"][0]) for each in error.errors())
        raise Invalid(_("筛选条件里有不认识的值：%(names)s。", names=names)) from None


def takes_all(actor: Actor, wanted: ProjectFilter, permission: Permission = Permission.SEE_PROJECTS) -> bool:
    """Whether `chosen` leaves out nothing but merged duplicates, and the permission holds everywhere too."""
    return not wanted.narrows and all(
        actor.may_everywhere(each) for each in (Permission.SEE_PROJECTS, permission)
    )


def chosen(actor: Actor, wanted: ProjectFilter, *, today: date) -> sa.ColumnElement[bool]:
    """The clause over `project` that is true for what the actor sees and the filter asks for."""
    within = base(actor, wanted, today=today)
    return sa.and_(within, states(today)[wanted.late]) if wanted.late else within


def base(actor: Actor, wanted: ProjectFilter, *, today: date) -> sa.ColumnElement[bool]:
    """The same without `late`, of whose states the chips show the counts."""
    clauses = [scope.covers(actor, today=today)]
    if wanted.q.strip():
        clauses.append(matching(wanted.q, today))
    if wanted.sector:
        clauses.append(col(Project.sector_code) == wanted.sector)
    if wanted.stage:
        clauses.append(col(Project.stage) == wanted.stage)
    if wanted.kind:
        clauses.append(col(Project.kind) == wanted.kind)
    if wanted.charge:
        clauses.append(col(Project.id).in_(scope.in_charge(actor, today=today)))
    if wanted.district:
        within = sa.select(col(ProjectDistrict.project_id))
        clauses.append(
            col(Project.id).in_(within.where(col(ProjectDistrict.district_code) == wanted.district))
        )
    if wanted.section:
        clauses.append(col(Project.id).in_(_in_section(wanted.section, wanted.version)))
    if wanted.unit:
        clauses.append(col(Project.id).in_(_of_unit(wanted.unit, today)))
    return sa.and_(*clauses)


def states(today: date) -> dict[str, sa.ColumnElement[bool]]:
    """The clauses of `late`. Projects that stand still or are finished are in none of them.

    `soon`: the next open milestone is due within 30 days, and none is overdue.
    """
    running = col(Project.stage).not_in(WITHOUT_DATE_RULES)
    held = sa.select(col(Duty.project_id)).where(
        col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT, duties.valid_on(today)
    )
    return {
        "overdue": col(Project.first_due) < today,
        "soon": col(Project.first_due).between(today, today + SOON),
        "slipping": col(Project.worst_slip) > 0,
        "undated": sa.and_(col(Project.first_due).is_(None), running),
        "unassigned": sa.and_(col(Project.id).not_in(held), running),
    }


def _in_section(name_key: str, version: int | None) -> Any:
    no = col(PlanVersion.no)
    newest = sa.select(sa.func.max(no)).scalar_subquery()
    of = sa.select(col(PlanVersion.id)).where(no == (newest if version is None else version))
    within = sa.select(col(PlanSection.id)).where(col(PlanSection.version_id).in_(of))
    if name_key != WHOLE_PLAN:
        within = within.where(col(PlanSection.name_key) == name_key)
    tree = within.cte(recursive=True)
    below = aliased(PlanSection)
    tree = tree.union(sa.select(col(below.id)).where(col(below.parent_id) == tree.c.id))
    named = sa.select(col(PlanReference.project_id))
    return named.where(col(PlanReference.section_id).in_(sa.select(tree.c.id)))


def _of_unit(unit: int, today: date) -> Any:
    tree = sa.select(col(Organisation.id)).where(col(Organisation.id) == unit).cte(recursive=True)
    below = aliased(Organisation)
    tree = tree.union(sa.select(col(below.id)).where(col(below.parent_id) == tree.c.id))
    return sa.select(col(Duty.project_id)).where(
        col(Duty.kind).in_((DutyKind.RESPONSIBLE_UNIT, DutyKind.BUILDER)),
        col(Duty.organisation_id).in_(sa.select(tree.c.id)),
        duties.valid_on(today),
    )
