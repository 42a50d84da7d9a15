"""The migrations and the table classes say the same, on both databases.

Alembic's own comparison is blind to checks, to predicates of partial indexes and to enum values, so what
the migrations make is also compared with what the classes would create, as the database tells both.
"""

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from portfolio.database import Database
from portfolio.schema import metadata
from tests.databases import Maker

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
PREDICATES = ("sqlite_where", "postgresql_where")


def test_alembic_finds_nothing_left_to_migrate(database: Database) -> None:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("kind", KINDS)
def test_migrations_make_what_the_classes_would_create(
    kind: str, make_database: Maker, make_empty_database: Maker
) -> None:
    created = make_empty_database(kind)
    metadata.create_all(created.engine)
    ours, theirs = _facts(make_database(kind)), _facts(created)
    assert sorted(map(str, ours - theirs)) == []
    assert sorted(map(str, theirs - ours)) == []


def _facts(database: Database) -> set[tuple[Any, ...]]:
    """Everything the database knows about its tables, as comparable facts."""
    inspector = sa.inspect(database.engine)
    facts: set[tuple[Any, ...]] = set()
    for table in inspector.get_table_names():
        if table == "alembic_version":
            continue
        for column in inspector.get_columns(table):
            shape = str(column["type"]), column["nullable"], str(column["default"])
            facts.add((table, "column", column["name"], *shape))
        for index in inspector.get_indexes(table):
            where = [str(index.get("dialect_options", {}).get(each)) for each in PREDICATES]
            facts.add((table, "index", index["name"], tuple(index["column_names"]), index["unique"], *where))
        for key in inspector.get_foreign_keys(table):
            target = key["referred_table"], tuple(key["referred_columns"]), key["options"].get("ondelete")
            facts.add((table, "foreign key", key["name"], tuple(key["constrained_columns"]), *target))
        facts |= {
            (table, "check", each["name"], each["sqltext"]) for each in inspector.get_check_constraints(table)
        }
        unique = inspector.get_unique_constraints(table)
        facts |= {(table, "unique", each["name"], tuple(each["column_names"])) for each in unique}
        facts.add((table, "primary key", tuple(inspector.get_pk_constraint(table)["constrained_columns"])))
    return facts
