"""The status page as a department: the port is taken first, the libraries load aside, then it serves on our loop.

uvicorn would take the process's signals and wake ten times a second; here signals belong to `nexus.py`, and the server
sleeps until somebody comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import secrets as randomness
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING

from company.clock import Clock
from company.config_desks import WebSettings
from company.document_records import Admission
from company.errors import StartupError
from company.library_ports import ReadingRoom, Shelf
from company.ports import FrontOffice
from company.records import Condition, Health, Person
from web.admissions import VALID_MS, Admissions
from web.tickets import Tickets

if TYPE_CHECKING:
    from uvicorn import Server

BACKLOG = 128
OWN_PAGE_MS = 12 * VALID_MS
FAREWELL_S = 2.0
LOADS_WITHIN_S = 30.0


class StatusPage:
    """The LAN page and /health.

    Args:
        settings: [web]; only loopback addresses are served until there is a login.
        office: where the reports come from.
        board: the Board member whose view is shown; None while there is no owner.
        changes: `company.feed.Feed.changes`.
        clock: time.
        company: the company's name.
        shelf: where files go that are handed in at /upload; None takes none.
        max_file_mb: of one such file.
        room: where citations are followed to their place; None: nobody reads documents here.
        reading_key: of the signatures of reading tickets; a new one at each start where it is not given.
    """

    name = "web"

    def __init__(
        self,
        settings: WebSettings,
        office: FrontOffice,
        board: Callable[[], Awaitable[Person | None]],
        changes: Callable[[], AsyncIterator[int]],
        clock: Clock,
        *,
        company: str = "NEXUS",
        shelf: Shelf | None = None,
        max_file_mb: float = 0.0,
        room: ReadingRoom | None = None,
        reading_key: Callable[[], bytes] | None = None,
    ) -> None:
        self._settings = settings
        self._office = office
        self._board = board
        self._changes = changes
        self._clock = clock
        self._company = company
        self._shelf = shelf
        self._max_bytes = int(max_file_mb * 1_000_000)
        self._tickets = Tickets(clock)
        self._room = room
        own = randomness.token_bytes(32)
        self._admissions = Admissions(clock, reading_key or (lambda: own))
        self._listening: socket.socket | None = None
        self._address: tuple[str, int] | None = None
        self._serving = False
        self._closing = asyncio.Event()
        self._since = clock.monotonic()  # it was opened

    @property
    def url(self) -> str:
        """Where the page is; the port is known after `open`."""
        host, port = self._address or (self._settings.host, self._settings.port)
        return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

    def upload_link(self, reader: str) -> str:
        """An address on this machine where this reader can hand in files within the hour; "" where none are taken."""
        return f"{self.url}upload#{self._tickets.issue(reader)}" if self._shelf is not None else ""

    def read_link(self, admission: Admission) -> str:
        """An address on this machine where that can be read within the hour; "" where no document is.

        One's own page is open for twelve hours.
        """
        own = not admission.order_id and not admission.passage_id
        if self._room is None or (own and self._shelf is None):
            return ""
        name, ticket = self._admissions.issue(admission, OWN_PAGE_MS if own else VALID_MS)
        return f"{self.url}{'mine' if own else 'source'}/{name}#{ticket}"

    async def open(self) -> None:
        """Take the port. Raises `StartupError` when it is taken or not this machine's alone."""
        self._listening = await asyncio.to_thread(self._bind)
        host, port = self._listening.getsockname()[:2]
        self._address, self._since = (host, port), self._clock.monotonic()

    def _bind(self) -> socket.socket:
        host, port = self._settings.host, self._settings.port
        address = "127.0.0.1" if host == "localhost" else host
        if not _is_loopback(address):
            raise StartupError(
                f"The page may only listen on this machine until it has a login: set [web] host to 127.0.0.1, "
                f"not {host}."
            )
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, so that asyncio sets NODELAY
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((address, port))
            listening.listen(BACKLOG)
        except OSError as error:
            listening.close()
            raise StartupError(_why_not(error, host, port)) from None
        listening.setblocking(False)
        return listening

    async def run(self) -> None:
        """Serve until cancelled, then say goodbye within two seconds."""
        if self._listening is None:
            await self.open()
        listening, self._listening = self._listening, None
        assert listening is not None  # noqa: S101 - just opened
        try:
            server = await asyncio.to_thread(self._server)
        except BaseException:
            self._listening = listening
            raise
        serving = asyncio.create_task(server.serve(sockets=[listening]), name="web:serve")
        self._serving = True
        try:
            await asyncio.shield(serving)
        finally:
            self._serving = False
            self.drain()
            server.should_exit = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_S + 1):
                    await serving
            self._closing = asyncio.Event()  # a department that crashed is run again

    def drain(self) -> None:
        """From here on /health answers 503 and no new page is served; live pages are let go."""
        self._closing.set()

    async def close(self) -> None:
        """Let go of the port; safe to repeat."""
        self.drain()
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    async def check(self) -> Health:
        """Whether it serves, and where."""
        loading = self._address is not None and self._clock.monotonic() - self._since < LOADS_WITHIN_S
        if self._serving or loading:  # whoever comes while it loads waits in the port's queue
            return Health(part=self.name, condition=Condition.OK, detail=self.url)
        detail = "does not serve; the rest of the company works"
        return Health(part=self.name, condition=Condition.WARNING, detail=detail, mend="look into the log")

    def _server(self) -> Server:
        """Imports, templates and routes: half a second, off the loop."""
        import uvicorn

        from web.app import Ports, make

        closing, since = self._closing, self._since

        class QuietServer(uvicorn.Server):
            """Leaves signals alone, and waits for the end instead of ticking."""

            @contextlib.contextmanager
            def capture_signals(self) -> Iterator[None]:
                yield

            async def main_loop(self) -> None:
                await self.on_tick(1)  # sets the default headers, once; our guard adds the date
                await closing.wait()

        ports = Ports(
            office=self._office, board=self._board, changes=self._changes, clock=self._clock, company=self._company,
            closing=closing, up_s=lambda: int(self._clock.monotonic() - since), tickets=self._tickets,
            shelf=self._shelf, max_bytes=self._max_bytes, room=self._room, admissions=self._admissions,
        )  # fmt: skip
        config = uvicorn.Config(
            make(ports, host=self._settings.host), http="h11", ws="none", lifespan="off", log_config=None,
            access_log=False, server_header=False, date_header=False, proxy_headers=False, limit_concurrency=256,
            timeout_keep_alive=30, timeout_graceful_shutdown=int(FAREWELL_S), h11_max_incomplete_event_size=16_384,
        )  # fmt: skip
        config.load()
        return QuietServer(config)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken by another program; stop it, or set [web] port to another one "
            f"(NEXUS_WEB__PORT=0 takes any that is free)."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} may not be taken by this user; set [web] port to one above 1023."
    return f"The page can't listen on {host} port {port} ({error.strerror}); mend [web] host and port."
