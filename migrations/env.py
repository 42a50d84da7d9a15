"""How Alembic meets our tables, on SQLite and PostgreSQL alike."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

import imports.models  # noqa: F401  (its tables join those of the domain)
from portfolio import settings
from portfolio.database import Database
from portfolio.schema import metadata


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write the plain SQL type of our decorators, so that a written revision imports nothing of ours."""
    if kind == "type" and isinstance(item, TypeDecorator):
        implementation = item.impl_instance
        length = getattr(implementation, "length", None)
        zone = "timezone=True" if getattr(implementation, "timezone", False) else ""
        return f"sa.{type(implementation).__name__}({f'length={length}' if length else zone})"
    if kind == "type" and isinstance(item, sa.BigInteger) and item._variant_mapping:
        return "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"
    return False


def migrate(connection: sa.Connection) -> None:
    """Run the steps on an open connection; SQLite's foreign keys rest while tables are rebuilt."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        _pragma(connection, "foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
    if sqlite:
        broken = _pragma(connection, "foreign_key_check")
        _pragma(connection, "foreign_keys=ON")
        if broken:
            raise RuntimeError(f"rows without their parent after migrating: {broken[:5]}")


def _pragma(connection: sa.Connection, text: str) -> list[Any]:
    # On the driver's own connection, outside any transaction: inside one the pragma is ignored.
    cursor = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
    rows = cursor.execute(f"PRAGMA {text}").fetchall()
    cursor.close()
    return list(rows)


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    database = Database(settings.load().resolved_database_url)
    with database.engine.connect() as opened:
        migrate(opened)
    database.dispose()
