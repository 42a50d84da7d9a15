"""`portfolio indicators`: the plan's headline indicators."""

from decimal import Decimal
from typing import Any

import typer

from api.cli.context import JsonOption, open_database, tell

app = typer.Typer(help="指标：规划的主要指标。", no_args_is_help=True)


@app.callback()
def group() -> None:
    """指标：规划的主要指标。"""


@app.command("list")
def list_(as_json: bool = JsonOption) -> None:
    """列出规划的主要指标，每个数列一行：基数、目标、属性。"""
    from portfolio.plan import queries, texts

    with open_database().reading() as db:
        lines = queries.series(db, texts.newest_version(db))
    values: list[dict[str, Any]] = [
        {
            "no": line.no,
            "name": line.name,
            "unit": line.unit,
            "base_value": _number(line.base_value),
            "target_value": _number(line.target_value),
            "comparator": line.comparator.value,
            "nature": line.nature.value,
            "cumulative": line.cumulative,
        }
        for line in lines
    ]
    shown = [
        f"{line.no:>5}  {line.name}（{line.unit}）  {_shown(line.base_value)} → {_shown(line.target_value)}"
        for line in lines
    ]
    tell(values, "\n".join(shown), as_json=as_json)


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _shown(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:f}"
