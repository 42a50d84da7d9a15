"""What an owner says of a milestone: forecast, applied, accepted for processing, actual.

Forecast and actual are logs: a later value is a new row with the day it became known, so that any
past day can be looked at as it was known then. The milestone repeats the latest.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, clock
from portfolio.access import Actor, Permission
from portfolio.audit import BY_HAND, Batch, Change
from portfolio.database import check_version
from portfolio.errors import Conflict, Invalid
from portfolio.i18n import _
from portfolio.projects import milestones, scope, standing
from portfolio.projects.models import Milestone, MilestoneDate
from portfolio.projects.rules import dates, kinds
from portfolio.projects.rules.dates import PlannedDate, Precision


class DateField(StrEnum):
    """Which date of a milestone; `applied` and `accepted` belong to gates."""

    FORECAST = "forecast"
    ACTUAL = "actual"
    APPLIED = "applied"
    ACCEPTED = "accepted"


LOGGED = frozenset({DateField.FORECAST, DateField.ACTUAL})
COLUMNS = {DateField.APPLIED: "applied_on", DateField.ACCEPTED: "accepted_on"}


class DateIn(BaseModel):
    """One date of one milestone. `when` None clears it; an actual is cleared by `take_back` only.

    `known_on` is the civil day on which it became known (default: today).
    """

    model_config = ConfigDict(extra="forbid")
    milestone_id: int
    field: DateField
    when: PlannedDate | None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)] = ""
    known_on: date | None = None
    version: int | None = None


class TakeBack(BaseModel):
    """Why an actual was wrong."""

    model_config = ConfigDict(extra="forbid")
    milestone_id: int
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=400)]
    version: int | None = None


def record_forecast(
    db: Session, actor: Actor, milestone_id: int, when: PlannedDate | None, *, today: date, reason: str = ""
) -> Milestone:
    """Say when it is believed today to be reached; silences nothing that is overdue."""
    said = DateIn(milestone_id=milestone_id, field=DateField.FORECAST, when=when, reason=reason)
    return write_many(db, actor, [said], today=today)[0]


def record_actual(
    db: Session, actor: Actor, milestone_id: int, when: PlannedDate, *, today: date, reason: str = ""
) -> Milestone:
    """Say when it was reached; never after today, and replacing one wants a reason."""
    said = DateIn(milestone_id=milestone_id, field=DateField.ACTUAL, when=when, reason=reason)
    return write_many(db, actor, [said], today=today)[0]


def write_many(
    db: Session, actor: Actor, said: Sequence[DateIn], *, today: date, batch: Batch = BY_HAND
) -> list[Milestone]:
    """Record several dates; what is known already changes nothing whatever version was seen.

    Raises NotFound, Refused, Invalid, or Conflict on an old version or a withdrawn milestone.
    """
    found = milestones.load(db, [each.milestone_id for each in said])
    _require(db, actor, found.values(), today)
    newest = _newest(db, set(found))
    now, events, seen = clock.now(), [], {id_: row.version for id_, row in found.items()}
    for each in said:
        row = found[each.milestone_id]
        if held(row, each.field) == each.when:
            continue
        check_version(each.version, seen[each.milestone_id])
        milestones.refuse_withdrawn(row)
        _check(row, each, today)
        events.append(_write(db, actor, row, each, today, now, batch, newest))
    standing.refresh(db, {row.project_id for row in found.values()})
    audit.record(db, actor, *events)
    return [found[each.milestone_id] for each in said]


def take_back(db: Session, actor: Actor, filled: TakeBack, *, today: date) -> Milestone:
    """Take a wrong actual back with a reason: the milestone is open again, the log keeps both."""
    row = milestones.load(db, [filled.milestone_id])[filled.milestone_id]
    _require(db, actor, [row], today)
    if row.actual is None:
        return row
    check_version(filled.version, row.version)
    milestones.refuse_withdrawn(row)
    said = DateIn(milestone_id=filled.milestone_id, field=DateField.ACTUAL, when=None, reason=filled.reason)
    change = _write(db, actor, row, said, today, clock.now(), BY_HAND, {})
    standing.refresh(db, [row.project_id])
    audit.record(db, actor, change)
    return row


def held(row: Milestone, field: DateField) -> PlannedDate | None:
    """Return what a milestone says of one date."""
    if field in LOGGED:
        return dates.join(getattr(row, field), getattr(row, f"{field}_precision"))
    return dates.join(getattr(row, COLUMNS[field]), Precision.DAY)


def may_record(actor: Actor, row: Milestone) -> bool:
    """Whether the milestone is the actor's own. A unit's needs a right to report, a person's none."""
    if row.owner_person_id is not None and row.owner_person_id == actor.person_id:
        return True
    unit = row.owner_organisation_id is not None and row.owner_organisation_id == actor.organisation_id
    return unit and actor.may(Permission.REPORT_DATES)


