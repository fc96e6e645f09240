"""Somebody's own page at /mine: their documents, projects and sources, with a ticket, for nobody else; in a browser too."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from company.clock import Clock, SystemClock
from company.config import KnowledgeSettings
from company.config_desks import WebSettings
from company.document_records import Admission, Way
from company.projects import ProjectLine
from company.records import Desk, Person, Role, State, Tier
from knowledge.library import LocalLibrary
from tests.fakes.clock import TurnedClock
from tests.unit.web.chromium import Tab, needs_browser, tab
from tests.unit.web.test_browser import CONTRAST
from tests.unit.web.test_reading import LEASE, ORDER, QUOTE, Office, Visitor, cited
from tests.unit.web.web_double import busy, order
from web.admissions import VALID_MS
from web.server import StatusPage

MINE = Admission(desk=Desk.CONSOLE, external_id="1000", device="console")
HARBOUR = ProjectLine(name="Harbour", members=("Ada", "Ben"), mine=True, decides=True, here=False, closed=False)
PAST = ProjectLine(name="Boat", members=(), mine=False, decides=True, here=False, closed=True)
SECRETS = ("lease.pdf", "opening-hours.md", "/source/", "Harbour")
"""What only its reader is shown."""


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[LocalLibrary]:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "opening-hours.md").write_text("# Hours\n\nOpen from nine to five.")
    settings = KnowledgeSettings(folders=(Path("docs"),))
    made = LocalLibrary(settings, data_dir=tmp_path / "data", root=tmp_path, clock=SystemClock())
    await made.open()
    running = asyncio.create_task(made.run())
    await made.synced.wait()
    await made.keep("lease.pdf", LEASE, reader="ada")
    with contextlib.suppress(Exception):
        await made.keep("scan.pdf", b"%PDF-1.4 <b>nothing</b>", reader="ada")
    await made.keep("diary-of-bob.md", b"# Bob\n\nBob keeps bees.", reader="bob")
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await made.close()


@pytest.fixture
async def office(library: LocalLibrary) -> Office:
    made = Office(busy(SystemClock().now()))
    made.citations = (await cited(library, "How long is the notice period?", QUOTE, 1),)
    made.projects.shown = {"ada": (HARBOUR, PAST)}
    mine = order(1, State.DELIVERED, "How long is the notice period?", Tier.CLERK, 60, 0)
    made.write(recent=(mine, *made.reports[0].recent))
    return made


async def serve(stack: contextlib.AsyncExitStack, office: Office, library: LocalLibrary, clock: Clock) -> StatusPage:
    opened = StatusPage(
        WebSettings(port=0), office, office.board, office.changes, clock, room=library.room, shelf=library,  # type: ignore[arg-type]
        max_file_mb=1.0, reading_key=lambda: b"k" * 32,
    )  # fmt: skip
    await opened.open()
    running = asyncio.create_task(opened.run())

    async def stop() -> None:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await opened.close()

    stack.push_async_callback(stop)
    return opened


@pytest.fixture
async def page(library: LocalLibrary, office: Office) -> AsyncIterator[StatusPage]:
    async with contextlib.AsyncExitStack() as stack:
        yield await serve(stack, office, library, SystemClock())


async def test_it_shows_what_this_reader_may_read_and_how_it_stands(page: StatusPage) -> None:
    shown = (await Visitor(page.read_link(MINE)).get("/page")).text
    rows = re.findall(r'<tr class="(\w+)">.*?</tr>', shown, re.DOTALL)
    assert rows == ["failed", "read", "read"], "what failed comes first"
    for words in (
        "lease.pdf", "opening-hours.md", "only you", "scan.pdf", "not read:", "3 documents", "Handed in by you",
        "Harbour", "Ada, Ben", "Boat", "closed", "Ada’s own page", "8,236 facts",
    ):  # fmt: skip
        assert words in shown, words
    assert "diary-of-bob" not in shown
    assert "<b>nothing" not in shown


async def test_a_double_names_what_it_is_the_same_as(page: StatusPage, library: LocalLibrary) -> None:
    await library.keep("copy.pdf", LEASE, reader="ada")
    assert "the same as lease.pdf" in (await Visitor(page.read_link(MINE)).get("/page")).text


async def test_nobody_without_a_ticket_for_it_is_shown_any_of_it(page: StatusPage, office: Office) -> None:
    link = page.read_link(MINE)
    name = link.partition("#")[0].rpartition("/")[2]
    stranger, reading = Visitor(link), Visitor(page.read_link(ORDER))
    stranger.ticket = ""
    reading.address = reading.address.replace("/source/", "/mine/")  # a ticket for one reading
    for visitor in (stranger, reading):
        for path in ("/page", "/events", "/upload", "/source/o1/1", f"/document/{office.citations[0].passage_id}"):
            refused = await visitor.get(path)
            assert (refused.status_code, "This link is over" in refused.text) == (403, True), path
            assert not [words for words in SECRETS if words in refused.text]
    async with httpx.AsyncClient(base_url=page.url, trust_env=False) as anybody:
        status = (await anybody.get("/")).text
        door = (await anybody.get(f"/mine/{name}")).text
    assert "./nexus page" in status
    assert not [words for words in SECRETS if words in status + door]


async def test_a_source_and_a_document_open_where_they_are_read(page: StatusPage, office: Office) -> None:
    visitor = Visitor(page.read_link(MINE))
    shown = (await visitor.get("/page")).text
    leads = re.findall(r'href="(/mine/\w+/(?:source|document)/[^"]+)"', shown)
    assert len(leads) == 3, "one source of one answer, two documents that were read"
    texts = []
    for lead in leads:
        path = lead.removeprefix("/mine/" + visitor.address.rpartition("/")[2])
        onward = await visitor.get(path)
        assert onward.status_code == 303
        place, cookie = onward.headers["location"], onward.headers["set-cookie"]
        assert f"Path={place.rpartition('/')[0]};" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        async with httpx.AsyncClient(base_url=page.url, trust_env=False) as browser:
            opened = await browser.get(place, headers={"Cookie": cookie.partition(";")[0]})
        assert opened.status_code == 200
        texts.append(opened.text)
    assert "<mark>" in texts[0]
    assert any("Open from nine to five." in text for text in texts[1:])
    somebody_elses = await visitor.get("/source/o214/1")
    assert (somebody_elses.status_code, "no such order of yours" in somebody_elses.text) == (403, True)


async def test_what_is_not_theirs_is_not_opened_by_its_address(
    page: StatusPage, library: LocalLibrary, office: Office
) -> None:
    (bees,) = await library.find("Who keeps bees?", person_id="bob")
    onward = await Visitor(page.read_link(MINE)).get(f"/document/{bees.id}")
    async with httpx.AsyncClient(base_url=page.url, trust_env=False) as browser:
        cookie = {"Cookie": onward.headers["set-cookie"].partition(";")[0]}
        refused = await browser.get(onward.headers["location"], headers=cookie)
    assert refused.status_code == 403
    assert "bees" not in refused.text


async def test_whoever_was_revoked_is_shown_nothing_from_that_moment_on_the_open_page_too(
    page: StatusPage, office: Office
) -> None:
    visitor = Visitor(page.read_link(MINE))
    headers = {"Authorization": f"Ticket {visitor.ticket}"}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=20) as browser,
        browser.stream("GET", f"{visitor.address}/events", headers=headers) as stream,
    ):
        lines = stream.aiter_lines()
        async for line in lines:
            if "lease.pdf" in line:
                break
        office.reader = None
        office.write(orders_today=4711)
        async for line in lines:
            if "You may not read this any more." in line:
                assert "lease.pdf" not in line
                break
    assert (await visitor.get("/page")).status_code == 403


async def test_a_member_sees_no_record_and_an_observer_nothing(page: StatusPage, office: Office) -> None:
    office.reader = Person(id="ada", name="Ada", role=Role.MEMBER)
    shown = await Visitor(page.read_link(MINE)).get("/page")
    assert (shown.status_code, "lease.pdf" in shown.text, "Record" in shown.text) == (200, True, False)
    office.reader = Person(id="ada", name="Ada", role=Role.OBSERVER)
    assert (await Visitor(page.read_link(MINE)).get("/page")).status_code == 403


async def test_it_is_over_after_twelve_hours(library: LocalLibrary, office: Office) -> None:
    clock = TurnedClock()
    async with contextlib.AsyncExitStack() as stack:
        page = await serve(stack, office, library, clock)
        visitor = Visitor(page.read_link(MINE))
        clock.turn(11 * VALID_MS / 1000)
        assert (await visitor.get("/page")).status_code == 200
        clock.turn(VALID_MS / 1000 + 1)
        assert (await visitor.get("/page")).status_code == 403


async def test_files_are_handed_in_from_it_by_whoever_may(
    page: StatusPage, office: Office, library: LocalLibrary
) -> None:
    visitor = Visitor(page.read_link(MINE))
    onward = (await visitor.get("/upload")).headers["location"]
    address, _, ticket = onward.partition("#")
    sent = {"Authorization": f"Ticket {ticket}", "X-File-Name": "garden.md"}
    async with httpx.AsyncClient(base_url=page.url, trust_env=False, timeout=30) as browser:
        taken = await browser.put(address, content=b"# Garden\n\nThe roses want water.", headers=sent)
    assert taken.status_code == 200
    assert "garden.md" in (await visitor.get("/page")).text
    office.projects.put_out.add("ada")
    assert "Hand in files" not in (await visitor.get("/page")).text
    assert (await visitor.get("/upload")).status_code == 403


async def test_without_documents_or_projects_it_says_what_to_do(tmp_path: Path, office: Office) -> None:
    office.projects.shown = {}
    empty = LocalLibrary(KnowledgeSettings(folders=()), data_dir=tmp_path / "empty", root=tmp_path, clock=SystemClock())
    await empty.open()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(empty.close)
        page = await serve(stack, office, empty, SystemClock())
        shown = (await Visitor(page.read_link(MINE)).get("/page")).text
    assert "There is no document that you may read." in shown
    assert "./nexus ingest PATH" in shown
    assert "/project new NAME" in shown


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Tab]:
    async with tab(tmp_path / "profile") as opened:
        yield opened


@needs_browser
async def test_in_a_browser_it_lives_and_leads_to_the_cited_words(
    page: StatusPage, office: Office, library: LocalLibrary, window: Tab
) -> None:
    link = page.read_link(MINE)
    await window.visit(link)
    await window.until("document.getElementById('live')?.textContent === 'live'")
    assert await window.find("document.cookie") == ""
    await library.keep("recipe.md", b"# Bread\n\nFlour, water, salt.", reader="ada", way=Way.PAGE)
    office.write(orders_today=4711)
    await window.until("document.querySelector('#documents').textContent.includes('recipe.md')")
    await window.find("document.querySelector('.cite').click()")
    await window.until("document.querySelector('mark') !== null")
    assert QUOTE in await window.find("document.querySelector('mark').textContent.split(/\\s+/).join(' ')")
    ticket = link.partition("#")[2]
    assert not any(ticket in address for address in window.requested[1:])
    assert window.complaints == []


@needs_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 1280])
async def test_it_fits_and_can_be_read(page: StatusPage, window: Tab, width: int, dark: bool) -> None:
    await window.visit(page.read_link(MINE), width=width, dark=dark)
    await window.until("document.getElementById('documents') !== null")
    assert await window.find("document.documentElement.scrollWidth") <= width
    assert await window.find(CONTRAST) == []
