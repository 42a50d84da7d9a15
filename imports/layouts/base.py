"""The projects that stand in the rows of every kind of sheet, with the names of their units."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.layouts.sheet import EVERYTHING, Wanted
from portfolio.access import Actor, Permission
from portfolio.database import in_parts
from portfolio.people.models import Organisation, Person
from portfolio.plan import queries
from portfolio.projects import scope
from portfolio.projects.models import District, Duty, DutyKind, Project, ProjectDistrict, Sector


@dataclass(frozen=True, slots=True)
class View:
    """Who looks, on which day, at what."""

    actor: Actor
    today: date
    wanted: Wanted = EVERYTHING


@dataclass(frozen=True, slots=True)
class Lists:
    """The live lists that feed drop-downs, in their official order."""

    sectors: tuple[tuple[str, str], ...] = ()  # code, name
    districts: tuple[tuple[str, str], ...] = ()
    units: tuple[str, ...] = ()
    years: tuple[int, ...] = ()  # of the plan's period; those wanted, where some are
    money: bool = True  # whether the reader sees any money


def lists(db: Session, view: View) -> Lists:
    """Read the lists."""
    sectors = db.execute(sa.select(col(Sector.code), col(Sector.name)).order_by(col(Sector.position)))
    districts = db.execute(sa.select(col(District.code), col(District.name)).order_by(col(District.position)))
    units = (
        sa.select(col(Organisation.name))
        .where(col(Organisation.merged_into_id).is_(None), col(Organisation.valid_to).is_(None))
        .order_by(col(Organisation.position), col(Organisation.id))
    )
    return Lists(
        tuple((code, name) for code, name in sectors),
        tuple((code, name) for code, name in districts),
        tuple(db.execute(units).scalars()),
        _years(db, view.wanted),
        view.actor.may(Permission.SEE_MONEY),
    )


def _years(db: Session, wanted: Wanted) -> tuple[int, ...]:
    version = next(iter(queries.versions(db)), None)
    years = range(version.starts_on.year, version.ends_on.year + 1) if version else range(0)
    return tuple(year for year in years if not wanted.years or year in wanted.years)


def sheets_of(view: View, held: Collection[int]) -> list[str]:
    """Return the years that get a sheet: those wanted, else those that hold anything and this year."""
    return [str(year) for year in sorted(set(view.wanted.years) or {*held, view.today.year})]


def projects(
    db: Session,
    view: View,
    permission: Permission = Permission.SEE_PROJECTS,
    codes: Collection[str] | None = None,
) -> list[Project]:
    """Return the projects in view by code; with `codes` only those, filters left aside."""
    chosen = sa.select(Project).where(
        col(Project.id).in_(scope.visible(view.actor, today=view.today, permission=permission))
    )
    if codes is None:
        rows = list(db.execute(_filtered(chosen, view.wanted)).scalars())
    else:
        rows = _by_code(db, chosen, codes)
    return sorted(rows, key=lambda row: (len(row.code), row.code))


def duty_names(db: Session, ids: Collection[int], today: date) -> dict[tuple[int, DutyKind], str]:
    """Return who answers for what today, names joined: (project, duty) → `市交通局`."""
    statement = (
        sa.select(col(Duty.project_id), col(Duty.kind), col(Organisation.name), col(Person.name))
        .outerjoin(Organisation, col(Duty.organisation_id) == col(Organisation.id))
        .outerjoin(Person, col(Duty.person_id) == col(Person.id))
        .where(col(Duty.starts_on) <= today)
        .where(sa.or_(col(Duty.ends_on).is_(None), col(Duty.ends_on) >= today))
        .order_by(col(Duty.id))
    )
    found: dict[tuple[int, DutyKind], str] = {}
    for project_id, kind, unit, person in db.execute(statement):
        if project_id in ids:
            name = person or unit or ""
            held = found.get((project_id, kind))
            found[project_id, kind] = f"{held}、{name}" if held else name
    return found


def district_names(db: Session) -> dict[int, str]:
    """Return the districts of each project, joined in the official order."""
    statement = (
        sa.select(col(ProjectDistrict.project_id), col(District.name))
        .join(District, col(District.code) == col(ProjectDistrict.district_code))
        .order_by(col(District.position))
    )
    found: dict[int, str] = {}
    for project_id, name in db.execute(statement):
        found[project_id] = f"{found[project_id]}、{name}" if project_id in found else name
    return found


def wholes(rows: list[Project]) -> dict[int, int]:
    """Map each part to its whole."""
    return {number(row): row.part_of_id for row in rows if row.part_of_id is not None}


def unfiltered(view: View) -> View:
    """The same look without filters: what is matched was named by its key."""
    return replace(view, wanted=EVERYTHING)


def number(row: Any) -> int:
    """Return a stored row's id."""
    return int(row.id)


def _by_code(db: Session, chosen: sa.Select[Any], codes: Collection[str]) -> list[Project]:
    found = list[Project]()
    for some in in_parts(codes):
        found.extend(db.execute(chosen.where(col(Project.code).in_(some))).scalars())
    return found


def _filtered(chosen: sa.Select[Any], wanted: Wanted) -> sa.Select[Any]:
    if wanted.search:
        like = f"%{wanted.search}%"
        chosen = chosen.where(sa.or_(col(Project.name).like(like), col(Project.code) == wanted.search))
    if wanted.sector:
        named = sa.select(col(Sector.code)).where(_called(Sector, wanted.sector))
        chosen = chosen.where(col(Project.sector_code).in_(named))
    if wanted.district:
        lying = sa.select(col(ProjectDistrict.project_id)).join(
            District, col(District.code) == col(ProjectDistrict.district_code)
        )
        chosen = chosen.where(col(Project.id).in_(lying.where(_called(District, wanted.district))))
    if wanted.stage:
        chosen = chosen.where(col(Project.stage) == wanted.stage)
    if wanted.project:
        chosen = chosen.where(col(Project.code) == wanted.project)
    return chosen


def _called(table: type[Sector] | type[District], word: str) -> sa.ColumnElement[bool]:
    return sa.or_(col(table.code) == word, col(table.name) == word)
