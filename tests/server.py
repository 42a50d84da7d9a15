"""The product answering on a port of its own, for a browser or any other client."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.app import create_app
from portfolio.database import Database
from portfolio.settings import Settings
from tests.build import SECRET

START_SECONDS = 10


@dataclass(frozen=True)
class Server:
    """A running server, its settings and its database."""

    url: str
    settings: Settings
    database: Database


MakeServer = Callable[[Database], Server]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that read neither the environment nor a file."""
    return settings_for(tmp_path)


@pytest.fixture
def server(make_server: MakeServer, sqlite_database: Database) -> Server:
    """The product on a migrated SQLite database of the test's own."""
    return make_server(sqlite_database)


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[MakeServer]:
    """Serve a given database until the test ends."""
    with ExitStack() as stack:
        yield lambda database: stack.enter_context(serving(database, tmp_path))


def settings_for(folder: Path, **given: Any) -> Settings:
    """Make settings from these values alone."""
    values: dict[str, Any] = {"data_dir": folder, "secret_key": SECRET, **given}
    return Settings(**values)


@contextmanager
def serving(database: Database, folder: Path, **given: Any) -> Iterator[Server]:
    """Answer on a free port of the loopback address, in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = settings_for(folder, base_url=url, **given)
    app = create_app(settings, database, loopback=True)
    config = uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=2)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    _wait_until(lambda: running.started)
    try:
        yield Server(url, settings, database)
    finally:
        running.should_exit = True
        thread.join(START_SECONDS)
        listener.close()


def _wait_until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError("the server did not start")
        time.sleep(0.02)
