"""What every command needs: settings, the database, and on whose behalf it acts."""

import getpass
import json
import sys
from typing import Any

import typer

from portfolio import audit, settings
from portfolio.access import Actor, Way
from portfolio.database import Database
from portfolio.errors import BadConfiguration
from portfolio.settings import Settings
from portfolio.signing import Purpose, key_ring

JsonOption = typer.Option(False, "--json", help="以 JSON 输出。")


def load_settings() -> Settings:
    """Read the settings and set the keys that sign audit events."""
    loaded = settings.load()
    audit.use_keys(key_ring(loaded, Purpose.AUDIT))
    return loaded


def open_database(*, migrated: bool = True) -> Database:
    """Open the configured database; raises BadConfiguration when its schema is not the newest."""
    database = Database(load_settings().resolved_database_url)
    if migrated:
        from portfolio import migrating  # alembic is slow to import; most commands pay for it only here

        if migrating.current(database) != migrating.newest():
            raise BadConfiguration("数据库的结构不是最新的。请先运行 portfolio db upgrade。")
    return database


def settled_database() -> Database:
    """Open the database for evaluating or sending; the mail of one that was copied here is held from now on."""
    from portfolio.alerts import mailing

    database = open_database()
    say_held(mailing.settle(database, system_actor()))
    return database


def say_held(held: bool) -> None:
    """Say that the database is a copy and what to do."""
    if held:
        typer.echo(
            "这个数据库不在原来的位置，看来是一份复制：它的邮件已扣留，以免同一封信发两次。"
            "用 portfolio alerts preview 看会发什么，用 portfolio alerts start 放行。",
            err=True,
        )


def system_actor() -> Actor:
    """The system account, with the operating system's user noted."""
    return Actor(None, "系统", Way.COMMAND, origin=f"os:{getpass.getuser()}", is_system=True)


def tell(values: Any, text: str, *, as_json: bool) -> None:
    """Print a report, as JSON for programs or as text for people."""
    if as_json:
        json.dump(values, sys.stdout, ensure_ascii=False, indent=1, default=str)
        sys.stdout.write("\n")
    else:
        typer.echo(text)
