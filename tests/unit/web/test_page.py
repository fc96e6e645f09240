"""The page over real HTTP: what it shows, what it refuses, how it lives and closes."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from html.parser import HTMLParser

import httpx
import pytest

from company.audit import Entry
from company.clock import SystemClock
from company.config_desks import WebSettings
from company.errors import BooksError, StartupError
from company.records import Condition, Health, State
from company.reports import CapLine
from tests.fakes.clock import TurnedClock
from tests.unit.web import web_double
from tests.unit.web.conftest import Serve
from tests.unit.web.web_double import Office
from web import live, pages
from web.app import STREAMS
from web.server import StatusPage


class Outline(HTMLParser):
    """Tags with their attributes, and that every one is closed."""

    void = frozenset({"meta", "link", "br", "hr", "img", "input", "rect", "line", "path"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.void:
            assert self.open.pop() == tag

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


async def test_it_shows_the_house_without_javascript(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/")
    assert answer.status_code == 200
    for words in (
        "Compare the three roof offers", "waits for money", "$21.87", "of $50.00", "anthropic/claude-opus-5-5",
        "start it: ollama serve", "8,236 facts", "Order escalated", "1 decision for you", "0.1.0", "Mia&#39;s",
    ):  # fmt: skip
        assert words in answer.text, words


async def test_it_is_whole_and_can_be_read_by_everybody(browser: httpx.AsyncClient) -> None:
    outline = Outline((await browser.get("/")).text)
    assert outline.named("html") == [{"lang": "en"}]
    for landmark in ("header", "main", "footer", "h1"):
        assert len(outline.named(landmark)) == 1, landmark
    ids = {attributes["id"] for _, attributes in outline.tags if "id" in attributes}
    for section in outline.named("section"):
        assert "aria-label" in section or section["aria-labelledby"] in ids
    for drawing in outline.named("svg"):
        assert drawing.get("aria-hidden") == "true" or (drawing["role"] == "img" and drawing["aria-label"])
    assert not [tag for tag, attributes in outline.tags if "style" in attributes]  # the policy would drop it
    loaded = [a.get("href") or a.get("src") or "" for t in ("link", "script", "img") for a in outline.named(t)]
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)


async def test_what_is_written_by_people_and_models_is_escaped(serve: Serve) -> None:
    now = SystemClock().now()
    status, cost, audit = web_double.busy(now)
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    office = Office((status, cost, audit))
    office.reports = (status, cost, type(audit)(
        entries=(Entry(number=1, at=now, actor=evil, fact=evil, order_id="", payload={evil: evil}),), total=1,
    ))  # fmt: skip
    office.write(
        company=evil, warnings=(evil,), health=(Health(part=evil, condition=Condition.ILL, detail=evil, mend=evil),),
        running=(web_double.order(1, State.WORKING, evil, None, 1, 1, evil),),
    )  # fmt: skip
    async with serve(office) as page, httpx.AsyncClient(base_url=page.url, trust_env=False, timeout=20) as browser:
        html = (await browser.get("/")).text
    assert "<script>alert" not in html
    assert "<img" not in html
    assert html.count("&lt;script&gt;alert(1)") >= 6
    assert "1 part to mend" in html
    Outline(html)


async def test_what_is_to_be_typed_is_set_as_code(serve: Serve) -> None:
    office = Office(web_double.busy(SystemClock().now()))
    mend = "run `./nexus <init>` to give a key; a lone ` stays"
    office.write(health=(Health(part="models", condition=Condition.OFF, detail="", mend=mend),))
    async with serve(office) as page, httpx.AsyncClient(base_url=page.url, trust_env=False, timeout=20) as browser:
        html = (await browser.get("/")).text
    assert "run <code>./nexus &lt;init&gt;</code> to give a key; a lone ` stays" in html


async def test_a_company_without_an_owner_says_how_to_pair(serve: Serve, office: Office) -> None:
    office.person = None
    async with serve(office) as page, httpx.AsyncClient(base_url=page.url, trust_env=False, timeout=20) as browser:
        answer = await browser.get("/")
        assert "has no owner yet" in answer.text
        assert "nexus init" in answer.text
        assert "roof offers" not in answer.text
        assert office.asked == 0
        Outline(answer.text)


async def test_every_answer_is_fenced_in(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/health", "/static/page.css", "/nowhere", "/docs", "/openapi.json", "/redoc"):
        answer = await browser.get(path)
        assert answer.status_code == (404 if path in ("/nowhere", "/docs", "/openapi.json", "/redoc") else 200), path
        policy = answer.headers["content-security-policy"]
        for rule in (
            "default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'",
            "img-src 'self' data:", "frame-ancestors 'none'",
        ):  # fmt: skip
            assert rule in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
        assert "date" in answer.headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("localhost:8000", 200), ("[::1]:8000", 200), ("LOCALHOST", 200), ("evil.example", 421),
        ("127.0.0.1.evil.example", 421), ("localhost.evil.example:8000", 421), ("[::2]", 421), ("", 421),
    ],
)  # fmt: skip
async def test_only_our_own_names_are_served(browser: httpx.AsyncClient, host: str, status: int) -> None:
    for path in ("/", "/health", "/events-no", "/static/page.css"):
        answer = await browser.get(path, headers={"Host": host})
        expected = 404 if status == 200 and path == "/events-no" else status
        assert answer.status_code == expected, path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"])
async def test_only_get_is_served(browser: httpx.AsyncClient, method: str) -> None:
    for path in ("/", "/events", "/health", "/static/page.css"):
        answer = await browser.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


async def test_files_are_kept_by_browsers_and_asked_for_once(browser: httpx.AsyncClient) -> None:
    html = (await browser.get("/")).text
    address = re.search(r"/static/page\.css\?v=\w+", html)
    assert address is not None
    answer = await browser.get(address[0])
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    again = await browser.get(address[0], headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await browser.get("/static/../server.py")).status_code == 404
    assert (await browser.get("/static/%2e%2e%2fserver.py")).status_code == 404
    assert (await browser.get("/favicon.ico")).headers["content-type"] == "image/svg+xml"


async def events(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            assert name == "sections"
            yield json.loads(line.removeprefix("data: "))


async def test_a_change_reaches_the_page_and_only_what_changed_is_sent(
    browser: httpx.AsyncClient, office: Office
) -> None:
    async with asyncio.timeout(20), browser.stream("GET", "/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        pushed = events(answer)
        assert set(await anext(pushed)) == set(pages.SECTIONS)
        office.write(running=())
        changed = await anext(pushed)
        assert "Compare the three roof offers" not in changed["orders"]
        assert set(changed) == {"orders", "summary"}


async def test_a_storm_of_changes_is_at_most_two_pushes_a_second(browser: httpx.AsyncClient, office: Office) -> None:
    clock, pushes = SystemClock(), []
    async with asyncio.timeout(20), browser.stream("GET", "/events") as answer:
        async for _ in events(answer):
            pushes.append(clock.monotonic())
            if len(pushes) == 4:
                break
            for number in range(50):
                office.write(orders_today=len(pushes) * 100 + number)
    gaps = [after - before for before, after in itertools.pairwise(pushes)]
    assert min(gaps) >= live.AT_MOST_EVERY_S * 0.9


async def test_all_pages_are_shown_one_picture(browser: httpx.AsyncClient, office: Office) -> None:
    """Ten pages cost what one costs; who comes late sees the whole page at once."""
    async with asyncio.timeout(20), AsyncExitStack() as stack:
        opened = [events(await stack.enter_async_context(browser.stream("GET", "/events"))) for _ in range(10)]
        assert [set(await anext(page)) for page in opened] == [set(pages.SECTIONS)] * 10
        office.write(running=())
        changes = [await anext(page) for page in opened]
        assert changes == [changes[0]] * 10
        late = events(await stack.enter_async_context(browser.stream("GET", "/events")))
        whole = await anext(late)
        assert set(whole) == set(pages.SECTIONS)
        assert whole["orders"] == changes[0]["orders"]
    assert office.asked <= 4, "each picture is made once, not once a page"


async def test_a_picture_that_can_not_be_made_ends_the_stream_and_the_next_begins_anew(
    browser: httpx.AsyncClient, office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(_person: object) -> object:
        raise BooksError("The books are away.")

    async with asyncio.timeout(20):
        with monkeypatch.context() as broken:
            broken.setattr(office, "status", away)
            async with browser.stream("GET", "/events") as answer:
                assert [_ async for _ in events(answer)] == []
        assert "the live page could not be made" in caplog.text
        async with browser.stream("GET", "/events") as answer:
            assert set(await anext(events(answer))) == set(pages.SECTIONS)


async def test_a_page_that_goes_away_leaves_nothing_behind(browser: httpx.AsyncClient, page: StatusPage) -> None:
    for _ in range(STREAMS + 6):  # more than may be open at once
        async with browser.stream("GET", "/events") as answer:
            assert answer.status_code == 200
            await anext(events(answer))
    async with asyncio.timeout(10):
        while any("anext" in str(task.get_coro()) or "_next" in str(task.get_coro()) for task in asyncio.all_tasks()):
            await asyncio.sleep(0.01)


async def test_health_and_the_way_it_closes(serve: Serve, office: Office) -> None:
    async with serve(office) as page, httpx.AsyncClient(base_url=page.url, trust_env=False, timeout=20) as browser:
        answer = await browser.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "serving")
        assert (await page.check()).condition is Condition.OK
        async with browser.stream("GET", "/events") as open_page:
            pushed = events(open_page)
            await anext(pushed)
            page.drain()
            assert [_ async for _ in pushed] == []  # it is let go
    with pytest.raises(httpx.ConnectError):
        httpx.get(page.url, trust_env=False)


def test_while_it_drains_only_health_answers() -> None:
    """The guard alone: after `drain` uvicorn closes its door within moments."""
    from web.guard import Guard

    sent: list[dict[str, object]] = []

    async def ask(path: str) -> object:
        async def app(scope, receive, send):  # type: ignore[no-untyped-def]
            await send({"type": "http.response.start", "status": 299, "headers": []})

        async def send(message):  # type: ignore[no-untyped-def]
            sent.append(message)

        guard = Guard(app, host="127.0.0.1", clock=SystemClock(), serving=lambda: False)
        scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", b"localhost")]}
        await guard(scope, None, send)  # type: ignore[arg-type]
        return next(m["status"] for m in reversed(sent) if "status" in m)

    assert asyncio.run(ask("/")) == 503
    assert asyncio.run(ask("/health")) == 299


async def test_it_says_when_it_does_not_serve(office: Office, clock: TurnedClock) -> None:
    page = StatusPage(WebSettings(port=0), office, office.board, office.changes, clock)  # type: ignore[arg-type]
    assert (await page.check()).condition is Condition.WARNING
    await page.open()
    assert (await page.check()).condition is Condition.OK  # it loads; whoever comes waits in the queue
    clock.turn(60)
    assert (await page.check()).condition is Condition.WARNING
    await page.close()


async def test_signals_stay_where_they_were(page: StatusPage, browser: httpx.AsyncClient) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    await browser.get("/health")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert "uvicorn" not in str(before)


async def test_a_busy_port_is_one_sentence(office: Office) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        page = StatusPage(
            WebSettings(port=port), office, office.board, office.changes, SystemClock(),  # type: ignore[arg-type]
        )  # fmt: skip
        with pytest.raises(StartupError, match=rf"Port {port} .* is taken.*\[web\] port"):
            await page.open()
        await page.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "nexus.example"])
async def test_nothing_but_this_machine_is_listened_on(office: Office, host: str) -> None:
    settings = WebSettings.model_construct(host=host, port=0)
    page = StatusPage(settings, office, office.board, office.changes, SystemClock())  # type: ignore[arg-type]
    with pytest.raises(StartupError, match="until it has a login"):
        await page.open()


async def test_it_serves_again_after_a_crash_of_its_run(office: Office) -> None:
    page = StatusPage(
        WebSettings(port=0), office, office.board, office.changes, SystemClock(),  # type: ignore[arg-type]
    )  # fmt: skip
    for _ in range(2):
        await page.open()
        running = asyncio.create_task(page.run())
        async with httpx.AsyncClient(base_url=page.url, trust_env=False, timeout=20) as browser:
            assert (await browser.get("/health")).status_code == 200
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    await page.close()
    await page.close()


# -- drawing ----------------------------------------------------------------------------------------------------------

NOW = 1_795_000_000_000  # 2026-11-18


def test_the_chart_has_every_day_and_its_proportions() -> None:
    bars = pages.days((("2026-11-15", 100), ("2026-11-17", 50), ("2026-11-18", 0)), NOW)
    assert len(bars) == pages.DAYS_AT_LEAST
    by_day = {bar.words: bar for bar in bars}
    assert by_day["15 Nov: $0.0001"].height == pages.HEIGHT
    assert by_day["17 Nov: $0.000050"].height == pages.HEIGHT / 2
    assert by_day["16 Nov: $0.00"].height == 1
    assert [bar.today for bar in bars] == [False] * (len(bars) - 1) + [True]
    assert bars[-1].x + bars[-1].width <= pages.WIDTH


def test_the_chart_is_left_out_while_nothing_was_spent() -> None:
    assert pages.days((), NOW) == ()
    assert pages.days((("2026-11-18", 0),), NOW) == ()


def test_a_long_history_shows_its_last_days() -> None:
    bars = pages.days((("2025-01-01", 100), ("2026-11-18", 50)), NOW)
    assert len(bars) == pages.DAYS_SHOWN


@pytest.mark.parametrize(
    ("used", "held", "cap", "level", "shares"),
    [
        (0, 0, 100, "ok", (0, 0)), (50, 30, 100, "ok", (50, 30)), (75, 0, 100, "near", (75, 0)),
        (90, 30, 100, "full", (90, 10)), (300, 0, 100, "full", (100, 0)), (0, 0, 0, "full", (100, 0)),
    ],
)  # fmt: skip
def test_gauges(used: int, held: int, cap: int, level: str, shares: tuple[float, float]) -> None:
    gauge = pages.gauge(CapLine(scope="day", used_micro=used, reserved_micro=held, cap_micro=cap))
    assert (gauge.level, (gauge.used, gauge.held)) == (level, shares)


def test_the_condition_of_the_house() -> None:
    status, _, _ = web_double.empty(NOW)
    assert pages.worst(status) is Condition.OK  # what is off is not ill
    assert pages.worst(web_double.busy(NOW)[0]) is Condition.WARNING
