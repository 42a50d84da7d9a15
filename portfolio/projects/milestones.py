"""Milestones: added by hand or from the sector's template, corrected, withdrawn. Never deleted.

Their dates are the business of `milestone_dates` and `baselines`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Self

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, clock, numbering
from portfolio.access import Actor, Permission
from portfolio.audit import BY_HAND, Batch, Change, differences
from portfolio.database import check_version
from portfolio.errors import Conflict, Invalid, NotFound
from portfolio.i18n import _
from portfolio.people.models import Organisation, Person
from portfolio.projects import scope, standing
from portfolio.projects.models import Milestone, Project
from portfolio.projects.rules import kinds, templates

Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=400)]
Weight = Annotated[int, Field(ge=0, le=1000)]


class MilestoneIn(BaseModel):
    """A milestone to add. A free one is named by its label; a second one of a kind needs a label."""

    model_config = ConfigDict(extra="forbid")
    project_id: int
    kind: str
    label: Label = ""
    weight: Weight = 0
    is_key: bool = False
    owner_organisation_id: int | None = None
    owner_person_id: int | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.kind != kinds.FREE and self.kind not in kinds.NAMES:
            raise ValueError("no such kind of milestone")
        if self.kind == kinds.FREE and not self.label:
            raise ValueError("a free milestone needs a name")
        return self


class MilestoneChange(BaseModel):
    """New values of some fields; those that are not given stay."""

    model_config = ConfigDict(extra="forbid")
    id: int
    version: int | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)] = ""
    label: Label | None = None
    weight: Weight | None = None
    is_key: bool | None = None
    position: int | None = None
    owner_organisation_id: int | None = None
    owner_person_id: int | None = None

    def wanted(self) -> dict[str, Any]:
        """The fields that were given, with their new values."""
        given = self.model_dump(exclude_unset=True, exclude={"id", "version", "reason"})
        nullable = ("owner_organisation_id", "owner_person_id")
        return {name: value for name, value in given.items() if value is not None or name in nullable}


class Withdrawal(BaseModel):
    """Why a milestone no longer counts."""

    model_config = ConfigDict(extra="forbid")
    id: int
    reason: Reason
    version: int | None = None


def add(db: Session, actor: Actor, filled: MilestoneIn, *, today: date) -> Milestone:
    """Add a milestone. Raises NotFound, Refused, Invalid, or Conflict when it is there already."""
    return add_many(db, actor, [filled], today=today)[0]


def add_many(
    db: Session, actor: Actor, filled: Sequence[MilestoneIn], *, today: date, batch: Batch = BY_HAND
) -> list[Milestone]:
    """Add several milestones, in the order of their kinds behind those that are there."""
    ids = {each.project_id for each in filled}
    scope.require(db, actor, ids, Permission.EDIT_MILESTONES, today=today)
    _check_owners(db, [(each.owner_organisation_id, each.owner_person_id) for each in filled])
    there = _open_names(db, ids)
    for each in filled:
        place = (each.project_id, each.kind, each.label)
        if place in there:
            name = kinds.name_of(each.kind, each.label)
            raise Conflict(_("这个项目已有节点“%(name)s”。再加一个请写明区别，如“南段”。", name=name))
        there.add(place)
    return _insert(db, actor, filled, batch)


def add_templates(db: Session, actor: Actor, project_ids: Iterable[int], *, today: date) -> list[Milestone]:
    """Give projects the milestones of their sector's template; those that are there already stay as they are.

    A project that has milestones gets the missing ones without weight, so that its own weights stand.
    """
    ids = set(project_ids)
    scope.require(db, actor, ids, Permission.EDIT_MILESTONES, today=today)
    there = _open_names(db, ids)
    with_some = {project_id for project_id, _kind, _label in there}
    sectors = sa.select(col(Project.id), col(Project.sector_code)).where(col(Project.id).in_(sorted(ids)))
    wanted = [
        MilestoneIn(
            project_id=id_ or 0,
            kind=each.kind,
            label=each.label,
            weight=0 if id_ in with_some else each.weight,
            is_key=each.is_key,
        )
        for id_, sector in db.execute(sectors)
        for each in templates.template_for(sector)
        if (id_, each.kind, each.label) not in there
    ]
    return _insert(db, actor, wanted, BY_HAND)


def correct(db: Session, actor: Actor, change: MilestoneChange, *, today: date) -> Milestone:
    """Rename, weigh, order or hand over a milestone. Raises NotFound, Refused, Invalid or Conflict."""
    return write_many(db, actor, [change], today=today)[0]


def write_many(
    db: Session, actor: Actor, changes: Sequence[MilestoneChange], *, today: date, batch: Batch = BY_HAND
) -> list[Milestone]:
    """Correct several milestones; what changes nothing succeeds whatever version was seen."""
    found = load(db, [change.id for change in changes])
    scope.require(
        db, actor, {row.project_id for row in found.values()}, Permission.EDIT_MILESTONES, today=today
    )
    _check_owners(db, [(each.owner_organisation_id, each.owner_person_id) for each in changes])
    events = []
    for change in changes:
        row, wanted = found[change.id], change.wanted()
        old, new = differences({name: getattr(row, name) for name in wanted}, wanted)
        if not new:
            continue
        check_version(change.version, row.version)
        refuse_withdrawn(row)
        if "label" in new:
            _check_label(db, row, new["label"])
        for name, value in new.items():
            setattr(row, name, value)
        row.version += 1
        events.append(
            Change("milestone", change.id, "correct", old, new, row.project_id, change.reason, batch.name)
        )
    db.flush()
    audit.record(db, actor, *events)
    return [found[change.id] for change in changes]


def withdraw(db: Session, actor: Actor, filled: Withdrawal, *, today: date) -> Milestone:
    """Withdraw a milestone with a reason; it stays on record and counts no more."""
    row = load(db, [filled.id])[filled.id]
    scope.require(db, actor, [row.project_id], Permission.EDIT_MILESTONES, today=today)
    if row.withdrawn_at is not None and row.withdrawn_reason == filled.reason:
        return row
    check_version(filled.version, row.version)
    refuse_withdrawn(row)
    row.withdrawn_at, row.withdrawn_reason, row.version = clock.now(), filled.reason, row.version + 1
    standing.refresh(db, [row.project_id])
    audit.record(
        db,
        actor,
        Change("milestone", filled.id, "withdraw", {}, {}, row.project_id, filled.reason),
    )
    return row


def load(db: Session, ids: Iterable[int]) -> dict[int, Milestone]:
    """Read milestones for a change, by id; raises NotFound if one is missing. Rights are the caller's."""
    wanted = set(ids)
    scope.lock_around(db, col(Milestone.project_id), col(Milestone.id), wanted)
    rows = db.execute(
        sa.select(Milestone).where(col(Milestone.id).in_(sorted(wanted))).with_for_update()
    ).scalars()
    found = {row.id: row for row in rows if row.id is not None}
    if wanted - set(found):
        raise NotFound(_("没有这个节点，或者它不在您的范围内。"))
    return found


