"""`portfolio scheduler`: the timed jobs in a process of their own, beside any number of web processes."""

import logging
import signal
import threading

import typer

from api.cli.context import load_settings, settled_database
from api.cli.in_use import in_use


def scheduler() -> None:
    """运行定时任务：评估、发送、加封。可以同时运行几个，互不重复；按 Ctrl+C 停止。"""
    from api import ticker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for noisy in ("apscheduler", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    settings, database = load_settings(), settled_database()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    for job in ticker.JOBS:
        typer.echo(f"{job.name}：{job.what}")
    with in_use(database):
        ticker.run_until(stopped, database, settings)
    database.dispose()
