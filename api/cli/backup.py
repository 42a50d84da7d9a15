"""`portfolio backup` and `restore`: one file that holds the whole SQLite database, made while it is in use."""

import os
import sqlite3
from pathlib import Path

import typer

from api.cli.context import load_settings
from api.cli.in_use import replacing
from portfolio import audit, clock, installation, migrating
from portfolio.database import Database
from portfolio.errors import BadConfiguration, Conflict, Invalid


def backup(file: Path = typer.Argument(help="备份写到这个文件；不能已经存在。")) -> None:
    """备份 SQLite 数据库；可以在使用中进行。PostgreSQL 请用 pg_dump。"""
    source = _sqlite_path()
    if file.exists():
        raise Conflict(f"{file} 已经存在。请换一个文件名，备份不会覆盖已有的文件。")
    _seal(source)
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    _copy(source, part)
    os.chmod(part, 0o600)  # noqa: PTH101  before it gets its name
    part.rename(file)
    typer.echo(f"已备份到 {file}，{file.stat().st_size / 1e6:.1f} MB。")


def restore(
    file: Path = typer.Argument(help="要恢复的备份文件。"),
    yes: bool = typer.Option(False, "--yes", help="确认用备份替换现在的数据库。"),
) -> None:
    """用备份替换现在的 SQLite 数据库；现在的先另存一份。恢复后邮件暂停，直到 portfolio alerts start。"""
    target = _sqlite_path()
    _refuse_no_database(file)
    with replacing(target):
        _put_in_place(file, target, yes)
    database = Database(f"sqlite:///{target}")
    with database.writing() as db:
        installation.hold_mail(db, "从备份恢复")
    typer.echo(
        f"已从 {file} 恢复。邮件暂停；看过 portfolio alerts preview 后，用 portfolio alerts start 放行。"
    )


def _put_in_place(file: Path, target: Path, yes: bool) -> None:
    """Keep what is there under another name, then let the copy take its place in one step."""
    if target.exists():
        if not yes:
            raise Conflict(f"{target} 里已有数据。确认要用备份替换，请加上 --yes；现在的会另存一份。")
        kept = _spare_name(target)
        _copy(target, kept)
        typer.echo(f"现在的数据库已另存为 {kept}。")
    part = target.with_name(target.name + ".restoring")
    part.unlink(missing_ok=True)
    _copy(file, part)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    part.replace(target)


def _seal(source: Path) -> None:
    """Link the trail's newest events first: a copy proves only what was sealed when it was made."""
    database = Database(f"sqlite:///{source}")
    # Before an upgrade the old schema is backed up as it is.
    if source.exists() and migrating.current(database) == migrating.newest():
        audit.seal(database, clock.now())
    database.dispose()


def _sqlite_path() -> Path:
    url = Database(load_settings().resolved_database_url).url
    if url.get_backend_name() != "sqlite" or not url.database:
        raise BadConfiguration("这个命令只用于 SQLite。PostgreSQL 请用 pg_dump 和 pg_restore。")
    return Path(url.database)


def _refuse_no_database(file: Path) -> None:
    if not file.is_file():
        raise Invalid(f"没有文件 {file}。请检查路径。")
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as opened:
            verdict = opened.execute("PRAGMA integrity_check").fetchone()[0]
            opened.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise Invalid(f"{file} 不是本系统的数据库备份。请换一个文件。") from error
    if verdict != "ok":
        raise Invalid(f"{file} 已经损坏：{verdict}。请换一份备份。")


def _copy(source: Path, target: Path) -> None:
    """Copy through SQLite's own backup, so that what is still in the journal comes along."""
    if not source.exists():
        raise Invalid(f"没有数据库 {source}。请先运行 portfolio db upgrade。")
    with sqlite3.connect(source) as reading, sqlite3.connect(target) as written:
        reading.backup(written)
        written.execute("PRAGMA journal_mode=DELETE")  # one file, also once somebody has looked into it
    reading.close()
    written.close()


def _spare_name(target: Path) -> Path:
    number = 1
    while (spare := target.with_name(f"{target.name}.before-restore-{number}")).exists():
        number += 1
    return spare
