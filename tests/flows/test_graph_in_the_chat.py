"""What the documents say of a thing, asked for in the chat: by command, and as a question without a model."""

from __future__ import annotations

import pytest

from company.config import OpenAISettings
from knowledge.library import LocalLibrary
from tests.flows.company import Lab

NO_MODEL = {"ANTHROPIC_API_KEY": "", "NEXUS_OPENAI__BASE_URL": OpenAISettings().base_url}
TALKS = "The orchestrator communicates with the knowledge retriever to get context."


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.settings(**NO_MODEL)
async def test_by_command_and_by_question(lab: Lab):
    library = next(one for one in lab.company.departments if isinstance(one, LocalLibrary))
    await library.keep("core.txt", b"The NEXUS orchestrator is the core of the system.")
    await library.keep("talks.txt", TALKS.encode())
    said = await lab.ask("/knowledge graph orchestrators")
    assert "orchestrator → communicates with → knowledge retriever" in said.text
    assert TALKS in said.text
    assert "talks.txt, line 1" in said.text
    nothing = await lab.ask("/knowledge graph retriev")
    assert "knowledge retriever" in nothing.text
    answer = await lab.ask("How is the orchestrator related to the knowledge retriever?")
    assert f"{TALKS} [1]" in answer.text
    assert "core of the system. [2]" in answer.text
