"""Who works on a SQLite file, so that no other file takes its place under a running service.

A process that has the old file open would go on writing to it, and what it wrote would be lost. PostgreSQL
keeps its own files.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portfolio.database import Database
from portfolio.errors import Conflict


@contextmanager
def in_use(database: Database) -> Iterator[None]:
    """Say, as long as the block runs, that this process works on the database; any number may."""
    if not (database.is_sqlite and database.url.database):
        yield
        return
    with _held(Path(database.url.database), fcntl.LOCK_SH):
        yield


@contextmanager
def replacing(file: Path) -> Iterator[None]:
    """Keep services away from this SQLite file while another takes its place; raises Conflict if one runs."""
    try:
        with _held(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield
    except BlockingIOError as error:
        raise Conflict(f"有服务正在使用 {file}。请先停下 portfolio serve 和 scheduler，再试一次。") from error


@contextmanager
def _held(file: Path, kind: int) -> Iterator[None]:
    # The lock ends with the process, however it ends.
    with file.with_name(f"{file.name}.in-use").open("w") as lock:
        fcntl.flock(lock, kind)
        yield
