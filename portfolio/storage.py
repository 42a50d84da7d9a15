"""Files as they were received, kept once by their hash, in the database, so that any server has them."""

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock
from portfolio.errors import NotFound
from portfolio.models import StoredFile


def keep(db: Session, content: bytes, media_type: str) -> StoredFile:
    """Keep a file; one that is there already is not stored again."""
    sha256 = hashlib.sha256(content).hexdigest()
    known = db.execute(sa.select(StoredFile).where(col(StoredFile.sha256) == sha256)).scalar_one_or_none()
    if known is not None:
        return known
    row = StoredFile(
        sha256=sha256, size=len(content), media_type=media_type, content=content, received_at=clock.now()
    )
    db.add(row)
    db.flush()
    return row


def by_hash(db: Session, sha256: str) -> bytes:
    """Return the bytes of the kept file with this hash; raises NotFound."""
    found = db.execute(
        sa.select(col(StoredFile.content)).where(col(StoredFile.sha256) == sha256)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("没有这个文件，请重新上传。")
    return found


def content(db: Session, file_id: int) -> bytes:
    """Return a kept file's bytes; raises NotFound."""
    found = db.execute(
        sa.select(col(StoredFile.content)).where(col(StoredFile.id) == file_id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("这个文件已经不在了。")
    return found
