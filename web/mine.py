"""Somebody's own page: the status page with their documents, their projects and the sources of their answers.

`/mine/NAME#ticket`, entered as a reading is (`web.entering`). The page that needs no ticket shows none of this, because
whoever uses this machine can open it. Who the visitor is, and what they may read, is asked for every picture and at
every link; the reading pages ask again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from fastapi import Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from company.clock import Clock
from company.document_records import Admission
from company.errors import NotReady, OrderError
from company.library_ports import Shelf
from company.people import Action, may
from company.ports import FrontOffice
from company.records import Citation, ConversationKey, Desk, Person, State
from company.reports import OrderLine
from web import entering
from web.admissions import VALID_MS, Admissions
from web.entering import FRESH, OVER, SHUT, Shut
from web.live import Live, Sections, Stream
from web.pages import Mine, Pages, View
from web.tickets import Tickets

STREAMS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody with a ticket that holds until then (milliseconds since 1970)."""

    person: Person
    admission: Admission
    until: int

    @property
    def reader(self) -> str:
        """Whose documents are shown (`company.asking`)."""
        return self.admission.reader or self.person.id


class PersonalPages:
    """The routes.

    Args:
        report: the reports that this person may see.
        live: makes the live stream of what a function renders.
        shelf: the documents.
        tickets: for handing in.
    """

    def __init__(
        self, admissions: Admissions, office: FrontOffice, pages: Pages, clock: Clock, *, company: str,
        report: Callable[[Person], Awaitable[View]], live: Callable[[Callable[[], Awaitable[Sections]]], Live],
        shelf: Shelf, tickets: Tickets,
    ) -> None:  # fmt: skip
        self._admissions = admissions
        self._office = office
        self._pages = pages
        self._clock = clock
        self._company = company
        self._report = report
        self._live = live
        self._shelf = shelf
        self._tickets = tickets
        self._watched: dict[str, Live] = {}

    async def door(self, name: str) -> HTMLResponse:
        """Where a link leads first: it says nothing of anybody."""
        return HTMLResponse(self._pages.source_door(self._company, onward="page"), headers=FRESH)

    async def enter(self, name: str, request: Request) -> Response:
        """Take the ticket that stands in Authorization, and give a cookie for it."""
        return entering.enter(self._admissions, self._clock, name, request, f"/mine/{name}")

    async def page(self, name: str, request: Request) -> Response:
        """The whole page; it needs no JavaScript."""

        async def shown(visit: Visit) -> Response:
            return HTMLResponse(self._pages.page(await self._view(name, visit)), headers=FRESH)

        return await self._for(name, request, shown)

    async def events(self, name: str, request: Request) -> Response:
        """The live stream of this page's sections; all windows of one visit share it."""

        async def sections() -> Sections:
            try:
                return self._pages.sections(await self._view(name, await self._visit(name, request)))
            except (Shut, OrderError) as shut:  # while it was open
                return self._pages.sections_shut(str(shut))

        async def watched(_: Visit) -> Response:
            self._watched = {key: one for key, one in self._watched.items() if one.watchers}
            if sum(one.watchers for one in self._watched.values()) >= STREAMS:
                return PlainTextResponse("Too many pages are open.\n", 503, headers={"Retry-After": "10"})
            live = self._watched.setdefault(name, self._live(sections))
            return Stream(live.stream(), media_type="text/event-stream", headers=FRESH)

        return await self._for(name, request, watched)

    async def source(self, name: str, order_id: str, number: int, request: Request) -> Response:
        """On to a source of an answer, in its document."""

        async def led(visit: Visit) -> Response:
            await self._office.sources(visit.person, order_id)  # refuses what is not this person's
            return self._onward(visit, replace(visit.admission, order_id=order_id), number)

        return await self._for(name, request, led)

    async def document(self, name: str, passage_id: str, request: Request) -> Response:
        """On to a document, at one of its passages; the reading asks whether it may be read."""

        async def led(visit: Visit) -> Response:
            return self._onward(visit, replace(visit.admission, passage_id=passage_id), 1)

        return await self._for(name, request, led)

    async def upload(self, name: str, request: Request) -> Response:
        """On to where files are handed in."""

        async def led(visit: Visit) -> Response:
            if not await self._may_hand_in(visit):
                raise Shut("You may not hand in documents here; the Board may, and whoever is in a project, there.")
            ticket = self._tickets.issue(visit.reader, desk=visit.admission.desk)
            return RedirectResponse(f"/upload#{ticket}", 303, headers=FRESH)

        return await self._for(name, request, led)

    def _onward(self, visit: Visit, admission: Admission, number: int) -> Response:
        """To a reading of its own, that is over no later than this visit."""
        now = self._clock.now()
        until = min(visit.until, now + VALID_MS)
        name, ticket = self._admissions.issue(admission, until - now)
        answer = RedirectResponse(f"/source/{name}/{number}", 303, headers=FRESH)
        entering.let_in(answer, ticket, f"/source/{name}", until=until, now=now)
        return answer

    async def _for(self, name: str, request: Request, show: Callable[[Visit], Awaitable[Response]]) -> Response:
        """What a visitor is shown, or one sentence why not."""
        try:
            return await show(await self._visit(name, request))
        except (Shut, OrderError) as shut:
            said, status = str(shut), 403
        except NotReady as error:
            said, status = str(error), 503
        return HTMLResponse(self._pages.source_shut(self._company, said), status, headers=FRESH)

    async def _visit(self, name: str, request: Request) -> Visit:
        found = entering.admitted(self._admissions, name, request)
        asked = found.admission
        if asked.order_id or asked.passage_id:  # good for one reading
            raise Shut(OVER)
        person = await self._office.known(asked.desk, asked.external_id, device=asked.device)
        if person is None or not may(person, Action.ORDER):
            raise Shut(SHUT)
        return Visit(person=person, admission=asked, until=found.until)

    async def _view(self, name: str, visit: Visit) -> View:
        view, here = await self._report(visit.person), ConversationKey(desk=Desk.WEB, chat=visit.person.id)
        mine = Mine(
            base=f"/mine/{name}", person=visit.person.name,
            documents=await self._shelf.documents(person_id=visit.reader),
            rooms=await self._shelf.quotas(person_id=visit.reader),
            projects=await self._office.projects.lines(visit.person, here),
            sources={one.id: await self._sources(visit.person, one) for one in view.status.recent},
            hands_in=await self._may_hand_in(visit),
        )  # fmt: skip
        return replace(view, mine=mine)

    async def _sources(self, person: Person, line: OrderLine) -> tuple[Citation, ...]:
        """The sources of an order's answer; none where it is somebody else's."""
        if line.state is not State.DELIVERED:
            return ()
        try:
            return await self._office.sources(person, line.id)
        except OrderError:
            return ()

    async def _may_hand_in(self, visit: Visit) -> bool:
        return await self._office.projects.may_hand_in(visit.reader, visit.admission.desk)
