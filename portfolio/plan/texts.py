"""An office's own copy of the plan's text, kept in its database only."""

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit
from portfolio.access import Actor
from portfolio.errors import Invalid, NotFound
from portfolio.plan.models import PlanSection, PlanText, PlanVersion
from portfolio.plan.rules.text import Heading, Passage, passages

LONGEST = 5_000_000  # characters; the plan of a city has about 70,000


def attach(db: Session, actor: Actor, content: str, version_no: int | None = None, *, now: datetime) -> int:
    """Keep a text for a version of the plan (the newest by default); returns how many sections were found.

    Raises NotFound when no such version is loaded, Invalid when hardly any section is in the text.
    """
    version_id = newest_version(db, version_no)
    headings = headings_of(db, version_id)
    if len(content) > LONGEST:
        raise Invalid("这个文件太大，不像规划的原文。请核对文件。")
    found = len(passages(content, headings))
    if found * 2 < len(headings):
        raise Invalid(
            f"原文里只找到 {found} 个章节（规划有 {len(headings)} 个）。请核对文件是不是这部规划，编码是不是 UTF-8。"
        )
    digest = hashlib.sha256(content.encode()).hexdigest()
    before = db.get(PlanText, version_id)
    if before is not None and before.sha256 == digest:
        return found
    had = "" if before is None else before.sha256
    db.merge(
        PlanText(
            version_id=version_id, content=content, sha256=digest, attached_at=now, attached_by=actor.name
        )
    )
    db.flush()
    change = audit.Change("plan_text", version_id, "attached", {"sha256": had}, {"sha256": digest})
    audit.record(db, actor, change, at=now)
    return found


def passage(db: Session, version_id: int, key: str) -> Passage | None:
    """Return one section's text; None when no text is attached or it does not show the section."""
    return all_passages(db, version_id).get(key)


def all_passages(db: Session, version_id: int) -> dict[str, Passage]:
    """Return the text of every section by its key; empty while no text is attached."""
    text = db.get(PlanText, version_id)
    return {} if text is None else passages(text.content, headings_of(db, version_id))


def newest_version(db: Session, no: int | None = None) -> int:
    """Return the id of the newest version of the plan, or of the one of that number; raises NotFound."""
    statement = sa.select(col(PlanVersion.id)).order_by(col(PlanVersion.no).desc()).limit(1)
    if no is not None:
        statement = statement.where(col(PlanVersion.no) == no)
    found = db.execute(statement).scalar_one_or_none()
    if found is None and no is not None:
        raise NotFound(f"没有载入规划第 {no} 版。请核对版本。")
    if found is None:
        raise NotFound("还没有载入规划。请先运行 portfolio plan load。")
    return found


def headings_of(db: Session, version_id: int) -> list[Heading]:
    """Return the headings of one version in the order of the text."""
    statement = (
        sa.select(col(PlanSection.name_key), col(PlanSection.number), col(PlanSection.title))
        .where(col(PlanSection.version_id) == version_id)
        .order_by(col(PlanSection.position))
    )
    return [Heading(row.name_key, row.number, row.title) for row in db.execute(statement)]
