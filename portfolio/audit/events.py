"""Who changed what: one event per row changed, written in the same transaction as the change.

Each event carries an HMAC over its own content, its number included.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock
from portfolio.access import Actor
from portfolio.database import BigKey
from portfolio.models import AuditEvent
from portfolio.money import Fen
from portfolio.signing import KeyRing

SIGNED = (
    "at", "actor_account_id", "actor", "on_behalf_of", "way", "origin", "entity", "entity_id",
    "project_id", "action", "before", "after", "reason", "batch",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One row's change: values before and after, by field; `{}` before means it was made."""

    entity: str
    entity_id: int | str
    action: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    project_id: int | None = None
    reason: str = ""
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """By which batch of imported rows changes come, if any; `name` is what the events print."""

    batch_id: int | None = None
    name: str = ""


BY_HAND = Batch()
_ring: KeyRing | None = None


def use_keys(ring: KeyRing) -> None:
    """Set the keys that sign events; called once by each process at its start."""
    global _ring  # noqa: PLW0603 - set once at start-up
    _ring = ring


def keys() -> KeyRing:
    """Return the key ring set at start; raises LookupError when the process forgot to set it."""
    if _ring is None:
        raise LookupError("audit keys are not set")
    return _ring


def record(db: Session, actor: Actor, *changes: Change, at: datetime | None = None) -> None:
    """Write one event per change into the caller's transaction, numbered and signed."""
    if not changes:
        return
    moment = (at or clock.now()).astimezone(UTC)
    numbers = _next_numbers(db, len(changes))
    rows = [_row(actor, change, moment, number) for change, number in zip(changes, numbers, strict=True)]
    db.execute(sa.insert(AuditEvent.__table__), rows)  # type: ignore[attr-defined]


def content(number: int, row: Mapping[str, Any]) -> bytes:
    """Return the bytes that an event's signature covers."""
    return content_of([number] + [_plain(row[name]) for name in SIGNED])


def content_of(parts: Sequence[Any]) -> bytes:
    """Return the bytes of an event's number and signed values, in their order, as they are stored."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keep only the fields whose value changed."""
    changed = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in changed}, {name: after[name] for name in changed}


def _row(actor: Actor, change: Change, moment: datetime, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": number,
        "at": moment,
        "actor_account_id": actor.account_id,
        "actor": actor.name,
        "on_behalf_of": actor.on_behalf_of,
        "way": actor.way.value,
        "origin": actor.origin,
        "entity": change.entity,
        "entity_id": str(change.entity_id),
        "project_id": change.project_id,
        "action": change.action,
        "before": _json(change.before),
        "after": _json(change.after),
        "reason": change.reason,
        "batch": change.batch,
    }
    row["signature"] = keys().sign(content(number, row))
    return row


def _next_numbers(db: Session, count: int) -> Sequence[int]:
    """Deal numbers before the insert, since each event signs its own number."""
    if db.get_bind().dialect.name == "postgresql":
        # First a transaction id, then numbers: sealing tells by the id when a gap is final.
        db.execute(sa.text("SELECT pg_current_xact_id()"))
        statement = sa.text(
            "SELECT nextval(pg_get_serial_sequence('audit_event', 'id')) FROM generate_series(1, :n)"
        )
        return [int(each) for each in db.execute(statement, {"n": count}).scalars()]
    # SQLite: the write lock is ours, so the next numbers are too; AUTOINCREMENT never reuses one.
    used = db.execute(
        sa.select(sa.func.coalesce(sa.func.max(sa.column("seq", BigKey)), 0))
        .select_from(sa.table("sqlite_sequence"))
        .where(sa.column("name") == "audit_event")
    ).scalar_one()
    highest = db.execute(sa.select(sa.func.coalesce(sa.func.max(col(AuditEvent.id)), 0))).scalar_one()
    start = max(used or 0, highest or 0) + 1
    return range(start, start + count)


def _json(values: Mapping[str, Any]) -> str:
    if not values:
        return ""
    return json.dumps({name: _plain(value) for name, value in values.items()}, ensure_ascii=False)


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat(timespec="microseconds")
        case date() | Decimal():
            return str(value)
        case Fen():
            return value.amount
        case list() | tuple() | set() | frozenset():
            return [_plain(each) for each in value]
        case None | bool() | int() | str():
            return value
        case _:
            return str(value)
