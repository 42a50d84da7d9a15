"""One piece of the plan as a page: what it promises, who carries it, how that stands."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor
from portfolio.overview.pictures.slip_bar import SlipAxis
from portfolio.overview.plan import plan_indicators, plan_places, plan_targets, plan_tree, plan_words
from portfolio.overview.plan.plan_indicators import IndicatorCard
from portfolio.overview.plan.plan_places import Place, Section
from portfolio.overview.plan.plan_targets import Target
from portfolio.overview.plan.plan_tree import Branch, Roll
from portfolio.overview.projects import list_rows
from portfolio.overview.projects.list_rows import Row
from portfolio.plan import queries
from portfolio.plan.queries import HistoryLine, VersionLine
from portfolio.projects.models import Milestone, Project
from portfolio.projects.scope import covers

# The boxes that are tables of figures: the previous plan's, and this one's indicators.
HISTORY_BOX, INDICATORS_BOX = "b01", "b02"


@dataclass(frozen=True, slots=True)
class Said:
    """One promise in words, with the word and colour of its standing."""

    words: str
    standing: str
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the section names: its wording there, and the project that carries it.

    `doubt` is why its reading is doubtful; empty where it is not.
    """

    place: Place
    row: Row
    promises: tuple[Said, ...]
    sentence: str
    beyond: bool
    doubt: str


@dataclass(frozen=True, slots=True)
class SectionPage:
    """All that the page of one section shows; `groups` are its lines by item label."""

    version: VersionLine
    section: Section
    above: tuple[Section, ...]
    roll: Roll
    below: tuple[Branch, ...]
    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    axis: SlipAxis
    targets: tuple[Target, ...]
    indicators: tuple[IndicatorCard, ...]
    history: tuple[HistoryLine, ...]
    has_text: bool


def section_page(
    db: Session, actor: Actor, key: str, version_no: int | None = None, *, today: date
) -> SectionPage | None:
    """Return the page of a section; None when the plan has none of that key."""
    found = plan_tree.tree(db, actor, version_no, today=today)
    here = None if found is None else next((b for b in found.branches if b.section.key == key), None)
    if found is None or here is None:
        return None
    lines, axis = lines_of(db, actor, found.version, here.section, today=today)
    return SectionPage(
        version=found.version,
        section=here.section,
        above=_above(here.section, found.branches),
        roll=here.roll,
        below=below_of(here.section, found.branches),
        groups=_grouped(lines),
        axis=axis,
        targets=plan_targets.targets(db, actor, found.version.no, here.section.id, today=today),
        indicators=plan_indicators.cards(db, found.version) if key == INDICATORS_BOX else (),
        history=tuple(queries.history(db, found.version.id)) if key == HISTORY_BOX else (),
        has_text=queries.has_text(db, found.version.id),
    )


def lines_of(
    db: Session, actor: Actor, version: VersionLine, section: Section, *, today: date
) -> tuple[list[Line], SlipAxis]:
    """Return a line for each place in a section whose project the actor sees, and the axis of their bars."""
    seen = plan_places.items(db, actor, today=today)
    places = [each for each in plan_places.places(db, [section.id]) if each.project_id in seen]
    ids = list(dict.fromkeys(place.project_id for place in places))
    rows, axis = _rows(db, actor, ids, today)
    said = _said(db, version, seen, today)
    beyond = _beyond(db, ids, version.ends_on)
    doubts = _doubts(db, actor, ids, today)
    lines = [
        Line(
            place=place,
            row=rows[place.project_id],
            promises=tuple(said[place.project_id]),
            sentence=plan_words.where_it_stands(rows[place.project_id]),
            beyond=place.project_id in beyond,
            doubt=doubts.get(place.project_id, ""),
        )
        for place in places
    ]
    return lines, axis


def rows_of(db: Session, actor: Actor, ids: Sequence[int], *, today: date) -> dict[int, Row]:
    """Return list rows, without money, of those projects that the actor sees."""
    return _rows(db, actor, ids, today)[0]


def _rows(db: Session, actor: Actor, ids: Sequence[int], today: date) -> tuple[dict[int, Row], SlipAxis]:
    statement = list_rows.STATED.where(covers(actor, today=today), col(Project.id).in_(ids))
    found, axis = list_rows.rows(db, db.execute(statement).all(), {}, today, None)
    return {row.id: row for row in found}, axis


def _said(
    db: Session, version: VersionLine, seen: dict[int, plan_places.Item], today: date
) -> defaultdict[int, list[Said]]:
    found: defaultdict[int, list[Said]] = defaultdict(list)
    for each in plan_places.promises(db, version, seen, today=today):
        word, tone = plan_words.STANDINGS[each.standing]
        found[each.project_id].append(Said(plan_words.promise(each), word, tone))
    return found


def _doubts(db: Session, actor: Actor, ids: Sequence[int], today: date) -> dict[int, str]:
    """Why some are doubtful, as the reading of the plan noted it."""
    statement = sa.select(col(Project.id), col(Project.note)).where(
        covers(actor, today=today), col(Project.id).in_(ids), col(Project.doubtful)
    )
    return {id_: note for id_, note in db.execute(statement) if id_ is not None}


def _beyond(db: Session, ids: Sequence[int], ends_on: date) -> set[int]:
    """Projects of which an open milestone is expected after the plan's last day."""
    expected = sa.func.coalesce(col(Milestone.forecast), col(Milestone.baseline))
    statement = (
        sa.select(col(Milestone.project_id))
        .where(col(Milestone.project_id).in_(ids), col(Milestone.actual).is_(None))
        .where(col(Milestone.withdrawn_at).is_(None), expected > ends_on)
        .distinct()
    )
    return set(db.execute(statement).scalars())


def _grouped(lines: Sequence[Line]) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.place.label, []).append(line)
    return tuple((label, tuple(members)) for label, members in groups.items())


def _above(section: Section, branches: Sequence[Branch]) -> tuple[Section, ...]:
    by_id = {branch.section.id: branch.section for branch in branches}
    found: list[Section] = []
    while section.parent_id is not None:
        section = by_id[section.parent_id]
        found.insert(0, section)
    return tuple(found)


def below_of(section: Section, branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """The branches under a section, at any depth, in the order of the text."""
    inside = {section.id}
    found: list[Branch] = []
    for branch in branches:
        if branch.section.parent_id in inside:
            inside.add(branch.section.id)
            found.append(branch)
    return tuple(found)
