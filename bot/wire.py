"""The wire to the Bot API: the only holder of the token, over httpcore2. What leaves it is decoded JSON or a failure.

A method here is its name and its JSON parameters, as https://core.telegram.org/bots/api writes them: new methods need
no new release of a library, and an update is kept as it came. httpcore2 is the transport under httpx2 and so in the
house with Anthropic's library; the clients above it cost as much again a call (docs/adr/0017).

The token is part of every URL (https://core.telegram.org/bots/api#authorizing-your-bot). No failure keeps a URL: the
errors of the library are dropped, not chained; its log lines name no URL.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import secrets as randomness
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from bot import failures
from company.records import Json
from company.secrets import HIDDEN, Secret

if TYPE_CHECKING:
    from httpcore2 import AsyncConnectionPool, Proxy

CONNECTIONS = 8  # each call looks at every idle one; eight carry 160 calls a second at 50 ms each
KEEP_ALIVE_S = 50.0  # api.telegram.org closes an idle connection after 75 s
CONNECT_S = 10.0
ANSWER_S = 15.0
DOWNLOAD_S = 60.0  # between two pieces of a file
QUEUE_S = 60.0  # waiting for one of our own connections
TOKEN_SHAPE = re.compile(r"\d{6,}:[\w-]{20,}")
Headers = tuple[tuple[str, str], ...]
AGENT = ("user-agent", "NEXUS")
HEADERS: Headers = (("content-type", "application/json"), AGENT)
NEVER_LEFT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol")
"""Classes of httpcore2 (python-httpx.org/exceptions) after which the request is known not to have left."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of our own making: the parameter it is given as, its name (plain ASCII), what it is and what it holds."""

    field: str
    name: str
    kind: str
    data: bytes


class Brake(Protocol):
    """Knows which chats a flood has closed; `bot.limiter.Limiter` is it."""

    def closed_for(self, chat: str) -> float:
        """For how long nothing may be sent to a chat ("": of no chat), seconds."""
        ...

    def flood(self, chat: str, seconds: float) -> None:
        """The server said 429 with `retry_after` for a call of this chat."""
        ...


