"""The page where a citation is read in its document: `/source/NAME#ticket`, and what lies below that address.

The ticket stands behind the # of the address, which a browser sends to nobody. A script trades it for a cookie that
goes to this reading's address alone and that no script can read. Who the ticket is for, and whether they may read the
passage, is asked at every request. What a document says is shown as text; its file is only ever a download.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from company.asking import Asking
from company.clock import Clock
from company.document_records import Opened
from company.errors import NotReady, OrderError
from company.library_ports import ReadingRoom
from company.people import Action, may
from company.ports import FrontOffice
from company.records import Citation, Person
from web import entering
from web.admissions import Admissions
from web.entering import FRESH, SHUT, Shut
from web.pages import Pages, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody with a ticket that holds: what may be read with it."""

    person: Person
    reader: str
    citations: tuple[Citation, ...]

    def cited(self, number: int) -> Citation | None:
        """One of them, counted from 1."""
        return self.citations[number - 1] if 0 < number <= len(self.citations) else None


class ReadingPages:
    """The routes."""

    def __init__(
        self, admissions: Admissions, office: FrontOffice, room: ReadingRoom, pages: Pages, clock: Clock, *,
        company: str,
    ) -> None:  # fmt: skip
        self._admissions = admissions
        self._office = office
        self._room = room
        self._pages = pages
        self._clock = clock
        self._company = company

    async def door(self, name: str) -> HTMLResponse:
        """Where a link leads first: it has no word of any document."""
        return HTMLResponse(self._pages.source_door(self._company), headers=FRESH)

    async def enter(self, name: str, request: Request) -> Response:
        """Take the ticket that stands in Authorization, and give a cookie for it."""
        return entering.enter(self._admissions, self._clock, name, request, f"/source/{name}")

    async def read(self, name: str, number: int, request: Request, at: str = "") -> Response:
        """A passage in its document. `at`: another passage of the same document."""

        async def shown(visit: Visit) -> Response:
            cited = self._cited(visit, number)
            opened = await self._opened(visit, cited, at)
            if opened is None:
                quoted = cited.quote if not at else ""
                html = self._pages.source_gone(self._company, visit.person.language, cited.document, quoted)
                return HTMLResponse(html, 403, headers=FRESH)
            begin, end = place_of(cited.quote, opened.passage.text) if not at else (0, 0)
            source = Source(
                name=name, number=number, citations=visit.citations, opened=opened, begin=begin, end=end,
                is_cited=opened.passage.id == cited.passage_id, language=visit.person.language,
            )  # fmt: skip
            return HTMLResponse(self._pages.source(self._company, source), headers=FRESH)

        return await self._for(name, request, shown)

    async def picture(self, name: str, number: int, request: Request) -> Response:
        """The page with the cited words marked."""

        async def drawn(visit: Visit) -> Response:
            cited = self._cited(visit, number)
            made = await self._room.picture(cited.passage_id, cited.quote, person_id=visit.reader)
            return Response(made.picture, media_type="image/png", headers=FRESH)

        return await self._for(name, request, drawn)

    async def original(self, name: str, number: int, request: Request) -> Response:
        """The document's file, to be kept, never to be shown here."""

        async def given(visit: Visit) -> Response:
            cited = self._cited(visit, number)
            file = await self._room.original(cited.passage_id, person_id=visit.reader)
            headers = {**FRESH, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"}
            return Response(file.data, media_type="application/octet-stream", headers=headers)

        return await self._for(name, request, given)

    async def _for(self, name: str, request: Request, show: Callable[[Visit], Awaitable[Response]]) -> Response:
        """What a visitor is shown, or one sentence why not."""
        try:
            return await show(await self._visit(name, request))
        except Shut as shut:
            said, status = str(shut), 403
        except OrderError as error:
            said, status = str(error), 403
        except NotReady as error:
            said, status = str(error), 503
        return HTMLResponse(self._pages.source_shut(self._company, said), status, headers=FRESH)

    async def _visit(self, name: str, request: Request) -> Visit:
        asked = entering.admitted(self._admissions, name, request).admission
        person = await self._office.known(asked.desk, asked.external_id, device=asked.device)
        if person is None:
            raise Shut(SHUT)
        reader = asked.reader or person.id
        asking = Asking.parse(reader)
        if asking.group or asking.person_id != person.id:
            raise Shut(SHUT)
        if asked.order_id:
            citations = await self._office.sources(person, asked.order_id)
            return Visit(person=person, reader=reader, citations=citations)
        found = await self._room.opened(asked.passage_id, person_id=reader) if may(person, Action.ORDER) else None
        if found is None:
            raise Shut(SHUT)
        passage = found.passage
        citation = Citation(marker=1, passage_id=passage.id, document=passage.document, place=passage.place, quote="")
        return Visit(person=person, reader=reader, citations=(citation,))

    def _cited(self, visit: Visit, number: int) -> Citation:
        cited = visit.cited(number)
        if cited is None:
            raise Shut("There is no such source.")
        return cited

    async def _opened(self, visit: Visit, cited: Citation, at: str) -> Opened | None:
        """The cited passage, or another one of its document."""
        opened = await self._room.opened(cited.passage_id, person_id=visit.reader)
        if not at or opened is None:
            return opened
        other = await self._room.opened(at, person_id=visit.reader)
        return other if other is not None and other.passage.document == opened.passage.document else None


def place_of(claim: str, text: str) -> tuple[int, int]:
    """Where the words stand, however they are set in lines; (0, 0) when they do not."""
    words = claim.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return found.span() if found is not None else (0, 0)
