"""Errands: looks give way, what waits is bounded; with turned time, against the fake Bot API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errands import MOST_WAITING, Errand, Errands, reaction
from bot.limiter import Limiter, Priority
from bot.pictures import Darkroom, Studio
from bot.wire import Wire
from company.config_desks import TelegramSettings
from company.secrets import Secret
from tests.fakes.clock import TurnedClock
from tests.fakes.telegram import FakeTelegram

CHAT = 501


@asynccontextmanager
async def at_work(fake: FakeTelegram, clock: TurnedClock) -> AsyncIterator[tuple[Errands, Limiter]]:
    fake.world.room(CHAT, CHAT)
    wire, limiter = Wire(fake.url, Secret(fake.token, "test")), Limiter(TelegramSettings(), clock)
    errands = Errands(wire, limiter, clock, Darkroom(Studio()))
    await wire.open()
    loop = asyncio.get_running_loop()
    running = [loop.create_task(limiter.run()), loop.create_task(errands.run())]
    try:
        yield errands, limiter
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await wire.close()


def typing(chat: int = CHAT) -> Errand:
    params = {"chat_id": chat, "action": "typing"}
    return Errand(key=f"typing:{chat}", method="sendChatAction", params=params, chat=str(chat), look=True)


async def test_looks_leave_at_once_or_not_at_all(fake: FakeTelegram, clock: TurnedClock) -> None:
    async with at_work(fake, clock) as (errands, limiter):
        assert errands.do(typing())
        assert not errands.do(typing()), "the last one has not landed"
        async with asyncio.timeout(10):
            while errands.on_wire or errands.waiting:
                await asyncio.sleep(0)
        assert fake.actions == [(CHAT, "typing")]
        limiter.flood(str(CHAT), 35)
        for _ in range(95):  # the flood, and a minute's calm behind it
            assert not errands.do(typing())
            clock.turn(0.9999)
        assert errands.do(typing("900")), "another chat goes on"  # type: ignore[arg-type]
        clock.turn(1)
        assert errands.do(typing())
        await fake.wait_for(lambda: len(fake.called("sendChatAction")) == 3)


async def test_looks_leave_room_for_messages(fake: FakeTelegram, clock: TurnedClock) -> None:
    async with at_work(fake, clock) as (_, limiter):
        looks = 0
        while limiter.try_spare("1"):
            looks += 1
        assert looks == 3, "of a burst of five, two are kept for messages"
        assert limiter.try_acquire("1")
        assert limiter.try_acquire("1")
        group = 0
        for _ in range(60):
            group += limiter.try_spare("-5")
            clock.turn(1)
        assert group == 10, "half of a group's minute is kept for messages"
        while limiter.try_spare("", counts=False):
            pass
        answers = sum(limiter.try_acquire(str(chat)) for chat in range(100, 200))
        assert answers == 15, "half of the bot's second is kept for messages"


async def test_what_waits_in_a_flood_is_bounded_and_the_least_important_goes(
    fake: FakeTelegram, clock: TurnedClock
) -> None:
    async with at_work(fake, clock) as (errands, limiter):
        limiter.flood("", 4 * 3600)
        for number in range(3 * MOST_WAITING):
            errands.do(reaction(str(CHAT), number + 1, "👀"))
        assert errands.waiting == MOST_WAITING
        kept = Errand(key="answer:1", method="answerCallbackQuery", params={}, priority=Priority.ANSWER)
        assert errands.do(kept)
        assert errands.waiting == MOST_WAITING
        assert errands.do(reaction(str(CHAT), 3 * MOST_WAITING, "👌")), "a newer one of the same key takes its place"
        assert [call.method for call in fake.calls] == []


def message(chat: int, text: str, priority: Priority) -> Errand:
    params = {"chat_id": chat, "text": text}
    return Errand(
        key=f"{chat}:{text}", method="sendMessage", params=params, chat=str(chat), priority=priority, counts=True
    )


async def test_an_answer_overtakes_all_that_waits_in_its_chat(fake: FakeTelegram, clock: TurnedClock) -> None:
    async with at_work(fake, clock) as (errands, limiter):
        while limiter.try_acquire(str(CHAT)):
            pass
        for priority in sorted(Priority, reverse=True):
            errands.do(message(CHAT, priority.name, priority))
        await clock.until_asleep()
        for _ in Priority:
            known = len(fake.sent(CHAT))
            await clock.pass_by(1.0)
            await fake.wait_for(lambda known=known: len(fake.sent(CHAT)) > known)
        assert [shown.text for shown in fake.sent(CHAT)] == [priority.name for priority in sorted(Priority)]


async def test_an_answer_overtakes_what_waits_in_all_other_chats(fake: FakeTelegram, clock: TurnedClock) -> None:
    async with at_work(fake, clock) as (errands, limiter):
        others = range(901, 941)
        for chat in others:
            fake.world.room(chat, chat)
        for chat in range(5000, 5030):  # the bot's second is used up, by chats of no matter
            assert limiter.try_acquire(str(chat))
            clock.turn(0.01)
        for chat in others:
            errands.do(message(chat, "line", Priority.STATUS))
            errands.do(Errand(key=f"r{chat}", method="sendChatAction", params={"chat_id": chat, "action": "typing"}))
        errands.do(message(CHAT, "answer", Priority.ANSWER))
        await clock.until_asleep()
        await clock.pass_by(0.8001)  # a turn is free, and one only
        await fake.wait_for(lambda: fake.calls)
        assert [(call.chat_id, call.params["text"]) for call in fake.calls] == [(CHAT, "answer")]
        assert errands.waiting == 80
