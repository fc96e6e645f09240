"""What was typed, spoken, handed in on the page and put into a folder is found by one query, and can all be forgotten."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx

from company.records import State
from console.client import Client
from console.protocol import Command, Mode, Name
from knowledge.library import LocalLibrary
from knowledge.memory import Memory
from tests.fakes.models import Reply
from tests.fakes.speech import speaks, voice_note
from tests.flows.company import OWNER, PATIENCE_S, Lab, a_lab

FACTS = {
    "chat": ("Please remember: the code of the boiler room is heron-11.", "heron-11"),
    "voice": ("The boiler was repaired by Mister Holmgren in May.", "Holmgren"),
    "page": ("# Manual\n\nThe boiler takes eighty litres of water.", "eighty litres"),
    "folder": ("# Lease\n\nThe landlord pays for the boiler.", "landlord pays"),
}


async def hand_in(lab: Lab, name: str, text: str) -> None:
    """On the page of this machine, by the link from the chat."""
    await lab.telegram.say(OWNER, "/knowledge upload")
    address, _, ticket = re.search(r"http://[^`\s]+", (await lab.said("drop your files")).text).group().partition("#")  # type: ignore[union-attr]
    async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
        headers = {"Authorization": f"Ticket {ticket}", "X-File-Name": name}
        taken = await browser.put(address, content=text.encode(), headers=headers)
    assert taken.status_code == 200


async def found(lab: Lab) -> set[str]:
    """Where one query finds its fact."""
    memory = next(one for one in lab.company.departments if isinstance(one, Memory))
    library = next(one for one in lab.company.departments if isinstance(one, LocalLibrary))
    await memory.catch_up()
    await library.sync()
    async with Client(lab.root / "data", mode=Mode.COMMAND) as console:
        brought = await console.command(Command(name=Name.SEARCH, text="the boiler", limit=30))
    assert brought.found is not None
    texts = [passage.text for passage in brought.found.passages]
    return {where for where, (_, fact) in FACTS.items() if any(fact in text for text in texts)}


async def test_one_query_finds_chat_voice_page_and_folder_and_each_can_be_forgotten(tmp_path: Path) -> None:
    speaks()
    async with a_lab(tmp_path, NEXUS_WEB__ENABLED="true") as lab:
        lab.openai.transcripts.append(FACTS["voice"][0])
        lab.environment |= {
            "NEXUS_VOICE__BASE_URL": lab.openai.base_url, "NEXUS_VOICE__DOLLARS_PER_MINUTE": "0.006",
            "VOICE_API_KEY": lab.openai.api_key,
        }  # fmt: skip
        lab.anthropic.reply_when(".", Reply("Noted."))
        folder = lab.root / "documents"
        folder.mkdir(exist_ok=True)
        (folder / "lease.md").write_text(FACTS["folder"][0])
        await lab.open()
        await lab.pair()
        await lab.telegram.say(OWNER, FACTS["chat"][0])
        await lab.until(lambda order: order.state is State.DELIVERED, 1)
        await lab.telegram.send_file(OWNER, voice_note("hello"), "note.ogg", "audio/ogg", kind="voice", seconds=2)
        await lab.until(lambda order: order.state is State.DELIVERED, 2)
        await hand_in(lab, "manual.md", FACTS["page"][0])
        assert await found(lab) == set(FACTS)

        await lab.telegram.say(OWNER, "/forget boiler")
        shown = await lab.said("heron-11", "Holmgren")
        await lab.telegram.press(OWNER, shown.message_id, text="Forget")
        await lab.telegram.wait_for(
            lambda: "Forgotten" in next(s.text for s in lab.telegram.sent(OWNER) if s.message_id == shown.message_id),
            PATIENCE_S,
        )
        assert await found(lab) == {"page", "folder"}
        await lab.telegram.say(OWNER, "/knowledge delete manual.md")
        await lab.said("manual.md is deleted")
        await asyncio.to_thread((folder / "lease.md").unlink)
        assert await found(lab) == set()
