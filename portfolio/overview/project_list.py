"""The list of projects: which ones, how late, and where one gets on from here.

The order is by the earliest open baseline, so that what is overdue longest comes first; projects
without one follow by code. The partial index on open baselines answers it without a sort.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.access import Actor
from portfolio.overview.project_rows import ProjectRow, rows_of
from portfolio.people.models import Organisation
from portfolio.plan.models import PlanSection, SectionKind
from portfolio.projects import scope
from portfolio.projects.models import (
    District,
    Duty,
    DutyKind,
    Milestone,
    PlanReference,
    Project,
    ProjectAlias,
    ProjectDistrict,
    Sector,
)
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES, Stage

SIZE = 50
SOON = timedelta(days=30)
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Clause = sa.ColumnElement[bool]


class ProjectFilter(BaseModel):
    """The filter, as it stands in the address. Empty fields ask for everything."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    q: Text = ""
    sector: Text = ""
    district: Text = ""
    section: Text = ""
    stage: Stage | Literal[""] = ""
    unit: Text = ""
    late: Literal["", "overdue", "soon", "slipping", "undated", "unassigned"] = ""
    sort: Literal["", "code", "-code", "name", "-name"] = ""
    page: Annotated[int, Field(ge=1, le=100_000)] = 1


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a filter: what stands in the address, and its name."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Options:
    """What can be filtered by."""

    sectors: tuple[Option, ...]
    districts: tuple[Option, ...]
    units: tuple[Option, ...]
    sections: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many projects of this filter (apart from its lateness) are in each state."""

    overdue: int
    soon: int
    slipping: int
    undated: int
    unassigned: int


@dataclass(frozen=True, slots=True)
class ProjectList:
    """One page of the list: its rows, the total of the filter, and counts for the chips."""

    rows: list[ProjectRow]
    total: int
    bundled: int
    counts: Counts


def find(db: Session, actor: Actor, wanted: ProjectFilter, *, today: date) -> ProjectList:
    """Return the page that the filter asks for. `bundled` counts a line for several projects as several."""
    others = [scope.covers(actor, today=today), *_clauses(wanted, today)]
    late = _LATE[wanted.late](today) if wanted.late else sa.true()
    total, bundled = db.execute(
        sa.select(sa.func.count(), sa.func.sum(sa.func.coalesce(col(Project.bundle_count), 1))).where(
            *others, late
        )
    ).one()
    ids = _page(db, wanted, [*others, late])
    return ProjectList(
        rows_of(db, actor, ids, today=today), total, int(bundled or 0), _count(db, others, today)
    )


def options(db: Session, *, today: date) -> Options:
    """Return the choices of the filter bar; units are those that answer for a project today."""
    units = (
        sa.select(col(Organisation.id), col(Organisation.name))
        .where(col(Organisation.id).in_(sa.select(col(Duty.organisation_id)).where(*_answering(today))))
        .order_by(col(Organisation.position), col(Organisation.name))
    )
    return Options(
        _choices(db, sa.select(col(Sector.code), col(Sector.name)).order_by(col(Sector.position))),
        _choices(db, sa.select(col(District.code), col(District.name)).order_by(col(District.position))),
        _choices(db, units),
        _choices(db, _SECTIONS),
    )


_SECTIONS = (
    sa.select(col(PlanSection.name_key), col(PlanSection.number) + " " + col(PlanSection.title))
    .where(col(PlanSection.kind).in_((SectionKind.PART, SectionKind.CHAPTER, SectionKind.BOX)))
    .order_by(col(PlanSection.position))
)


def _choices(db: Session, statement: sa.Select[Any, Any]) -> tuple[Option, ...]:
    return tuple(Option(str(value), label) for value, label in db.execute(statement))


def _clauses(wanted: ProjectFilter, today: date) -> list[Clause]:
    clauses: list[Clause] = []
    if wanted.q:
        clauses.append(_mentions(wanted.q))
    if wanted.sector:
        clauses.append(col(Project.sector_code) == wanted.sector)
    if wanted.stage:
        clauses.append(col(Project.stage) == wanted.stage)
    if wanted.district:
        lying = sa.select(col(ProjectDistrict.project_id)).where(
            col(ProjectDistrict.district_code) == wanted.district
        )
        clauses.append(col(Project.id).in_(lying))
    if wanted.unit.isdigit():
        of_unit = sa.select(col(Duty.project_id)).where(
            *_answering(today), col(Duty.organisation_id) == int(wanted.unit)
        )
        clauses.append(col(Project.id).in_(of_unit))
    if wanted.section:
        clauses.append(col(Project.id).in_(_referred(wanted.section)))
    return clauses


def _mentions(words: str) -> Clause:
    """Every word stands in the name, an alias, the code, or the pinyin or its initials."""
    return sa.and_(*(_mentions_one(word) for word in words.split()))


def _mentions_one(word: str) -> Clause:
    like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    plain = like.lower()

    def held(table: type[Project] | type[ProjectAlias]) -> Clause:
        return sa.or_(
            col(table.name).like(like, escape="\\"),
            col(table.pinyin).like(plain, escape="\\"),
            col(table.initials).like(plain, escape="\\"),
        )

    aliases = sa.select(col(ProjectAlias.project_id)).where(held(ProjectAlias))
    return sa.or_(
        held(Project), sa.func.lower(col(Project.code)) == word.lower(), col(Project.id).in_(aliases)
    )


def _referred(section: str) -> sa.Select[Any]:
    """Projects that the section or any below it names."""
    top = sa.select(col(PlanSection.id)).where(col(PlanSection.name_key) == section)
    tree = top.cte("sections", recursive=True)
    below = aliased(PlanSection)
    tree = tree.union(sa.select(col(below.id)).where(col(below.parent_id) == tree.c.id))
    return sa.select(col(PlanReference.project_id)).where(
        col(PlanReference.section_id).in_(sa.select(tree.c.id))
    )


def _answering(today: date) -> tuple[Clause, ...]:
    """Valid 责任单位 duties."""
    return (
        col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT,
        col(Duty.starts_on) <= today,
        sa.or_(col(Duty.ends_on).is_(None), col(Duty.ends_on) >= today),
    )


def _open(*conditions: Clause) -> sa.Select[Any]:
    """Projects with an open, dated milestone of which the conditions hold."""
    return sa.select(col(Milestone.project_id)).where(
        col(Milestone.actual).is_(None),
        col(Milestone.withdrawn_at).is_(None),
        col(Milestone.baseline).is_not(None),
        *conditions,
    )


def _running(*conditions: Clause) -> Clause:
    """Projects that date rules look at, with such a milestone."""
    return sa.and_(col(Project.stage).not_in(WITHOUT_DATE_RULES), col(Project.id).in_(_open(*conditions)))


def _overdue(today: date) -> Clause:
    return _running(col(Milestone.baseline) < today)


def _soon(today: date) -> Clause:
    return _running(col(Milestone.baseline).between(today, today + SOON))


def _slipping(_today: date) -> Clause:
    return _running(col(Milestone.forecast) > col(Milestone.baseline))


def _undated(_today: date) -> Clause:
    dated = sa.select(col(Milestone.project_id)).where(
        col(Milestone.withdrawn_at).is_(None), col(Milestone.baseline).is_not(None)
    )
    return sa.and_(col(Project.stage).not_in(WITHOUT_DATE_RULES), col(Project.id).not_in(dated))


def _unassigned(today: date) -> Clause:
    return col(Project.id).not_in(sa.select(col(Duty.project_id)).where(*_answering(today)))


_LATE = {
    "overdue": _overdue,
    "soon": _soon,
    "slipping": _slipping,
    "undated": _undated,
    "unassigned": _unassigned,
}


def _count(db: Session, others: Sequence[Clause], today: date) -> Counts:
    """Count all the chips in one statement."""
    sums = [sa.func.sum(sa.case((clause(today), 1), else_=0)) for clause in _LATE.values()]
    found = db.execute(sa.select(*sums).select_from(Project).where(*others)).one()
    return Counts(*(int(each or 0) for each in found))


def _page(db: Session, wanted: ProjectFilter, clauses: Sequence[Clause]) -> list[int]:
    start = (wanted.page - 1) * SIZE
    if wanted.sort:
        column = col(Project.pinyin) if wanted.sort.endswith("name") else col(Project.code)
        order = [column.desc() if wanted.sort.startswith("-") else column, col(Project.id)]
        chosen = sa.select(col(Project.id)).where(*clauses).order_by(*order)
        return _ids(db, chosen.limit(SIZE).offset(start))
    return _by_urgency(db, clauses, start)


def _by_urgency(db: Session, clauses: Sequence[Clause], start: int) -> list[int]:
    """Dated projects by their earliest open baseline, then the others by code."""
    earlier = aliased(Milestone)
    no_earlier = ~sa.exists().where(
        col(earlier.project_id) == col(Milestone.project_id),
        col(earlier.actual).is_(None),
        col(earlier.withdrawn_at).is_(None),
        sa.tuple_(col(earlier.baseline), col(earlier.id))
        < sa.tuple_(col(Milestone.baseline), col(Milestone.id)),
    )
    running = col(Project.stage).not_in(WITHOUT_DATE_RULES)
    dated = (
        sa.select(col(Project.id))
        .join(Milestone, col(Milestone.project_id) == col(Project.id))
        .where(
            col(Milestone.actual).is_(None),
            col(Milestone.withdrawn_at).is_(None),
            col(Milestone.baseline).is_not(None),
            no_earlier,
            running,
            *clauses,
        )
    )
    ordered = dated.order_by(col(Milestone.baseline), col(Milestone.id)).limit(SIZE).offset(start)
    ids = _ids(db, ordered)
    if len(ids) == SIZE:
        return ids
    before = db.execute(sa.select(sa.func.count()).select_from(dated.subquery())).scalar_one()
    rest = (
        sa.select(col(Project.id))
        .where(*clauses, sa.or_(sa.not_(running), col(Project.id).not_in(_open())))
        .order_by(col(Project.code))
        .limit(SIZE - len(ids))
        .offset(max(0, start - before))
    )
    return ids + _ids(db, rest)


def _ids(db: Session, statement: sa.Select[Any]) -> list[int]:
    return [each for each in db.execute(statement).scalars() if each is not None]
