"""A newcomer's path: send a PDF to the bot, ask, tap [Sources], read the passage with its page. No model is configured."""

from __future__ import annotations

import re

import httpx
import pytest
from sqlalchemy import select

from company import people
from company.config import OpenAISettings
from company.records import State
from company.schema import outbox
from tests.flows.company import OWNER, PATIENCE_S, Lab
from tests.unit.knowledge.converting.making import pdf, prose

NO_MODEL = {"ANTHROPIC_API_KEY": "", "NEXUS_OPENAI__BASE_URL": OpenAISettings().base_url}
LEASE = pdf(
    [
        prose("Lease of the house in Mill Lane", "", "The tenant keeps the garden in order and may hold one dog."),
        prose("Ending the lease", "", "The notice period is three months to the end of a quarter.", "It has to be given in writing."),
    ]
)  # fmt: skip


@pytest.mark.settings(**NO_MODEL)
async def test_send_a_pdf_ask_and_tap_the_citation(lab: Lab):
    await lab.telegram.send_file(OWNER, LEASE, "lease.pdf", "application/pdf")
    read = await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)
    assert read.text.splitlines() == [
        "📄 lease.pdf is read (passages: 2). Ask me about it.",
        "🔒 Only you are answered from it; /knowledge share lease.pdf gives it to everybody.",
    ]
    shown = await lab.ask("What is the notice period in the lease?")
    assert "three months" in shown.text
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    await lab.telegram.press(OWNER, shown.message_id, text="Sources")
    sources = await lab.said("lease.pdf", "notice period is three months")
    assert "page 2" in sources.text


@pytest.mark.settings(**NO_MODEL)
async def test_a_deleted_document_is_gone_from_search_and_sources(lab: Lab):
    await lab.telegram.send_file(OWNER, LEASE, "lease.pdf", "application/pdf")
    await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)
    shown = await lab.ask("What is the notice period in the lease?")
    assert "three months" in shown.text
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    assert "three months" in (await lab.ask("/knowledge find notice period")).text
    await lab.telegram.say(OWNER, "/knowledge delete lease.pdf")
    await lab.said("lease.pdf is deleted")
    await lab.telegram.press(OWNER, shown.message_id, text="Sources")
    sources = await lab.said("This document was deleted, and its words with it.")
    assert "three months" not in sources.text
    kept = await lab.company.books.read(
        lambda tx: tx.scalars(select(outbox.c.payload).where(outbox.c.order_id.is_(None))).all()
    )
    assert not [one for one in kept if "three months" in one], "what was shown beside the answer"
    again = await lab.ask("What is the notice period in the lease?")
    assert "three months" not in again.text


@pytest.mark.settings(**NO_MODEL)
async def test_the_words_beside_a_pdf_are_answered_from_it(lab: Lab):
    await lab.telegram.send_file(
        OWNER, LEASE, "lease.pdf", "application/pdf", caption="How long is the notice period in this lease?"
    )
    assert "three months" in (await lab.said("three months")).text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_model_is_shown_what_the_document_says(lab: Lab):
    """The question names no document, so it is judged plain; the passage goes with it all the same."""
    lab.anthropic.reply_when("(?s)three months to the end.*What is the notice period", "Three months [1].")
    lab.anthropic.reply_when(".", "I don't know.")
    await lab.telegram.send_file(OWNER, LEASE, "lease.pdf", "application/pdf")
    await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)
    shown = await lab.ask("What is the notice period in the lease?")
    assert shown.text.startswith("Three months [1].")
    await lab.telegram.press(OWNER, shown.message_id, text="Sources")
    assert "page 2" in (await lab.said("lease.pdf", "notice period is three months")).text


@pytest.mark.settings(NEXUS_WEB__ENABLED="true")
async def test_a_file_too_big_for_the_chat_is_handed_in_on_the_page(lab: Lab):
    said = await lab.ask("/knowledge upload")
    address, _, ticket = re.search(r"http://\S+", said.text).group().partition("#")
    async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
        headers = {"Authorization": f"Ticket {ticket}", "X-File-Name": "lease.pdf"}
        answer = await browser.put(address, content=LEASE, headers=headers)
    assert answer.status_code == 200
    assert "is in your documents" in answer.json()["said"]
    assert "lease.pdf" in (await lab.ask("/knowledge")).text
    rows = await lab.company.books.read(
        lambda tx: list(tx.scalars(outbox.select().with_only_columns(outbox.c.payload)))
    )
    assert any("/upload#" in row for row in rows)
    assert not any(ticket in row for row in rows)  # it stands in the chat, and nowhere else


@pytest.mark.settings(NEXUS_WEB__ENABLED="true")
async def test_the_link_of_somebody_who_was_revoked_takes_nothing(lab: Lab):
    person = await lab.pair(43, name="Bea")
    said = await lab.ask("/knowledge upload", 43)
    address, _, ticket = re.search(r"http://\S+", said.text).group().partition("#")
    sessions = await lab.company.books.read(people.session_list)
    theirs = next(one for one in sessions if one.person_id == person.id)
    await lab.company.books.write(people.revoke, lab.company.clock.now(), theirs.id, by="test")
    async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
        headers = {"Authorization": f"Ticket {ticket}", "X-File-Name": "lease.pdf"}
        answer = await browser.put(address, content=LEASE, headers=headers)
    assert answer.status_code == 403
    assert "lease.pdf" not in (await lab.ask("/knowledge")).text
