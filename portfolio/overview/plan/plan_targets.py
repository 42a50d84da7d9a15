"""The quantified targets of the text beside the headline indicators, and the projects that feed them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor
from portfolio.overview.plan import plan_places, plan_words
from portfolio.overview.plan.plan_places import Section
from portfolio.plan import queries
from portfolio.plan.queries import TargetLine
from portfolio.projects.models import PlanRow, Project
from portfolio.projects.scope import covers


@dataclass(frozen=True, slots=True)
class Fed:
    """The project, programme or measure that a target is reached by."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Target:
    """One target in words, where it stands, and what feeds it; None when the data name nothing in sight."""

    line: TargetLine
    figure: str
    section: Section | None
    fed_by: Fed | None


def targets(
    db: Session, actor: Actor, version_no: int | None = None, section_id: int | None = None, *, today: date
) -> tuple[Target, ...]:
    """Return the targets of a version of the plan (the newest by default), or of one of its sections."""
    version = next((each for each in queries.versions(db) if version_no in (None, each.no)), None)
    if version is None:
        return ()
    lines = queries.targets(db, version.id, section_id)
    sections = {section.id: section for section in plan_places.sections(db, version.id)}
    fed = _fed(db, actor, version.id, {line.item_key for line in lines if line.item_key}, today)
    found = [
        Target(
            line,
            plan_words.quantity(line.comparator, line.figure, line.unit),
            sections.get(line.section_id or 0),
            fed.get(line.item_key),
        )
        for line in lines
    ]
    return tuple(_in_order(found, sections))


def _in_order(found: Iterable[Target], sections: Mapping[int, Section]) -> list[Target]:
    order = {id_: number for number, id_ in enumerate(sections)}
    return sorted(found, key=lambda each: order.get(each.section.id, -1) if each.section else -1)


def _fed(db: Session, actor: Actor, version_id: int, keys: set[str], today: date) -> dict[str, Fed]:
    """What carries each item of the plan's data now; one that was merged is carried by what took it in."""
    statement = (
        sa.select(col(PlanRow.plan_key), col(Project.code), col(Project.name))
        .join(Project, col(Project.id) == sa.func.coalesce(_taken_in(), col(PlanRow.project_id)))
        .where(col(PlanRow.version_id) == version_id, col(PlanRow.plan_key).in_(keys))
        .where(covers(actor, today=today))
    )
    return {key: Fed(code, name) for key, code, name in db.execute(statement)}


def _taken_in() -> sa.ScalarSelect[int | None]:
    old = sa.orm.aliased(Project)
    return sa.select(col(old.merged_into_id)).where(col(old.id) == col(PlanRow.project_id)).scalar_subquery()
