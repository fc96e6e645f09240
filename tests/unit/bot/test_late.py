"""After an outage: what waited is taken in its order and told its age, what is stale is asked again, what Telegram did
not keep is said to be lost. Time is turned on both sides."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path

import pytest

from bot import absence, late, notes
from company import work_orders
from company.books import SqliteBooks
from company.clock import SystemClock
from company.records import Role
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_world import Shown
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, Office, owner

MEMBER = 777
GROUP = -4242
HOUR_S = 3600


class Jumped(SystemClock):
    """The machine's clock, moved on by what the test says has passed."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def now(self) -> int:
        return super().now() + self.ahead_ms


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "SILENCE_S", 0.05)


def passed(reception: Reception, seconds: float) -> None:
    """So long nobody listened."""
    if not isinstance(reception.clock, Jumped):
        reception.clock = reception.office.clock = Jumped()
    assert isinstance(reception.clock, Jumped)
    reception.clock.ahead_ms += int(seconds * 1000)
    reception.fake.turn_clock(seconds)


async def card(reception: Reception, chat: int = OWNER) -> Shown:
    return await reception.fake.next_answer(chat, where=lambda shown: "While I was away" in shown.text)


async def press(reception: Reception, shown: Shown, label: str, who: int = OWNER) -> dict[str, object]:
    fake, before = reception.fake, len(reception.fake.answered_callbacks)
    await fake.press(who, shown.message_id, text=label, chat_id=shown.chat_id)
    await fake.wait_for(lambda: len(fake.answered_callbacks) > before)
    return list(fake.answered_callbacks.values())[-1]


async def test_an_hour_away_the_backlog_is_taken_in_order_and_told_its_age(reception: Reception) -> None:
    fake = reception.fake
    for text in ("first", "second", "/status", "third"):
        await fake.say(OWNER, text)
        passed(reception, 60)
    passed(reception, HOUR_S)
    await reception.start()
    await fake.wait_for(lambda: len(reception.office.accepted) == 3)
    assert [request.text for request in reception.office.accepted] == ["first", "second", "third"]
    await fake.wait_for(lambda: len(fake.answers(OWNER)) == 2)
    waited, status = fake.answers(OWNER)
    assert waited.text == "⏳ I was away: this waited for 64 min. I take what waits in its order now."
    assert status.text.startswith("NEXUS"), "what only reads is answered as it is asked"


async def test_a_stale_command_is_not_done_but_asked_again(reception: Reception) -> None:
    fake, reception.office.stopped = reception.fake, (7,)
    await fake.say(OWNER, "stop")
    passed(reception, HOUR_S)
    await reception.start()
    shown = await card(reception)
    assert (
        shown.text == "⏳ While I was away this waited, the oldest for 60 min. Shall I still do it?\n\n1. stop (60 min)"
    )
    assert [button["text"] for button in shown.buttons] == ["Do it", "Leave it"]
    await press(reception, shown, "Leave it")
    await fake.wait_for(lambda: shown.text.endswith("Left alone."))
    assert shown.buttons == []
    assert await reception.books.read(notes.beginning_with, late.ASKED) == ()


@pytest.mark.parametrize("command", ["/project remove Aster bob", "/topic Aster", "/voice wake nexus"])
async def test_a_stale_command_that_changes_things_by_its_words_is_asked_again_too(
    reception: Reception, command: str
) -> None:
    await reception.fake.say(OWNER, command)
    passed(reception, HOUR_S)
    await reception.start()
    assert command in (await card(reception)).text


async def test_do_it_does_it_once_also_when_the_process_dies_before(reception: Reception) -> None:
    fake = reception.fake
    await fake.say(OWNER, "/new")
    passed(reception, HOUR_S)
    await reception.start()
    shown = await card(reception)
    await reception.kill()
    await reception.start()
    data = str(shown.button("Do it")["callback_data"])
    await press(reception, shown, "Do it")
    done = await fake.next_answer(OWNER)
    assert done.text.startswith("A new conversation begins.")
    again = len(fake.answered_callbacks)
    await fake.press(OWNER, shown.message_id, data, force=True)
    await fake.wait_for(lambda: len(fake.answered_callbacks) > again)
    assert list(fake.answered_callbacks.values())[-1] == {"text": "That was done already.", "show_alert": True}
    await fake.say(OWNER, "/help")
    await fake.next_answer(OWNER)
    assert [shown.text[:5] for shown in fake.answers(OWNER)].count("A new") == 1


async def test_a_fresh_command_is_done_at_once(reception: Reception) -> None:
    await reception.fake.say(OWNER, "/new")
    passed(reception, 9 * 60)
    await reception.start()
    assert (await reception.fake.next_answer(OWNER)).text.startswith("A new conversation begins.")


