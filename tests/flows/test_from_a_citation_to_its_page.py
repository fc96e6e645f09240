"""A newcomer's path to the end: send a PDF, ask, tap [Sources], tap the page, and see the words marked on it."""

from __future__ import annotations

import io
import re

import httpx
import pytest
from PIL import Image

from company.config import OpenAISettings
from company.records import State
from console.client import Client
from console.protocol import Command, Mode, Name
from tests.fakes.telegram_world import Shown
from tests.flows.company import OWNER, PATIENCE_S, Lab
from tests.unit.knowledge.converting.making import pdf, prose

NO_MODEL = {"ANTHROPIC_API_KEY": "", "NEXUS_OPENAI__BASE_URL": OpenAISettings().base_url}
LEASE = pdf(
    [
        prose("Lease of the house in Mill Lane", "", "The tenant keeps the garden in order and may hold one dog."),
        prose("Ending the lease", "", "The notice period is three months to the end of a quarter.", "It has to be given in writing."),
        prose("The cellar", "", "Bicycles stand in the cellar, not in the yard."),
    ]
)  # fmt: skip
CITED_LINE, OTHER_LINE = 80.0 + 2 * 14.0, 80.0 + 3 * 14.0  # points from the top of the page: `making.prose`


async def opened_sources(lab: Lab) -> Shown:
    await lab.telegram.send_file(OWNER, LEASE, "lease.pdf", "application/pdf")
    await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)
    shown = await lab.ask("What is the notice period in the lease?")
    assert "three months" in shown.text
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    await lab.telegram.press(OWNER, shown.message_id, text="Sources")
    return await lab.said("lease.pdf", "notice period is three months")


def yellow(picture: Image.Image, baseline: float) -> float:
    """How much of the line that stands on `baseline` (points from the top) is under the marker."""
    scale = picture.height / 842
    cut = picture.crop((int(74 * scale), int((baseline - 8) * scale), int(300 * scale), int(baseline * scale)))
    pixels = cut.getcolors(cut.width * cut.height) or []
    marked = sum(count for count, (red, _, blue) in pixels if red > 120 and blue < 0.75 * red)  # type: ignore[misc]
    return marked / (cut.width * cut.height)


@pytest.mark.settings(**NO_MODEL)
async def test_tap_the_page_and_see_the_words_marked(lab: Lab):
    sources = await opened_sources(lab)
    await lab.telegram.press(OWNER, sources.message_id, text="page 2")
    photo = await lab.telegram.wait_for(
        lambda: next((s for s in lab.telegram.sent(OWNER) if s.kind == "photo"), None), timeout=PATIENCE_S
    )
    assert photo.text.startswith("lease.pdf")
    assert "The notice period is three months to the end of a quarter." in photo.text
    picture = Image.open(io.BytesIO(lab.telegram.world.files[str(photo.file_id)].data)).convert("RGB")
    assert picture.height == 1800
    assert yellow(picture, CITED_LINE) > 0.6
    assert yellow(picture, OTHER_LINE) < 0.1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.settings(**NO_MODEL, NEXUS_WEB__ENABLED="true")
async def test_the_link_from_the_chat_opens_the_passage_until_the_document_is_deleted(lab: Lab):
    sources = await opened_sources(lab)
    await lab.telegram.press(OWNER, sources.message_id, text="Read in the document")
    said = await lab.said("the link is yours")
    address, _, ticket = re.search(r"http://[^`\s]+", said.text).group().partition("#")
    async with httpx.AsyncClient(trust_env=False, timeout=30, headers={"Authorization": f"Ticket {ticket}"}) as browser:
        shown = await browser.get(f"{address}/1")
        assert shown.status_code == 200
        marked = shown.text.partition("<mark>")[2].partition("</mark>")[0]
        assert marked.endswith("The notice period is three months to the end of a quarter.")
        assert (await browser.get(f"{address}/1/original")).content == LEASE
        assert (await browser.get(f"{address}/1", headers={"Authorization": "Ticket none"})).status_code == 403
        async with Client(lab.root / "data", mode=Mode.COMMAND) as console:
            brought = await console.command(Command(name=Name.SEARCH, text="notice period", link=True))
        assert brought.found is not None
        place, _, other = brought.found.links[0].partition("#")
        found = await browser.get(f"{place}/1", headers={"Authorization": f"Ticket {other}"})
        assert "The notice period is three months" in found.text
        await lab.telegram.say(OWNER, "/knowledge delete lease.pdf")
        await lab.said("lease.pdf is deleted")
        gone = await browser.get(f"{address}/1")
    assert gone.status_code == 403
    assert "three months" not in gone.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.settings(**NO_MODEL, NEXUS_WEB__ENABLED="true")
async def test_the_own_page_from_the_chat_has_the_document_and_leads_to_the_cited_words(lab: Lab):
    await opened_sources(lab)
    await lab.telegram.say(OWNER, "/knowledge page")
    said = await lab.said("this is your own page")
    address, _, ticket = re.search(r"http://[^`\s]+", said.text).group().partition("#")
    async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
        anybody = await browser.get(address.partition("mine/")[0])
        assert "What is the notice period in the lease?" in anybody.text
        assert "lease.pdf" not in anybody.text
        entered = await browser.get(f"{address}/enter", headers={"Authorization": f"Ticket {ticket}"})
        assert entered.status_code == 204
        mine = await browser.get(f"{address}/page")  # by the cookie
        assert "lease.pdf" in mine.text
        lead = re.search(r'href="(/mine/[^"]+/source/[^"]+/1)"', mine.text).group(1)
        shown = await browser.get(address.partition("/mine/")[0] + lead, follow_redirects=True)
        assert "three months" in shown.text.partition("<mark>")[2].partition("</mark>")[0]
        await lab.telegram.say(OWNER, "/knowledge delete lease.pdf")
        await lab.said("lease.pdf is deleted")
        mine = await browser.get(f"{address}/page")
    assert "lease.pdf" not in mine.text
    assert f"{lead}" not in mine.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.settings(**NO_MODEL)
async def test_a_page_of_a_deleted_document_is_refused(lab: Lab):
    sources = await opened_sources(lab)
    await lab.telegram.say(OWNER, "/knowledge delete lease.pdf")
    await lab.said("lease.pdf is deleted")
    await lab.telegram.press(OWNER, sources.message_id, text="page 2")
    said = await lab.telegram.wait_for(
        lambda: next((a for a in lab.telegram.answered_callbacks.values() if "deleted" in a.get("text", "")), None)
    )
    assert "three months" not in said["text"]
    assert not [shown for shown in lab.telegram.sent(OWNER) if shown.kind == "photo"]
