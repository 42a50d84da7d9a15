"""Who answers for a project, from–to: assigned, handed over, ended. One holder of a kind at a time."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Self

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, model_validator
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit
from portfolio.access import Actor, Permission
from portfolio.audit import BY_HAND, Batch, Change
from portfolio.database import check_version
from portfolio.errors import Invalid, NotFound
from portfolio.i18n import _
from portfolio.people.models import Organisation, Person
from portfolio.projects import scope
from portfolio.projects.models import Duty, DutyKind

OF_UNITS = frozenset({DutyKind.RESPONSIBLE_UNIT, DutyKind.BUILDER})


class DutyIn(BaseModel):
    """Who takes a duty. Units take 责任单位 and 建设单位, persons 责任领导 and 联系人.

    `starts_on` defaults to today; the one who held the duty until then holds it to the day before.
    """

    model_config = ConfigDict(extra="forbid")
    project_id: int
    kind: DutyKind
    organisation_id: int | None = None
    person_id: int | None = None
    starts_on: date | None = None

    @model_validator(mode="after")
    def _someone(self) -> Self:
        if self.kind in OF_UNITS and self.organisation_id is None:
            raise ValueError("a unit takes this duty")
        if self.kind not in OF_UNITS and self.person_id is None:
            raise ValueError("a person takes this duty")
        return self


class DutyEnd(BaseModel):
    """The last day of a duty that nobody takes over (default: today)."""

    model_config = ConfigDict(extra="forbid")
    duty_id: int
    ends_on: date | None = None
    version: int | None = None


def assign(db: Session, actor: Actor, filled: DutyIn, *, today: date) -> Duty:
    """Assign a duty, or hand it over. Raises NotFound, Refused or Invalid."""
    return write_many(db, actor, [filled], today=today)[0]


def write_many(
    db: Session, actor: Actor, filled: Sequence[DutyIn], *, today: date, batch: Batch = BY_HAND
) -> list[Duty]:
    """Assign several duties; one that is held as stated already is left alone."""
    ids = {each.project_id for each in filled}
    scope.require(db, actor, ids, Permission.ASSIGN_DUTIES, today=today)
    _check_holders(db, filled)
    held = _latest(db, ids)
    found, events = [], []
    for each in filled:
        start = each.starts_on or today
        before = held.get((each.project_id, each.kind))
        if before and _same(before, each):
            found.append(before)
            continue
        was = _values(before) if before else {}
        after = _hand_over(db, before, each, start)
        held[each.project_id, each.kind] = after
        found.append(after)
        events.append((was, after))
    db.flush()
    audit.record(db, actor, *[_event(was, after, batch) for was, after in events])
    return found


def end(db: Session, actor: Actor, filled: DutyEnd, *, today: date) -> Duty:
    """End a duty without a successor: the project has a gap from then on, and shows it."""
    scope.lock_around(db, col(Duty.project_id), col(Duty.id), [filled.duty_id])
    duty = db.get(Duty, filled.duty_id, with_for_update=True)
    if duty is None:
        raise NotFound(_("没有这项责任分工。"))
    scope.require(db, actor, [duty.project_id], Permission.ASSIGN_DUTIES, today=today)
    last = filled.ends_on or today
    if duty.ends_on == last:
        return duty
    check_version(filled.version, duty.version)
    _check_end(db, duty, last)
    before = {"ends_on": duty.ends_on}
    duty.ends_on, duty.version = last, duty.version + 1
    db.flush()
    change = Change("duty", filled.duty_id, "end", before, {"ends_on": last}, duty.project_id)
    audit.record(db, actor, change)
    return duty


def of_project(db: Session, project_id: int | None, duty_id: int) -> None:
    """Raise NotFound unless the duty is this project's: an address names both."""
    duty = db.get(Duty, duty_id)
    if duty is None or duty.project_id != project_id:
        raise NotFound(_("没有这项责任分工。"))