async def test_old_questions_are_asked_again_one_by_one_or_all(reception: Reception) -> None:
    fake = reception.fake
    for text in ("What is *2+2*?", "Who won?", "Is it late?"):
        await fake.say(OWNER, text)
    passed(reception, 13 * HOUR_S)
    await fake.say(OWNER, "And this is fresh.")
    await reception.start()
    shown = await card(reception)
    await fake.wait_for(lambda: len(reception.office.accepted) == 1)
    assert shown.text.split("\n")[2:] == [
        "1. What is *2+2*? (13 h 0 min)", "2. Who won? (13 h 0 min)", "3. Is it late? (13 h 0 min)",
    ]  # fmt: skip
    assert [b["text"] for b in shown.buttons] == ["Do all", "Leave all", "▶ 1", "▶ 2", "▶ 3"]
    await press(reception, shown, "▶ 2")
    await fake.wait_for(lambda: len(reception.office.accepted) == 2 and "Who won?" not in shown.text)
    await press(reception, shown, "Do all")
    await fake.wait_for(lambda: len(reception.office.accepted) == 4)
    asked = [request.text for request in reception.office.accepted]
    assert asked == ["And this is fresh.", "Who won?", "What is *2+2*?", "Is it late?"]
    orders = [await reception.books.read(work_orders.by_number, number) for number in (1, 2, 3, 4)]
    assert all(orders)
    assert await reception.books.read(notes.beginning_with, late.AGAIN) == ()


async def test_only_whoever_asked_may_say_so_in_a_group(reception: Reception) -> None:
    await owner(reception.books, reception.clock, user=MEMBER, role=Role.MEMBER)
    fake = reception.fake
    fake.add_group(GROUP, "Family", OWNER, MEMBER)
    await fake.say(MEMBER, "/new@nexus_test_bot", GROUP)
    passed(reception, HOUR_S)
    await reception.books.write(notes.put, "username", "nexus_test_bot")
    await reception.start()
    shown = await card(reception, GROUP)
    said = await press(reception, shown, "Do it", who=OWNER)
    assert said == {"text": "Only whoever asked for it can say that.", "show_alert": True}
    await press(reception, shown, "Do it", who=MEMBER)
    await fake.next_answer(GROUP, where=lambda message: message.text.startswith("A new conversation"))


async def test_a_day_away_says_what_telegram_did_not_keep(reception: Reception) -> None:
    await owner(reception.books, reception.clock, user=MEMBER, role=Role.OBSERVER)
    fake = reception.fake
    await reception.start()
    await fake.say(OWNER, "hello")
    await fake.wait_for(lambda: reception.office.accepted)
    await reception.kill()
    await fake.say(OWNER, "this one is lost")
    passed(reception, 25 * HOUR_S)
    await fake.say(OWNER, "this one is not")
    await reception.start()
    said = await fake.next_answer(OWNER)
    assert said.text.startswith("⚠️ I could not reach Telegram from ")
    assert "Please send it again." in said.text
    await fake.wait_for(lambda: len(reception.office.accepted) == 2)
    assert reception.office.accepted[1].text == "this one is not"
    assert fake.sent(MEMBER) == [], "who may order nothing has lost nothing"
    await reception.kill()
    await reception.start()
    await fake.say(OWNER, "/help")
    await fake.next_answer(OWNER, where=lambda shown: shown.text.startswith("What I understand"))
    assert sum("could not reach Telegram" in shown.text for shown in fake.answers(OWNER)) == 1


async def test_when_telegram_was_reached_is_noted_seldom(reception: Reception) -> None:
    told = absence.Absence(reception.books, reception.clock, _nobody())
    await told.reached()
    first = await reception.books.read(notes.get, absence.NOTE)
    await asyncio.sleep(0)
    await told.reached()
    assert await reception.books.read(notes.get, absence.NOTE) == first


def _nobody() -> absence.Delivery:
    from company.config_desks import TelegramSettings

    return absence.Delivery(TelegramSettings(), SystemClock())


@pytest.mark.timeout(400)
async def test_a_backlog_of_five_thousand(books: SqliteBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory stays bounded, each chat's messages keep their order, stale commands get one card a chat."""
    monkeypatch.setattr(late, "SILENCE_S", 2.0)
    chats, clock = 10, Jumped()
    person = await owner(books, clock)
    for user in range(chats):
        await owner(books, clock, user=9000 + user, role=Role.MEMBER)
    async with FakeTelegram(validate=False, keep_calls=False) as fake:
        reception = Reception(fake, books, clock, Office(books, clock), person)
        for number in range(4900):
            await fake.say(9000 + number % chats, "/stop" if number // chats % 2 else f"question {number}")
        for number in range(100):
            await fake.say(OWNER, f"question {number}")
        passed(reception, 2 * HOUR_S)
        before = _resident()
        await reception.start()
        await fake.wait_for(lambda: len(reception.office.accepted) == 2550, 300)
        await fake.wait_for(lambda: all(_cards(fake.answers(9000 + user)) for user in range(chats)), 60)
        grown = _resident() - before
        asked = reception.office.accepted
        for chat in (OWNER, *range(9000, 9000 + chats)):
            numbers = [int(one.text.split()[1]) for one in asked if one.conversation.chat == str(chat)]
            assert numbers == sorted(numbers), "out of order"
            assert len(numbers) == (100 if chat == OWNER else 245)
            assert len(_cards(fake.answers(chat))) in ((0,) if chat == OWNER else (1, 2, 3))
        for shown in _cards(fake.answers(9000)):
            assert " more" in shown.text or len(shown.buttons) > 2
            await press(reception, shown, "Leave all", who=9000)
            await fake.wait_for(partial(_left, shown))
        await reception.kill()
    assert grown < 64, f"{grown} MB"
    assert len(await books.read(notes.beginning_with, late.ASKED)) == 245 * (chats - 1)


def _resident() -> float:
    """The memory of this process, megabytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _left(shown: Shown) -> bool:
    return shown.text.endswith("Left alone.")


def _cards(shown: list[Shown]) -> list[Shown]:
    return [one for one in shown if "While I was away" in one.text]
