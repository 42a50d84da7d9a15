"""The project list: which projects, how late, worst first; a constant number of statements a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.database import days_between
from portfolio.overview import list_money, list_rows, sections
from portfolio.overview.list_money import YearMoney
from portfolio.overview.list_rows import Row
from portfolio.overview.pictures.slip_bar import SlipAxis
from portfolio.overview.project_filter import ProjectFilter, base, chosen, states
from portfolio.overview.sections import Place
from portfolio.people.models import Organisation
from portfolio.projects import duties
from portfolio.projects.models import District, Duty, DutyKind, Project, Sector
from portfolio.projects.rules.lateness import AMBER_SLIP, RED_OVERDUE
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES
from portfolio.rendering import Choice

SIZE = 50


@dataclass(frozen=True, slots=True)
class Counts:
    """How many the filter finds: lines of the list, and projects with bundles opened out."""

    lines: int
    unfolded: int
    overdue: int
    soon: int
    slipping: int
    undated: int
    unassigned: int


@dataclass(frozen=True, slots=True)
class Options:
    """What the filters offer."""

    sectors: tuple[Choice, ...]
    districts: tuple[Choice, ...]
    sections: tuple[Choice, ...]
    units: tuple[Choice, ...]

    def label(self, name: str, value: str) -> str:
        """The name of a chosen value; itself when it is no option."""
        offered: tuple[Choice, ...] = getattr(self, name)
        return next((each.label for each in offered if each.value == value), value)


@dataclass(frozen=True, slots=True)
class ProjectList:
    """All that the page shows. `axis` is shared by the bars; `sums` is None without the right to money."""

    wanted: ProjectFilter
    today: date
    counts: Counts
    rows: tuple[Row, ...]
    axis: SlipAxis
    options: Options
    sums: YearMoney | None


def find(db: Session, actor: Actor, wanted: ProjectFilter, *, today: date) -> ProjectList:
    """Return one page of the list."""
    known = sections.places(db)
    within = chosen(actor, wanted, today=today)
    counts = counts_of(db, actor, wanted, today)
    found = _page(db, within, wanted, today)
    money = None
    if sees_money := actor.may(Permission.SEE_MONEY):
        money = list_money.of_rows(db, actor, [row[0] for row in found], today=today)
    rows, axis = list_rows.rows(db, found, known, today, money)
    return ProjectList(
        wanted=wanted,
        today=today,
        counts=counts,
        rows=rows,
        axis=axis,
        options=_options(db, known.values(), today),
        sums=list_money.of_all(db, actor, within, today=today) if sees_money else None,
    )


def ids(db: Session, actor: Actor, wanted: ProjectFilter, *, today: date) -> list[int]:
    """Return the ids of all that the filter finds, for exports and steps on the whole list."""
    statement = sa.select(col(Project.id)).where(chosen(actor, wanted, today=today))
    return [id_ for id_ in db.execute(statement.order_by(col(Project.code))).scalars() if id_ is not None]


def ids_of_page(db: Session, actor: Actor, wanted: ProjectFilter, *, today: date) -> list[int]:
    """Return the ids of one page in its order."""
    found = _page(db, chosen(actor, wanted, today=today), wanted, today)
    return [row[0] for row in found]


def counts_of(db: Session, actor: Actor, wanted: ProjectFilter, today: date) -> Counts:
    """Count what the filter finds, and how many are in each state of `late`."""
    states_ = states(today)
    narrow = states_[wanted.late] if wanted.late else sa.true()
    bundled = sa.func.coalesce(col(Project.bundle_count), 1)
    row = db.execute(
        sa.select(
            _number(narrow),
            sa.func.coalesce(sa.func.sum(sa.case((narrow, bundled), else_=0)), 0),
            *(_number(clause) for clause in states_.values()),
        )
        .select_from(Project)
        .where(base(actor, wanted, today=today))
    ).one()
    return Counts(*(int(each) for each in row))


def _number(clause: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((clause, 1), else_=0)), 0)


def _page(db: Session, within: sa.ColumnElement[bool], wanted: ProjectFilter, today: date) -> Sequence[Any]:
    statement = (
        sa.select(
            col(Project.id),
            col(Project.code),
            col(Project.name),
            col(Project.kind),
            col(Project.stage),
            col(Sector.name),
            col(Project.bundle_count),
            col(Project.doubtful),
        )
        .outerjoin(Sector, col(Sector.code) == col(Project.sector_code))
        .where(within)
        .order_by(*_order(wanted, today))
        .limit(SIZE)
        .offset((wanted.page - 1) * SIZE)
    )
    return db.execute(statement).all()


def _order(wanted: ProjectFilter, today: date) -> list[Any]:
    if wanted.sort:
        column = col(Project.name) if wanted.sort.endswith("name") else col(Project.code)
        return [column.desc() if wanted.sort.startswith("-") else column.asc(), col(Project.id)]
    # Worst first: red, amber, green, in each by days. Pauses are taken off what is shown, not off the order.
    overdue = sa.func.coalesce(days_between(col(Project.first_due), sa.literal(today, sa.Date)), 0)
    slipped = sa.func.coalesce(col(Project.worst_slip), 0)
    stopped = col(Project.stage).in_(WITHOUT_DATE_RULES)
    amber = sa.or_(overdue > 0, slipped >= AMBER_SLIP)
    colour = sa.case((stopped, -1), (overdue > RED_OVERDUE, 2), (amber, 1), else_=0)
    days = sa.case(
        (stopped, 0), (overdue > RED_OVERDUE, overdue), (overdue >= slipped, overdue), else_=slipped
    )
    undated = col(Project.first_due).is_(None)
    return [colour.desc(), days.desc(), undated.asc(), col(Project.first_due).asc(), col(Project.code).asc()]


def _options(db: Session, known: Iterable[Place], today: date) -> Options:
    units = (
        sa.select(col(Organisation.id), col(Organisation.short_name), col(Organisation.name))
        .where(
            col(Organisation.id).in_(
                sa.select(col(Duty.organisation_id)).where(
                    col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT, duties.valid_on(today)
                )
            )
        )
        .order_by(col(Organisation.position), col(Organisation.name))
    )
    coded = [
        sa.select(col(table.code), col(table.name)).order_by(col(table.position))
        for table in (Sector, District)
    ]
    sectors, districts = (
        tuple(Choice(code, name) for code, name in db.execute(statement)) for statement in coded
    )
    return Options(
        sectors=sectors,
        districts=districts,
        sections=tuple(Choice(each.name_key, each.full) for each in sections.choices(known)),
        units=tuple(Choice(str(id_), short or name) for id_, short, name in db.execute(units)),
    )
