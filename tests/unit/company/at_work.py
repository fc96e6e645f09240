"""Fixtures and waits of the operations tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Connection

from company import people
from company.books import Books
from company.records import (
    ConversationKey,
    Desk,
    Person,
    Role,
    State,
    WorkOrder,
)
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import (
    World,
    request,
)

TELEGRAM = ConversationKey(desk=Desk.TELEGRAM, chat="100")


async def accepted(world: World, person: Person, update: str = "1", **more: object) -> WorkOrder:
    order = (await world.ops.accept(request(person, update=update, **more))).order  # type: ignore[arg-type]
    assert order is not None
    return order


async def member_of(books: Books, clock: TurnedClock, role: Role = Role.MEMBER) -> Person:
    def write(tx: Connection) -> Person:
        person = people.add(tx, clock.now(), name="Bob", role=role, language="en", by="test")
        people.identify(tx, clock.now(), person, Desk.TELEGRAM, "200")
        return person

    return await books.write(write)


@asynccontextmanager
async def running(world: World) -> AsyncIterator[None]:
    """Operations at work, dispatcher and all."""
    work = asyncio.ensure_future(world.ops.run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def reaches(world: World, order_id: str, *states: State) -> WorkOrder:
    """Wait until an order is in one of these states; told by the feed, never by a pause."""
    async with asyncio.timeout(20):
        async for _ in world.feed.changes():
            order = await world.order(order_id)
            if order.state in states:
                return order
    raise AssertionError


async def passes(world: World, order_id: str, state: State) -> None:
    """Let the time of the clock pass until an order is in a state."""
    assert isinstance(world.clock, TurnedClock)
    async with asyncio.timeout(20):
        while (await world.order(order_id)).state is not state:
            world.clock.turn(0.5)