def refuse_withdrawn(row: Milestone) -> None:
    """Raise Conflict for a milestone that counts no more."""
    if row.withdrawn_at is not None:
        raise Conflict(_("这个节点已经撤销，不能再改。"))


def _positions(filled: Sequence[MilestoneIn]) -> Iterator[int]:
    """Gates in their usual order; what has a name of its own follows what it was added after, else comes last."""
    before = None
    for each in filled:
        if each.kind == kinds.FREE and before is not None and before[0] == each.project_id:
            before = each.project_id, before[1] + 1
        else:
            before = each.project_id, kinds.ORDER[each.kind] * 10
        yield before[1]


def _insert(db: Session, actor: Actor, filled: Sequence[MilestoneIn], batch: Batch) -> list[Milestone]:
    if not filled:
        return []
    codes = numbering.milestone_codes(db, len(filled))
    made = [
        Milestone(**each.model_dump(), code=code, position=position)
        for code, each, position in zip(codes, filled, _positions(filled), strict=True)
    ]
    db.add_all(made)
    db.flush()
    changes = [
        Change("milestone", row.id or 0, "add", {}, each.model_dump(), row.project_id, batch=batch.name)
        for row, each in zip(made, filled, strict=True)
    ]
    audit.record(db, actor, *changes)
    return made


def _open_names(db: Session, ids: set[int]) -> set[tuple[int, str, str]]:
    statement = sa.select(col(Milestone.project_id), col(Milestone.kind), col(Milestone.label)).where(
        col(Milestone.project_id).in_(sorted(ids)), col(Milestone.withdrawn_at).is_(None)
    )
    return {(id_, kind, label) for id_, kind, label in db.execute(statement)}


def _check_label(db: Session, row: Milestone, label: str) -> None:
    if row.kind == kinds.FREE and not label:
        raise Invalid(_("自定节点要有名称。"), {"label": _("请填写节点名称。")})
    if (row.project_id, row.kind, label) in _open_names(db, {row.project_id}):
        name = kinds.name_of(row.kind, label)
        raise Conflict(_("这个项目已有节点“%(name)s”。", name=name))


def _check_owners(db: Session, owners: Iterable[tuple[int | None, int | None]]) -> None:
    pairs = list(owners)
    units, people = {unit for unit, _p in pairs if unit}, {person for _u, person in pairs if person}
    for column, wanted, field in (
        (col(Organisation.id), units, "owner_organisation_id"),
        (col(Person.id), people, "owner_person_id"),
    ):
        if wanted and wanted - set(db.execute(sa.select(column).where(column.in_(wanted))).scalars()):
            text = _("没有这个机构或人员。")
            raise Invalid(text, {field: text})
