"""`plan load` into an empty database, beside writing the very same rows with Core executemany."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from imports.plans import data, load
from portfolio import audit, migrating, reference
from portfolio.access import Actor, Way
from portfolio.database import Database
from portfolio.schema import metadata
from portfolio.signing import Purpose, key_ring
from tests.bench.measure import Ratio, Result, median_seconds
from tests.server import settings_for

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
LOADER = Actor(None, "系统", Way.COMMAND, origin="bench", is_system=True)
TIMES = 5
BOUND = 20.0
Rows = list[tuple[sa.Table, list[dict[str, Any]]]]


def results() -> Iterator[Result]:
    """Measure on SQLite, each time into a fresh copy of a migrated file."""
    with TemporaryDirectory() as name:
        empty, target = Path(name) / "empty.db", Path(name) / "target.db"
        audit.use_keys(key_ring(settings_for(Path(name)), Purpose.AUDIT))
        _prepare(empty)

        def fresh() -> None:
            shutil.copyfile(empty, target)

        ours = median_seconds(lambda: _load(target), TIMES, fresh)
        rows = _rows_beyond(empty, target)
        floor = median_seconds(lambda: _write(target, rows), TIMES, fresh)
        count = sum(len(each) for _, each in rows)
        yield Ratio(f"plan load ({count} rows)", ours, floor, BOUND)


def _prepare(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    migrating.upgrade(database)
    with database.writing() as db:
        reference.load(db, today=NOW.date())
    database.dispose()


def _load(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    with database.writing() as db:
        load.load(db, LOADER, data.read(data.packaged()), now=NOW)
    database.dispose()


def _write(path: Path, rows: Rows) -> None:
    database = Database(f"sqlite:///{path}")
    with database.writing() as db:
        db.connection().exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table, values in rows:
            db.execute(sa.insert(table), values)
    database.dispose()


def _rows_beyond(before: Path, after: Path) -> Rows:
    """All rows that stand in one file and not in the other, parents first."""
    known, all_rows = _rows(before), _rows(after)
    found = [(table, [row for row in rows if row not in known[table]]) for table, rows in all_rows.items()]
    return [(table, rows) for table, rows in found if rows]


def _rows(path: Path) -> dict[sa.Table, list[dict[str, Any]]]:
    database = Database(f"sqlite:///{path}")
    with database.reading() as db:
        rows = {t: [dict(row) for row in db.execute(sa.select(t)).mappings()] for t in metadata.sorted_tables}
    database.dispose()
    return rows
