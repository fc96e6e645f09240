"""The same question a second time: the answer from before, for nothing, with its date and a way to ask anew."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, func, select

from company.earlier import entries
from company.records import State
from company.schema import earlier_answers
from knowledge.library import LocalLibrary
from tests.flows.company import OWNER, PATIENCE_S, Lab

QUESTION = "What is the notice period in the lease?"
ON = {"NEXUS_CACHE__ANSWERS": "on"}


@pytest.mark.settings(**ON)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_asked_again_it_costs_nothing_says_from_when_it_is_and_can_be_asked_anew(lab: Lab):
    lab.anthropic.reply_when(".", "The notice period is three months.")
    first = await lab.ask(QUESTION)
    assert first.text.startswith("The notice period is three months.")
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    calls = len(lab.anthropic.calls)
    second = await lab.ask("what's the notice period in the lease, please")
    assert second.text.startswith("The notice period is three months.")
    assert "$0.00 " in second.text
    assert "from an earlier answer (20" in second.text
    assert len(lab.anthropic.calls) == calls
    await lab.until(lambda found: found.state is State.DELIVERED, 2)
    assert "Saved by earlier answers: $" in (await lab.ask("/cost")).text
    await lab.telegram.press(OWNER, second.message_id, text="Ask anew")
    assert "answered anew" in (await lab.toast())["text"]
    await lab.until(lambda found: found.state is State.DELIVERED, 3)
    assert len(lab.anthropic.calls) == calls + 1


@pytest.mark.settings(**ON)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_another_document_and_a_deletion_end_it(lab: Lab):
    lab.anthropic.reply_when("(?s)four months.*What is the notice period", "Four months.")
    lab.anthropic.reply_when(".", "I don't know of any lease.")
    await lab.ask(QUESTION)
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    await lab.telegram.send_file(OWNER, b"# Lease\n\nThe notice period is four months.\n", "lease.md", "text/markdown")
    await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)
    assert (await lab.ask(QUESTION)).text.startswith("Four months.")
    await lab.until(lambda found: found.state is State.DELIVERED, 2)
    await lab.telegram.say(OWNER, "/knowledge delete lease.md")
    await lab.said("lease.md is deleted")
    assert await lab.company.books.read(lambda tx: tx.execute(earlier_answers.select()).all()) == []
    assert "Four months" not in (await lab.ask(QUESTION)).text


@pytest.mark.settings(**ON)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_documents_and_answers_are_counted_and_let_go_of_apart(lab: Lab):
    """Two stores: what is known of documents, and what was answered; neither is in the other's count or goes with it."""
    lab.anthropic.reply_when(".", "The notice period is four months.")
    await lab.telegram.send_file(OWNER, b"# Lease\n\nThe notice period is four months.\n", "lease.md", "text/markdown")
    await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)
    await lab.ask(QUESTION)
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    company = lab.company
    (library,) = [one for one in company.departments if isinstance(one, LocalLibrary)]

    def answers(tx: Connection) -> int:
        return tx.scalar(select(func.count()).select_from(earlier_answers)) or 0

    passages = (await library.check()).detail
    assert passages.startswith("1 document")
    assert await company.books.read(answers) == 1
    much_later = company.clock.now() + 10 * 365 * 86_400_000
    assert await company.books.write(entries.forget_old, much_later, 1) == 1
    assert await company.books.read(answers) == 0
    assert (await library.check()).detail == passages
    found = await library.find("What is the notice period?", person_id=(await company.board()).id)
    assert [one.document for one in found] == ["lease.md"]
    calls = len(lab.anthropic.calls)
    await lab.ask(QUESTION)
    assert len(lab.anthropic.calls) == calls + 1, "nothing is left of the answer"
