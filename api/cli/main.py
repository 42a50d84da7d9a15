"""`portfolio …`: the command line. Groups stand in files of their own; heavy imports inside commands.

Exit codes: 0 done, 1 failed, 2 bad input.
"""

import sys
from typing import NoReturn

import typer

from api.cli import (
    alerts,
    audit,
    backup,
    database,
    demo,
    doctor,
    indicators,
    plan,
    projects,
    scheduler,
    serve,
    users,
    workbooks,
)
from portfolio.errors import PortfolioError, Unavailable

app = typer.Typer(
    name="portfolio",
    help="郑州市重大项目调度：让规划里的每一个项目都有人管到建成。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
for command in (
    serve.serve,
    scheduler.scheduler,
    doctor.doctor,
    backup.backup,
    backup.restore,
    workbooks.export,
):
    app.command()(command)
app.command("import")(workbooks.import_)
app.add_typer(database.app, name="db")
app.add_typer(plan.app, name="plan")
app.add_typer(projects.app, name="projects")
app.add_typer(demo.app, name="demo")
app.add_typer(indicators.app, name="indicators")
app.add_typer(alerts.app, name="alerts")
app.add_typer(users.app, name="users")
app.add_typer(audit.app, name="audit")


@app.callback()
def main() -> None:
    """郑州市重大项目调度：让规划里的每一个项目都有人管到建成。"""


def run() -> None:
    """Run a command; what the product refuses becomes one sentence and an exit code."""
    from sqlalchemy.exc import OperationalError

    try:
        app()
    except PortfolioError as error:
        _end(error)
    except OperationalError as error:
        _end(
            Unavailable(
                f"数据库没有应答，这一步没有完成（{error.orig}）。请过几分钟再试，或运行 portfolio doctor。"
            )
        )


def _end(error: PortfolioError) -> NoReturn:
    from api.errors import EXIT_CODE

    typer.echo(error.message, err=True)
    sys.exit(EXIT_CODE[type(error)])
