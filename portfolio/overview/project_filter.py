"""The filter of the project list: the page's address, an export's and a bulk step's choice of projects."""

from datetime import date
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy.orm import aliased
from sqlmodel import col

from portfolio.access import Actor
from portfolio.overview.search import matching
from portfolio.people.models import Organisation
from portfolio.plan.models import PlanSection
from portfolio.projects import duties, scope
from portfolio.projects.models import Duty, DutyKind, PlanReference, Project, ProjectDistrict
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES, Kind, Stage


def _blank(value: object) -> object:
    return None if value == "" else value


Sort = Literal["", "name", "-name", "code", "-code"]


class ProjectFilter(BaseModel):
    """Which projects, in which order. Empty means all; what a form sends empty counts as not given.

    `section` is the key of a 篇, 章, 节 or 专栏 with all below it; `unit` an organisation with all
    below it; `charge` what lies in the leader's own charge; `gap` projects that lack something: a responsible
    unit, or a dated milestone.
    """

    model_config = ConfigDict(extra="forbid")
    q: Annotated[str, Field(max_length=100)] = ""
    sector: str = ""
    district: str = ""
    section: str = ""
    stage: Annotated[Stage | None, BeforeValidator(_blank)] = None
    unit: Annotated[int | None, BeforeValidator(_blank)] = None
    kind: Annotated[Kind | None, BeforeValidator(_blank)] = None
    late: Annotated[bool, BeforeValidator(lambda value: value or False)] = False
    charge: Annotated[bool, BeforeValidator(lambda value: value or False)] = False
    gap: Literal["", "unit", "dates"] = ""
    sort: Sort = ""
    page: Annotated[int, Field(ge=1, le=100_000)] = 1

    @property
    def fields(self) -> dict[str, Any]:
        """The filter as an address has it, without the page."""
        return self.model_dump(mode="json", exclude={"page"})


def chosen(actor: Actor, wanted: ProjectFilter, *, today: date) -> sa.ColumnElement[bool]:
    """The clause over `project` that is true for what the actor sees and the filter asks for."""
    return sa.and_(base(actor, wanted, today=today), *narrowing(wanted, today))


def base(actor: Actor, wanted: ProjectFilter, *, today: date) -> sa.ColumnElement[bool]:
    """The same without `late` and `gap`, of which the chips show the counts."""
    clauses = [scope.covers(actor, today=today)]
    if wanted.q.strip():
        clauses.append(matching(wanted.q))
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
        clauses.append(col(Project.id).in_(_in_section(wanted.section)))
    if wanted.unit:
        clauses.append(col(Project.id).in_(_of_unit(wanted.unit, today)))
    return sa.and_(*clauses)


def narrowing(wanted: ProjectFilter, today: date) -> list[sa.ColumnElement[bool]]:
    """The clauses of `late` and `gap`."""
    clauses = []
    if wanted.late:
        clauses.append(is_late(today))
    if wanted.gap == "unit":
        clauses.append(lacks_unit(today))
    if wanted.gap == "dates":
        clauses.append(lacks_dates())
    return clauses


def is_late(today: date) -> sa.ColumnElement[bool]:
    """An open milestone is past its baseline, and date rules apply."""
    return sa.and_(col(Project.first_due) < today, col(Project.stage).not_in(WITHOUT_DATE_RULES))


def lacks_unit(today: date) -> sa.ColumnElement[bool]:
    """An active project for which no unit answers."""
    held = sa.select(col(Duty.project_id)).where(
        col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT, duties.valid_on(today)
    )
    return sa.and_(col(Project.stage).not_in(WITHOUT_DATE_RULES), col(Project.id).not_in(held))


def lacks_dates() -> sa.ColumnElement[bool]:
    """An active project without a dated open milestone: it never counts as on time."""
    return sa.and_(col(Project.first_due).is_(None), col(Project.stage).not_in(WITHOUT_DATE_RULES))


def _in_section(name_key: str) -> Any:
    tree = sa.select(col(PlanSection.id)).where(col(PlanSection.name_key) == name_key).cte(recursive=True)
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
