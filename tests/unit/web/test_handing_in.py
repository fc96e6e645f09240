"""Files handed in at /upload: with a ticket, from our own page, within the limit; in a real browser too."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from company.clock import SystemClock
from company.config_desks import WebSettings
from company.document_records import Added, OnReading, Reading, Way, Whose
from company.errors import NotReady, Refused
from tests.fakes.clock import TurnedClock
from tests.unit.web.chromium import needs_browser, tab
from tests.unit.web.web_double import Office, busy
from web.server import StatusPage
from web.tickets import MOST, VALID_S, Tickets


@dataclass
class Shelf:
    """Keeps what it is given; *.exe is refused; of *.pdf a page is read, and the others when they may."""

    kept: dict[str, bytes] = field(default_factory=dict)
    readers: list[str] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(
        self, name: str, data: bytes, on_reading: OnReading | None = None, *, reader: str = "", way: Way = Way.CHAT
    ) -> Added:
        assert way is Way.PAGE
        if name == "early.txt":
            raise NotReady("The documents can't be searched now; try again in a minute.")
        if name.endswith(".pdf"):
            assert on_reading is not None
            on_reading(Reading(name=name, done=1, total=3))
            await self.go_on.wait()
        if name.endswith(".exe"):
            raise Refused(f"{name} can't be used: it is a program.")
        self.kept[name] = data
        self.readers.append(reader)
        return Added(name=name, passages=3, whose=Whose.PERSON if reader else Whose.COMPANY)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def office() -> Office:
    return Office(busy(SystemClock().now()))


@pytest.fixture
async def page(shelf: Shelf, office: Office) -> AsyncIterator[StatusPage]:
    opened = StatusPage(
        WebSettings(port=0), office, office.board, office.changes, SystemClock(),  # type: ignore[arg-type]
        shelf=shelf, max_file_mb=0.01,  # type: ignore[arg-type]
    )  # fmt: skip
    await opened.open()
    running = asyncio.create_task(opened.run())
    yield opened
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await opened.close()


@pytest.fixture
async def browser(page: StatusPage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=page.url, timeout=20, trust_env=False) as client:
        yield client


def ticket_of(page: StatusPage) -> str:
    return page.upload_link("ada").partition("#")[2]


async def hand_in(
    browser: httpx.AsyncClient, ticket: str, name: str = "lease.txt", data: bytes = b"words", **headers: str
) -> httpx.Response:
    sent = {"Authorization": f"Ticket {ticket}", "X-File-Name": name, **headers}
    return await browser.put("/upload", content=data, headers=sent)


async def test_a_file_comes_in_and_each_answer_brings_the_next_ticket(
    page: StatusPage, browser: httpx.AsyncClient, shelf: Shelf
) -> None:
    first = ticket_of(page)
    answer = await hand_in(browser, first, "%D0%B4%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80.txt")
    assert answer.status_code == 200
    assert answer.json()["said"] == (
        "договор.txt is in your documents: 3 passages. Only you are answered from it; /knowledge share договор.txt in the "
        "chat gives it to everybody."
    )
    again = await hand_in(browser, first)
    assert again.status_code == 403
    assert "next" not in again.json()
    assert (await hand_in(browser, answer.json()["next"], "b.txt")).status_code == 200
    assert list(shelf.kept) == ["договор.txt", "b.txt"]
    assert shelf.readers == ["ada", "ada"], "it is for whoever was given the ticket"


async def test_without_a_ticket_nothing_is_taken(page: StatusPage, browser: httpx.AsyncClient, shelf: Shelf) -> None:
    for ticket in ("-", "guessed", ticket_of(page)[:-1]):
        answer = await hand_in(browser, ticket)
        assert answer.status_code == 403
        assert "/knowledge upload" in answer.json()["said"]
    assert shelf.kept == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
    ],
    ids=str,
)  # fmt: skip
async def test_no_other_page_can_hand_in(
    page: StatusPage, browser: httpx.AsyncClient, shelf: Shelf, headers: dict[str, str]
) -> None:
    assert (await hand_in(browser, ticket_of(page), **headers)).status_code == 403
    assert shelf.kept == {}


async def test_the_open_link_of_somebody_who_was_revoked_takes_nothing(
    page: StatusPage, browser: httpx.AsyncClient, shelf: Shelf, office: Office
) -> None:
    before, other = ticket_of(page), page.upload_link("bob").partition("#")[2]
    office.projects.put_out.add("ada")
    assert (await hand_in(browser, before)).status_code == 403
    office.projects.put_out.clear()
    assert (await hand_in(browser, before)).status_code == 403  # it is void
    assert shelf.kept == {}
    assert (await hand_in(browser, other)).status_code == 200


async def test_too_much_is_refused_told_or_not(page: StatusPage, browser: httpx.AsyncClient, shelf: Shelf) -> None:
    answer = await hand_in(browser, ticket_of(page), data=b"x" * 10_001)
    assert answer.status_code == 413
    assert "0 MB" in answer.json()["said"]

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 1000

    sent = {"Authorization": f"Ticket {answer.json()['next']}", "X-File-Name": "long.txt"}
    assert (await browser.put("/upload", content=endless(), headers=sent)).status_code == 413
    assert shelf.kept == {}


async def test_documents_that_are_not_ready_say_so_in_their_own_words(
    page: StatusPage, browser: httpx.AsyncClient
) -> None:
    answer = await hand_in(browser, ticket_of(page), "early.txt")
    assert (answer.status_code, answer.json()["said"]) == (
        503,
        "The documents can't be searched now; try again in a minute.",
    )
    assert (await hand_in(browser, answer.json()["next"])).status_code == 200


async def test_a_refusal_says_why_and_the_ticket_is_not_lost(page: StatusPage, browser: httpx.AsyncClient) -> None:
    answer = await hand_in(browser, ticket_of(page), "game.exe")
    assert (answer.status_code, answer.json()["said"]) == (422, "game.exe can't be used: it is a program.")
    assert (await hand_in(browser, answer.json()["next"])).status_code == 200


def lines_of(browser: httpx.AsyncClient, page: StatusPage, name: str) -> AbstractAsyncContextManager[httpx.Response]:
    headers = {
        "Authorization": f"Ticket {ticket_of(page)}", "X-File-Name": name, "Accept": "application/x-ndjson"
    }  # fmt: skip
    return browser.stream("PUT", "/upload", content=b"words", headers=headers)


async def test_how_far_it_is_read_is_told_while_it_is_read(
    page: StatusPage, browser: httpx.AsyncClient, shelf: Shelf
) -> None:
    async with lines_of(browser, page, "long.pdf") as answer:
        lines = answer.aiter_lines()
        assert json.loads(await anext(lines)) == {"done": 1, "total": 3}
        assert shelf.kept == {}
        shelf.go_on.set()
        last = [json.loads(line) async for line in lines][-1]
    assert (last["status"], "long.pdf is in your documents" in last["said"]) == (200, True)
    assert (await hand_in(browser, last["next"])).status_code == 200
    async with lines_of(browser, page, "game.exe") as answer:
        (refused,) = [json.loads(line) async for line in answer.aiter_lines()]
    assert (refused["status"], refused["said"]) == (422, "game.exe can't be used: it is a program.")


async def test_who_closes_the_page_while_it_is_read_has_handed_it_in(
    page: StatusPage, browser: httpx.AsyncClient, shelf: Shelf
) -> None:
    async with lines_of(browser, page, "long.pdf") as answer:
        await anext(answer.aiter_lines())
    shelf.go_on.set()
    async with asyncio.timeout(10):
        while "long.pdf" not in shelf.kept:
            await asyncio.sleep(0.01)


@needs_browser
async def test_in_a_browser_the_pages_are_counted(page: StatusPage, shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "long.pdf").write_bytes(b"words")
    async with tab(tmp_path / "profile") as window:
        await window.visit(page.upload_link("ada"))
        await window.until("!document.getElementById('files').disabled")
        await window.call("DOM.enable")
        root = (await window.call("DOM.getDocument"))["root"]["nodeId"]
        node = (await window.call("DOM.querySelector", nodeId=root, selector="#files"))["nodeId"]
        await window.call("DOM.setFileInputFiles", files=[str(tmp_path / "long.pdf")], nodeId=node)
        await window.until("document.getElementById('handed').innerText.includes('long.pdf: page 1 of 3')")
        assert 0.3 < await window.find("document.querySelector('progress').value") < 0.4
        shelf.go_on.set()
        await window.until("document.querySelector('#handed [data-state=in]') !== null")
        assert window.complaints == []


def test_tickets_end() -> None:
    clock = TurnedClock()
    tickets = Tickets(clock)
    old = tickets.issue("ada")
    clock.turn(VALID_S + 1)
    assert tickets.use(old) is None
    first, *others = [tickets.issue("ada") for _ in range(MOST + 1)]
    assert tickets.use(first) is None, "too many are open: the oldest is void"
    taken = tickets.use(others[-1])
    assert taken is not None
    assert taken.reader == "ada"


@needs_browser
async def test_in_a_real_browser(page: StatusPage, shelf: Shelf, tmp_path: Path) -> None:
    files = [tmp_path / "one.txt", tmp_path / "two.exe", tmp_path / "three.txt"]
    for path in files:
        path.write_text(path.name)
    async with tab(tmp_path / "profile") as window:
        await window.visit(page.upload_link("ada"))
        await window.until("!document.getElementById('files').disabled")
        assert await window.find("location.hash") == "", "the ticket is not left in the history"
        await window.call("DOM.enable")
        root = (await window.call("DOM.getDocument"))["root"]["nodeId"]
        node = (await window.call("DOM.querySelector", nodeId=root, selector="#files"))["nodeId"]
        await window.call("DOM.setFileInputFiles", files=[str(path) for path in files], nodeId=node)
        await window.until("document.querySelectorAll('#handed [data-state]').length === 3")
        states = await window.find("[...document.querySelectorAll('#handed li')].map(e => e.dataset.state)")
        assert states == ["in", "refused", "in"]
    assert shelf.kept == {"one.txt": b"one.txt", "three.txt": b"three.txt"}
