"""Bring a database's schema to the newest step, or say where it stands. Configured in code."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from portfolio.database import Database
from portfolio.errors import BadConfiguration, Unavailable


def upgrade(database: Database, to: str = "head") -> None:
    """Migrate up to a revision, each step in its own transaction.

    Raises Unavailable when the database cannot be opened, BadConfiguration when a newer version of the
    product made it.
    """
    _refuse_newer(current(database))
    with _said(database), database.engine.connect() as connection:
        command.upgrade(_config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Migrate down to a revision; `base` leaves an empty database."""
    with database.engine.connect() as connection:
        command.downgrade(_config(connection), to)


def current(database: Database) -> str | None:
    """Return the revision the database stands at; None when it is empty.

    Raises Unavailable when the database cannot be opened: what starts asks here first.
    """
    with _said(database), database.reading() as db:
        return MigrationContext.configure(db.connection()).get_current_revision()


def newest() -> str:
    """Return the newest revision this version of the product knows."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    if head is None:
        raise LookupError("no migrations found")
    return head


def _refuse_newer(stands_at: str | None) -> None:
    if stands_at is None:
        return
    try:
        ScriptDirectory.from_config(_config(None)).get_revision(stands_at)
    except CommandError as error:
        raise BadConfiguration(
            f"数据库是更新的版本建的（结构 {stands_at}，这个程序只认识到 {newest()}）。请换用新版本的程序。"
        ) from error


@contextmanager
def _said(database: Database) -> Iterator[None]:
    """Say in one sentence that the database cannot be used, and what to do."""
    try:
        yield
    except sa.exc.DatabaseError as error:
        shown = database.url.render_as_string()
        raise Unavailable(
            f"数据库 {shown} 打不开，或者不是数据库。请检查文件和权限；坏了就用 portfolio restore 恢复备份。"
            if database.is_sqlite
            else f"数据库 {shown} 连不上。请检查服务器是否在运行，地址、用户名和密码对不对。"
        ) from error


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config