def require_any(db: Session, actor: Actor, code: str) -> None:
    """Raise Refused for who reports nowhere and does not own this milestone by name either."""
    if actor.may(Permission.REPORT_DATES):
        return
    owner = sa.select(col(Milestone.owner_person_id)).where(col(Milestone.code) == code)
    if actor.person_id is None or db.execute(owner).scalar_one_or_none() != actor.person_id:
        scope.refuse()


def _require(db: Session, actor: Actor, rows: Iterable[Milestone], today: date) -> None:
    others = {row.project_id for row in rows if not may_record(actor, row)}
    if others:
        scope.require(db, actor, others, Permission.REPORT_DATES, today=today)


def _check(row: Milestone, said: DateIn, today: date) -> None:
    if said.known_on is not None and said.known_on > today:
        raise Invalid(_("得知的日期不能晚于今天。"), {"known_on": _("不能晚于今天。")})
    if said.field is DateField.FORECAST:
        return
    if said.field in COLUMNS and not kinds.is_gate(row.kind):
        raise Invalid(_("只有审批节点才有申报和受理日期。"), {said.field: _("这个节点不是审批。")})
    if said.when is not None and said.when.day > today:
        text = _("实际日期不能晚于今天。这个月里的请填到日，如 %(day)s。", day=today.isoformat())
        raise Invalid(text, {said.field: text})
    if said.field is DateField.ACTUAL and row.actual is not None and not said.reason:
        text = _("这个节点已经登记完成。要改日期请写明原因，登记错了请撤回。")
        raise Invalid(text, {"reason": text})
    if said.field is DateField.ACTUAL and said.when is None:
        raise Conflict(_("已登记的完成日期要用“撤回”，并写明原因。"))
    if said.field is DateField.ACCEPTED and said.when and row.applied_on and said.when.day < row.applied_on:
        text = _("受理不能早于申报（%(day)s）。", day=row.applied_on.isoformat())
        raise Invalid(text, {"accepted": text})


def _write(
    db: Session,
    actor: Actor,
    row: Milestone,
    said: DateIn,
    today: date,
    now: datetime,
    batch: Batch,
    newest: dict[tuple[int, str], date],
) -> Change:
    before = held(row, said.field)
    known_on = said.known_on or today
    if said.field in LOGGED:
        db.add(_logged(actor, said, known_on, now, batch))
        # What became known earlier than the latest is history: it is kept, the milestone stays.
        if known_on >= newest.get((said.milestone_id, said.field), known_on):
            _set(row, said)
            newest[said.milestone_id, said.field.value] = known_on
    else:
        setattr(row, COLUMNS[said.field], said.when.day if said.when else None)
    row.version += 1
    action = "take back" if said.field is DateField.ACTUAL and said.when is None else said.field.value
    return Change(
        "milestone",
        said.milestone_id,
        action,
        {said.field.value: str(before) if before else None},
        {said.field.value: str(said.when) if said.when else None, "known_on": known_on},
        row.project_id,
        said.reason,
        batch.name,
    )


def _set(row: Milestone, said: DateIn) -> None:
    setattr(row, said.field, said.when.day if said.when else None)
    setattr(row, f"{said.field}_precision", said.when.precision if said.when else None)


def _logged(actor: Actor, said: DateIn, known_on: date, now: datetime, batch: Batch) -> MilestoneDate:
    return MilestoneDate(
        milestone_id=said.milestone_id,
        field=said.field.value,
        day=said.when.day if said.when else None,
        precision=said.when.precision if said.when else None,
        reason=said.reason,
        known_on=known_on,
        recorded_at=now,
        recorded_by=actor.name,
        account_id=actor.account_id,
        batch_id=batch.batch_id,
    )


def _newest(db: Session, ids: set[int]) -> dict[tuple[int, str], date]:
    statement: sa.Select[Any, Any, Any] = (
        sa.select(
            col(MilestoneDate.milestone_id),
            col(MilestoneDate.field),
            sa.func.max(col(MilestoneDate.known_on)),
        )
        .where(col(MilestoneDate.milestone_id).in_(sorted(ids)))
        .group_by(col(MilestoneDate.milestone_id), col(MilestoneDate.field))
    )
    return {(id_, field): day for id_, field, day in db.execute(statement)}
