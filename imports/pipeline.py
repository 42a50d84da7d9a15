"""The journey of a workbook: receive → check → read → recognise → parse → match → compare → confirm → apply → undo.

What is to be applied is read anew from the stored file, so that what is written is what was shown.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from imports.apply import batch, undo
from imports.apply.work import Decision
from imports.files import child
from imports.files.sheets import ReadBook, Unreadable
from imports.identity import NotOurs
from imports.layouts.base import View
from imports.models import BatchState, ImportBatch
from imports.preview import look
from imports.preview.findings import Preview
from imports.recognition import ours
from portfolio import storage
from portfolio.access import Actor, Permission
from portfolio.signing import KeyRing


@dataclass(frozen=True, slots=True)
class Received:
    """A file as somebody sent it: its name (never a path) and its bytes."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The file's fingerprint."""
        return hashlib.sha256(self.content).hexdigest()


def read(received: Received) -> ReadBook | str:
    """Check and parse the file in a child process; a sentence when it is refused. Needs no database."""
    try:
        return child.read(received.content)
    except Unreadable as refused:
        return str(refused)


def preview(db: Session, view: View, received: Received, book: ReadBook | str, ring: KeyRing) -> Preview:
    """Say what importing the file would do; writes nothing. Raises Refused without the right to import."""
    view.actor.require(Permission.IMPORT_WORKBOOKS)
    blank = Preview(received.name, received.sha256)
    if isinstance(book, str):
        return replace(blank, refused=book)
    try:
        recognised = ours.recognise(book, ring)
    except NotOurs as other:
        return replace(blank, refused=str(other))
    return look.look(db, view, recognised, replace(blank, notices=book.notices))


def receive(
    db: Session, view: View, received: Received, book: ReadBook | str, ring: KeyRing, *, now: datetime
) -> ImportBatch:
    """Keep the file with its preview as a batch; nothing of it is written yet."""
    found = preview(db, view, received, book, ring)
    return batch.receive(db, view.actor, found, received.content, now=now)


def look_again(db: Session, view: View, code: str, book: ReadBook | str, ring: KeyRing) -> ImportBatch:
    """Compare a batch's file with what stands in the database now, and keep that look."""
    row = batch.load(db, view.actor, code, lock=True)
    if row.state is BatchState.PREVIEWED:
        batch.renew(db, row, preview(db, view, _as_sent(db, row), book, ring))
    return row


def confirm(
    db: Session,
    view: View,
    code: str,
    book: ReadBook | str,
    ring: KeyRing,
    decision: Decision,
    *,
    now: datetime,
) -> ImportBatch:
    """Write a batch in the caller's transaction, all or nothing; a second time changes nothing.

    Raises NotFound, Refused, Invalid where a choice or a reason is missing, Conflict when the
    database changed since the batch was shown.
    """
    row = batch.load(db, view.actor, code, lock=True)
    if row.state is BatchState.APPLIED:
        return row
    found = preview(db, view, _as_sent(db, row), book, ring)
    return batch.apply(db, view.actor, row, found, decision, today=view.today, now=now)


def take_back(db: Session, view: View, code: str, *, reason: str, now: datetime) -> ImportBatch:
    """Undo a batch as a whole; raises Conflict when something newer touched its fields."""
    row = batch.load(db, view.actor, code, lock=True)
    return undo.undo(db, view.actor, row, reason=reason, today=view.today, now=now)


def discard(db: Session, view: View, code: str) -> None:
    """Put a batch aside unwritten."""
    batch.discard(db, view.actor, batch.load(db, view.actor, code, lock=True))


def as_sent(db: Session, actor: Actor, code: str) -> Received:
    """Return the file of a batch as it was sent."""
    return _as_sent(db, batch.load(db, actor, code))


def _as_sent(db: Session, row: ImportBatch) -> Received:
    return Received(row.file_name, storage.content(db, row.stored_file_id))
