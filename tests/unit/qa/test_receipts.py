"""What an employee says it did is held against the signed receipts in the books, through all attempts at the order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from company.books import SqliteBooks
from company.errors import BooksError
from company.records import Outcome, Verdict
from company.schema import receipts
from company.tool_uses import ToolUse
from employees.toolbox import uses_of_tools
from qa.inspector import SpecInspector
from tests.fakes.clock import TurnedClock
from tests.unit.employees.office import Office, asks, open_office, said

SAVED = "I've saved the note about the key."


@pytest.fixture
async def office(books: SqliteBooks, clock: TurnedClock, tmp_path: Path) -> Office:
    made = await open_office(books, clock, tmp_path, text="Save a note about the key")
    made.employee = replace(made.employee, tools=("save_note", "calculate"))
    return made


async def inspected(office: Office) -> Verdict:
    """The employee does the job, the inspector judges it with the house's own look at the receipts."""
    inspector = SpecInspector(clock=office.clock, tool_uses=lambda order: office.books.read(uses_of_tools, order))
    await inspector.open()
    answer = await office.attempt().perform()
    return await inspector.inspect(replace(office.job.order, assignment=office.job.assignment), answer)


async def test_a_deed_with_a_receipt_passes(office: Office) -> None:
    office.script(said("", asks("save_note", title="Key", text="With Mrs Olsen.")), said(SAVED))
    assert (await inspected(office)).outcome is Outcome.PASS
    assert len(list(office.notes.iterdir())) == 1


async def test_a_deed_without_a_receipt_fails_with_words_to_act_on(office: Office) -> None:
    office.script(said(SAVED))
    verdict = await inspected(office)
    assert verdict.outcome is Outcome.FAIL
    assert [finding.code for finding in verdict.findings] == ["claim-without-receipt"]
    assert "say plainly" in verdict.findings[0].message


async def test_another_tool_is_no_receipt(office: Office) -> None:
    office.script(said("", asks("calculate", expression="1 + 1")), said(SAVED))
    assert (await inspected(office)).outcome is Outcome.FAIL


async def test_a_tool_that_failed_is_no_receipt(office: Office) -> None:
    office.script(said("", asks("save_note", title="Key")), said(SAVED))  # without a text: refused
    assert (await inspected(office)).outcome is Outcome.FAIL


async def test_a_changed_receipt_is_no_receipt(office: Office) -> None:
    office.script(said("", asks("save_note", title="Key", text="With Mrs Olsen.")), said(SAVED))
    assert (await inspected(office)).outcome is Outcome.PASS
    await office.books.write(lambda tx: tx.execute(update(receipts).values(arguments='{"title":"Another"}')) and None)
    uses = await office.books.read(uses_of_tools, office.job.order.id)
    assert [(use.tool, use.state, use.genuine) for use in uses] == [("save_note", "done", False)]
    assert (await inspected(office)).outcome is Outcome.FAIL


async def test_an_earlier_attempt_counts(office: Office) -> None:
    office.script(said("", asks("save_note", title="Key", text="With Mrs Olsen.")), said(SAVED))
    await office.attempt().perform()
    office.job = await office.next_attempt()
    office.script(said(SAVED))
    assert (await inspected(office)).outcome is Outcome.PASS


async def test_the_books_are_asked_only_where_a_deed_is_claimed(office: Office) -> None:
    asked: list[str] = []

    async def uses(order_id: str) -> tuple[ToolUse, ...]:
        asked.append(order_id)
        raise BooksError("The database is away.")

    inspector = SpecInspector(clock=office.clock, tool_uses=uses)
    await inspector.open()
    order = replace(office.job.order, assignment=office.job.assignment)
    office.script(said("The key is with Mrs Olsen."))
    plain = await office.attempt().perform()
    assert (await inspector.inspect(order, plain)).outcome is Outcome.PASS
    assert asked == []
    verdict = await inspector.inspect(order, replace(plain, text=SAVED))
    assert (verdict.outcome, [one.code for one in verdict.findings]) == (Outcome.UNVERIFIED, ["claim-unchecked"])
    assert asked == [order.id]
