"""The wire to the Bot API: the only holder of the token, over httpx. What leaves it is decoded JSON or a failure.

A method here is its name and its JSON parameters, as https://core.telegram.org/bots/api writes them: new methods need
no new release of a library, and an update is kept as it came. Measured beside python-telegram-bot 22.8 on a 2-core
machine, CPU a call: its `Bot` 1.0 ms, its `HTTPXRequest` 0.75 ms, this 0.65 ms; the library adds 0.25 s and 14 MB to
the start, where httpx is in the house anyway (`anthropic` and `ollama` stand on it).

The token is part of every URL (https://core.telegram.org/bots/api#authorizing-your-bot). No failure keeps a URL: the
errors of httpx are dropped, not chained, and its logger is filtered.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import TYPE_CHECKING, Any

from bot import failures
from company.records import Json
from company.secrets import HIDDEN, Secret

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECTIONS = 16
KEEP_ALIVE_S = 50.0  # api.telegram.org closes an idle connection after 75 s
CONNECT_S = 10.0
ANSWER_S = 15.0
QUEUE_S = 60.0  # waiting for one of our own connections
TOKEN_SHAPE = re.compile(r"\d{6,}:[\w-]{20,}")
JSON_BODY = {"content-type": "application/json"}
NEVER_LEFT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol")
"""Classes of httpx (python-httpx.org/exceptions) after which the request is known not to have left."""


class Wire:
    """Calls of the Bot API with keep-alive connections; polling has a connection of its own.

    Args:
        base_url: where the server answers, e.g. https://api.telegram.org.
        token: the bot's token.
        answer_s: how long an answer may take before its outcome counts as unknown, seconds.
    """

    def __init__(self, base_url: str, token: Secret, *, answer_s: float = ANSWER_S) -> None:
        self._base = base_url.rstrip("/")
        self._token = token
        self._answer_s = answer_s
        self._filter = _NoTokens(token)
        self._sending: httpx.AsyncClient | None = None
        self._polling: httpx.AsyncClient | None = None
        self._tls: ssl.SSLContext | bool = False

    def __repr__(self) -> str:
        return f"Wire({self._base!r})"

    @property
    def bot_id(self) -> int:
        """The bot's own user id: the first half of its token; 0 for a token of another shape."""
        head = self._token.reveal().partition(":")[0]
        return int(head) if head.isdecimal() else 0

    async def open(self) -> None:
        """Load httpx and build the clients, in a thread; needs no network."""
        logging.getLogger("httpx").addFilter(self._filter)
        await asyncio.to_thread(self._build)

    def _build(self) -> None:
        from httpx import create_ssl_context

        self._tls = create_ssl_context() if self._base.startswith("https") else False
        self._sending = self._client(CONNECTIONS)
        self._polling = self._client(1)

    def _client(self, connections: int) -> httpx.AsyncClient:
        from httpx import AsyncClient, Limits

        limits = Limits(max_connections=connections, keepalive_expiry=KEEP_ALIVE_S)
        return AsyncClient(limits=limits, verify=self._tls, headers={"user-agent": "NEXUS"})

    async def close(self) -> None:
        """Close the connections. Safe to call twice and after a failed `open`."""
        logging.getLogger("httpx").removeFilter(self._filter)
        clients = (self._sending, self._polling)
        self._sending = self._polling = None
        for client in clients:
            if client is not None:
                await client.aclose()

    async def rebuild_polling(self) -> None:
        """Throw the polling connection away: it may be half-open."""
        old, self._polling = self._polling, self._client(1)
        if old is not None:
            await old.aclose()

    async def call(self, method: str, params: Json) -> Any:
        """One call; returns the decoded `result`. Raises a `bot.failures.WireError`."""
        return await self._ask(self._sending, method, params, self._answer_s)

    async def get_updates(self, offset: int, *, timeout_s: int, allowed: tuple[str, ...], patience_s: float) -> Any:
        """Long poll for updates from `offset` on (https://core.telegram.org/bots/api#getupdates).

        Raises a `bot.failures.WireError`: `Unknown` when nothing came within `patience_s`.
        """
        params: Json = {"timeout": timeout_s, "allowed_updates": allowed}
        if offset:
            params["offset"] = offset
        return await self._ask(self._polling, "getUpdates", params, patience_s)

    async def _ask(self, client: httpx.AsyncClient | None, method: str, params: Json, answer_s: float) -> Any:
        if client is None:
            raise failures.Unreachable(f"{method}: the desk is closed.")
        from httpx import HTTPError, Timeout

        body = json.dumps(params, ensure_ascii=False, separators=(",", ":")).encode()
        url = f"{self._base}/bot{self._token.reveal()}/{method}"
        failure, code, answer = "", 0, b""
        try:
            response = await client.post(
                url, content=body, headers=JSON_BODY,
                timeout=Timeout(answer_s, connect=CONNECT_S, pool=QUEUE_S),
            )  # fmt: skip
            code, answer = response.status_code, response.content
        except (HTTPError, RuntimeError) as error:  # RuntimeError: the client was closed under us
            failure = type(error).__name__
        if failure:  # outside of the except clause: the library's error, which knows the URL, is not chained
            raise _lost(method, failure)
        return _result(method, code, answer)


class _NoTokens(logging.Filter):
    """Takes the token out of the library's log lines, which name the URL."""

    def __init__(self, token: Secret) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True; the record is cleaned on the way."""
        record.msg = TOKEN_SHAPE.sub(HIDDEN, record.getMessage().replace(self._token.reveal(), HIDDEN))
        record.args = None
        return True


def _lost(method: str, cause: str) -> failures.WireError:
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
