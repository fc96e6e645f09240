"""What stands before every page: which hosts and methods are served, and the headers that fence a page in.

A page of another site can make a browser ask for our address under its own name (DNS rebinding); so a request is served
only under a name that is this machine's own. Only GET is served, but for the one address that takes files, and there
nothing that a page of another origin sends (Fetch Metadata, w3.org/TR/fetch-metadata). Headers after the
OWASP Secure Headers Project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import TYPE_CHECKING

from company.clock import Clock

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
TAKES_FILES = ("PUT", "/upload")
OURS = frozenset({"127.0.0.1", "localhost", "::1"})


def host_of(header: str) -> str:
    """The name in a Host header, without its port: "[::1]:8000" is "::1"."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


class Guard:
    """ASGI middleware around the whole application.

    Args:
        app: what it guards.
        host: the address listened on, a name that is ours too.
        clock: for the Date header (RFC 9110 section 6.6.1).
        serving: False while the house closes: everything but /health is turned away.
    """

    def __init__(self, app: ASGIApp, *, host: str, clock: Clock, serving: Callable[[], bool]) -> None:
        self._app = app
        self._hosts = OURS | {host.lower()}
        self._clock = clock
        self._serving = serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or turn away with one line."""
        if scope["type"] != "http":
            return

        async def fenced(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self._clock.now() / 1000, usegmt=True).encode()
                message["headers"] = [*message.get("headers", ()), (b"date", date), *HEADERS]
            await send(message)

        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or host_of(hosts[0]) not in self._hosts:
            await _line(fenced, 421, "This address is not served here.")
        elif scope["method"] != "GET" and (scope["method"], scope["path"]) != TAKES_FILES:
            await _line(fenced, 405, "Only GET is served here.", (b"allow", b"GET"))
        elif scope["method"] != "GET" and not _from_our_page(scope["headers"], hosts[0]):
            await _line(fenced, 403, "Files are taken from the page of this address only.")
        elif not self._serving() and scope["path"] != "/health":
            await _line(fenced, 503, "NEXUS is closing.", (b"retry-after", b"5"))
        else:
            await self._app(scope, receive, fenced)


def _from_our_page(headers: Iterable[tuple[bytes, bytes]], host: str) -> bool:
    """What browsers say of where a request comes from; whoever is no browser says nothing, and has a ticket or not."""
    said = {name: value.decode("latin-1").lower() for name, value in headers}
    origin = said.get(b"origin", "")
    if origin and origin.partition("://")[2] != host.strip().lower():
        return False
    return said.get(b"sec-fetch-site", "same-origin") == "same-origin"


async def _line(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    body = text.encode() + b"\n"
    plain = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*plain, *headers]})
    await send({"type": "http.response.body", "body": body})
