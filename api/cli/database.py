"""`portfolio db`: bring the schema and the reference data up to date."""

import typer

from api.cli.context import JsonOption, open_database, tell

app = typer.Typer(help="数据库：升级结构，查看版本。", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """把数据库升级到最新结构，并更新参考数据（领域、区县、资金来源、工作日历）。可以重复运行。"""
    from portfolio import clock, migrating, reference

    database = open_database(migrated=False)
    before = migrating.current(database)
    migrating.upgrade(database)
    with database.writing() as db:
        reference.load(db, clock.civil_date(clock.now()))
    typer.echo(f"数据库结构：{before or '空'} → {migrating.newest()}")


@app.command()
def current(as_json: bool = JsonOption) -> None:
    """显示数据库现在的结构版本和最新版本。"""
    from portfolio import migrating

    database = open_database(migrated=False)
    values = {"current": migrating.current(database), "newest": migrating.newest()}
    tell(values, f"现在 {values['current'] or '空'}，最新 {values['newest']}", as_json=as_json)
