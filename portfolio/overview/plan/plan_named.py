"""Finding what the plan names: by name, alias, the plan's wording, pinyin and initials."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor
from portfolio.overview.plan import plan_places
from portfolio.overview.plan.plan_places import Place, Section
from portfolio.overview.plan.plan_section import rows_of
from portfolio.overview.projects.list_rows import Row
from portfolio.overview.projects.search import matching
from portfolio.plan import queries
from portfolio.projects.models import Project
from portfolio.projects.scope import covers

MOST = 50  # what is shown; who wants more asks for something narrower


@dataclass(frozen=True, slots=True)
class Named:
    """A project, programme or measure that was found, with the places where the plan names it."""

    row: Row
    places: tuple[tuple[Section, Place], ...]


@dataclass(frozen=True, slots=True)
class NamedList:
    """What was found, in the order of the text; `total` counts those not shown too."""

    lines: tuple[Named, ...]
    total: int


def named(db: Session, actor: Actor, words: str, *, today: date) -> NamedList:
    """Look for what the newest version of the plan names; empty without words or plan."""
    version = next(iter(queries.versions(db)), None)
    if version is None or not words.strip():
        return NamedList((), 0)
    looked_for = sa.select(col(Project.id)).where(covers(actor, today=today), matching(words, today))
    found = set(db.execute(looked_for).scalars())
    sections = {section.id: section for section in plan_places.sections(db, version.id)}
    by_project: defaultdict[int, list[tuple[Section, Place]]] = defaultdict(list)
    order = {id_: number for number, id_ in enumerate(sections)}
    places = plan_places.places(db, list(sections))
    for place in sorted(places, key=lambda each: order[each.section_id]):
        if place.project_id in found:
            by_project[place.project_id].append((sections[place.section_id], place))
    shown = list(by_project)[:MOST]
    rows = rows_of(db, actor, shown, today=today)
    return NamedList(tuple(Named(rows[id_], tuple(by_project[id_])) for id_ in shown), len(by_project))
