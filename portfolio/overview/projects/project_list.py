"""The project list: which projects, how late, worst first; a constant number of statements a page."""

from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.database import days_between, select
from portfolio.i18n import _
from portfolio.overview import sections
from portfolio.overview.pictures.slip_bar import SlipAxis
from portfolio.overview.projects import list_money, list_rows
from portfolio.overview.projects.list_money import YearMoney
from portfolio.overview.projects.list_rows import Row
from portfolio.overview.projects.project_filter import (
    KEPT,
    WHOLE_PLAN,
    ProjectFilter,
    base,
    chosen,
    states,
    takes_all,
)
from portfolio.overview.sections import Place
from portfolio.people.models import Organisation
from portfolio.projects import duties
from portfolio.projects.models import District, Duty, DutyKind, Project, Sector
from portfolio.projects.rules.lateness import AMBER_SLIP, RED_OVERDUE
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES, Kind
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
    unassigned: int | None


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

    @property
    def elapsed(self) -> float:
        """The share of the year that is gone (序时), 0 to 1; today counts."""
        return self.today.timetuple().tm_yday / (365 + isleap(self.today.year))


def find(db: Session, actor: Actor, wanted: ProjectFilter, *, today: date) -> ProjectList:
    """Return one page of the list."""
    known = sections.places(db)
    counts = counts_of(db, actor, wanted, today)
    found = _page(db, actor, wanted, today)
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
        sums=list_money.of_all(db, actor, wanted, today=today) if sees_money else None,
    )


def ids(db: Session, actor: Actor, wanted: ProjectFilter, *, today: date) -> list[int]:
    """Return the ids of all that the filter finds, for exports and steps on the whole list."""
    statement = sa.select(col(Project.id)).where(chosen(actor, wanted, today=today))
    return [id_ for id_ in db.execute(statement.order_by(col(Project.code))).scalars() if id_ is not None]


def ids_of_page(db: Session, actor: Actor, wanted: ProjectFilter, *, today: date) -> list[int]:
    """Return the ids of one page in its order."""
    start = (wanted.page - 1) * SIZE
    red, all_ = _page_statements(actor, wanted, today)
    # What is red comes first and lies in the index in this very order: mostly that is the page.
    # A search reads every name, so it is made once.
    if red is not None and not wanted.q.strip():
        found = select(db, red, {"start": start}).scalars().all()
        if len(found) == SIZE:
            return list(found)
    return list(select(db, all_, {"start": start}).scalars())


def counts_of(
    db: Session, actor: Actor, wanted: ProjectFilter, today: date, *, unassigned: bool = False
) -> Counts:
    """Count what the filter finds, and how many are in each state of `late`, in one walk.

    How many lack a unit takes a look at every duty: only counted when asked for.
    """
    names, statement = _count_statement(actor, wanted.model_copy(update={"page": 1}), today, unassigned)
    row = select(db, statement).one()
    lines, folded, *found = (int(each) for each in row)
    counted = dict(zip(names, found, strict=True))
    return Counts(
        lines=lines,
        unfolded=lines + folded,
        overdue=counted["overdue"],
        soon=counted["soon"],
        slipping=counted["slipping"],
        undated=counted["undated"],
        unassigned=counted.get("unassigned"),
    )


@lru_cache(maxsize=KEPT)
def _count_statement(
    actor: Actor, wanted: ProjectFilter, today: date, unassigned: bool
) -> tuple[tuple[str, ...], Any]:
    clauses = states(today)
    if not unassigned and wanted.late != "unassigned":
        del clauses["unassigned"]
    narrow = clauses[wanted.late] if wanted.late else sa.true()
    # Only projects are bundled: the number of a programme is its size, not a count of projects.
    bundled = sa.and_(col(Project.bundle_count).is_not(None), col(Project.kind) == Kind.PROJECT, narrow)
    more = sa.func.coalesce(sa.func.sum(col(Project.bundle_count) - 1).filter(bundled), 0)
    number, within = sa.func.count(), base(actor, wanted, today=today)
    lines = number.filter(narrow) if wanted.late else number
    everything = takes_all(actor, wanted.model_copy(update={"late": ""}))
    each = (
        _stretch(within, clause) if everything and state in _BY_DUE else number.filter(clause)
        for state, clause in clauses.items()
    )
    return tuple(clauses), sa.select(lines, more, *each).select_from(Project).where(within)