def valid_on(day: date | sa.BindParameter[date]) -> sa.ColumnElement[bool]:
    """The clause over `duty` that is true for what is held on a day."""
    return sa.and_(col(Duty.starts_on) <= day, sa.or_(col(Duty.ends_on).is_(None), col(Duty.ends_on) >= day))


def _latest(db: Session, ids: set[int]) -> dict[tuple[int, DutyKind], Duty]:
    """The duty of each kind that began last, whether or not it has an end."""
    statement = (
        sa.select(Duty)
        .where(col(Duty.project_id).in_(ids))
        .order_by(col(Duty.starts_on), col(Duty.id))
        .with_for_update()
    )
    return {(row.project_id, row.kind): row for row in db.execute(statement).scalars()}


def _check_end(db: Session, duty: Duty, last: date) -> None:
    """An end lies neither before the beginning nor within the time of a successor."""
    if last < duty.starts_on:
        text = _("不能早于开始的那天（%(day)s）。", day=duty.starts_on.isoformat())
        raise Invalid(text, {"ends_on": text})
    after = sa.select(sa.func.min(col(Duty.starts_on))).where(
        col(Duty.project_id) == duty.project_id,
        col(Duty.kind) == duty.kind,
        col(Duty.starts_on) > duty.starts_on,
    )
    successor: date | None = db.execute(after).scalar_one()
    if successor is not None and last >= successor:
        text = _("下一任从 %(day)s 开始，不能晚于那天。", day=successor.isoformat())
        raise Invalid(text, {"ends_on": text})


def _same(duty: Duty, filled: DutyIn) -> bool:
    started = filled.starts_on is None or duty.starts_on == filled.starts_on
    stated = (duty.organisation_id, duty.person_id, duty.ends_on)
    return started and stated == (filled.organisation_id, filled.person_id, None)


def _hand_over(db: Session, before: Duty | None, filled: DutyIn, start: date) -> Duty:
    if before is not None:
        if start < before.starts_on:
            text = _("现任从 %(day)s 开始，接任不能更早。", day=before.starts_on.isoformat())
            raise Invalid(text, {"starts_on": text})
        if start == before.starts_on:
            # A mistake of the same day is put right in place: nobody ever held it.
            before.organisation_id, before.person_id = filled.organisation_id, filled.person_id
            before.ends_on, before.version = None, before.version + 1
            return before
        if before.ends_on is None or before.ends_on >= start:
            before.ends_on, before.version = start - timedelta(days=1), before.version + 1
    after = Duty(
        project_id=filled.project_id,
        kind=filled.kind,
        organisation_id=filled.organisation_id,
        person_id=filled.person_id,
        starts_on=start,
    )
    db.add(after)
    db.flush()
    return after


def _check_holders(db: Session, filled: Sequence[DutyIn]) -> None:
    units = {each.organisation_id for each in filled if each.organisation_id is not None}
    people = {each.person_id for each in filled if each.person_id is not None}
    known = set(db.execute(sa.select(col(Organisation.id)).where(col(Organisation.id).in_(units))).scalars())
    if units - known:
        raise Invalid(_("没有这个机构。"), {"organisation_id": _("没有这个机构。")})
    here = sa.select(col(Person.id)).where(col(Person.id).in_(people), col(Person.left_on).is_(None))
    if people - set(db.execute(here).scalars()):
        text = _("没有这个人，或者已经离任。")
        raise Invalid(text, {"person_id": text})


def _event(was: dict[str, Any], after: Duty, batch: Batch) -> Change:
    action = "hand over" if was else "assign"
    return Change("duty", after.id or 0, action, was, _values(after), after.project_id, batch=batch.name)


def _values(duty: Duty) -> dict[str, Any]:
    return {
        "kind": duty.kind,
        "organisation_id": duty.organisation_id,
        "person_id": duty.person_id,
        "starts_on": duty.starts_on,
        "ends_on": duty.ends_on,
    }
