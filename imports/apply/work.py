"""What a batch writes: rows with their choices made, on whose behalf, and what was done."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from imports import fields
from imports.fields import Plain, Value
from imports.preview.findings import Action, Change, Preview, RowFinding
from portfolio.access import Actor
from portfolio.audit import Batch
from portfolio.errors import Invalid


class Entity(StrEnum):
    """Whose field was changed."""

    PROJECT = "project"
    COST = "cost"
    AMOUNT = "amount"
    MILESTONE = "milestone"
    BASELINE = "baseline"
    INDICATOR = "indicator"


class Choice(StrEnum):
    """Which value of a conflict stands."""

    THEIRS = "theirs"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Decision:
    """What someone decided after looking: which value of each conflict (by cell), what is left out, why."""

    choices: Mapping[str, Choice] = field(default_factory=dict)
    leave_faults: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A batch being written."""

    db: Session
    actor: Actor
    today: date
    now: datetime
    batch: Batch
    reason: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A row to be written: its finding and the changes that stand after the choices."""

    row: RowFinding
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """One field that was written. An empty path is the making of the record; an indicator has no project."""

    project_id: int | None
    entity: Entity
    record_id: int
    path: str
    before: Plain
    after: Plain
    cell: str


def ready(preview: Preview, choices: Mapping[str, Choice], *, leave_faults: bool) -> list[Ready]:
    """Return the rows to be written; raises Invalid where a choice is missing or a fault is not left out."""
    found = []
    for row in preview.rows:
        if row.action is Action.ERROR:
            if not leave_faults:
                raise Invalid("还有错误没有改正。请改正后重传，或选择先写入没有问题的行。")
            continue
        undecided = [each for each in row.conflicts if each.cell not in choices]
        if undecided:
            if not leave_faults:
                raise Invalid("还有冲突没有选定。请逐项选用哪个值，或选择先写入没有问题的行。")
            continue
        chosen = [
            Change(each.cell, each.path, each.column, each.now, each.theirs)
            for each in row.conflicts
            if choices[each.cell] is Choice.THEIRS
        ]
        if row.changes or chosen or row.action is Action.CREATE:
            found.append(Ready(row, (*row.changes, *chosen)))
    return found


def value(change: Change) -> Value:
    """The new value of a change, as the domain knows it."""
    return fields.rich(change.new, change.column.type)


def old(change: Change) -> Value:
    """What stood there when the change was worked out."""
    return fields.rich(change.old, change.column.type)


def written(value_: Plain) -> str:
    """A plain value as it is kept with the change."""
    return json.dumps(value_, ensure_ascii=False)


def done(ready_: Ready, change: Change, entity: Entity, record_id: int | None = None) -> Done:
    """Note a change that was written."""
    row = ready_.row
    number = record_id if record_id is not None else row.record_id
    assert number is not None
    return Done(row.project_id, entity, number, change.path, change.old, change.new, change.cell)
