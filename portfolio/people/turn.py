"""One change of units, people, posts and rights at a time."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

_PEOPLE = 7_201_403  # any number that nothing else here locks
_TAKEN = "people_turn"


def take(db: Session) -> None:
    """Let nobody else change units, people, posts or rights before this transaction ends.

    What must hold of them lies across rows (a tree without a ring, one holder of a post, an administrator who
    is left), so that locks on rows would not do; they change seldom, so that waiting costs nothing. What was
    read before is read again. On SQLite writers come one after the other anyway.
    """
    if db.get_bind().dialect.name == "sqlite":
        return
    db.flush()
    db.execute(sa.select(sa.func.pg_advisory_xact_lock(_PEOPLE)))
    if db.info.get(_TAKEN) is not db.get_transaction():
        db.info[_TAKEN] = db.get_transaction()
        db.expire_all()
