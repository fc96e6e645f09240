"""A project from one end to the other: made in the chat, filled, asked, and closed to whoever is put out of it."""

from __future__ import annotations

import json

import pytest

from company.config import OpenAISettings
from company.records import Role, State
from company.schema import audit
from tests.flows.company import OWNER, PATIENCE_S, Lab

NO_MODEL = {"ANTHROPIC_API_KEY": "", "NEXUS_OPENAI__BASE_URL": OpenAISettings().base_url}
BOB, EVE, GROUP = 43, 44, -1_000_000_000_777
ROCKET = b"# The rocket\n\nThe rocket Cassiopeia is launched on 3 May from the pad at Kourou.\n"
QUESTION = "Where is the rocket Cassiopeia launched from?"


async def answered(lab: Lab, user: int, chat: int | None = None, text: str = QUESTION, **how: object) -> str:
    """The answer to a question, among all that is said there: the next message with a receipt."""
    where = chat or user
    before = len(lab.telegram.sent(where))
    await lab.telegram.say(user, text, chat, **how)
    told = await lab.telegram.wait_for(
        lambda: next((one for one in lab.telegram.sent(where)[before:] if " · " in one.text), None), PATIENCE_S
    )
    assert told is not None
    return str(told.text)


@pytest.mark.settings(**NO_MODEL)
async def test_who_is_put_out_is_shown_nothing_from_that_moment_on(lab: Lab):
    await lab.pair(BOB, role=Role.MEMBER, name="Bob")
    await lab.pair(EVE, role=Role.MEMBER, name="Eve")
    assert "is there, and you are in it" in (await lab.ask("/project new Apollo")).text
    assert "is in use here" in (await lab.ask("/project use Apollo")).text
    await lab.telegram.send_file(OWNER, ROCKET, "rocket.md", "text/markdown")
    read = await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)
    assert "It belongs to the project Apollo: only who is in it is answered from it." in read.text
    assert "Bob is in Apollo now" in (await lab.ask("/project add Apollo: Bob")).text

    shown = await lab.ask(QUESTION, BOB)
    assert "Kourou" in shown.text
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    assert "Kourou" not in (await lab.ask(QUESTION, EVE)).text
    again = await lab.ask(QUESTION, BOB)
    await lab.telegram.press(BOB, shown.message_id, text="Sources")
    assert "Kourou" in (await lab.said("rocket.md", "pad at Kourou", chat=BOB)).text
    await lab.telegram.say(BOB, "/knowledge list apollo")
    assert "rocket.md · passages: 1 📁 Apollo" in (await lab.said("Documents: 1", chat=BOB)).text
    assert "There are no documents yet" in (await lab.ask("/knowledge", EVE)).text

    assert "Kourou" in await answered(lab, BOB, text="What did you tell me about the rocket Cassiopeia?")
    assert "Bob is no longer in Apollo" in (await lab.ask("/project remove Apollo: Bob")).text
    assert "Kourou" not in await answered(lab, BOB)
    await lab.telegram.press(BOB, again.message_id, text="Sources")
    gone = await lab.said("It belongs to a project that you may not read here", chat=BOB)
    assert "Kourou" not in gone.text
    await lab.telegram.say(BOB, "/knowledge find rocket Cassiopeia")
    found = await lab.said("Where is the rocket Cassiopeia launched from?", chat=BOB)  # his own words stay his
    assert "Kourou" not in found.text
    await lab.telegram.say(BOB, "/knowledge")
    await lab.said("There are no documents yet", chat=BOB)
    assert "Kourou" not in await answered(lab, BOB, text="What did you tell me about the rocket Cassiopeia?")
    answer = await lab.ask(QUESTION)
    assert "Kourou" in answer.text
    assert "📁 Apollo" in answer.text  # which project is in use is shown in the answer

    assert "project.made (a project was made) Ada" in (await lab.ask("/audit project 20")).text
    page = await lab.ask("/audit document 20")
    assert "document.kept (a document came in) Ada" in page.text
    assert "rocket" not in page.text

    rows = await lab.company.books.read(lambda tx: tx.execute(audit.select().order_by(audit.c.number)).all())
    told = [row for row in rows if row.fact.split(".")[0] in ("document", "project")]
    assert [row.fact for row in told] == [
        "project.made", "project.member_added", "project.in_use", "document.kept", "project.member_added",
        "project.member_removed",
    ]  # fmt: skip
    kept = json.loads(told[3].payload)
    assert kept["owner"].startswith("project:")
    assert "rocket" not in told[3].payload
    assert (await lab.company.operations.audit_verify(await lab.company.board())).verification.sound  # type: ignore[union-attr]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_an_employee_is_told_which_project_is_in_use_where_the_order_comes_from(lab: Lab):
    lab.anthropic.reply_when(".", "Then we begin with the engine, because it takes longest to build.")
    told = 'source="the project in use here">\nApollo\n</data>'
    for said, part, there in (("new Apollo", "engine", False), ("use Apollo", "tank", True), ("leave", "nose", False)):
        await lab.ask(f"/project {said}")
        before = len(lab.anthropic.asks)
        await lab.ask(f"Please advise me in two sentences: when does one best begin with the {part} of a rocket?")
        prompts = [ask.text for ask in lab.anthropic.asks[before:]]
        assert prompts
        assert all((told in prompt) is there for prompt in prompts), prompts


@pytest.mark.settings(**NO_MODEL)
async def test_in_a_topic_the_project_is_read_for_its_members_and_filled_by_them(lab: Lab):
    await lab.pair(BOB, role=Role.MEMBER, name="Bob")
    await lab.pair(EVE, role=Role.MEMBER, name="Eve")
    room = lab.telegram.add_group(GROUP, "House", OWNER, BOB, EVE, forum=True)
    await lab.ask("/project new Apollo")
    await lab.ask("/project add Apollo: Bob")
    name = "@nexus_test_bot"
    await lab.telegram.say(OWNER, f"/topic{name} Rockets", GROUP)
    welcome = await lab.said("This is the topic", chat=GROUP)
    assert room.topics
    topic = welcome.topic
    await lab.telegram.say(OWNER, f"/project{name} use Apollo", GROUP, topic=topic)
    await lab.said("everybody here reads that")
    await lab.telegram.send_file(
        BOB, ROCKET, "rocket.md", "text/markdown", caption=f"{name} here it is", chat_id=GROUP, topic=topic
    )
    await lab.said("It belongs to the project Apollo", chat=GROUP)
    await lab.telegram.say(BOB, f"{name} {QUESTION}", GROUP, topic=topic)
    answer = await lab.said("pad at Kourou", chat=GROUP)
    assert answer.topic == topic
    assert "Kourou" not in await answered(lab, EVE, GROUP, f"{name} {QUESTION}", topic=topic)
