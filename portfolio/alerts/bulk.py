"""Statements over many rows at once, on both databases: counts, temporary tables."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session


def changed(db: Session, statement: Any, values: Mapping[str, Any] | None = None) -> int:
    """Run an INSERT, UPDATE or DELETE and return how many rows it touched."""
    # On the connection, past the ORM: its bulk inserts do not say how many rows there were.
    result = db.connection().execute(statement, values, execution_options={"preserve_rowcount": True})
    return result.rowcount


def scratch(db: Session, table: sa.Table) -> None:
    """Create a temporary table, or empty the one an earlier transaction left on this connection."""
    connection = db.connection()
    if connection.dialect.name == "sqlite":
        known = connection.exec_driver_sql(
            "SELECT 1 FROM sqlite_temp_master WHERE name = ?", (table.name,)
        ).first()
        if known:
            connection.execute(sa.delete(table))
            return
    elif connection.exec_driver_sql(f"SELECT to_regclass('pg_temp.{table.name}')").scalar() is not None:
        connection.execute(sa.delete(table))
        return
    table.create(connection, checkfirst=False)


def measure(db: Session, table: sa.Table) -> None:
    """Let PostgreSQL count a temporary table that was just filled: it takes an unknown one for a single row."""
    connection = db.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {table.name}")
