"""An SMTP server on a raw socket that fails on command, and remembers what it accepted.

The mode of the n-th mail is taken from a list; when it is used up, all is accepted. Each accepted
message is appended to a file as one JSON line, flushed before the answer, so that a killed client
cannot take it back.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

MODES = (
    "accept", "refuse_connection", "421_hello", "535_mail", "451_mail", "452_rcpt", "550_rcpt", "550_5.1.1_rcpt",
    "451_data", "554_after_dot", "451_after_dot", "close_in_data", "accept_then_close", "accept_then_hang", "hang_mail", "drip",
)  # fmt: skip

HANGS = 5.0  # longer than any test waits


class Sink:
    """Serves connections in threads until closed."""

    def __init__(self, log: Path, modes: list[str] | None = None) -> None:
        self.log, self.modes = log, list(modes or [])
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?starttls=never"

    def accepted(self) -> list[dict[str, str]]:
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def close(self) -> None:
        self._listener.close()

    def _mode(self) -> str:
        with self._lock:
            return self.modes.pop(0) if self.modes else "accept"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._guarded, args=(connection,), daemon=True).start()

    def _guarded(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        with self._lock:
            first = self.modes[0] if self.modes else "accept"
        if first in ("refuse_connection", "421_hello"):
            self._mode()
            if first == "421_hello":
                connection.sendall(b"421 too busy\r\n")
            return
        connection.sendall(b"220 sink\r\n")
        lines = connection.makefile("rb")
        mode, rcpt = "accept", ""
        for line in iter(lines.readline, b""):
            verb = line[:4].upper()
            if verb == b"MAIL":
                mode, rcpt = self._mode(), ""
            if verb == b"MAIL" and mode == "hang_mail":
                time.sleep(HANGS)
                return
            if verb == b"RCPT":
                rcpt = line.decode().split("<")[1].split(">")[0]
            if verb == b"DATA" and mode != "451_data":
                if not self._take(connection, lines, mode, rcpt):
                    return
                continue
            connection.sendall(self._answer(verb, mode))
            if verb == b"QUIT":
                return

    def _answer(self, verb: bytes, mode: str) -> bytes:
        return {
            (b"MAIL", "535_mail"): b"535 5.7.8 no\r\n",
            (b"MAIL", "451_mail"): b"451 later\r\n",
            (b"RCPT", "452_rcpt"): b"452 full\r\n",
            (b"RCPT", "550_rcpt"): b"550 no\r\n",
            (b"RCPT", "550_5.1.1_rcpt"): b"550 5.1.1 unknown user\r\n",
            (b"DATA", "451_data"): b"451 not now\r\n",
        }.get((verb, mode), b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")

    def _take(self, connection: socket.socket, lines, mode: str, rcpt: str) -> bool:
        """Receive one message; False when the connection is over."""
        if mode == "drip":
            time.sleep(0.2)
        connection.sendall(b"354 go\r\n")
        body: list[bytes] = []
        for line in iter(lines.readline, b""):
            if mode == "close_in_data" and body:
                return False
            if line == b".\r\n":
                return self._judge(connection, mode, rcpt, b"".join(body))
            body.append(line[1:] if line.startswith(b"..") else line)
        return False

    def _judge(self, connection: socket.socket, mode: str, rcpt: str, raw: bytes) -> bool:
        if mode in ("554_after_dot", "451_after_dot"):
            connection.sendall(mode[:3].encode() + b" no\r\n")
            return True
        with self._lock, self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"rcpt": rcpt, "raw": raw.decode("latin-1")}) + "\n")
        if mode == "accept_then_close":
            return False
        if mode == "accept_then_hang":
            time.sleep(HANGS)
            return False
        connection.sendall(b"250 ok\r\n")
        return True


@contextlib.contextmanager
def serving(log: Path, modes: list[str] | None = None) -> Iterator[Sink]:
    """A sink for the length of a test."""
    sink = Sink(log, modes)
    try:
        yield sink
    finally:
        sink.close()
