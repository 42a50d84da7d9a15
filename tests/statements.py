"""Counting the statements that something sends to the database."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session


def statements(db: Session, act: Callable[[], object]) -> int:
    """Return how many statements `act` sends on this session's engine."""
    seen: list[str] = []
    bind = db.get_bind()

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(bind, "before_cursor_execute", count)
    try:
        act()
    finally:
        sa.event.remove(bind, "before_cursor_execute", count)
    return len(seen)
