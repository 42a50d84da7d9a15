"""Requests straight into the running application: the network and a client are not ours to time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    body: bytes = b""

    async def take(self, message: Any) -> None:
        """Take a message of the application."""
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


@dataclass
class Browser:
    """Someone signed in by a cookie, who gets pages one after the other."""

    app: FastAPI
    cookie: str
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def get(self, address: str) -> Answer:
        """Get a page; anything but 200 is a fault of the benchmark."""
        answer = Answer()
        self.loop.run_until_complete(self.app(self._request(address), _nothing_more, answer.take))
        assert answer.status == 200, (address, answer.status, answer.body[:300])
        return answer

    def statements(self, address: str) -> int:
        """How many statements a page takes."""
        with _counting() as said:
            self.get(address)
        return len(said)

    def _request(self, address: str) -> dict[str, Any]:
        path, _, query = address.partition("?")
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"testserver"), (b"cookie", self.cookie.encode())],
            "client": ("127.0.0.1", 50000),
            "server": ("testserver", 80),
        }


@contextmanager
def browsing(app: FastAPI, cookie: str) -> Iterator[Browser]:
    """Run the application's lifespan around what a browser does."""
    browser = Browser(app, cookie)
    lifespan = app.router.lifespan_context(app)
    browser.loop.run_until_complete(lifespan.__aenter__())
    try:
        yield browser
    finally:
        browser.loop.run_until_complete(lifespan.__aexit__(None, None, None))
        browser.loop.close()


async def _nothing_more() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


@contextmanager
def _counting() -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
