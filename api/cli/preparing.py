"""What `serve` does before it answers: schema, reference data, the plan, the first account."""

import sqlalchemy as sa
import typer
from sqlmodel import col

from api.cli.context import system_actor
from portfolio import audit, clock, installation, migrating, reference
from portfolio.database import Database
from portfolio.people import first_run
from portfolio.plan.models import PlanVersion
from portfolio.settings import Mode, Settings


def make_ready(settings: Settings, database: Database) -> None:
    """Bring the database to a state in which people can work; says what it does.

    Several servers may start at once: one prepares, the others wait and find everything done.
    """
    with database.alone():
        _upgrade(database)
        _load_plan(database)
        if settings.mode is Mode.DEMO:
            _load_demo(settings, database)


def sign_in_link(settings: Settings, database: Database) -> str | None:
    """Return a new address for the first account's sign-in; None once somebody has signed in."""
    now = clock.now()
    with database.alone(), database.writing() as db:
        token = first_run.first_link(db, now=now, today=installation.today(db, now))
    return None if token is None else f"{settings.base_url}/link/{token}"


def _upgrade(database: Database) -> None:
    if migrating.current(database) == migrating.newest():
        return
    typer.echo("正在准备数据库 …")
    migrating.upgrade(database)
    with database.writing() as db:
        reference.load(db, clock.civil_date(clock.now()))


def _load_plan(database: Database) -> None:
    with database.reading() as db:
        if db.execute(sa.select(col(PlanVersion.id)).limit(1)).first() is not None:
            return
    from imports.plans import data, load

    typer.echo("正在载入规划 …")
    with database.writing() as db:
        report = load.load(db, system_actor(), data.read(data.packaged()), now=clock.now())
    audit.seal(database, clock.now())
    typer.echo(f"规划已载入：{report.created} 项。")


def _load_demo(settings: Settings, database: Database) -> None:
    with database.reading() as db:
        if installation.is_demo(db):
            return
    from imports.demo import load

    made = load.load(database, settings, now=clock.now(), say=typer.echo)
    typer.echo(f"演示数据已载入：{made.projects} 个项目；业务日期 {made.day}。")
