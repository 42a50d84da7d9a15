"""What the plan says of a project: where it names it, what it promises, and whether that is lapsed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.i18n import _
from portfolio.overview.sections import Place
from portfolio.plan.models import Plan, PlanSection, PlanVersion
from portfolio.plan.queries import newest_version
from portfolio.projects.models import PlanReference, Promise, PromiseKind
from portfolio.projects.rules import dates
from portfolio.projects.rules.dates import PlannedDate
from portfolio.projects.rules.lateness import lapsed
from portfolio.projects.rules.stages import Stage

PROMISE_NAMES: dict[PromiseKind, str] = {
    PromiseKind.COMPLETION: _("建成"),
    PromiseKind.START: _("开工"),
    PromiseKind.CAPACITY: _("能力达到"),
    PromiseKind.LENGTH: _("长度达到"),
    PromiseKind.COUNT: _("数量达到"),
    PromiseKind.AREA: _("面积达到"),
    PromiseKind.INVESTMENT: _("投资达到"),
}
# A start is kept once works are under way, everything else once the project is in use.
_STARTED = frozenset({Stage.IMPLEMENTATION, Stage.COMPLETION, Stage.COMPLETED})


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where the plan names the project, in which wording."""

    name_key: str
    label: str
    title: str
    item: str
    wording: str


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """A promise: what, how much, by when; `lapsed` after the plan's end when it was not kept."""

    kind: PromiseKind
    what: str
    comparator: str
    value: Decimal | None
    unit: str
    due: PlannedDate | None
    place: Place | None
    kept: bool
    lapsed: bool


def spots(db: Session, project_id: int, known: Mapping[int, Place]) -> tuple[Spot, ...]:
    """Return the places of a project in the order of the text, in the newest version that names it."""
    named = sa.select(sa.func.max(col(PlanSection.version_id))).where(
        col(PlanSection.id) == col(PlanReference.section_id), col(PlanReference.project_id) == project_id
    )
    statement = (
        sa.select(col(PlanReference.section_id), col(PlanReference.label), col(PlanReference.name))
        .join(PlanSection, col(PlanSection.id) == col(PlanReference.section_id))
        .where(col(PlanReference.project_id) == project_id)
        .where(col(PlanSection.version_id) == named.correlate(None).scalar_subquery())
    )
    rows = [(known[id_], label, name) for id_, label, name in db.execute(statement) if id_ in known]
    rows.sort(key=lambda row: row[0].position)
    return tuple(Spot(place.name_key, place.label, place.title, item, name) for place, item, name in rows)


def promises(
    db: Session, project_id: int, known: Mapping[int, Place], stage: Stage, today: date
) -> tuple[PromiseLine, ...]:
    """Return what the plan, in its newest version, promises of a project."""
    statement = (
        sa.select(
            col(Promise.kind),
            col(Promise.comparator),
            col(Promise.value),
            col(Promise.unit),
            col(Promise.due),
            col(Promise.due_precision),
            col(Promise.section_id),
            col(Plan.ends_on),
        )
        .join(PlanVersion, col(PlanVersion.id) == col(Promise.version_id))
        .join(Plan, col(Plan.id) == col(PlanVersion.plan_id))
        .where(col(Promise.project_id) == project_id, col(Promise.version_id) == newest_version())
        .order_by(col(Promise.id))
    )
    found = []
    for kind, comparator, value, unit, day, precision, section_id, ends_on in db.execute(statement):
        due = dates.join(day, precision)
        kept = stage in _STARTED if kind is PromiseKind.START else stage is Stage.COMPLETED
        place = known.get(section_id) if section_id is not None else None
        late = lapsed(due, ends_on, kept, today)
        found.append(PromiseLine(kind, PROMISE_NAMES[kind], comparator, value, unit, due, place, kept, late))
    return tuple(found)
