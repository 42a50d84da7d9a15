"""SMTP, step by step, so that the sender knows at each failure what the server can have.

Up to the final dot nothing was accepted; after it, only the answer tells. Source: RFC 5321, 4.5.3.2.
"""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from portfolio.errors import BadConfiguration

COMMAND_SECONDS = 60.0
ANSWER_SECONDS = 600.0
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


class Stage(StrEnum):
    """How far a delivery had come."""

    CONNECT = "connect"
    AUTH = "auth"
    SENDER = "mail"
    RECIPIENT = "rcpt"
    DATA = "data"  # before the final dot
    ANSWER = "answer"  # after it


class Failed(Exception):
    """A delivery did not end with 250. `code` is the server's, None when it did not answer."""

    def __init__(self, stage: Stage, code: int | None, text: str) -> None:
        super().__init__(f"{stage}: {code} {text}" if code else f"{stage}: {text}")
        self.stage, self.code, self.text = stage, code, text

    @property
    def is_permanent(self) -> bool:
        """Whether the server said no for good."""
        return self.code is not None and 500 <= self.code < 600

    @property
    def enhanced(self) -> str:
        """The enhanced status code, such as `5.1.1`; empty when none was given."""
        found = _ENHANCED.search(self.text)
        return found.group(1) if found else ""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed over. `starttls`: encrypted when offered, and no password goes out unless it is."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False
    starttls: bool = True


def server(url: str) -> Server | None:
    """Read `PORTFOLIO_SMTP_URL`; None when it is not set. Raises BadConfiguration when it is no address."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise BadConfiguration("PORTFOLIO_SMTP_URL 不是邮件服务器地址。请写成 smtp://用户:密码@主机:端口。")
    tls = parts.scheme == "smtps"
    never = parse_qs(parts.query).get("starttls") == ["never"]
    return Server(
        parts.hostname,
        parts.port or (465 if tls else 25),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        tls,
        not tls and not never,
    )


class Session:
    """One connection to the server, kept over several mails."""

    def __init__(self, where: Server) -> None:
        self._where = where
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection politely if it still stands."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def drop(self) -> None:
        """Close without a word: the connection is not to be trusted."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def offer(self, sender: str, recipient: str) -> None:
        """Connect if need be and name sender and recipient; one recipient per envelope."""
        fresh = self._smtp is None
        try:
            self._offer(sender, recipient)
        except Failed as failed:
            # An idle connection may have been closed by the server: that says nothing about this mail.
            if fresh or failed.code not in (None, 421):
                raise
            self.drop()
            self._offer(sender, recipient)

    def hand_over(self, content: bytes, before_dot: Callable[[], None], after_dot: Callable[[], None]) -> int:
        """Send the bytes and return the server's code after the dot, which is 250."""
        smtp = self._opened()
        code, text = self._ask(Stage.DATA, lambda: smtp.docmd("DATA"))
        if code != 354:
            raise self._refused(Stage.DATA, code, text)
        self._raw(Stage.DATA, _dotted(content))
        before_dot()
        self._raw(Stage.ANSWER, b".\r\n")
        after_dot()
        if smtp.sock is not None:
            smtp.sock.settimeout(ANSWER_SECONDS)
        code, text = self._ask(Stage.ANSWER, smtp.getreply)
        if smtp.sock is not None:
            smtp.sock.settimeout(COMMAND_SECONDS)
        if code != 250:
            raise self._refused(Stage.ANSWER, code, text)
        return code

    def _offer(self, sender: str, recipient: str) -> None:
        smtp = self._opened()
        code, text = self._ask(Stage.SENDER, lambda: smtp.mail(sender))
        if code != 250:
            raise self._refused(Stage.SENDER, code, text)
        code, text = self._ask(Stage.RECIPIENT, lambda: smtp.rcpt(recipient))
        if code not in (250, 251):
            raise self._refused(Stage.RECIPIENT, code, text)

    def _opened(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = self._connect()
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
        smtp, where = self._greeted(), self._where
        if where.user and where.starttls and not isinstance(smtp.sock, ssl.SSLSocket):
            smtp.close()
            raise Failed(Stage.CONNECT, None, "邮件服务器不提供加密连接，密码没有发出")
        if where.user:
            self._sign_in(smtp)
        return smtp

    def _greeted(self) -> smtplib.SMTP:
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._reached()
            if smtp.sock is not None:  # the dot goes apart: it must not wait for an acknowledgement
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            smtp.ehlo_or_helo_if_needed()
            if self._where.starttls and smtp.has_extn("starttls"):
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
        except (OSError, smtplib.SMTPException) as error:
            if smtp is not None:
                smtp.close()
            raise _unreached(error) from error
        return smtp

    def _reached(self) -> smtplib.SMTP:
        where = self._where
        if not where.tls:
            return smtplib.SMTP(where.host, where.port, timeout=COMMAND_SECONDS)
        trusted = ssl.create_default_context()
        return smtplib.SMTP_SSL(where.host, where.port, timeout=COMMAND_SECONDS, context=trusted)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.login(self._where.user, self._where.password)
        except smtplib.SMTPResponseException as error:
            smtp.close()
            raise Failed(Stage.AUTH, error.smtp_code, _words(error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            raise Failed(Stage.AUTH, None, str(error)) from error

    def _ask(self, stage: Stage, command: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes]:
        try:
            return command()
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Failed(stage, None, str(error)) from error

    def _raw(self, stage: Stage, data: bytes) -> None:
        smtp = self._opened()
        try:
            if smtp.sock is None:
                raise ConnectionResetError("连接已断开")
            smtp.sock.sendall(data)
        except OSError as error:
            self.drop()
            raise Failed(stage, None, str(error)) from error

    def _refused(self, stage: Stage, code: int, text: bytes) -> Failed:
        """Keep the connection for the next mail where the server allows it."""
        smtp = self._smtp
        if code == 421 or code < 0 or smtp is None:
            self.drop()
        else:
            try:
                smtp.rset()
            except (OSError, smtplib.SMTPException):
                self.drop()
        return Failed(stage, code if code >= 0 else None, _words(text))


def _unreached(error: OSError | smtplib.SMTPException) -> Failed:
    """Say why there is no conversation: nothing was offered yet, so it is tried again later."""
    if isinstance(error, smtplib.SMTPResponseException):
        return Failed(Stage.CONNECT, error.smtp_code, _words(error.smtp_error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failed(Stage.CONNECT, None, f"邮件服务器的证书不可信：{error.verify_message}")
    return Failed(Stage.CONNECT, None, str(error))


def _dotted(content: bytes) -> bytes:
    """Double leading dots and end the last line, as the protocol asks."""
    body = re.sub(rb"(?m)^\.", b"..", re.sub(rb"\r?\n", b"\r\n", content))
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _words(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())
