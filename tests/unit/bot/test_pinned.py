"""The pinned status: one message, kept true at most once a minute, through restarts, deletion and missing rights."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot import notes, pinned
from company.records import Person
from company.reports import StatusReport
from tests.fakes.telegram_world import Shown
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import CAP, OWNER, Office
from tests.unit.bot.test_settings import opened, pressed

NOTE = f"{pinned.PIN}{OWNER}"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "EVERY_S", 0.2)
    monkeypatch.setattr(pinned, "LOOK_ANYWAY", 1)


def spend(reception: Reception, used: int) -> None:
    """The status from now on."""
    inner = Office.status

    async def status(person: Person) -> StatusReport:
        report = await inner(reception.office, person)
        return replace(report, caps=(replace(CAP, used_micro=used),), open_decisions=2)

    reception.office.status = status  # type: ignore[method-assign]


async def pin(reception: Reception) -> Shown:
    fake = reception.fake
    card = await opened(reception)
    await pressed(reception, card, "📌 Pin the status")
    await fake.wait_for(lambda: fake.methods.pinned.get(OWNER))
    return next(shown for shown in fake.sent(OWNER) if shown.pinned)


async def test_it_is_pinned_silently_and_kept_true(reception: Reception) -> None:
    await reception.start()
    shown = await pin(reception)
    assert shown.text == "🟢 running · $0.42 of $5.00 today"
    assert shown.silent
    assert reception.fake.called("pinChatMessage")[0].params["disable_notification"] is True
    spend(reception, 1_000_000)
    await reception.fake.wait_for(lambda: shown.text == "🟢 running · $1.00 of $5.00 today · decisions open: 2")
    kept = await reception.books.read(notes.get, NOTE)
    edits = reception.fake.counts["editMessageText"]
    for _ in range(3):
        reception.desk._pinned.ring()
        await reception.fake.wait_for(lambda: reception.fake.polls.answered)
    assert reception.fake.counts["editMessageText"] == edits, "what did not change is not edited"
    assert "row" in json.loads(kept)


async def test_a_restart_writes_no_second_one(reception: Reception) -> None:
    await reception.start()
    shown = await pin(reception)
    await reception.kill()
    await reception.start()
    spend(reception, 2_000_000)
    await reception.fake.wait_for(lambda: "$2.00" in shown.text)
    assert [one.text for one in reception.fake.sent(OWNER) if "running" in one.text] == [shown.text]


async def test_one_that_was_deleted_is_written_anew(reception: Reception) -> None:
    await reception.start()
    shown = await pin(reception)
    shown.deleted = True
    spend(reception, 3_000_000)
    await reception.fake.wait_for(lambda: any("$3.00" in one.text and one.pinned for one in reception.fake.sent(OWNER)))


async def test_switched_off_it_goes(reception: Reception) -> None:
    await reception.start()
    shown = await pin(reception)
    card = await opened(reception)
    await pressed(reception, card, "Status pinned")
    await reception.fake.wait_for(lambda: shown.deleted and reception.fake.methods.pinned[OWNER] == [])
    assert await reception.books.read(notes.get, NOTE) == ""


async def test_without_the_right_to_pin_it_stands_and_says_so_once(reception: Reception) -> None:
    fake = reception.fake
    fake.faults.add(
        "400", "pinChatMessage", text="Bad Request: not enough rights to manage pinned messages in the chat"
    )
    await reception.start()
    card = await opened(reception)
    await pressed(reception, card, "📌 Pin the status")
    said = await fake.next_answer(OWNER)
    assert said.text.startswith("I may not pin here.")
    spend(reception, 1_000_000)
    await fake.wait_for(lambda: any("$1.00" in one.text for one in fake.sent(OWNER)))
    assert len([one for one in fake.sent(OWNER) if "may not pin" in one.text]) == 1


async def test_a_group_hears_no_sums(reception: Reception) -> None:
    reception.fake.add_group(-4242, "Family", OWNER)
    await reception.start()
    assert await reception.desk._pinned.text("-4242") == "🟢 running"
    assert "$" in await reception.desk._pinned.text(str(OWNER))
    assert await reception.desk._pinned.text("666") == "", "a stranger's chat hears nothing"
