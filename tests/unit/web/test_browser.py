"""The page in a real browser: it draws, stays alive, fits, can be read, and needs nothing from anywhere else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from company.clock import SystemClock
from tests.unit.web import web_double
from tests.unit.web.chromium import Tab, needs_browser, tab
from tests.unit.web.conftest import Serve
from tests.unit.web.web_double import Office
from web.server import StatusPage

CONTRAST = """
(() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const bad = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !e.getClientRects().length || e.closest(".sr, .off, script, svg")) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.push(`${ratio.toFixed(2)} ${walk.currentNode.textContent.trim().slice(0, 30)}`);
  }
  return bad;
})()
"""
"""Texts whose contrast is below WCAG 2.2 AA (4.5 to 1)."""


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Tab]:
    async with tab(tmp_path / "profile") as opened:
        yield opened


@needs_browser
async def test_the_page_comes_alive(page: StatusPage, office: Office, window: Tab) -> None:
    await window.visit(page.url)
    await window.until("document.getElementById('live').textContent === 'live'")
    office.write(orders_today=4711, running=())
    await window.until("document.body.textContent.includes('4711')")
    assert not await window.find("document.body.textContent.includes('three roof offers')")
    age = "document.querySelector('#record time').textContent"
    before = await window.find(age)
    await window.until(f"{age} !== {before!r}")  # ages grow without a push
    assert window.complaints == []
    assert {address.partition("/")[0] + "//" + address.split("/")[2] + "/" for address in window.requested} == {
        page.url
    }


@needs_browser
async def test_it_finds_its_way_back_when_the_company_restarts(office: Office, serve: Serve, window: Tab) -> None:
    async with serve(office) as first:
        await window.visit(first.url)
        await window.until("document.getElementById('live').dataset.state === 'on'")
        port = int(first.url.rpartition(":")[2].rstrip("/"))
    await window.until("document.getElementById('live').textContent.startsWith('connection lost')")
    office.write(orders_today=4712)
    async with serve(office, port):
        await window.until("document.getElementById('live').textContent === 'live'")
        await window.until("document.body.textContent.includes('4712')")


@needs_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 800, 1280])
async def test_it_fits_and_can_be_read(page: StatusPage, window: Tab, width: int, dark: bool) -> None:
    await window.visit(page.url, width=width, dark=dark)
    assert await window.find("document.documentElement.scrollWidth") <= width
    assert await window.find(CONTRAST) == []
    paper = await window.find("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(17, 20, 18)") is dark


@needs_browser
async def test_the_first_minute_of_a_company(serve: Serve, window: Tab) -> None:
    office = Office(web_double.empty(SystemClock().now()))
    async with serve(office) as page:
        await window.visit(page.url, width=400)
        assert await window.find("document.documentElement.scrollWidth") <= 400
        assert await window.find(CONTRAST) == []
        text = await window.find("document.body.innerText")
        for words in ("Ready, all well", "Nothing to do right now.", "No model was paid", "nexus init stores one"):
            assert words in text
        assert window.complaints == []


def test_nothing_is_asked_for_from_elsewhere() -> None:
    web = Path(__file__).parents[3] / "web"
    for file in (*(web / "static").iterdir(), *(web / "templates").iterdir()):
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//\w+\.\w+|@import|url\(", text), file.name
