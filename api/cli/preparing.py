"""What `serve` does before it answers: schema, reference data, the plan, the first account."""

import typer
from sqlalchemy.exc import DatabaseError

from portfolio import migrating, reference
from portfolio.database import Database
from portfolio.errors import BadConfiguration


def make_ready(database: Database) -> None:
    """Bring the database to a state in which people can work; says what it does."""
    _upgrade(database)


def _upgrade(database: Database) -> None:
    try:
        if migrating.current(database) == migrating.newest():
            return
        typer.echo("正在准备数据库 …")
        migrating.upgrade(database)
    except DatabaseError as error:
        raise BadConfiguration(
            f"数据库 {database.url.render_as_string()} 打不开或已经损坏。"
            "请检查文件和权限，或用 portfolio restore 恢复备份。"
        ) from error
    with database.writing() as db:
        reference.load(db)
