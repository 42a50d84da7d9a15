"""`portfolio serve`: make everything ready, say where it is, answer."""

import socket

import typer

from api.cli.context import load_settings, say_held, system_actor
from api.cli.in_use import in_use
from portfolio.database import Database
from portfolio.errors import BadConfiguration
from portfolio.settings import Settings

HOST = "127.0.0.1"
PORT = 8000
GRACE_SECONDS = 20
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def serve(
    host: str = typer.Option(HOST, help="监听的地址。"),
    port: int = typer.Option(PORT, help="监听的端口。"),
    prepare: bool = typer.Option(True, help="启动前升级数据库，第一次启动时载入规划。"),
) -> None:
    """升级数据库，第一次启动时载入规划，然后提供网页服务。"""
    settings = load_settings()
    _refuse_taken_port(host, port)
    settings = _with_own_address(settings, host, port)
    database = Database(settings.resolved_database_url)
    from api.cli import preparing
    from portfolio.alerts import mailing

    if prepare:
        preparing.make_ready(settings, database)
    say_held(mailing.settle(database, system_actor()))
    link = preparing.sign_in_link(settings, database)
    _answer(settings, database, host, port, link)


def _answer(settings: Settings, database: Database, host: str, port: int, link: str | None) -> None:
    import uvicorn

    from api.app import create_app

    app = create_app(settings, database, loopback=host in LOOPBACK, ticking=True)
    typer.echo(f"服务地址 {settings.base_url} ，按 Ctrl+C 停止。")
    if link:
        typer.echo(f"第一次登录请打开（24 小时内有效，只能用一次）：{link}")
    with in_use(database):
        uvicorn.run(
            app,
            host=host,
            port=port,
            log_level="warning",
            timeout_graceful_shutdown=GRACE_SECONDS,
            proxy_headers=False,
            server_header=False,
        )


def _with_own_address(settings: Settings, host: str, port: int) -> Settings:
    """On this machine alone, links point to the port that was asked for unless an address is set."""
    if "base_url" in settings.model_fields_set:
        return settings
    shown = HOST if host in LOOPBACK else host
    return settings.model_copy(update={"base_url": f"http://{shown}:{port}"})


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadConfiguration(
                f"端口 {port} 已被占用或不能使用。请换一个，例如 make run PORT={port + 1}。"
            ) from error
