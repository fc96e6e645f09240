"""The page where files too big for the chat are handed in: `/upload#ticket`, and the PUT behind it.

The ticket stands behind the # of the address, which a browser sends to nobody; the page gives it along in a header. A
used ticket is answered with the next one, so that several files can be handed in one after the other.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator
from urllib.parse import unquote

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from company.document_records import OnReading, Reading, Way, Whose
from company.errors import NotReady, Refused
from company.figures import count
from company.library_ports import Shelf
from company.ports import FrontOffice
from web.pages import Pages
from web.tickets import Ticket, Tickets

log = logging.getLogger(__name__)

AT_ONCE = 2  # files that are held in memory while they are read
SLOWEST_S = 600.0
REFUSED = "This link was used or is too old. Ask for a new one in the chat: /knowledge upload"
LINES = "application/x-ndjson"
FRESH = {"Cache-Control": "no-store"}


class HandingIn:
    """Two routes.

    Args:
        office: who may still hand in.
        shelf: where the files go.
        max_bytes: of one file.
    """

    def __init__(
        self, tickets: Tickets, office: FrontOffice, shelf: Shelf, pages: Pages, *, company: str, max_bytes: int
    ) -> None:
        self._tickets = tickets
        self._office = office
        self._shelf = shelf
        self._pages = pages
        self._company = company
        self._max_bytes = max_bytes
        self._room = asyncio.Semaphore(AT_ONCE)
        self._keeping: set[asyncio.Task[JSONResponse]] = set()

    async def page(self) -> HTMLResponse:
        """Where files are dropped."""
        return HTMLResponse(self._pages.upload(self._company, self._max_bytes // 1_000_000), headers=FRESH)

    async def put(self, request: Request) -> Response:
        """Take one file in: its name in X-File-Name (percent-encoded UTF-8), its ticket in Authorization.

        Who accepts lines of JSON is told how far it is read: pages done, of a total; the last line has the status.
        """
        ticket = self._tickets.use(request.headers.get("authorization", "").removeprefix("Ticket "))
        if ticket is None or not await self._office.projects.may_hand_in(ticket.reader, ticket.desk):
            return _answer(403, REFUSED)
        async with self._room:
            try:
                async with asyncio.timeout(SLOWEST_S):
                    data = await self._body(request)
            except TimeoutError:
                return self._with_next(ticket, 408, "The file came too slowly.")
        if data is None:
            limit = f"{self._max_bytes / 1e6:.0f} MB"
            return self._with_next(ticket, 413, f"The file is too big: the limit is {limit} (knowledge.max_file_mb).")
        if not await self._office.projects.may_hand_in(ticket.reader, ticket.desk):  # put out while the file came
            return _answer(403, REFUSED)
        name = unquote(request.headers.get("x-file-name", ""))
        if LINES not in request.headers.get("accept", ""):
            return await self._keep(ticket, name, data)
        return StreamingResponse(self._told(ticket, name, data), media_type=LINES, headers=FRESH)

    async def _told(self, ticket: Ticket, name: str, data: bytes) -> AsyncGenerator[str, None]:
        """A line of JSON for each bit of progress, and at last the answer with its status.

        Whoever goes away meanwhile has handed in all the same.
        """
        news, latest = asyncio.Event(), deque[Reading](maxlen=1)

        def hear(reading: Reading) -> None:
            latest.append(reading)
            news.set()

        keeping = asyncio.create_task(self._keep(ticket, name, data, hear), name="web:keep")
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)
        keeping.add_done_callback(lambda _: news.set())
        while not keeping.done():
            await news.wait()
            news.clear()
            if latest and latest[0].total:
                yield f"{json.dumps({'done': latest[0].done, 'total': latest[0].total})}\n"
        answer = await keeping
        yield f"{json.dumps({'status': answer.status_code} | json.loads(bytes(answer.body)))}\n"

    async def _body(self, request: Request) -> bytes | None:
        """The bytes, or None when there are too many; what is told of their number beforehand is believed."""
        told = request.headers.get("content-length", "")
        if told.isdecimal() and int(told) > self._max_bytes:
            return None
        data = bytearray()
        async for piece in request.stream():
            data += piece
            if len(data) > self._max_bytes:
                return None
        return bytes(data)

    async def _keep(self, ticket: Ticket, name: str, data: bytes, on_reading: OnReading | None = None) -> JSONResponse:
        try:
            added = await self._shelf.keep(name, data, on_reading, reader=ticket.reader, way=Way.PAGE)
        except Refused as refusal:
            return self._with_next(ticket, 422, str(refusal))
        except NotReady as absence:
            return self._with_next(ticket, 503, str(absence))
        except Exception:  # a defect of ours; it is logged, and said
            log.exception("a file could not be read")
            return self._with_next(ticket, 500, f"{name} could not be read; the log of NEXUS says more.")
        if added.same_as:
            return self._with_next(ticket, 200, f"{name} is the same as {added.same_as}, which is there already.")
        own = f"Only you are answered from it; /knowledge share {added.name} in the chat gives it to everybody."
        if added.project:
            own = f"It belongs to the project {added.project}: only who is in it is answered from it."
        lock = (own,) if added.project or added.whose is Whose.PERSON else ()
        said = " ".join(
            (f"{added.name} is in your documents: {count(added.passages, 'passage')}.", *added.notes, *lock)
        )
        return self._with_next(ticket, 200, said)

    def _with_next(self, ticket: Ticket, status: int, said: str) -> JSONResponse:
        following = self._tickets.issue(ticket.reader, until=ticket.until, desk=ticket.desk)
        return JSONResponse({"said": said, "next": following}, status, headers=FRESH)


def _answer(status: int, said: str) -> JSONResponse:
    return JSONResponse({"said": said}, status, headers=FRESH)
