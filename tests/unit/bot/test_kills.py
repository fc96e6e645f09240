"""The outbox under lost answers and sudden deaths: nothing lost, nothing doubled, nothing out of order.

The desk is cancelled at random moments, wherever it is, and started again on the same books, as a process that was
killed would be; the fake server drops answers, accepts late, refuses and floods. `tests/flows` does the same to whole
processes with SIGKILL.
"""

from __future__ import annotations

import asyncio
import random

import pytest

from bot.outbox import count_open
from company import work_orders
from company.records import State
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import answer, order_in

CHATS = (801, 802, 803)
ORDERS = 10
KILLS = 4
FAULTS = {"drop_after": 0.08, "drop_before": 0.04, "late": 0.03, "502": 0.03, "429": 0.03}


@pytest.mark.kills
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_is_lost_or_doubled(reception: Reception, seed: int) -> None:
    fake, chance = reception.fake, random.Random(seed)
    fake.faults.chance.seed(seed)
    fake.faults.mix(FAULTS, "sendMessage", delay_s=0.15, retry_after=1)
    fake.faults.mix({"drop_before": 0.02, "drop_after": 0.03}, "editMessageText")
    orders = []
    for chat in CHATS:
        fake.world.room(chat, chat)
        orders += [await order_in(reception.books, reception.clock, reception.person, str(chat), text=f"{n}")
                   for n in range(ORDERS)]  # fmt: skip
    await reception.start(settle_s=1.0, answer_s=1.0)
    for number in range(ORDERS):
        for order in orders[number::ORDERS]:
            await answer(reception.books, reception.clock, reception.delivery, order, f"answer {number}")
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0, 0.03) if chance.random() < 0.7 else chance.uniform(0.03, 0.6))
            await reception.kill()
            await reception.start()
    async with asyncio.timeout(60):
        while await reception.books.read(count_open):
            await asyncio.sleep(0.05)
    for chat in CHATS:
        assert [s.text.split("\n")[0] for s in fake.answers(chat)] == [f"answer {n}" for n in range(ORDERS)]
    states = [await reception.books.read(work_orders.get, order.id) for order in orders]
    assert {order.state for order in states if order} == {State.DELIVERED}
    assert sum(fake.faults.counts.values()) >= 3
