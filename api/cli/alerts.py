"""`portfolio alerts`: evaluate, send, look, start and stop."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from api.cli.context import JsonOption, load_settings, settled_database, system_actor, tell
from portfolio import clock
from portfolio.errors import Invalid, Refused

if TYPE_CHECKING:
    from datetime import date

app = typer.Typer(help="预警：评估、发送、查看、启用和暂停邮件。", no_args_is_help=True)
OnOption = typer.Option(None, "--on", help="业务日期，如 2024-06-28；默认今天。", metavar="日期")


def owner() -> str:
    """Name this process in leases and runs."""
    return f"{socket.gethostname()}:{os.getpid()}"


@app.command()
def scan(on: str = OnOption, as_json: bool = JsonOption) -> None:
    """评估到这一天为止的所有规则，把要发的邮件放进发件箱。重复运行不会重复。"""
    from portfolio.alerts import days
    from portfolio.alerts.evaluation import evaluate

    settings = load_settings()
    database = settled_database()
    now = clock.now()
    with database.writing() as db:
        day = days.business_day(db, _day(on), now)
    done = evaluate.scan(database, day, now, owner=owner(), sender=settings.mail_from)
    tell(
        asdict(done),
        f"{done.period}：新增 {done.opened} 件，加重 {done.worsened} 件，解除 {done.resolved} 件；"
        f"应告知 {done.items} 项，邮件 {done.notifications} 封。",
        as_json=as_json,
    )


@app.command()
def send(
    at: str = typer.Option(
        None, "--at", help="以这个时刻（UTC，如 2024-06-28T00:00:00Z）起算；生产模式不可用。"
    ),
    as_json: bool = JsonOption,
) -> None:
    """发送发件箱里到期的邮件，任何钟点都发；只有定时任务等到 8:00。"""
    from portfolio.alerts.delivery import dispatch

    settings = load_settings()
    if at and settings.is_production:
        raise Refused("生产模式不能用 --at。")
    done = dispatch.send(settled_database(), settings, _running_from(at), owner=owner(), by_hand=True)
    text = f"发出 {done.sent} 封，稍后重试 {done.retried} 封，退回 {done.dead} 封，取消 {done.cancelled} 封。"
    tell(asdict(done), f"{text}{done.held}", as_json=as_json)


@app.command()
def status(as_json: bool = JsonOption) -> None:
    """查看发件箱、账目是否平、上次和下次运行。"""
    from portfolio import installation
    from portfolio.alerts import mailing, queries

    now = clock.now()
    with settled_database().reading() as db:
        state, today = queries.delivery(db, now), installation.today(db, now)
        held = mailing.state(db, today).reason(today)
    values: dict[str, Any] = {
        "by_status": dict(state.books.by_status),
        "due": state.books.due,
        "balanced": state.books.balanced,
        "mails": dict(state.mails),
        "last_run": state.last_run,
        "next_run": state.next_run.isoformat(),
        "held": held,
    }
    counts = "，".join(f"{name} {count}" for name, count in state.books.by_status.items() if count)
    verdict = "账目相符" if state.books.balanced else "账目不符，请运行 portfolio doctor"
    tell(
        values,
        f"应告知 {state.books.due} 项：{counts or '无'}。{verdict}。"
        f"上次评估 {state.last_run or '还没有'}，下次发送 {state.next_run:%Y-%m-%d %H:%M} UTC。{held}",
        as_json=as_json,
    )


@app.command()
def start(on: str = OnOption) -> None:
    """设定邮件启用日，或结束暂停；也放行恢复或复制的数据库扣留的邮件。"""
    from portfolio import installation
    from portfolio.alerts import mailing

    with settled_database().writing() as db:
        today = installation.today(db, clock.now())
        done = mailing.start(db, system_actor(), _day(on) or today, today=today)
    typer.echo(done)


@app.command()
def stop(reason: str = typer.Option(..., "--reason", help="为什么暂停；记入审计。")) -> None:
    """暂停所有预警邮件；暂停的日子不计入升级。"""
    from portfolio import installation
    from portfolio.alerts import mailing

    with settled_database().writing() as db:
        mailing.stop(db, system_actor(), reason, today=installation.today(db, clock.now()))
    typer.echo("邮件已暂停。用 portfolio alerts start 恢复。")


@app.command()
def preview(
    on: str = typer.Option(..., "--on", help="看哪一天，如 2024-07-01。", metavar="日期"),
    as_json: bool = JsonOption,
) -> None:
    """看看这一天谁会收到什么，如同邮件已经启用。只看，不写。"""
    from datetime import date

    from portfolio.alerts.desk import previewing

    settings = load_settings()
    day = _day(on) or date.max
    found = previewing.preview(settled_database(), day, clock.now(), sender=settings.mail_from)
    lines = [f"{day}：{len(found)} 封邮件。"]
    for each in found:
        lines.append(f"{each.recipient} <{each.address}>　{each.subject}")
        lines += [f"    {line.rung}　{line.name}　{line.sentence}" for line in each.lines]
    tell([asdict(each) for each in found], "\n".join(lines), as_json=as_json)


@app.command()
def bounce(file: Path = typer.Argument(help="存成文件的整封退信（RFC 3464）。")) -> None:
    """读一封退信，停用其中的邮箱；信里的事项改报重点项目办。"""
    from portfolio.alerts.delivery import bounces

    try:
        content = file.read_bytes()
    except OSError:
        raise Invalid(f"文件 {file} 读不了。请检查路径和权限。") from None
    for each in bounces.read(content):
        with settled_database().writing() as db:
            marked = bounces.mark(db, system_actor(), each, clock.now())
        typer.echo(
            f"{each.address}：" + ("已停用，请重点项目办更正邮箱。" if marked else "只是延迟，没有停用。")
        )


def _day(text: str | None) -> "date | None":
    from datetime import date

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"“{text}”不是日期。请写成 2024-06-28。") from None


def _running_from(at: str | None) -> Callable[[], datetime]:
    """A clock: the real one, or one that starts at an instant and runs on from there."""
    if at is None:
        return clock.now
    try:
        begin = datetime.fromisoformat(at)
    except ValueError:
        raise Invalid(f"“{at}”不是时刻。请写成 2024-06-28T00:00:00Z。") from None
    if begin.tzinfo is None:
        raise Invalid(f"“{at}”没有时区。请写成 2024-06-28T00:00:00Z。")
    zero = time.monotonic()
    return lambda: begin + timedelta(seconds=time.monotonic() - zero)
