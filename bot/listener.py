"""The port on which Telegram's webhook calls arrive: HTTP by h11 over asyncio's streams, on this machine alone.

A reverse proxy or tunnel stands before it and speaks TLS. What is not one POST of JSON to the one path with the secret
in its header is refused before its body is read. Everything is bounded: connections, header, body, time. h11 parses for
uvicorn and httpcore too and so is in the house; a second uvicorn would cost a framework to serve one route.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from company.clock import Clock
from company.errors import StartupError
from company.secrets import Secret

if TYPE_CHECKING:
    import h11

log = logging.getLogger(__name__)

HEADER = b"x-telegram-bot-api-secret-token"  # https://core.telegram.org/bots/api#setwebhook
MOST_CONNECTIONS = 64
MOST_HEADER = 16_384
MOST_BODY = 1_048_576
"""Bytes of one update; Telegram's are a few thousand."""
REQUEST_S = 10.0
"""How long a request may take to arrive, from its first wait to the end of its body, seconds."""
IDLE_S = 75.0
FAREWELL_S = 1.0
GRACE_S = 3.0
TELL_EVERY_S = 3600.0
CHUNK = 65_536

Receive = Callable[[bytes], Awaitable[HTTPStatus]]
"""What to do with the body of a call that may come in; the status to answer with."""


@dataclass(slots=True)
class Refusals:
    """What was turned away, by status; told in the log at most once an hour, for anybody can knock."""

    clock: Clock
    counts: dict[int, int] = field(default_factory=dict)
    told_at: float = float("-inf")

    @property
    def total(self) -> int:
        """All together."""
        return sum(self.counts.values())

    def note(self, status: HTTPStatus) -> None:
        """One more."""
        self.counts[int(status)] = self.counts.get(int(status), 0) + 1
        if status is HTTPStatus.UNAUTHORIZED and self.clock.monotonic() - self.told_at >= TELL_EVERY_S:
            self.told_at = self.clock.monotonic()
            log.warning("the webhook was called without the right secret; %d calls were refused so far", self.total)


