"""An attempt that is cut short at any step goes on after its last recorded one, and no effect is doubled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from company.books import Books, SqliteBooks
from company.errors import LostClaim
from company.records import Completion, ModelCall
from company.schema import receipts, turns
from employees.toolbox import UNKNOWN, Repeat, receipts_of
from employees.transcript import turns_taken
from tests.fakes.clock import TurnedClock
from tests.unit.employees.office import Office, asks, open_office, post_office, said


class Killed(BaseException):
    """The process dies here."""


class FragileBooks:
    """Books in a process that dies at the `at`-th write: before its commit, or after it before anybody hears of it."""

    def __init__(self, books: Books, at: int, *, committed: bool) -> None:
        self.dialect, self.on_audit = books.dialect, None
        self._books, self._left, self._committed = books, at, committed

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def read(self, query: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return await self._books.read(query, *args, **named)

    async def write(self, change: Callable[..., Any], *args: Any, **named: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._committed:
            raise Killed
        result = await self._books.write(change, *args, **named)
        if self._left == 0:
            raise Killed
        return result


def model(call: ModelCall) -> Completion:
    """Asks for two tools, then one, then answers: always the same for the same conversation."""
    turn = len(call.messages) // 2
    if turn == 0:
        return said("", asks("send_letter", "a", to="Ann"), asks("calculate", "b", expression="2 + 2"))
    if turn == 1:
        return said("", asks("send_letter", "c", to="Bob"))
    return said("Both letters are on their way.")


@pytest.fixture
async def office(books: SqliteBooks, clock: TurnedClock, tmp_path: Path) -> Office:
    return await open_office(books, clock, tmp_path)


def furnish(office: Office, repeat: Repeat) -> list[str]:
    """A post office in the tool list; returns the letters that really went out."""
    sent: list[str] = []
    office.tools = {**office.tools, "post": post_office(sent, repeat)}
    office.employee = replace(office.employee, tools=("post", "calculate"))
    office.metered.answer = model
    return sent


@pytest.mark.parametrize("repeat", list(Repeat))
@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("at", range(1, 11))
async def test_a_kill_at_any_write(office: Office, at: int, committed: bool, repeat: Repeat) -> None:
    sent = furnish(office, repeat)
    sound = office.books
    office.books = office.metered.books = FragileBooks(sound, at, committed=committed)
    killed = False
    try:
        got = await office.attempt().perform()
    except Killed:
        killed = True
        office.books = office.metered.books = sound
        got = await office.attempt().perform()
    assert killed == (at <= 9), "nine writes: three turns, three tools begun and ended"
    assert got.text == "Both letters are on their way."
    assert await sound.read(turns_taken, "attempt-1") == 3
    letters = [letter.split()[0] for letter in sent]
    receipt_ids = {letter.split()[1] for letter in sent}
    assert set(letters) <= {"Ann", "Bob"}
    if repeat is Repeat.ONCE:
        assert len(letters) == len(set(letters)), "never sent twice"
        missing = {"Ann", "Bob"} - set(letters)
        unknown = {name for name in ("Ann", "Bob") if any(name in effect for effect in got.unknown_effects)}
        assert missing <= unknown, "what may not have happened is said to be unknown"
    else:
        assert set(letters) == {"Ann", "Bob"}
        assert len(receipt_ids) == 2, "repeated under the same receipt only"
        assert got.unknown_effects == ()
    states = {one.state for one in await sound.read(receipts_of, "attempt-1")}
    assert states <= ({"done", "unknown"} if repeat is Repeat.ONCE else {"done"})


async def test_paid_turns_are_not_asked_again(office: Office) -> None:
    furnish(office, Repeat.IDEMPOTENT)
    sound = office.books
    office.books = office.metered.books = FragileBooks(sound, 6, committed=True)
    with pytest.raises(Killed):
        await office.attempt().perform()
    assert len(office.metered.calls) == 2
    office.books = office.metered.books = sound
    await office.attempt().perform()
    assert len(office.metered.calls) == 3
    told = office.metered.calls[-1].messages
    assert [message.role for message in told] == ["user", "assistant", "user", "assistant", "user"]
    assert told[0].text == office.metered.calls[0].messages[0].text
    assert office.metered.calls[-1].system == office.metered.calls[0].system


async def test_what_was_told_stays_as_it_was(office: Office) -> None:
    """Documents and prompt may change while the process is down; the conversation of an attempt does not."""
    furnish(office, Repeat.IDEMPOTENT)
    sound = office.books
    office.books = office.metered.books = FragileBooks(sound, 6, committed=True)
    with pytest.raises(Killed):
        await office.attempt().perform()
    office.books = office.metered.books = sound
    attempt = office.attempt()
    attempt.bench = replace(attempt.bench, company="Another Company")
    attempt.job = replace(attempt.job, order=replace(attempt.job.order, text="Something else"))
    await attempt.perform()
    first, last = office.metered.calls[0], office.metered.calls[-1]
    assert (last.system, last.messages[0]) == (first.system, first.messages[0])
    assert last.tools == first.tools


async def test_a_finished_attempt_is_delivered_without_a_call(office: Office) -> None:
    office.script(said("Two days."))
    await office.attempt().perform()
    got = await office.attempt().perform()
    assert got.text == "Two days."
    assert len(office.metered.calls) == 1


async def test_the_model_is_told_of_an_unknown_effect(office: Office) -> None:
    sent = furnish(office, Repeat.ONCE)
    sound = office.books
    office.books = office.metered.books = FragileBooks(sound, 3, committed=False)
    with pytest.raises(Killed):
        await office.attempt().perform()
    assert len(sent) == 1
    office.books = office.metered.books = sound
    await office.attempt().perform()
    results = office.metered.calls[-2].messages[-1].tool_results
    assert (results[0].text, results[0].failed) == (UNKNOWN, True)
    assert (results[1].text, results[1].failed) == ("4", False)


async def test_another_hand_on_the_attempt_is_noticed(office: Office) -> None:
    office.script(said("Mine."))
    first, second = office.attempt(), office.attempt()
    await first.perform()
    talk = await second._begin()  # it had looked before the first one wrote
    office.script(said("Theirs."))
    with pytest.raises(LostClaim):
        await second._take_turn(talk)
    rows = await office.books.read(lambda tx: tx.execute(select(turns.c.message).where(turns.c.number == 1)).all())
    assert len(rows) == 1
    assert "Mine." in rows[0].message


async def test_a_stop_in_mid_tool_leaves_it_started(office: Office) -> None:
    furnish(office, Repeat.IDEMPOTENT)
    tool = office.tools["post"]

    async def stopped(_work: object, **_arguments: object) -> Any:
        raise Killed

    office.tools = {**office.tools, "post": replace(tool, function=stopped)}
    with pytest.raises(Killed):
        await office.attempt().perform()
    rows = await office.books.read(lambda tx: tx.execute(select(receipts.c.state)).all())
    assert [row.state for row in rows] == ["started"]
