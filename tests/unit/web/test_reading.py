"""Citations read in their documents at /source: with a ticket, until its end, while its reader may; in a browser too."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from company.clock import Clock, SystemClock
from company.config import KnowledgeSettings
from company.config_desks import WebSettings
from company.document_records import Admission
from company.errors import Refused
from company.records import Citation, Desk, Person, Role
from knowledge.library import LocalLibrary
from tests.fakes.clock import TurnedClock
from tests.unit.knowledge.converting import making
from tests.unit.web import web_double
from tests.unit.web.chromium import Tab, needs_browser, tab
from tests.unit.web.test_browser import CONTRAST
from tests.unit.web.web_double import busy
from web.admissions import VALID_MS, Admissions, name_of
from web.server import StatusPage
from web.source_words import words

QUOTE = "The notice period is three months to the end of a quarter."
LEASE = making.pdf(
    [
        [("Lease of the house in Mill Lane", 20.0, 72.0, 80.0), *making.prose("The flat has three rooms, a cellar and a place for two bicycles.", "The tenant keeps the garden in order and may hold one dog.", top=120)],
        [("Ending the lease", 20.0, 72.0, 80.0), *making.prose("The notice period is three months to the end", "of a quarter. It has to be given in writing.", "", "", "What was agreed by word of mouth does not count. The keys", "are handed over on the last day, all of them.", top=120)],
        [("The yard", 20.0, 72.0, 80.0), *making.prose("Bicycles stand in the cellar, not in the yard.", top=120)],
    ]
)  # fmt: skip
ORDER = Admission(desk=Desk.TELEGRAM, external_id="501", order_id="o1")


class Office(web_double.Office):
    """Knows one person, and the sources of one order."""

    reader: Person | None = Person(id="ada", name="Ada", role=Role.BOARD)
    citations: tuple[Citation, ...] = ()
    known_as: tuple[str, str, str] = ("", "", "")

    async def known(self, desk: Desk, external_id: str, *, device: str = "") -> Person | None:
        self.known_as = (desk, external_id, device)
        return self.reader

    async def sources(self, person: Person, order_id: str) -> tuple[Citation, ...]:
        if order_id != "o1":
            raise Refused("There is no such order of yours.")
        return self.citations


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[LocalLibrary]:
    (tmp_path / "docs").mkdir()
    settings = KnowledgeSettings(folders=(Path("docs"),))
    made = LocalLibrary(settings, data_dir=tmp_path / "data", root=tmp_path, clock=SystemClock())
    await made.open()
    await made.keep("lease.pdf", LEASE, reader="ada")
    await made.keep("house.html", b"<h1>House</h1><p>Smoking is <script>alert(1)</script>forbidden &lt;img src=x onerror=alert(1)&gt; on the roof.</p>", reader="ada")  # fmt: skip
    yield made
    await made.close()


async def cited(library: LocalLibrary, question: str, quote: str, marker: int) -> Citation:
    passage = (await library.find(question, person_id="ada"))[0]
    return Citation(marker=marker, passage_id=passage.id, document=passage.document, place=passage.place, quote=quote)


@pytest.fixture
async def office(library: LocalLibrary) -> Office:
    made = Office(busy(SystemClock().now()))
    made.citations = (
        await cited(library, "How long is the notice period?", QUOTE, 1),
        await cited(
            library, "Is smoking forbidden on the roof?", "forbidden <img src=x onerror=alert(1)> on the roof.", 2
        ),
    )
    return made


@pytest.fixture
async def page(library: LocalLibrary, office: Office) -> AsyncIterator[StatusPage]:
    async with contextlib.AsyncExitStack() as stack:
        yield await serve(stack, office, library, SystemClock())


async def serve(stack: contextlib.AsyncExitStack, office: Office, library: LocalLibrary, clock: Clock) -> StatusPage:
    opened = StatusPage(
        WebSettings(port=0), office, office.board, office.changes, clock, room=library.room,  # type: ignore[arg-type]
        reading_key=lambda: b"k" * 32,
    )  # fmt: skip
    await opened.open()
    running = asyncio.create_task(opened.run())

    async def stop() -> None:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await opened.close()

    stack.push_async_callback(stop)
    return opened


class Visitor:
    """Somebody who opened a link: asks below its address, with its ticket."""

    def __init__(self, link: str) -> None:
        self.address, _, self.ticket = link.partition("#")

    async def get(self, path: str = "/1", ticket: str | None = None, **headers: str) -> httpx.Response:
        given = self.ticket if ticket is None else ticket
        sent = {"Authorization": f"Ticket {given}", **headers} if given else headers
        async with httpx.AsyncClient(timeout=30, trust_env=False) as browser:
            return await browser.get(self.address + path, headers=sent)


async def test_the_passage_is_shown_with_its_quote_marked_and_what_stands_around(page: StatusPage) -> None:
    visitor = Visitor(page.read_link(ORDER))
    shown = await visitor.get()
    assert shown.status_code == 200
    assert "<h1>lease.pdf</h1>" in shown.text
    marked = shown.text.partition("<mark>")[2].partition("</mark>")[0]
    assert " ".join(marked.split()) == QUOTE
    assert "may hold one dog" in shown.text
    assert "Bicycles stand in the cellar" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    picture = await visitor.get("/1/page.png")
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    original = await visitor.get("/1/original")
    assert original.content == LEASE
    assert original.headers["content-disposition"] == "attachment; filename*=UTF-8''lease.pdf"
    assert original.headers["content-type"] == "application/octet-stream"


async def test_a_document_s_own_markup_is_shown_as_text(page: StatusPage) -> None:
    shown = await Visitor(page.read_link(ORDER)).get("/2")
    assert "<img src=x" not in shown.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown.text
    assert "<script" not in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert shown.headers["referrer-policy"] == "no-referrer"


async def test_the_passages_beside_it_are_a_link_away_and_those_of_other_documents_are_not(
    page: StatusPage, library: LocalLibrary, office: Office
) -> None:
    visitor = Visitor(page.read_link(ORDER))
    opened = await library.room.opened(office.citations[0].passage_id, person_id="ada")
    assert opened is not None
    assert opened.before is not None
    assert f"?at={opened.before.id}" in (await visitor.get()).text
    beside = await visitor.get(f"/1?at={opened.before.id}")
    assert "<mark>" not in beside.text
    assert "may hold one dog" in beside.text
    assert (await visitor.get(f"/1?at={office.citations[1].passage_id}")).status_code == 403


async def test_without_a_ticket_or_with_another_reading_s_nothing_is_shown(page: StatusPage, office: Office) -> None:
    visitor, other = Visitor(page.read_link(ORDER)), Visitor(page.read_link(replace(ORDER, external_id="502")))
    forged = visitor.ticket[:-4] + ("AAAA" if not visitor.ticket.endswith("AAAA") else "BBBB")
    for ticket in ("", "x", forged, other.ticket, "." * 2000, "é"):
        for path in ("/1", "/1/page.png", "/1/original", "/enter"):
            with contextlib.suppress(UnicodeEncodeError):
                refused = await visitor.get(path, ticket)
                assert refused.status_code == 403
                assert "notice period" not in refused.text
                assert "This link is over" in refused.text
    door = await visitor.get("", "")
    assert door.status_code == 200
    assert "lease" not in door.text


async def test_the_ticket_is_traded_for_a_cookie_of_this_reading_that_no_script_reads(page: StatusPage) -> None:
    visitor = Visitor(page.read_link(ORDER))
    let_in = await visitor.get("/enter")
    assert let_in.status_code == 204
    cookie = let_in.headers["set-cookie"]
    path = "/" + visitor.address.split("/", 3)[3]
    assert {"HttpOnly", f"Path={path}", "SameSite=strict"} <= set(cookie.split("; "))
    assert 3590 <= int(cookie.partition("Max-Age=")[2].partition(";")[0]) <= 3600
    value = cookie.partition(";")[0]
    shown = await visitor.get("/1", "", Cookie=value)
    assert shown.status_code == 200
    assert visitor.ticket not in shown.text


async def test_a_link_is_over_after_an_hour(library: LocalLibrary, office: Office) -> None:
    clock = TurnedClock()
    tickets = Admissions(clock, lambda: b"k" * 32)
    name, ticket = tickets.issue(ORDER)
    assert name == name_of(ticket)
    clock.turn(VALID_MS / 1000 - 1)
    admitted = tickets.read(name, ticket)
    assert admitted is not None
    assert admitted.admission == ORDER
    assert tickets.read("é", ticket) is None  # an address that somebody mistyped
    async with contextlib.AsyncExitStack() as stack:
        page = await serve(stack, office, library, clock)
        visitor = Visitor(f"{page.url}source/{name}#{ticket}")
        assert (await visitor.get()).status_code == 200
        clock.turn(2)
        for path in ("/1", "/1/page.png", "/1/original", "/enter"):
            over = await visitor.get(path)
            assert (over.status_code, "This link is over" in over.text) == (403, True)
    assert Admissions(clock, lambda: b"l" * 32).read(name, ticket) is None  # another key's


async def test_whoever_was_revoked_reads_nothing_from_that_moment_on(page: StatusPage, office: Office) -> None:
    visitor = Visitor(page.read_link(ORDER))
    assert (await visitor.get()).status_code == 200
    assert office.known_as == ("telegram", "501", "")
    office.reader = None
    for path in ("/1", "/1/page.png", "/1/original"):
        assert (await visitor.get(path)).status_code == 403


async def test_a_document_that_is_deleted_or_not_theirs_is_closed_at_once(
    page: StatusPage, library: LocalLibrary, office: Office
) -> None:
    visitor = Visitor(page.read_link(ORDER))
    assert (await visitor.get()).status_code == 200
    office.reader = Person(id="bob", name="Bob", role=Role.MEMBER)
    for path in ("/1", "/1/page.png", "/1/original"):
        refused = await visitor.get(path)
        assert refused.status_code == 403
        assert "three rooms" not in refused.text
    elsewhere = Visitor(page.read_link(replace(ORDER, reader="ada")))
    assert (await elsewhere.get()).status_code == 403  # Ada's reading, in Bob's hands
    office.reader = Person(id="ada", name="Ada", role=Role.BOARD, language="de")
    assert (await elsewhere.get()).status_code == 200
    group = Visitor(page.read_link(replace(ORDER, reader="group:telegram:-1001@ada")))
    assert (await group.get()).status_code == 403
    await library.remove("lease.pdf", person_id="ada")
    gone = await visitor.get()
    assert gone.status_code == 403
    assert words("de")["gone"] in gone.text
    assert QUOTE in gone.text  # it was in the answer; the books forget it with the document
    assert (await visitor.get("/1/page.png")).status_code == 403


async def test_one_passage_is_read_by_whoever_may_search_for_it(page: StatusPage, office: Office) -> None:
    passage = Admission(
        desk=Desk.CONSOLE, external_id="1000", device="console", passage_id=office.citations[0].passage_id
    )
    assert (await Visitor(page.read_link(passage)).get()).status_code == 200
    assert office.known_as == ("console", "1000", "console")
    office.reader = Person(id="ada", name="Ada", role=Role.OBSERVER)
    assert (await Visitor(page.read_link(passage)).get()).status_code == 403
    office.reader = Person(id="ada", name="Ada", role=Role.BOARD)
    nothing = await Visitor(page.read_link(replace(ORDER, order_id="o2"))).get()
    assert (nothing.status_code, "no such order" in nothing.text) == (403, True)
    assert (await Visitor(page.read_link(ORDER)).get("/9")).status_code == 403


async def test_no_ticket_is_in_any_log(page: StatusPage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    visitor = Visitor(page.read_link(ORDER))
    await visitor.get("/enter")
    await visitor.get("/1")
    await visitor.get("/7", visitor.ticket + "x")
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not any(visitor.ticket in record.getMessage() for record in ours)


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "ru", "zh", "it"])
def test_every_word_is_there_in_every_language(language: str) -> None:
    assert all(words(language).values())
    assert (words(language) == words("en")) is (language in ("en", "it"))


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Tab]:
    async with tab(tmp_path / "profile") as opened:
        yield opened


@needs_browser
async def test_in_a_browser_the_link_opens_the_passage_and_leaves_no_ticket_in_the_history(
    page: StatusPage, window: Tab
) -> None:
    link = page.read_link(ORDER)
    ticket = link.partition("#")[2]
    await window.visit(link)
    await window.until("document.querySelector('mark') !== null")
    assert QUOTE in await window.find("document.querySelector('mark').textContent.split(/\\s+/).join(' ')")
    await window.until("document.querySelector('img').complete && document.querySelector('img').naturalWidth > 1000")
    assert await window.find("document.cookie") == ""
    history = await window.call("Page.getNavigationHistory")
    assert not any(ticket in entry["url"] for entry in history["entries"][1:])
    assert not any(ticket in address for address in window.requested[1:])
    assert window.complaints == []


@needs_browser
async def test_in_a_browser_a_link_that_is_over_says_so(page: StatusPage, window: Tab) -> None:
    await window.visit(page.read_link(ORDER) + "x")
    await window.until("document.body.innerText.includes('This link is over')")


@needs_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 1280])
async def test_it_fits_and_can_be_read(page: StatusPage, window: Tab, width: int, dark: bool) -> None:
    await window.visit(page.read_link(ORDER), width=width, dark=dark)
    await window.until("document.querySelector('mark') !== null")
    assert await window.find("document.documentElement.scrollWidth") <= width
    assert await window.find(CONTRAST) == []
