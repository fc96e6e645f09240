"""The application: routes and nothing else. Importing it takes half a second, so `web.server` does it in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse

from company.clock import Clock
from company.library_ports import ReadingRoom, Shelf
from company.people import Action, may
from company.ports import FrontOffice
from company.records import Person
from web.admissions import Admissions
from web.guard import Guard
from web.handing_in import HandingIn
from web.live import Live, Sections, Stream
from web.mine import PersonalPages
from web.pages import Pages, View
from web.reading import ReadingPages
from web.tickets import Tickets

FACTS = 12
STREAMS = 120
FRESH = {"Cache-Control": "no-store"}
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the pages ask."""

    office: FrontOffice
    board: Callable[[], Awaitable[Person | None]]
    changes: Callable[[], AsyncIterator[int]]
    clock: Clock
    company: str
    closing: asyncio.Event
    up_s: Callable[[], int]
    tickets: Tickets
    admissions: Admissions
    shelf: Shelf | None = None  # None: no files are taken
    max_bytes: int = 0  # of one file
    room: ReadingRoom | None = None  # None: no document is read here


def make(ports: Ports, *, host: str) -> Guard:
    """The guarded application. Make it in a thread: templates are read and compiled."""
    pages = Pages()
    routes = Routes(ports, pages)
    app = FastAPI(title=ports.company, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/", routes.page, response_class=HTMLResponse)
    app.add_api_route("/events", routes.events, response_class=StreamingResponse)
    app.add_api_route("/health", routes.health, response_class=JSONResponse)
    app.add_api_route("/static/{name}", routes.static, response_class=Response)
    app.add_api_route("/favicon.ico", routes.mark, response_class=Response)
    if ports.shelf is not None:
        handing_in = HandingIn(
            ports.tickets, ports.office, ports.shelf, pages, company=ports.company, max_bytes=ports.max_bytes
        )  # fmt: skip
        app.add_api_route("/upload", handing_in.page, response_class=HTMLResponse)
        app.add_api_route("/upload", handing_in.put, methods=["PUT"], response_class=JSONResponse)
        mine = PersonalPages(
            ports.admissions, ports.office, pages, ports.clock, company=ports.company, report=routes.report,
            live=routes.live_of, shelf=ports.shelf, tickets=ports.tickets,
        )  # fmt: skip
        app.add_api_route("/mine/{name}", mine.door, response_class=HTMLResponse)
        app.add_api_route("/mine/{name}/enter", mine.enter, response_class=Response)
        app.add_api_route("/mine/{name}/page", mine.page, response_class=HTMLResponse)
        app.add_api_route("/mine/{name}/events", mine.events, response_class=StreamingResponse)
        app.add_api_route("/mine/{name}/source/{order_id}/{number:int}", mine.source, response_class=Response)
        app.add_api_route("/mine/{name}/document/{passage_id}", mine.document, response_class=Response)
        app.add_api_route("/mine/{name}/upload", mine.upload, response_class=Response)
    if ports.room is not None:
        reading = ReadingPages(
            ports.admissions, ports.office, ports.room, pages, ports.clock, company=ports.company
        )  # fmt: skip
        app.add_api_route("/source/{name}", reading.door, response_class=HTMLResponse)
        app.add_api_route("/source/{name}/enter", reading.enter, response_class=Response)
        app.add_api_route("/source/{name}/{number:int}", reading.read, response_class=HTMLResponse)
        app.add_api_route("/source/{name}/{number:int}/page.png", reading.picture, response_class=Response)
        app.add_api_route("/source/{name}/{number:int}/original", reading.original, response_class=Response)
    app.add_exception_handler(404, routes.nothing)
    return Guard(app, host=host, clock=ports.clock, serving=lambda: not ports.closing.is_set())


class Routes:
    """What is served; each method is one route."""

    def __init__(self, ports: Ports, pages: Pages) -> None:
        self._ports = ports
        self._pages = pages
        self._live = self.live_of(self._sections)

    def live_of(self, sections: Callable[[], Awaitable[Sections]]) -> Live:
        """A live stream of what `sections` renders."""
        return Live(sections, self._ports.changes, self._ports.closing, self._ports.clock)

    async def page(self) -> HTMLResponse:
        """The status page, whole; it needs no JavaScript."""
        shown = await self._view()
        html = self._pages.page(shown) if shown is not None else self._pages.unowned(self._ports.company)
        return HTMLResponse(html, headers=FRESH)

    async def events(self) -> Response:
        """The live stream of a page's sections."""
        if self._live.watchers >= STREAMS:
            return PlainTextResponse("Too many pages are open.\n", 503, headers={"Retry-After": "10"})
        return Stream(self._live.stream(), media_type="text/event-stream", headers=FRESH)

    async def health(self) -> JSONResponse:
        """200 while it serves, 503 when it closes; for whoever watches the house."""
        closing = self._ports.closing.is_set()
        body = {
            "status": "closing" if closing else "serving", "company": self._ports.company, "up_s": self._ports.up_s(),
        }  # fmt: skip
        return JSONResponse(body, 503 if closing else 200, headers=FRESH)

    async def static(self, name: str, request: Request) -> Response:
        """A file of the page, for ever: its address changes with its content."""
        asset = self._pages.assets.get(name)
        if asset is None:
            return PlainTextResponse("There is nothing here.\n", 404)
        headers = {"ETag": f'"{asset.etag}"', "Cache-Control": FOREVER}
        if f'"{asset.etag}"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(asset.body, media_type=asset.media_type, headers=headers)

    async def mark(self) -> Response:
        """The small picture that browsers ask for."""
        asset = self._pages.assets["mark.svg"]
        return Response(asset.body, media_type=asset.media_type, headers={"Cache-Control": FOREVER})

    async def nothing(self, _request: Request, _error: Exception) -> Response:
        """Any other address."""
        return PlainTextResponse("There is nothing here. The status page is at /\n", 404)

    async def _view(self) -> View | None:
        person = await self._ports.board()
        return await self.report(person) if person is not None else None

    async def report(self, person: Person) -> View:
        """The reports that this person may see."""
        office, audited = self._ports.office, may(person, Action.SEE_AUDIT)
        return View(
            status=await office.status(person), cost=await office.cost(person, period="month"),
            audit=await office.audit_page(person, limit=FACTS) if audited else None,
        )  # fmt: skip

    async def _sections(self) -> dict[str, str]:
        shown = await self._view()
        return self._pages.sections(shown) if shown is not None else {}
