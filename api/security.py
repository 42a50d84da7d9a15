"""The guard in front of every route: which hosts we answer for, where requests may come from, what browsers are told.

It runs before any body is read. The other half of the defence against forged requests, the token in
every form, is checked by `api/dependencies.py`, since it takes reading the form.
"""

from collections.abc import MutableMapping
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portfolio.errors import BadConfiguration
from portfolio.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FOR_EVER = "public, max-age=31536000, immutable"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
FOR_WATCHERS = frozenset({"/healthz", "/readyz"})  # asked by address, from inside
FORWARDING = (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"forwarded", b"x-real-ip")
log = structlog.get_logger()


class Guard:
    """Refuses foreign hosts and unsafe requests from elsewhere, and sets the headers of every answer."""

    def __init__(self, app: ASGIApp, settings: Settings, *, loopback: bool = False) -> None:
        self._app = app
        address = urlsplit(settings.base_url)
        self._secure = address.scheme == "https"
        self._origin = f"{address.scheme}://{address.netloc}"
        self._hosts = {address.hostname or ""} | (LOOPBACK if loopback else frozenset())
        self._proxies = _networks(settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 400 or 403."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(message, scope["path"])
            await send(message)

        self._believe_proxy(scope)
        refused = self._refusal(scope)
        await (refused or self._app)(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if scope["path"] not in FOR_WATCHERS and _host(headers) not in self._hosts:
            return PlainTextResponse("这个地址不是本系统的地址。请用管理员给的网址打开。", 400)
        if scope["method"] not in SAFE and self._from_elsewhere(headers):
            log.warning("foreign_request", path=scope["path"], origin=headers.get("origin", ""))
            return PlainTextResponse("这个请求来自别的网站，没有执行。", 403)
        return None

    def _from_elsewhere(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is None:
            return False  # no browser: it carries no cookie of ours unasked
        return origin != self._origin and urlsplit(origin).netloc != headers.get("host", "")

    def _believe_proxy(self, scope: Scope) -> None:
        """Take the visitor's address from a named proxy; what anyone else says about it is dropped."""
        peer = scope["client"][0] if scope.get("client") else ""
        if not self._proxies or not _within(peer, self._proxies):
            return
        said = Headers(scope=scope).get("x-forwarded-for", "")
        # From the right: the first address that is none of our proxies is the one they saw.
        for address in reversed([each.strip() for each in said.split(",") if each.strip()]):
            peer = address
            if not _within(address, self._proxies):
                break
        scope["client"] = (peer[:100], 0)

    def _dress(self, message: MutableMapping[str, Any], path: str) -> None:
        headers = MutableHeaders(raw=message["headers"])
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if self._secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        kept = path.startswith("/static/dist/") and message["status"] == 200
        headers.setdefault("Cache-Control", FOR_EVER if kept else "no-store")


def was_forwarded(scope: Scope) -> bool:
    """Say whether anybody stands between the browser and us, as far as headers tell."""
    return any(name in FORWARDING for name, _ in scope["headers"])


def is_local(scope: Scope) -> bool:
    """Say whether the browser is on this machine: loopback peer, loopback Host, nothing in between."""
    peer = scope["client"][0] if scope.get("client") else ""
    near = peer in LOOPBACK or _within(peer, _networks("127.0.0.0/8"))
    return near and _host(Headers(scope=scope)) in LOOPBACK and not was_forwarded(scope)


def local_path(wanted: str) -> str:
    """Return where to go after signing in, only if it lies in this system; else the home page."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if plain and wanted.isprintable() and "\\" not in wanted else "/"


def _host(headers: Headers) -> str:
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _networks(text: str) -> list[Any]:
    try:
        return [ip_network(each.strip(), strict=False) for each in text.split(",") if each.strip()]
    except ValueError as error:
        raise BadConfiguration(
            "PORTFOLIO_TRUSTED_PROXIES 要写反向代理的地址或网段，用逗号分开，如 10.0.0.5,10.1.0.0/16。"
        ) from error


def _within(address: str, networks: list[Any]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
