"""Each migration goes up and down with the plan's data in place, and loses none of it."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from imports.plans import data, load
from portfolio import migrating
from portfolio.database import Database
from portfolio.finance import amounts, reference
from portfolio.finance.amounts import Entry, Slot
from portfolio.finance.models import AmountKind, PeriodKind, YearSum
from portfolio.money import Fen
from portfolio.schema import metadata
from tests.build import TODAY, make_project, make_system_actor

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_an_empty_database_goes_up_and_down_again(empty_database: Database) -> None:
    migrating.upgrade(empty_database)
    assert migrating.current(empty_database) == migrating.newest()
    migrating.downgrade(empty_database, "base")
    assert set(sa.inspect(empty_database.engine).get_table_names()) <= {"alembic_version"}


@pytest.mark.slow
def test_data_survive_every_step_down_to_the_first_and_up_again(database: Database) -> None:
    _load_plan(database)
    before = _counts(database)
    for _step in range(len(_revisions()) - 1):
        migrating.downgrade(database, "-1")
    kept = _counts(database)
    assert kept["project"] == before["project"] > 0
    migrating.upgrade(database)
    after = _counts(database)
    assert {table: after[table] for table in kept} == {table: before[table] for table in kept}


def test_sums_of_years_are_filled_from_the_amounts_that_stand(database: Database) -> None:
    with database.writing() as db:
        reference.load(db)
        project_id = make_project(db).id
        assert project_id is not None
        months = [
            Slot(project_id, AmountKind.PAID, PeriodKind.MONTH, 2024, month, source)
            for month, source in ((1, "city"), (1, "own"), (3, "city"))
        ]
        opening = Slot(project_id, AmountKind.PAID, PeriodKind.OPENING, 2024, 0, "city")
        entries = [Entry(slot, Fen(5)) for slot in (*months, opening)]
        amounts.write(db, make_system_actor(), entries, today=TODAY)
    migrating.downgrade(database, "0009")
    migrating.upgrade(database)
    with database.reading() as db:
        (kept,) = db.execute(sa.select(YearSum)).scalars()
        assert (kept.year, kept.kind, kept.sum, kept.months) == (2024, AmountKind.PAID, Fen(15), 0b1010)


def _load_plan(database: Database) -> None:
    with database.writing() as db:
        load.load(db, make_system_actor(), data.read(data.packaged()), now=NOW)


def _counts(database: Database) -> dict[str, int]:
    """Rows of every table that stands now."""
    with database.engine.connect() as connection:
        standing = set(sa.inspect(connection).get_table_names())
        tables = [each for each in metadata.sorted_tables if each.name in standing]
        count = sa.func.count
        return {
            each.name: connection.execute(sa.select(count()).select_from(sa.table(each.name))).scalar_one()
            for each in tables
        }


def _revisions() -> list[str]:
    scripts = ScriptDirectory("migrations")
    return [each.revision for each in scripts.walk_revisions()]
