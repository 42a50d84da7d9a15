"""Reading the audit trail and the access log, for those who may: filtered, newest first, and for export."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.clock import SHANGHAI
from portfolio.i18n import _
from portfolio.models import AccessEvent, AuditEvent
from portfolio.overview import trail_names, trail_words
from portfolio.overview.trail_names import Names
from portfolio.projects.rules.typed import whole_day
from portfolio.rendering import Choice, Event
from portfolio.rendering.filters import shike

SIZE = 50
NO_NAMES: Names = {}
KEY_DIGITS = 18  # what a 64-bit key holds
Text = Annotated[str, Field(max_length=200)]


class TrailFilter(BaseModel):
    """What of the trail is asked for; the address carries it, and the export takes it along."""

    model_config = ConfigDict(extra="forbid")
    who: Text = ""
    entity: Text = ""
    entity_id: Text = ""
    project: Text = ""
    way: Text = ""
    since: Text = ""
    until: Text = ""
    page: int = Field(default=1, ge=1, le=100_000)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event with its values before and after, field by field: as stored, and `told` in the page's words."""

    id: int
    at: datetime
    actor: str
    on_behalf_of: str
    way: str
    origin: str
    entity: str
    entity_id: str
    action: str
    fields: tuple[tuple[str, str, str], ...]
    told: tuple[tuple[str, str, str], ...]
    reason: str
    batch: str

    @property
    def what(self) -> str:
        """What kind of thing was changed, in words."""
        return trail_words.ENTITIES.get(self.entity, self.entity)

    @property
    def done(self) -> str:
        """What was done to it, in words."""
        return trail_words.ACTIONS.get(self.action, self.action)


def entries(db: Session, wanted: TrailFilter) -> tuple[Sequence[Entry], int]:
    """Return one page of events, newest first, and how many there are in all."""
    where = _where(wanted)
    total = db.execute(sa.select(sa.func.count()).select_from(AuditEvent).where(*where)).scalar_one()
    statement = _newest(where).limit(SIZE).offset((wanted.page - 1) * SIZE)
    return _told(db, db.execute(statement).scalars().all()), int(total)


def history(db: Session, *things: tuple[str, Iterable[int]]) -> list[Event]:
    """Return what was done to the rows of these entities, newest first, for their own page."""
    these = [
        sa.and_(col(AuditEvent.entity) == entity, col(AuditEvent.entity_id).in_([str(each) for each in ids]))
        for entity, ids in things
    ]
    rows = db.execute(_newest([sa.or_(*these)]).limit(SIZE)).scalars().all()
    return [_event(entry) for entry in _told(db, rows)]


def _event(entry: Entry) -> Event:
    moved = "；".join(
        f"{name}：{before} → {after}" if before else f"{name}：{after}" for name, before, after in entry.told
    )
    said = _("%(who)s：%(what)s%(done)s", who=entry.actor, what=entry.what, done=entry.done)
    return Event(shike(entry.at), f"{said}。{moved}" if moved else said, entry.reason)


def all_entries(db: Session, wanted: TrailFilter) -> Iterator[Entry]:
    """Stream every event of the filter, newest first."""
    rows = db.execute(_newest(_where(wanted)), execution_options={"yield_per": 1000}).scalars()
    for row in rows:
        yield _entry(row)


def sign_ins(db: Session, kind: str = "", limit: int = 200) -> Sequence[AccessEvent]:
    """Return the newest sign-ins, failures, refusals and throttle hits."""
    statement = sa.select(AccessEvent).order_by(col(AccessEvent.id).desc()).limit(limit)
    if kind:
        statement = statement.where(col(AccessEvent.kind) == kind)
    return db.execute(statement).scalars().all()


def entities(db: Session) -> Sequence[Choice]:
    """Return the kinds of rows that the trail knows, by their names."""
    known = db.execute(sa.select(col(AuditEvent.entity)).distinct()).scalars()
    named = (Choice(each, trail_words.ENTITIES.get(each, each)) for each in known)
    return sorted(named, key=lambda each: each.label)


def _newest(where: Sequence[sa.ColumnElement[bool]]) -> sa.Select[AuditEvent]:
    return sa.select(AuditEvent).where(*where).order_by(col(AuditEvent.id).desc())


def misread(wanted: TrailFilter) -> dict[str, str]:
    """Return what is asked for as a day and is none, with the remedy; such a filter finds nothing."""
    days = {"since": wanted.since, "until": wanted.until}
    return {
        name: _("“%(text)s”不是日期。请填年月日，如 2024-07-12。", text=text)
        for name, text in days.items()
        if text and whole_day(text) is None
    }


def _where(wanted: TrailFilter) -> list[sa.ColumnElement[bool]]:
    exact = {"entity": wanted.entity, "entity_id": wanted.entity_id, "way": wanted.way}
    table = AuditEvent.__table__  # type: ignore[attr-defined]
    where: list[sa.ColumnElement[bool]] = [table.c[name] == value for name, value in exact.items() if value]
    if wanted.who:
        where.append(col(AuditEvent.actor).icontains(wanted.who, autoescape=True))
    if wanted.project:
        where.append(_of_project(wanted.project))
    if misread(wanted):
        where.append(sa.false())
    since, until = _midnight(wanted.since), _midnight(wanted.until)
    if since is not None:
        where.append(col(AuditEvent.at) >= since)
    if until is not None:
        where.append(col(AuditEvent.at) < until + timedelta(days=1))
    return where


def _of_project(number: str) -> sa.ColumnElement[bool]:
    """What is no number of a project finds nothing, rather than everything."""
    known = number.isdecimal() and len(number) <= KEY_DIGITS
    return col(AuditEvent.project_id) == int(number) if known else sa.false()


def _midnight(text: str) -> datetime | None:
    day = whole_day(text)
    return datetime.combine(day, time(), SHANGHAI) if day else None


def _told(db: Session, rows: Sequence[AuditEvent]) -> list[Entry]:
    """The entries with the names of what their numbers stand for."""
    pointed = [
        (trail_names.key(row.entity, name), number)
        for row in rows
        for values in (_values(row.before), _values(row.after))
        for name, number in values.items()
        if isinstance(number, int)
    ]
    names = trail_names.look_up(db, pointed)
    return [_entry(row, names) for row in rows]


def _entry(row: AuditEvent, named: Names = NO_NAMES) -> Entry:
    before, after = _values(row.before), _values(row.after)
    names = list(dict.fromkeys([*before, *after]))
    fields = tuple((name, _shown(before.get(name)), _shown(after.get(name))) for name in names)
    told = tuple(
        (
            trail_words.FIELDS.get(name, name),
            _word(row.entity, name, before.get(name), named),
            _word(row.entity, name, after.get(name), named),
        )
        for name in names
        if trail_words.said(name)
    )
    return Entry(
        row.id or 0, row.at, row.actor, row.on_behalf_of, row.way, row.origin, row.entity, row.entity_id,
        row.action, fields, told, row.reason, row.batch,
    )  # fmt: skip


def _word(entity: str, field: str, stored: Any, named: Names) -> str:
    known = named.get((trail_names.key(entity, field), stored)) if isinstance(stored, int) else None
    return trail_words.VALUES.get(known, known) if known else trail_words.value(field, stored)


def _values(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text) if text else {}
    except ValueError:
        return {"": text}  # changed past the database's refusal; verification says so
    return read if isinstance(read, dict) else {"": text}


def _shown(value: Any) -> str:
    return (
        ""
        if value is None
        else json.dumps(value, ensure_ascii=False)
        if isinstance(value, list | dict)
        else str(value)
    )