_BY_DUE = frozenset({"overdue", "soon", "undated"})


def _stretch(within: sa.ColumnElement[bool], clause: sa.ColumnElement[bool]) -> Any:
    """Count along a stretch of the index by `first_due`, which is shorter than asking every project of the walk."""
    counted = sa.select(sa.func.count()).select_from(Project).where(within, clause)
    return counted.correlate(None).scalar_subquery()


def _page(db: Session, actor: Actor, wanted: ProjectFilter, today: date) -> Sequence[Any]:
    """First the ids, from the index alone, then what is shown of those fifty."""
    chosen_ids = ids_of_page(db, actor, wanted, today=today)
    found = {row[0]: row for row in select(db, _SHOWN, {"ids": chosen_ids}).all()}
    return [found[id_] for id_ in chosen_ids]


@lru_cache(maxsize=KEPT)
def _page_statements(actor: Actor, wanted: ProjectFilter, today: date) -> tuple[Any, Any]:
    """The page of what is red alone (None when sorted otherwise), and that of everything."""
    some = (
        sa.select(col(Project.id))
        .where(chosen(actor, wanted, today=today))
        .limit(SIZE)
        .offset(sa.bindparam("start"))
    )
    due = col(Project.first_due)
    red = some.where(due < today - timedelta(days=RED_OVERDUE)).order_by(due, col(Project.code))
    return None if wanted.sort else red, some.order_by(*_order(wanted, today))


def _order(wanted: ProjectFilter, today: date) -> list[Any]:
    if wanted.sort:
        column = col(Project.name) if wanted.sort.endswith("name") else col(Project.code)
        return [column.desc() if wanted.sort.startswith("-") else column.asc(), col(Project.id)]
    # Worst first: red, amber, green, in each by days. Pauses are taken off what is shown, not off the order.
    due, slipped = col(Project.first_due), sa.func.coalesce(col(Project.worst_slip), 0)
    red, overdue = due < today - timedelta(days=RED_OVERDUE), due < today
    colour = sa.case((red, 2), (sa.or_(overdue, col(Project.worst_slip) >= AMBER_SLIP), 1), else_=0)
    since = days_between(due, sa.literal(today, sa.Date))
    days = sa.case((red, 0), (sa.and_(overdue, since > slipped), since), else_=slipped)
    stopped = col(Project.stage).in_(WITHOUT_DATE_RULES)
    return [colour.desc(), days.desc(), due.is_(None), due.asc(), stopped.asc(), col(Project.code).asc()]


def _options(db: Session, known: Iterable[Place], today: date) -> Options:
    sectors, districts = (
        tuple(Choice(code, name) for code, name in select(db, statement).all()) for statement in _CODED
    )
    units = select(db, _UNITS, {"today": today}).all()
    return Options(
        sectors=sectors,
        districts=districts,
        sections=(
            Choice(WHOLE_PLAN, _("规划点名的全部")),
            *(Choice(each.name_key, each.full) for each in sections.choices(known)),
        ),
        units=tuple(Choice(str(id_), short or name) for id_, short, name in units),
    )


_SHOWN = list_rows.STATED.where(col(Project.id).in_(sa.bindparam("ids", expanding=True)))
_CODED = [
    sa.select(col(table.code), col(table.name)).order_by(col(table.position)) for table in (Sector, District)
]
_UNITS = (
    sa.select(col(Organisation.id), col(Organisation.short_name), col(Organisation.name))
    .where(
        sa.exists().where(
            col(Duty.organisation_id) == col(Organisation.id),
            col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT,
            duties.valid_on(sa.bindparam("today")),
        )
    )
    .order_by(col(Organisation.position), col(Organisation.name))
)
