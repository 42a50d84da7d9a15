"""Projects as programs read them: the command line's JSON and the REST answers share this shape."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.database import in_parts
from portfolio.plan.models import PlanSection
from portfolio.plan.queries import newest_version
from portfolio.projects.models import (
    PlanReference,
    PlanRow,
    Project,
    ProjectAlias,
    ProjectDistrict,
    Promise,
)
from portfolio.projects.rules import dates


@dataclass(frozen=True, slots=True)
class ReferenceRecord:
    """Where the plan names the project: section key, item label, wording and its n-th occurrence."""

    section: str
    label: str
    name: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class PromiseRecord:
    """What the plan promises; `value` is an exact decimal as text, `due` ISO to its precision."""

    what: str
    comparator: str
    value: str | None
    unit: str
    due: str | None
    precision: str | None
    section: str | None


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """One project. `sector` and `districts` are codes, `part_of` the code of its whole; `note` says why it is `doubtful`."""

    id: int
    code: str
    name: str
    aliases: list[str]
    kind: str
    sector: str | None
    districts: list[str]
    stage: str
    national_code: str
    part_of: str | None
    bundle_count: int | None
    doubtful: bool
    note: str
    plan_keys: list[str]
    plan_refs: list[ReferenceRecord]
    promises: list[PromiseRecord]


def records(db: Session, ids: Sequence[int]) -> list[ProjectRecord]:
    """Read projects that the caller may see, in this order."""
    found: dict[int, ProjectRecord] = {}
    for some in in_parts(ids):
        found |= {each.id: each for each in _records(db, some)}
    return [found[id_] for id_ in ids if id_ in found]


def _records(db: Session, ids: Sequence[int]) -> Iterable[ProjectRecord]:
    aliases = _grouped(db, col(ProjectAlias.project_id), col(ProjectAlias.name), ids)
    districts = _grouped(db, col(ProjectDistrict.project_id), col(ProjectDistrict.district_code), ids)
    keys = _grouped(db, col(PlanRow.project_id), col(PlanRow.plan_key), ids)
    references, promises = _references(db, ids), _promises(db, ids)
    whole = aliased(Project)
    statement = (
        sa.select(Project, col(whole.code))
        .outerjoin(whole, col(whole.id) == col(Project.part_of_id))
        .where(col(Project.id).in_(ids))
    )
    for row, part_of in db.execute(statement):
        assert row.id is not None
        yield ProjectRecord(
            id=row.id,
            code=row.code,
            name=row.name,
            aliases=aliases.get(row.id, []),
            kind=row.kind.value,
            sector=row.sector_code,
            districts=districts.get(row.id, []),
            stage=row.stage.value,
            national_code=row.national_code,
            part_of=part_of,
            bundle_count=row.bundle_count,
            doubtful=row.doubtful,
            note=row.note,
            plan_keys=keys.get(row.id, []),
            plan_refs=references.get(row.id, []),
            promises=promises.get(row.id, []),
        )


def _grouped(db: Session, key: Any, value: Any, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for id_, text in db.execute(sa.select(key, value).where(key.in_(ids)).order_by(value)):
        if text not in found.setdefault(id_, []):
            found[id_].append(text)
    return found


def _references(db: Session, ids: Sequence[int]) -> dict[int, list[ReferenceRecord]]:
    statement = (
        sa.select(
            col(PlanReference.project_id),
            col(PlanSection.name_key),
            col(PlanReference.label),
            col(PlanReference.name),
            col(PlanReference.occurrence),
        )
        .join(PlanSection, col(PlanSection.id) == col(PlanReference.section_id))
        .where(col(PlanReference.project_id).in_(ids))
        .order_by(col(PlanSection.position), col(PlanReference.id))
    )
    found: dict[int, list[ReferenceRecord]] = {}
    for id_, section, label, name, occurrence in db.execute(statement):
        found.setdefault(id_, []).append(ReferenceRecord(section, label, name, occurrence))
    return found


def _promises(db: Session, ids: Sequence[int]) -> dict[int, list[PromiseRecord]]:
    statement = (
        sa.select(Promise, col(PlanSection.name_key))
        .outerjoin(PlanSection, col(PlanSection.id) == col(Promise.section_id))
        .where(col(Promise.project_id).in_(ids), col(Promise.version_id) == newest_version())
        .order_by(col(Promise.id))
    )
    found: dict[int, list[PromiseRecord]] = {}
    for row, section in db.execute(statement):
        due = dates.join(row.due, row.due_precision)
        found.setdefault(row.project_id, []).append(
            PromiseRecord(
                what=row.kind.value,
                comparator=row.comparator,
                value=f"{row.value:f}" if row.value is not None else None,
                unit=row.unit,
                due=str(due) if due else None,
                precision=due.precision.value if due else None,
                section=section,
            )
        )
    return found