class Wire:
    """Calls of the Bot API with keep-alive connections; polling has a connection of its own.

    Args:
        base_url: where the server answers, e.g. https://api.telegram.org.
        token: the bot's token.
        answer_s: how long an answer may take before its outcome counts as unknown, seconds.
        brake: told of every flood, and asked before every call but the polls: in a flood none leaves, whoever makes it.
    """

    def __init__(self, base_url: str, token: Secret, *, answer_s: float = ANSWER_S, brake: Brake | None = None) -> None:
        self._brake = brake
        self._base = base_url.rstrip("/")
        self._token = token
        self._answer_s = answer_s
        self._sending: AsyncConnectionPool | None = None
        self._polling: AsyncConnectionPool | None = None

    def __repr__(self) -> str:
        return f"Wire({self._base!r})"

    @property
    def bot_id(self) -> int:
        """The bot's own user id: the first half of its token; 0 for a token of another shape."""
        head = self._token.reveal().partition(":")[0]
        return int(head) if head.isdecimal() else 0

    def renew_token(self, token: Secret) -> bool:
        """Use another token of the same bot (the number before its colon) from now on; False when it is no such."""
        mine, theirs = self._token.reveal(), token.reveal()
        same_bot = hmac.compare_digest(mine.partition(":")[0].encode(), theirs.partition(":")[0].encode())
        if not same_bot or hmac.compare_digest(mine.encode(), theirs.encode()):
            return False
        self._token = token
        return True

    async def open(self) -> None:
        """Load the library and build the pools, in a thread; needs no network."""
        await asyncio.to_thread(self._build)

    def _build(self) -> None:
        self._sending = self._pool(CONNECTIONS)
        self._polling = self._pool(1)

    def _pool(self, connections: int) -> AsyncConnectionPool:
        from httpcore2 import AsyncConnectionPool

        return AsyncConnectionPool(proxy=_proxy(self._base), max_connections=connections, keepalive_expiry=KEEP_ALIVE_S)

    async def close(self) -> None:
        """Close the connections. Safe to call twice and after a failed `open`."""
        clients = (self._sending, self._polling)
        self._sending = self._polling = None
        for client in clients:
            if client is not None:
                await client.aclose()

    async def renew(self) -> None:
        """Throw every connection away, and build the pools anew."""
        await self.close()
        await self.open()

    async def rebuild_polling(self) -> None:
        """Throw the polling connection away: it may be half-open."""
        old, self._polling = self._polling, self._pool(1)
        if old is not None:
            await old.aclose()

    async def rebuild_sending(self) -> None:
        """Throw the sending connections away: they are held by calls that never end."""
        old, self._sending = self._sending, self._pool(CONNECTIONS)
        if old is not None:
            await old.aclose()

    async def call(self, method: str, params: Json) -> Any:
        """One call; returns the decoded `result`. Raises a `bot.failures.WireError`."""
        with self._obeying(method, params):
            return await self._ask(self._sending, method, params, self._answer_s)

    @contextmanager
    def _obeying(self, method: str, params: Json) -> Iterator[None]:
        """Nothing leaves for a chat before the time that a 429 named is over."""
        chat = str(params.get("chat_id", ""))
        if self._brake is not None and (closed_s := self._brake.closed_for(chat)):
            raise failures.Flood(f"{method}: Telegram asked for a pause.", closed_s)
        try:
            yield
        except failures.Flood as flood:
            if self._brake is not None:
                self._brake.flood(chat, flood.retry_after_s)
            raise

    async def upload(self, method: str, params: Json, file: Upload) -> Any:
        """One call with a file (https://core.telegram.org/bots/api#sending-files); as `call` otherwise."""
        headers, body = _multipart(params, file)
        url = f"{self._base}/bot{self._token.reveal()}/{method}"
        with self._obeying(method, params):
            code, answer = await self._exchange(self._sending, "POST", method, url, body, self._answer_s, headers)
            return _result(method, code, answer)

    async def download(self, file_id: str, most_bytes: int) -> bytes:
        """The content of a file (https://core.telegram.org/bots/api#getfile).

        Raises a `bot.failures.WireError`: `Declined` when the server gives it out to nobody, `TooLong` above
        `most_bytes`.
        """
        found = await self.call("getFile", {"file_id": file_id})
        if int(found.get("file_size") or 0) > most_bytes:
            raise failures.TooLong("getFile: the file is larger than what is taken.")
        path = str(found.get("file_path") or "").lstrip("/")
        url = f"{self._base}/file/bot{self._token.reveal()}/{path}"
        code, data = await self._exchange(self._sending, "GET", "getFile", url, b"", DOWNLOAD_S)
        if code != 200:
            raise failures.Unknown(f"getFile: HTTP {code} in place of the file.")
        return data

    async def get_updates(self, offset: int, *, timeout_s: int, allowed: tuple[str, ...], patience_s: float) -> Any:
        """Long poll for updates from `offset` on (https://core.telegram.org/bots/api#getupdates).

        Raises a `bot.failures.WireError`: `Unknown` when nothing came within `patience_s`.
        """
        params: Json = {"timeout": timeout_s, "allowed_updates": allowed}
        if offset:
            params["offset"] = offset
        return await self._ask(self._polling, "getUpdates", params, patience_s)

    async def _ask(self, pool: AsyncConnectionPool | None, method: str, params: Json, answer_s: float) -> Any:
        body = json.dumps(params, ensure_ascii=False, separators=(",", ":")).encode()
        url = f"{self._base}/bot{self._token.reveal()}/{method}"
        code, answer = await self._exchange(pool, "POST", method, url, body, answer_s)
        return _result(method, code, answer)

    async def _exchange(
        self, pool: AsyncConnectionPool | None, verb: str, method: str, url: str, body: bytes, answer_s: float,
        headers: Headers = HEADERS,
    ) -> tuple[int, bytes]:  # fmt: skip
        """One exchange over HTTP: status and body. What goes wrong with it is a `bot.failures.WireError`."""
        if pool is None:
            raise failures.Unreachable(f"{method}: the desk is closed.")
        import httpcore2 as http

        timeouts = {"connect": CONNECT_S, "read": answer_s, "write": answer_s, "pool": QUEUE_S}
        try:
            response = await pool.request(verb, url, content=body, headers=headers, extensions={"timeout": timeouts})
            return response.status, response.content
        except (
            http.TimeoutException, http.NetworkError, http.ProtocolError, http.ProxyError, http.UnsupportedProtocol,
            http.ConnectionNotAvailable, RuntimeError,
        ) as error:  # fmt: skip  # RuntimeError: the pool was closed under us
            failure = type(error).__name__
        raise _lost(method, failure)  # outside of the except clause: the library's error is not chained