class _Refused(Exception):
    """The request is answered with this status, and the connection ends."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = status


class Listener:
    """Listens on a loopback address.

    Args:
        host, port: where; port 0 takes a free one.
        paths: what may be posted to.
        secret: what the header must hold.
        receive: what to do with a body.
        clock: for the log's rhythm; the limits of a connection are the loop's time.
        request_s, idle_s: how long a request may take to arrive, and a connection may be idle, seconds.
    """

    def __init__(
        self, host: str, port: int, paths: tuple[str, ...], secret: Secret, receive: Receive, clock: Clock, *,
        request_s: float = REQUEST_S, idle_s: float = IDLE_S,
    ) -> None:  # fmt: skip
        self._host = host
        self._port = port
        self._paths = tuple(path.encode() for path in paths)
        self._secret = secret
        self._receive = receive
        self._request_s = request_s
        self._idle_s = idle_s
        self._listening: socket.socket | None = None
        self._open = 0
        self._busy = 0
        self._finished = asyncio.Event()
        self._closing = False
        self.refusals = Refusals(clock)

    @property
    def port(self) -> int:
        """The port that was taken; known after `open`."""
        return self._port

    async def open(self) -> None:
        """Take the port, and load h11. Raises `StartupError` when the port can't be had."""
        self._listening = await asyncio.to_thread(self._bind)
        self._port = self._listening.getsockname()[1]

    def _bind(self) -> socket.socket:
        import h11  # noqa: F401 - loaded here, in a thread

        address = "127.0.0.1" if self._host == "localhost" else self._host
        listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((address, self._port))
            listening.listen(MOST_CONNECTIONS)  # who calls before we serve waits
        except OSError as error:
            listening.close()
            raise StartupError(_why_not(error, self._host, self._port)) from None
        listening.setblocking(False)
        return listening

    def close(self) -> None:
        """Let go of the port; safe to repeat."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    async def run(self) -> None:
        """Serve until cancelled; calls that are being written down then are given a moment to be answered."""
        if self._listening is None:
            await self.open()
        listening, self._listening = self._listening, None
        self._closing = False
        async with asyncio.TaskGroup() as group:

            def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                group.create_task(self._serve(reader, writer))

            server = await asyncio.start_server(connected, sock=listening, limit=CHUNK, backlog=MOST_CONNECTIONS)
            try:
                await asyncio.Event().wait()
            finally:
                server.close()
                await self._let_finish()

    async def _let_finish(self) -> None:
        self._closing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                while self._busy:
                    self._finished.clear()
                    await self._finished.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it ends or misbehaves."""
        import h11

        if self._open >= MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._open += 1
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEADER)
        try:
            while await self._exchange(_Call(connection, reader, writer)):
                connection.start_next_cycle()
        except (TimeoutError, ConnectionError, h11.ProtocolError):
            pass  # slow, gone or not speaking HTTP: nothing to say, and nothing that could be told to anybody
        finally:
            self._open -= 1
            writer.transport.abort() if writer.is_closing() else writer.close()

    async def _exchange(self, call: _Call) -> bool:
        """One request and its answer; whether another one may follow on the connection."""
        import h11

        async with asyncio.timeout(self._idle_s):
            await call.begins()
        try:
            async with asyncio.timeout(self._request_s):
                body = await self._request(call)
        except _Refused as refused:
            status = refused.status
        except TimeoutError:
            status = HTTPStatus.REQUEST_TIMEOUT
        except h11.RemoteProtocolError as error:
            status = HTTPStatus(error.error_status_hint)
        else:
            if body is None:
                return False
            await call.answer(await self._received(body))
            return call.reusable
        self.refusals.note(status)
        await call.answer(status, last=True)
        return False

    async def _request(self, call: _Call) -> bytes | None:
        """The body of a request that may come in; None at the connection's end."""
        import h11

        request = await call.next_event()
        if not isinstance(request, h11.Request):
            return None
        self._admit(request)
        return await call.body()

    async def _received(self, body: bytes) -> HTTPStatus:
        if self._closing:
            return HTTPStatus.SERVICE_UNAVAILABLE
        self._busy += 1
        try:
            return await self._receive(body)
        finally:
            self._busy -= 1
            self._finished.set()

    def _admit(self, request: h11.Request) -> None:
        """Whether a request may come in, from its head alone. Raises `_Refused`."""
        target = request.target.partition(b"?")[0]
        if not any([hmac.compare_digest(target, path) for path in self._paths]):  # noqa: C419 - each is compared
            raise _Refused(HTTPStatus.NOT_FOUND)
        given = [value for name, value in request.headers if name == HEADER]
        if len(given) != 1 or not hmac.compare_digest(given[0], self._secret.reveal().encode()):
            raise _Refused(HTTPStatus.UNAUTHORIZED)
        if request.method != b"POST":
            raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED)
        headers = dict(request.headers)
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if int(headers.get(b"content-length", b"0")) > MOST_BODY:  # h11 has seen to it that it is a number
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@dataclass(slots=True)
class _Call:
    """One connection's streams under h11's eyes."""

    connection: h11.Connection
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def reusable(self) -> bool:
        """Whether both sides may go on."""
        import h11

        return self.connection.our_state is h11.DONE and self.connection.their_state is h11.DONE

    async def begins(self) -> None:
        """Wait for the first bytes of the next request, or for the end of the connection."""
        if not self.connection.trailing_data[0]:
            self.connection.receive_data(await self.reader.read(CHUNK))

    async def next_event(self) -> object:
        """The next thing that h11 understands."""
        import h11

        while (event := self.connection.next_event()) is h11.NEED_DATA:
            if self.connection.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            self.connection.receive_data(await self.reader.read(CHUNK))
        return event

    async def body(self) -> bytes:
        """The whole body. Raises `_Refused` as soon as it is too long."""
        import h11

        body = bytearray()
        while isinstance(event := await self.next_event(), h11.Data):
            body += event.data
            if len(body) > MOST_BODY:
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not isinstance(event, h11.EndOfMessage):
            raise ConnectionResetError
        return bytes(body)

    async def answer(self, status: HTTPStatus, *, last: bool = False) -> None:
        """Answer without a body. `last`: the request may not have been read to its end, so the connection is over."""
        import h11

        if self.connection.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        headers = [("content-length", "0"), *([("connection", "close")] if last else [])]
        await self._send(h11.Response(status_code=int(status), headers=headers, reason=status.phrase))
        await self._send(h11.EndOfMessage())
        if last:
            await self._part()

    async def _part(self) -> None:
        """Read a little of what is still coming, so that the answer is not lost with a reset."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            self.writer.write_eof()
            async with asyncio.timeout(FAREWELL_S):
                for _ in range(2 * MOST_BODY // CHUNK):
                    if not await self.reader.read(CHUNK):
                        return

    async def _send(self, event: h11.Event) -> None:
        self.writer.write(self.connection.send(event) or b"")
        await self.writer.drain()


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken by another program; stop it, or set [telegram_webhook] port to another."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} may not be taken by this user; set [telegram_webhook] port to one above 1023."
    return f"The webhook can't listen on {host} port {port} ({error.strerror}); mend [telegram_webhook] host and port."
