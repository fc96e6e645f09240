"""Whoever has the page open sees what is said in Telegram, and how the work goes on, without touching it (A27, A28)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab, a_lab
from tests.unit.web.chromium import Tab, needs_browser, tab
from web.server import StatusPage

pytestmark = needs_browser

QUESTION = "Please explain in two sentences why rivers meander, with the physical cause."
ANSWER = (
    "Water flows faster on the outer side of a bend and wears the bank away there. It drops its load on the inner side."
)
WATCH = """
window.seen = [];
new MutationObserver(() => {
  const text = [...document.querySelectorAll('.stage, .end .sr')].map(e => e.textContent).join(' ');
  if (text && window.seen.at(-1) !== text) window.seen.push(text);
}).observe(document.body, {subtree: true, childList: true, characterData: true});
"""


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    async with a_lab(tmp_path, NEXUS_WEB__ENABLED="true") as lab:
        await lab.open()
        await lab.pair()
        yield lab


@pytest.fixture
async def window(lab: Lab, tmp_path: Path) -> AsyncIterator[Tab]:
    page = next(part for part in lab.company.departments if isinstance(part, StatusPage))
    async with tab(tmp_path / "profile") as opened:
        await opened.visit(page.url)
        await opened.until("document.getElementById('live').textContent === 'live'")
        yield opened


async def test_what_is_said_in_telegram_stands_on_the_open_page(lab: Lab, window: Tab) -> None:
    await window.find("window.stillTheSame = true")
    lab.anthropic.reply_with(Reply(ANSWER))
    await lab.ask(QUESTION)
    await window.until("document.body.textContent.includes('why rivers meander')")
    assert await window.find("window.stillTheSame"), "the page was loaded again"
    assert window.complaints == []


async def test_its_steps_come_in_order(lab: Lab, window: Tab) -> None:
    await window.find(WATCH)
    lab.anthropic.reply_with(Reply(ANSWER, pause_s=0.05))
    await lab.telegram.say(OWNER, QUESTION)
    await window.until("window.seen.includes('working')")
    await lab.telegram.next_answer(OWNER, 20)
    await window.until("window.seen.at(-1) === 'delivered'")
    seen = await window.find("window.seen")
    way = ["accepted", "assigned", "working", "ready", "delivered"]
    assert seen == [step for step in way if step in seen]
