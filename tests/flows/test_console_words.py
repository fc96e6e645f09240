"""What was said is forgotten, projects are made and filled, and documents shared, from a terminal as in the chat."""

from __future__ import annotations

import asyncio
import os

import pytest
from sqlalchemy import update

from company.config import OpenAISettings
from company.records import ConversationKey, Desk, Role, State
from company.schema import people
from knowledge.library import LocalLibrary
from knowledge.memory import Memory
from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab
from tests.flows.process import Ended, command
from tests.flows.test_what_was_said import on_disk, tell, words_left

ONE_DATABASE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
NO_MODEL = {"ANTHROPIC_API_KEY": "", "NEXUS_OPENAI__BASE_URL": OpenAISettings().base_url}
SAFE = "The code of the safe behind the picture is zebra-771, remember it."
ROCKET = b"# The rocket\n\nThe rocket Cassiopeia is launched on 3 May from the pad at Kourou.\n"


async def typed(lab: Lab, *lines: str) -> str:
    """What the chat of a process of its own shows for these lines, on one line and without markup."""
    ended = await command(lab.root, "chat", given="".join(f"{line}\n" for line in lines))
    assert ended.code == 0, ended.err
    return plain(ended)


def plain(ended: Ended) -> str:
    assert "Traceback" not in ended.err
    return " ".join((ended.out + ended.err).replace("*", "").replace("`", "").replace("\\", "").split())


async def read(lab: Lab) -> None:
    """The memory and the library have all that there is by now."""
    await next(one for one in lab.company.departments if isinstance(one, Memory)).catch_up()
    await next(one for one in lab.company.departments if isinstance(one, LocalLibrary)).sync()


async def test_forget_in_the_chat_shows_what_goes_and_takes_it_out(lab: Lab):
    lab.anthropic.answer = lambda ask: Reply("I will keep it in mind.")
    await typed(lab, SAFE, "What colour is the sky on a clear day?")
    await lab.until(lambda order: order.state is State.DELIVERED, 2)
    kept = await typed(lab, "/forget safe picture", "/status", "1")  # the next line was not 1: it is kept
    assert "Shall it be forgotten?" in kept
    assert "#1 " in kept
    assert "#2 " not in kept.partition("anything else keeps it.")[0]
    assert (await lab.order(1)).text == SAFE
    said = await typed(lab, "/forget safe picture", "1", "/forget safe picture", "/forget #1", "/forget", "/forget #99")
    assert "Forgotten: 1 exchange" in said
    assert "Nothing that was said here fits that." in said
    assert said.count("That can't be forgotten: it is not over yet") == 2
    assert "Write /forget and words" in said
    assert (await lab.order(1)).text == "(forgotten)"
    assert await words_left(lab, "zebra-771") == []
    if lab.company.books.dialect == "sqlite":
        assert await asyncio.to_thread(on_disk, lab.root / "data", "zebra-771") == []


@ONE_DATABASE
async def test_forget_by_number_and_as_a_command(lab: Lab):
    lab.anthropic.answer = lambda ask: Reply("Noted.")
    await typed(lab, "My shoe size is 43 and a half.", SAFE)
    await lab.until(lambda order: order.state is State.DELIVERED, 2)
    said = await typed(lab, "/forget #1", "1")
    assert "My shoe size is 43" in said
    assert (await lab.order(1)).text == "(forgotten)"

    history = lab.root / "data" / "chat-history"
    history.write_text(f"{SAFE}\n")
    ended = await command(lab.root, "forget", "safe", "picture")
    assert (ended.code, "zebra-771" in ended.out, "add --yes" in ended.out) == (1, True, True), ended
    assert (await lab.order(2)).text == SAFE
    ended = await command(lab.root, "forget", "--order", "2", "--yes")
    assert (ended.code, "Forgotten: 1 exchange" in ended.out) == (0, True), ended
    assert (await lab.order(2)).text == "(forgotten)"
    assert not history.exists()
    ended = await command(lab.root, "forget")
    assert (ended.code, ended.err.startswith("nexus: There is nothing to forget; write words")) == (2, True)


