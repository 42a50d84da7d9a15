"""The circuit breaker: while the server takes nothing from us at all, no message is burnt on it."""

import json
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portfolio import installation
from portfolio.database import Database

KEY = "mail.circuit"
REST = timedelta(minutes=15)
IN_A_ROW = 3


def open_reason(db: Session, now: datetime) -> str:
    """Say why the server is left alone just now; empty when it is not."""
    state = _read(db)
    if state.get("until") and datetime.fromisoformat(str(state["until"])) > now:
        return f"邮件服务器拒绝发送：{state['reason']}。{REST.seconds // 60} 分钟后再试。"
    return ""


def trip(database: Database, now: datetime, reason: str) -> datetime:
    """The server refused us, not a message: leave it alone for a while; returns until when."""
    with database.writing() as db:
        return _trip(db, now, reason)


def refused(database: Database, now: datetime, reason: str) -> None:
    """A message was refused after it was sent; three in a row mean that the server refuses all."""
    with database.writing() as db:
        count = int(str(_read(db).get("refused", 0))) + 1
        if count >= IN_A_ROW:
            _trip(db, now, reason)
        else:
            _write(db, {"refused": count})


def succeeded(database: Database) -> None:
    """The server takes mail again."""
    with database.reading() as db:
        if not _read(db):
            return
    with database.writing() as db:
        _write(db, {})


def _trip(db: Session, now: datetime, reason: str) -> datetime:
    until = now + REST
    _write(db, {"until": until.isoformat(), "reason": reason[:200]})
    return until


def _read(db: Session) -> dict[str, object]:
    return dict(json.loads(installation.get(db, KEY) or "{}"))


def _write(db: Session, state: dict[str, object]) -> None:
    installation.put(db, KEY, json.dumps(state, ensure_ascii=False))
