"""Bulk inserts for the demonstration, each row with its audit event."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from portfolio import audit
from portfolio.access import Actor, Way

ACTOR = Actor(None, "演示数据", Way.COMMAND, is_system=True)
BATCH = "demo"
PENDING = "demo.changes"


def add(db: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows and return their ids in the same order; their audit events wait for `record`."""
    if not rows:
        return []
    plain: Any = table.__table__  # type: ignore[attr-defined]
    statement: Any = sa.insert(plain).returning(plain.c.id, sort_by_parameter_order=True)
    ids = [int(each) for each in db.execute(statement, list(rows)).scalars()]
    db.info.setdefault(PENDING, []).extend(
        audit.Change(
            entity=str(table.__tablename__),
            entity_id=number,
            action="create",
            after=_known(row),
            project_id=row.get("project_id"),
            batch=BATCH,
        )
        for number, row in zip(ids, rows, strict=True)
    )
    return ids


def record(db: Session) -> None:
    """Write the audit events of everything added so far, all at once."""
    audit.record(db, ACTOR, *db.info.pop(PENDING, []))


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, "")}
