"""Waits of the fault tests: for an order, a state, a fact."""

from __future__ import annotations

import asyncio

from company import work_orders
from company.records import State, WorkOrder
from tests.fakes.telegram import FakeTelegram
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, answer, facts

GROUP = -4242
SUPERGROUP = -100_777_000_000_001


async def asked(reception: Reception, text: str = "What is 2+2?") -> WorkOrder:
    """A message from the owner that has become an order."""
    before = len(reception.office.accepted)
    await reception.fake.say(OWNER, text)
    await reception.fake.wait_for(lambda: len(reception.office.accepted) > before)
    order = await reception.books.read(work_orders.by_number, before + 1)
    assert order is not None
    return order


async def answered(reception: Reception, order: WorkOrder, text: str) -> None:
    await answer(reception.books, reception.clock, reception.delivery, order, text)


async def until_state(reception: Reception, order: WorkOrder, state: State) -> None:
    async with asyncio.timeout(15):
        while True:
            current = await reception.books.read(work_orders.get, order.id)
            assert current is not None
            if current.state is state:
                return
            await asyncio.sleep(0.01)


async def until_fact(reception: Reception, fact: str) -> None:
    async with asyncio.timeout(10):
        while fact not in await facts(reception.books):
            await asyncio.sleep(0.01)


def texts(fake: FakeTelegram, chat: int = OWNER) -> list[str]:
    return [shown.text.split("\n")[0] for shown in fake.answers(chat)]
