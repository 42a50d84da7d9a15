"""The journey of a workbook: check → read → recognise → parse → match → compare.

What is to be applied is read anew from the stored file, so that what is written is what was shown.
"""

import hashlib
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from imports.files import child
from imports.files.sheets import ReadBook, Unreadable
from imports.identity import NotOurs
from imports.layouts.base import View
from imports.preview import look
from imports.preview.findings import Preview
from imports.recognition import ours
from portfolio.access import Permission
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
