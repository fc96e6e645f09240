"""Documents get their vectors from Ollama while the house runs; whose a document is decides who is answered from it."""

from __future__ import annotations

import pytest

from company.config import OpenAISettings
from company.people import Role
from tests.flows.company import OWNER, PATIENCE_S, Lab

MEMBER = 777
NO_MODEL = {"ANTHROPIC_API_KEY": "", "NEXUS_OPENAI__BASE_URL": OpenAISettings().base_url}
VECTORS = {
    **NO_MODEL, "NEXUS_OLLAMA__ENABLED": "true", "NEXUS_ADMIN__ENABLED": "false",
    "NEXUS_KNOWLEDGE__EMBEDDINGS": "ollama/nomic-embed-text",
}  # fmt: skip
LEASE = b"# Lease\n\nThe notice period of the lease is three months to the end of a quarter.\n"
QUESTION = "What is the notice period in the lease?"


@pytest.mark.settings(**VECTORS)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_question_is_compared_by_meaning_and_it_is_on_the_ledger(lab: Lab):
    await lab.telegram.send_file(OWNER, LEASE, "lease.md", "text/markdown")
    await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)

    def asked() -> list[list[str]]:
        return [call.raw["input"] for call in lab.ollama.calls if call.path == "/api/embed"]

    await lab.ollama.wait_for(asked, PATIENCE_S)
    assert "notice period" in asked()[0][0]
    shown = await lab.ask(QUESTION)
    assert "three months" in shown.text
    rows = [row for row in await lab.ledger() if row.purpose == "embedding"]
    assert {(row.employee, row.state, row.charged_micro, row.model) for row in rows} == {
        ("library", "charged", 0, "nomic-embed-text")
    }
    assert "library" in (await lab.ask("/cost")).text.lower()


@pytest.mark.settings(**NO_MODEL)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_member_is_answered_from_what_the_board_shares(lab: Lab):
    await lab.pair(MEMBER, role=Role.MEMBER, name="Bob")
    await lab.telegram.send_file(OWNER, LEASE, "lease.md", "text/markdown")
    assert "🔒 Only you are answered from it" in (await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)).text
    assert "three months" not in (await lab.ask(QUESTION, user=MEMBER)).text
    assert "lease.md" not in (await lab.ask("/knowledge", user=MEMBER)).text
    assert "three months" in (await lab.ask(QUESTION)).text
    await lab.telegram.say(OWNER, "/knowledge share lease.md")
    await lab.said("Everybody is answered from lease.md now.")
    assert "three months" in (await lab.ask(QUESTION, user=MEMBER)).text
