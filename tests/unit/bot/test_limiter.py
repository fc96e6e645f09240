"""The limits of the Bot API, with turned time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from bot.backoff import Backoff
from bot.limiter import Limiter, Priority
from bot.waiting import Bell
from company.config_desks import TelegramSettings
from tests.fakes.clock import TurnedClock


@pytest.fixture
async def limiter(clock: TurnedClock) -> AsyncIterator[Limiter]:
    made = Limiter(TelegramSettings(), clock)
    running = asyncio.get_running_loop().create_task(made.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def granted(limiter: Limiter, clock: TurnedClock, chat: str, wanted: int, seconds: float) -> list[float]:
    """When (seconds) each of `wanted` sends to a chat could go, within a time."""
    times: list[float] = []

    async def send() -> None:
        await limiter.acquire(chat, Priority.ANSWER)
        times.append(clock.monotonic())

    tasks = [asyncio.get_running_loop().create_task(send()) for _ in range(wanted)]
    await asyncio.sleep(0)
    await clock.until_asleep()
    for _ in range(round(seconds * 10)):
        await clock.pass_by(0.1)
        for _ in range(8):
            await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return times


async def test_a_chat_gets_a_burst_and_then_one_a_second(limiter: Limiter, clock: TurnedClock) -> None:
    times = await granted(limiter, clock, "1", 20, 10)
    assert sum(at == 0 for at in times) == 5
    assert len(times) == 15
    assert times[5] == pytest.approx(1, abs=0.2)


async def test_a_group_gets_twenty_a_minute(limiter: Limiter, clock: TurnedClock) -> None:
    times = await granted(limiter, clock, "-5", 60, 60)
    assert 20 <= len([at for at in times if at < 59.9]) <= 40
    late = [at for at in times if at > 30]
    assert len(late) <= 11


async def test_all_chats_together_stay_below_the_bots_limit(limiter: Limiter, clock: TurnedClock) -> None:
    times: list[float] = []

    async def send(chat: int) -> None:
        await limiter.acquire(str(chat), Priority.ANSWER)
        times.append(clock.monotonic())

    tasks = [asyncio.get_running_loop().create_task(send(chat)) for chat in range(1, 201)]
    await clock.until_asleep()
    for _ in range(100):
        await clock.pass_by(0.1)
        for _ in range(8):
            await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert sum(at == 0 for at in times) == 30
    for start in range(8):
        assert sum(start < at <= start + 1 for at in times) <= 31


async def test_priorities_go_first(limiter: Limiter, clock: TurnedClock) -> None:
    for _ in range(5):
        await limiter.acquire("1", Priority.STATUS)
    order: list[Priority] = []

    async def send(priority: Priority) -> None:
        await limiter.acquire("1", priority)
        order.append(priority)

    wanted = [Priority.ERRAND, Priority.STATUS, Priority.CARD, Priority.ANSWER]
    tasks = [asyncio.get_running_loop().create_task(send(priority)) for priority in wanted]
    await clock.until_asleep()
    for _ in range(60):
        await clock.pass_by(0.1)
        for _ in range(8):
            await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == sorted(wanted)


@pytest.mark.parametrize("seconds", [5, 35, 4 * 3600])
async def test_retry_after_is_obeyed_exactly(limiter: Limiter, clock: TurnedClock, seconds: int) -> None:
    limiter.flood("1", seconds)
    task = asyncio.get_running_loop().create_task(limiter.acquire("1", Priority.ANSWER))
    await clock.until_asleep()
    await limiter.acquire("2", Priority.ANSWER)  # others go on
    await asyncio.sleep(0)
    await clock.until_asleep()
    clock.turn(seconds - 0.01)
    for _ in range(8):
        await asyncio.sleep(0)
    assert not task.done()
    await clock.until_asleep()
    clock.turn(0.02)
    await asyncio.wait_for(task, 2)


async def test_a_second_chats_flood_closes_the_bot(limiter: Limiter, clock: TurnedClock) -> None:
    limiter.flood("1", 10)
    assert limiter.closed_s == 0
    limiter.flood("2", 9)
    assert limiter.closed_s == 9
    assert not limiter.try_acquire("3")
    clock.turn(9)
    assert limiter.try_acquire("3")
    assert not limiter.try_acquire("1")
    clock.turn(1)
    assert limiter.try_acquire("1")


async def test_a_flood_between_the_grant_and_the_call_is_obeyed(clock: TurnedClock) -> None:
    limiter = Limiter(TelegramSettings(chat_burst=1), clock)
    assert limiter.try_acquire("1")
    waiting = asyncio.get_running_loop().create_task(limiter.acquire("1", Priority.ANSWER))
    await asyncio.sleep(0)
    clock.turn(1)
    assert limiter._pump() is None, "granted"
    limiter.flood("1", 35)
    for _ in range(8):
        await asyncio.sleep(0)
    assert not waiting.done()
    clock.turn(34.9)
    limiter._pump()
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.turn(0.2)
    limiter._pump()
    await asyncio.wait_for(waiting, 2)


async def test_no_group_gets_more_than_twenty_in_any_minute(clock: TurnedClock) -> None:
    limiter, times = Limiter(TelegramSettings(), clock), []
    for _ in range(3000):
        if limiter.try_acquire("-5"):
            times.append(clock.monotonic())
        clock.turn(0.1)
    assert len(times) >= 60
    assert max(sum(at <= other < at + 60 for other in times) for at in times) == 20


async def test_a_turn_given_back_is_there_again(clock: TurnedClock) -> None:
    limiter = Limiter(TelegramSettings(chat_burst=1), clock)
    assert limiter.try_acquire("1")
    assert not limiter.try_acquire("1")
    limiter.give_back("1")
    assert limiter.try_acquire("1")


async def test_whoever_gives_up_waiting_leaves_no_trace(limiter: Limiter, clock: TurnedClock) -> None:
    limiter.flood("1", 3)
    task = asyncio.get_running_loop().create_task(limiter.acquire("1", Priority.ANSWER))
    await clock.until_asleep()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert limiter.try_acquire("2")


async def test_a_bell_rings_once_for_many_rings_and_waits_no_longer_than_said(clock: TurnedClock) -> None:
    bell = Bell(clock)
    bell.ring()
    bell.ring()
    assert await bell.wait(10) is True
    waiting = asyncio.get_running_loop().create_task(bell.wait(10))
    await clock.until_asleep()
    clock.turn(10)
    assert await waiting is False
    assert await bell.wait(0) is False
    waiting = asyncio.get_running_loop().create_task(bell.wait(10))
    await clock.until_asleep()
    bell.ring()
    assert await waiting is True


def test_backoff_doubles_up_to_its_most_and_starts_again() -> None:
    backoff = Backoff(5, 60, random.Random(1))
    delays = [backoff.next_s() for _ in range(8)]
    assert all(5 <= delay <= 60 for delay in delays)
    assert min(delays[4:]) >= 30
    backoff.reset()
    assert backoff.next_s() == 5
