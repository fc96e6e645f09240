"""The HTTP floor under every fake: a small server on loopback that can break in all the ways a network does.

Owns: listening, stopping and starting again on the same port, closing a connection without an answer, holding a request
open for ever, and waking whoever waits for a change (`Changes`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web

Found = TypeVar("Found")
BODY_LIMIT = 64 * 1024 * 1024


class Changes:
    """A counter of changes that can be awaited. Waiters look again after each change; nobody sleeps and polls."""

    def __init__(self) -> None:
        self.version = 0
        self._waiters: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Something that a test may wait for has changed."""
        self.version += 1
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def next(self) -> None:
        """Return after the next change."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    async def wait_for(self, predicate: Callable[[], Found], timeout: float = 10.0) -> Found:
        """Return the first truthy value of `predicate`, asked now and after each change. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not (found := predicate()):
                await self.next()
        return found

    async def past(self, version: int, timeout: float) -> int:
        """Return the version as soon as it is above `version`, or the present one after `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            await self.wait_for(lambda: self.version > version, timeout)
        return self.version


class Server:
    """An HTTP/1.1 server on 127.0.0.1. Subclasses write `respond`; `/control/...` is answered by `control`."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self.changes = Changes()
        self._server: web.Server | None = None
        self._listener: asyncio.Server | None = None
        self._released = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_control: Callable[[str, dict[str, Any]], Awaitable[Any]] | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`, without a slash at the end. The same after `down` and `up`."""
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Listen. The first start takes a free port unless one was given."""
        loop = asyncio.get_running_loop()

        def request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
            return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=BODY_LIMIT)

        self._released.clear()
        self._server = web.Server(
            self._answer, request_factory=request, handler_cancellation=True, access_log=None, keepalive_timeout=300
        )
        self._listener = await loop.create_server(self._server, self.host, self.port, reuse_address=True)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close every connection and the port. Safe to call twice."""
        self._released.set()
        listener, self._listener = self._listener, None
        server, self._server = self._server, None
        if listener is not None:
            listener.close()
        if server is not None:
            await server.shutdown(0.05)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if listener is not None:
            await listener.wait_closed()

    async def down(self) -> None:
        """The provider is gone: connections are refused, open ones are cut, what it knows is kept."""
        await self.stop()

    async def up(self) -> None:
        """The provider is back on the same port."""
        if self._server is None:
            await self.start()

    @property
    def listening(self) -> bool:
        return self._server is not None

    def release(self) -> None:
        """Let every request that hangs end (its connection is closed without an answer)."""
        self._released.set()
        self._released = asyncio.Event()

    async def held(self) -> None:
        """Wait as a half-open connection does: until `release`, `stop` or the client's going."""
        await self._released.wait()

    def later(self, delay_s: float, act: Callable[[], object]) -> None:
        """Do `act` after `delay_s` seconds, unless the server is stopped first."""

        async def run() -> None:
            await asyncio.sleep(delay_s)
            act()

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    def cut(request: web.BaseRequest) -> web.StreamResponse:
        """Close the connection without an answer."""
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def wait_for(self, predicate: Callable[[], Found], timeout: float = 10.0) -> Found:
        """Return the first truthy value of `predicate()`, asked again on each change. Raises TimeoutError."""
        return await self.changes.wait_for(predicate, timeout)

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        raise NotImplementedError

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/control/"):
            return await self._control(request)
        return await self.respond(request)

    async def _control(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.on_control is None:
            return json_answer({"error": "this fake has no control endpoint"}, 404)
        body = await request.read()
        try:
            result = await self.on_control(request.path.removeprefix("/control/"), json.loads(body or b"{}"))
        except (LookupError, TypeError, ValueError, TimeoutError) as problem:
            return json_answer({"error": f"{type(problem).__name__}: {problem}"}, 400)
        return json_answer({"result": result})


def json_answer(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON response, compact, UTF-8."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)
