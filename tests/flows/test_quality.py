"""Quality in the chat: specs are read and changed, a change holds from the next order on, a thumb down is a miss."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy import Connection

from company import audit, misses, people, spec_book
from company.records import Kind, Outcome, Role, State
from company.schema import verdicts
from company.spec_records import SpecVersion
from qa.inspector import SpecInspector
from tests.fakes.models import Reply
from tests.flows.company import OWNER, ROOT, Lab

QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris, which lies on the Seine and has many bridges."
SHORT = "Paris."


async def _facts(lab: Lab, *names: str) -> list[audit.Entry]:
    return list(await lab.company.books.read(lambda tx: audit.entries(tx, facts=frozenset(names))))


async def test_a_spec_is_read_changed_used_and_taken_back_in_the_chat(lab: Lab):
    lab.anthropic.answer = lambda ask: Reply(SHORT if "at most 4" in ask.text else ANSWER)
    shown = await lab.ask("/qa")
    assert all(kind.value in shown.text for kind in Kind)
    assert "0 of 0 passed answers" in shown.text
    await lab.telegram.press(OWNER, shown.message_id, text="chat")
    await lab.telegram.wait_for(lambda: "format.max_words" in lab.telegram.sent(OWNER)[-1].text, 10)
    assert "Version 2, as it came with NEXUS" in lab.telegram.sent(OWNER)[-1].text
    await lab.telegram.press(OWNER, shown.message_id, text="‹")
    await lab.telegram.wait_for(lambda: "0 of 0 passed answers" in lab.telegram.sent(OWNER)[-1].text, 10)

    assert (await lab.ask(QUESTION)).text.startswith(ANSWER)
    changed = await lab.ask("/qa set chat max_words 4")
    assert "chat is version 3 now: format.max_words is 4 (it was none)" in changed.text
    assert (await lab.ask(QUESTION)).text.startswith(SHORT)
    rows = await lab.company.books.read(lambda tx: list(tx.execute(verdicts.select().order_by(verdicts.c.id))))
    assert [(row.spec_version, row.outcome) for row in rows] == [(2, "pass"), (3, "fail"), (3, "pass")]

    sheet = await lab.ask("/qa show chat")
    assert "Version 3, changed by the Board" in sheet.text
    assert "Ada: format.max_words = 4" in sheet.text
    assert (
        "version 3 is taken back. From the next order on version 2 is in force" in (await lab.ask("/qa back chat")).text
    )
    assert (await lab.ask(QUESTION)).text.startswith(ANSWER)
    assert "nothing to take back" in (await lab.ask("/qa back chat")).text
    facts = await _facts(lab, spec_book.CHANGED)
    assert [(one.payload["version"], one.payload["path"], one.payload["value"]) for one in facts] == [
        (3, "format.max_words", "4"), (4, "", ""),
    ]  # fmt: skip


async def test_steps_back_lead_through_every_version(lab: Lab):
    for words in (10, 20, 30):
        await lab.ask(f"/qa set chat max_words {words}")
    for words in (20, 10):
        await lab.ask("/qa back chat")
        assert f"format.max_words: {words}" in (await lab.ask("/qa chat")).text
    await lab.ask("/qa set chat max_words 15")
    for words in (10, "–"):
        await lab.ask("/qa back chat")
        assert f"format.max_words: {words}" in (await lab.ask("/qa chat")).text


async def test_a_bad_change_is_refused_with_its_path_and_nothing_changes(lab: Lab):
    said = (await lab.ask("/qa set chat max_words many")).text
    assert "Nothing was changed. chat: $.format.max_words: input should be a valid integer" in said
    assert "Did you mean format.max_words" in (await lab.ask("/qa set chat max_wrods 3")).text
    assert "can't be turned off from a chat" in (await lab.ask("/qa set chat security.enabled off")).text
    assert "no kind of answer “chess”" in (await lab.ask("/qa set chess max_words 3")).text
    assert "/qa set chat max_words 300" in (await lab.ask("/qa set chat")).text
    assert "is “smalltalk”" not in (await lab.ask("/qa set chat check_refusals on")).text
    assert await _facts(lab, spec_book.CHANGED) == []


async def test_only_the_board_may_look_and_change(lab: Lab):
    await lab.pair(77, role=Role.MEMBER, name="Bob")
    for said in ("/qa", "/qa chat", "/qa set chat max_words 3", "/qa back chat", "/qa misses"):
        assert "You may not do that" in (await lab.ask(said, 77)).text, said
    assert await _facts(lab, spec_book.CHANGED) == []


async def test_a_change_survives_a_restart(lab: Lab):
    await lab.ask("/qa set writing max_words 40")
    await lab.close()
    await lab.open()
    assert "format.max_words: 40" in (await lab.ask("/qa writing")).text


async def test_a_change_by_another_process_is_heard_of(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    """The command line writes straight into the books; the company that runs takes it in by the record."""
    inspector = next(part for part in lab.company.departments if isinstance(part, SpecInspector))
    book, heard, take = inspector.rulebook, asyncio.Event(), inspector.rulebook._take

    def noted(versions: Mapping[Kind, SpecVersion]) -> None:
        take(versions)
        heard.set()

    monkeypatch.setattr(book, "_take", noted)
    spec = {**book.sheet(Kind.WRITING).spec, "name": "By another process"}
    await lab.company.books.write(
        lambda tx: spec_book.add(
            tx, 1, kind=Kind.WRITING, spec=spec, before=0, above=2, path="name", value="x", by="Ada", by_id="cli"
        )
    )
    async with asyncio.timeout(20):
        await heard.wait()
    assert book.sheet(Kind.WRITING).name == "By another process"


async def test_the_boards_thumb_down_on_a_passed_answer_is_a_miss_until_it_is_taken_back(lab: Lab):
    lab.anthropic.reply_when(".", ANSWER)
    shown = await lab.ask(QUESTION)
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    await lab.ask("What is the capital of Peru?")
    for _ in range(2):
        await lab.telegram.press(OWNER, shown.message_id, text="👎")
        await lab.toast()
    assert "1 of 2 passed answers got a 👎 from the Board (rated: 1)" in (await lab.ask("/qa")).text
    listed = (await lab.ask("/qa misses")).text
    assert "#1 What is the capital of France?" in listed
    assert "intern" in listed
    assert "passed by the rules" in listed
    assert "QA's misses this month: 1 of 2" in (await lab.ask("/status")).text
    (fact,) = await _facts(lab, misses.MISSED)
    assert {key: fact.payload[key] for key in ("kind", "version", "tier", "decided_by")} == {
        "kind": "chat", "version": 2, "tier": "intern", "decided_by": "rules",
    }  # fmt: skip

    await lab.telegram.press(OWNER, shown.message_id, text="👍")
    await lab.toast()
    assert "0 of 2 passed answers" in (await lab.ask("/qa misses")).text
    assert len(await _facts(lab, misses.WITHDRAWN)) == 1
    await lab.telegram.react(OWNER, shown.message_id, "👎")
    await lab.company.operations.rate(await owner_of(lab), (await lab.order(1)).id, -1)
    assert "1 of 2 passed answers" in (await lab.ask("/qa misses")).text


async def owner_of(lab: Lab) -> people.Person:
    """Ada."""
    person = await lab.company.books.read(people.find, "telegram", str(OWNER))
    assert person is not None
    return person


async def test_a_members_thumb_and_a_thumb_on_a_labelled_answer_are_no_miss(lab: Lab):
    lab.anthropic.answer = lambda ask: Reply("I'm sorry, but I can't help with that." if "Peru" in ask.text else ANSWER)
    await lab.pair(77, role=Role.MEMBER, name="Bob")
    shown = await lab.ask(QUESTION, 77)
    await lab.telegram.press(77, shown.message_id, text="👎")
    await lab.toast()
    assert "0 of 1 passed answers got a 👎 from the Board (rated: 1)" in (await lab.ask("/qa misses")).text
    labelled = await lab.ask("What is the capital of Peru?")
    await lab.telegram.press(OWNER, labelled.message_id, text="👎")
    await lab.toast()
    rows = await lab.company.books.read(lambda tx: list(tx.execute(verdicts.select())))
    assert Outcome.UNVERIFIED in {row.outcome for row in rows}
    assert await _facts(lab, misses.MISSED) == []


def test_the_chapter_names_the_commands() -> None:
    chapter = (ROOT / "docs" / "qa.md").read_text(encoding="utf-8")
    assert all(f"/qa {verb}" in chapter for verb in ("set", "back", "misses"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("decided by the built-in router", "❌ Attempt 1, Intern (anthropic/claude-haiku-5-5): sent back",
                "Inspected by “Conversation or a simple question”, version 2.", "Nothing found: form,",
                "completeness: “[insert name here]” is a placeholder", "✅ Attempt 2, Intern", ": passed", "Timeline")),
        ("de", ("zurückgeschickt", "Geprüft nach „Conversation or a simple question“, Version 2.",
                "Nichts gefunden: Form,", "Vollständigkeit: “[insert name here]” is a placeholder", "bestanden", "Verlauf")),
    ],
)  # fmt: skip
async def test_why_tells_the_whole_way_of_an_answer(lab: Lab, language: str, words: tuple[str, ...]):
    await lab.company.operations.set_language(await owner_of(lab), language)
    lab.anthropic.answer = lambda ask: Reply(
        ANSWER if "Mend exactly" in ask.text else "The capital is [insert name here]."
    )
    shown = await lab.ask(QUESTION)
    await lab.telegram.press(OWNER, shown.message_id, text={"en": "Why", "de": "Warum"}[language])
    said = (await lab.said(words[-1])).text
    assert [part for part in words if part not in said] == []
    assert "ordered an assistant" not in said


async def test_a_change_and_its_message_are_one_transaction(lab: Lab):
    """A death between the two would do it again when Telegram brings the message again."""
    quality, board = lab.company.operations.quality, await lab.company.board()
    assert board is not None
    await quality.change(board, "chat", "max_words", "4")

    def dies(_: Connection) -> None:
        raise RuntimeError("dead")

    with pytest.raises(RuntimeError, match="dead"):
        await quality.back(board, "chat", also=dies)
    assert (await quality.spec(board, "chat")).sheet.version == 3
    assert "version 3 is taken back" in (await lab.ask("/qa back chat")).text
    assert len(await _facts(lab, "spec.changed")) == 2
