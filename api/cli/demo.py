"""`portfolio demo`: fill an unused database with demonstration data."""

from dataclasses import asdict
from datetime import datetime

import typer

from api.cli.context import JsonOption, load_settings, settled_database, tell
from portfolio import clock

app = typer.Typer(help="演示数据：装进一个没有人用过的数据库。", no_args_is_help=True)


@app.callback()
def group() -> None:
    """演示数据：装进一个没有人用过的数据库。"""


@app.command()
def load(
    on: datetime = typer.Option(datetime(2024, 6, 28), "--on", formats=["%Y-%m-%d"], help="演示的业务日期。"),  # noqa: DTZ001
    seed: int = typer.Option(20240628, help="随机种子；相同的种子编出相同的数据。"),
    as_json: bool = JsonOption,
) -> None:
    """编造单位、人员、节点、预测和资金，并标明是演示数据。生产模式和有人用过的数据库会被拒绝。"""
    from imports.demo.load import load as load_demo

    database = settled_database()
    made = load_demo(
        database,
        load_settings(),
        now=clock.now(),
        day=on.date(),
        seed=seed,
        say=lambda words: typer.echo(words, err=True),
    )
    text = f"演示数据已载入：{made.projects} 个项目，{made.units} 个单位；业务日期 {made.day}。"
    tell(asdict(made), text, as_json=as_json)