def _multipart(params: Json, file: Upload) -> tuple[Headers, bytes]:
    """Parameters and a file as multipart/form-data (RFC 7578): headers and body."""
    mark = randomness.token_hex(16)
    pieces = [
        f'--{mark}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n'
        f"{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}\r\n"
        for name, value in params.items()
    ]
    pieces.append(
        f'--{mark}\r\ncontent-disposition: form-data; name="{file.field}"; filename="{file.name}"\r\n'
        f"content-type: {file.kind}\r\n\r\n"
    )
    body = b"".join(("".join(pieces).encode(), file.data, f"\r\n--{mark}--\r\n".encode()))
    return (("content-type", f"multipart/form-data; boundary={mark}"), AGENT), body


def _proxy(base_url: str) -> Proxy | None:
    """The proxy that the environment names for this address (HTTPS_PROXY, ALL_PROXY, NO_PROXY), if it does."""
    from httpcore2 import Proxy

    place, proxies = urlsplit(base_url), getproxies()
    url = proxies.get(place.scheme) or proxies.get("all")
    if not url or proxy_bypass(place.hostname or ""):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return Proxy(url=f"{parts.scheme}://{host}{port}/", auth=auth)


def _lost(method: str, cause: str) -> failures.WireError:
    if cause == "PoolTimeout":
        return failures.Stuck(f"{method}: no connection came free.")
    if cause in NEVER_LEFT:
        return failures.Unreachable(f"{method}: Telegram can't be reached ({cause}).")
    return failures.Unknown(f"{method}: the answer was lost ({cause}).")


def _result(method: str, code: int, body: bytes) -> Any:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise failures.Unknown(f"{method}: HTTP {code} with an answer that is not the Bot API's.")
    if answer.get("ok") is True and 200 <= code < 300:
        return answer.get("result")
    raise _refusal(method, int(answer.get("error_code") or code), answer)


def _refusal(method: str, code: int, answer: Json) -> failures.WireError:
    description = TOKEN_SHAPE.sub(HIDDEN, str(answer.get("description") or ""))[:300]
    parameters = answer.get("parameters") or {}
    if parameters.get("migrate_to_chat_id"):
        return failures.Migrated(f"{method}: the group has a new id.", str(parameters["migrate_to_chat_id"]))
    if code == 429:
        return failures.Flood(f"{method}: {description}", float(parameters.get("retry_after") or 1))
    if code in (401, 404):
        return failures.Unauthorized(f"{method}: {description or 'Unauthorized'}")
    if code == 409:
        return failures.Conflict(f"{method}: {description}", webhook="webhook is active" in description.lower())
    if code in (400, 403):
        return failures.declined(method, code, description)
    return failures.Unknown(f"{method}: HTTP {code} {description}")
