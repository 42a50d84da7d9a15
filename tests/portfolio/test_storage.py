"""A received file is kept once, byte for byte."""

from typing import Any

import pytest
import sqlalchemy as sa

from portfolio import storage
from portfolio.errors import NotFound
from portfolio.models import StoredFile

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def kept(db, content) -> Any:
    return storage.keep(db, content, XLSX)


def test_what_was_kept_comes_back_byte_for_byte(db):
    content = bytes(range(256)) * 100
    row = kept(db, content)
    assert storage.content(db, row.id) == content
    assert (row.size, row.media_type, len(row.sha256)) == (25_600, XLSX, 64)


def test_the_same_file_twice_is_kept_once(db):
    assert kept(db, b"one").id == storage.keep(db, b"one", "text/plain").id
    assert db.execute(sa.select(sa.func.count()).select_from(StoredFile)).scalar_one() == 1


def test_another_byte_is_another_file(db):
    assert kept(db, b"one").id != kept(db, b"One").id


def test_an_empty_file_is_a_file(db):
    assert storage.content(db, kept(db, b"").id) == b""


def test_a_file_that_is_not_there_is_not_found(db):
    with pytest.raises(NotFound, match="不在了"):
        storage.content(db, 7)