@ONE_DATABASE
async def test_a_project_is_made_filled_and_closed_in_the_chat(lab: Lab):
    await lab.pair(43, role=Role.MEMBER, name="Bob")
    said = await typed(lab, "/project", "/project new Apollo", "/project use Apollo", "/project add Apollo: Bob")
    assert "You are in no project yet" in said
    assert "The project Apollo is there, and you are in it" in said
    assert "Apollo is in use here" in said
    assert "Bob is in Apollo now" in said
    assert "in use here" in (await typed(lab, "/project list")).partition("/project new")[0]
    await typed(lab, "/project leave")
    await lab.telegram.send_file(OWNER, ROCKET, "rocket.md", "text/markdown")
    await lab.said("rocket.md")
    said = await typed(lab, "/knowledge share rocket.md project Apollo", "/knowledge list apollo", "/quota")
    assert "Whoever is in Apollo is answered from rocket.md now" in said
    assert "rocket.md · passages: 1 📁 Apollo" in said
    assert "📁 Apollo: documents 1" in said
    assert "tokens today" in said
    assert "run ./nexus ingest PATH on this machine" in said.replace("`", "")
    assert "send me the file" not in said
    said = await typed(
        lab, "/project remove Apollo: Bob", "/project close Apollo", "/project open Apollo", "/project new apollo",
        "/project use Gemini", "/knowledge upload", "/knowledge list Gemini",
    )  # fmt: skip
    assert "Bob is no longer in Apollo" in said
    assert "Apollo is closed" in said
    assert "Apollo is open again" in said
    assert "There is a project “apollo” already" in said
    assert "I know no project “Gemini” of yours" in said
    assert "./nexus ingest PATH: they are everybody's" in said
    assert "There is no document in “Gemini”" in said


@ONE_DATABASE
async def test_an_observer_may_none_of_it(lab: Lab):
    await tell(lab, (await lab.company.board()), SAFE)  # type: ignore[arg-type]
    await read(lab)
    await lab.company.books.write(lambda tx: tx.execute(update(people).values(role="observer")))
    lines = (
        "/forget safe picture", "/forget #1", "/project", "/project new Apollo", "/project use Apollo", "/project leave",
        "/project close Apollo", "/knowledge", "/knowledge share lease.md project Apollo", "/knowledge list Apollo",
        "/quota",
    )  # fmt: skip
    said = await typed(lab, *lines)
    assert said.count("ask the Board") == len(lines), said
    assert "zebra" not in said
    ended = await command(lab.root, "forget", "safe", "picture", "--yes")
    assert (ended.code, "ask the Board" in ended.err, "zebra" in ended.out) == (1, True, False), ended
    assert (await lab.order(1)).text == SAFE


@ONE_DATABASE
async def test_a_search_shows_documents_and_what_was_said_each_marked(lab: Lab):
    (lab.root / "documents" / "lease.md").write_text("# Lease\n\nThe landlord must repair the heating.\n")
    board = await lab.company.board()
    assert board is not None
    where = ConversationKey(desk=Desk.CONSOLE, chat=str(os.getuid()))
    await tell(lab, board, "The landlord rang about the heating.", where=where)
    await read(lab)
    found = await command(lab.root, "search", "landlord", "heating")
    assert found.code == 0, found.err
    assert "lease.md · Lease, line 3\n" in found.out
    assert "💬 Console" in found.out
    assert "rang about the heating" in found.out


@ONE_DATABASE
async def test_a_spec_shows_the_sections_that_it_sets_or_all(lab: Lab):
    said = await typed(lab, "/qa chat")
    assert "facts.check_dates" in said
    assert "patch." not in said
    assert "/qa chat all shows every field" in said
    said = await typed(lab, "/qa chat all")
    assert "patch." in said
    assert "shows every field" not in said
    assert "patch.max_lines" in await typed(lab, "/qa set chat patch.max_files 7", "/qa chat")
    assert "patch.max_lines" not in await typed(lab, "/qa back chat", "/qa set chat max_words 300", "/qa chat")
