"""Bring a database's schema to the newest step, or say where it stands. Configured in code."""

from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from portfolio.database import Database


def upgrade(database: Database, to: str = "head") -> None:
    """Migrate up to a revision, each step in its own transaction."""
    with database.engine.connect() as connection:
        command.upgrade(_config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Migrate down to a revision; `base` leaves an empty database."""
    with database.engine.connect() as connection:
        command.downgrade(_config(connection), to)


def current(database: Database) -> str | None:
    """Return the revision the database stands at; None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """Return the newest revision this version of the product knows."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    if head is None:
        raise LookupError("no migrations found")
    return head


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config
