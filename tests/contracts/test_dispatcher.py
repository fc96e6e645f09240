"""What every `Dispatcher` promises: one order of a conversation at a time, conversations side by side, nothing forgotten.

An implementation joins the suite by adding itself to `DISPATCHERS`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Connection, select, update

from company import people, work_orders
from company.books import Books
from company.clock import Clock
from company.dispatch import LOOK_AGAIN_S, InProcessDispatcher
from company.ports import Dispatcher
from company.records import Role, State, WorkOrder
from company.schema import orders
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import request as order_request

DISPATCHERS = {"in-process": InProcessDispatcher}
HOLDER = "here/1"

Make = Callable[..., Dispatcher]


@pytest.fixture(params=DISPATCHERS)
def make(request: pytest.FixtureRequest, any_books: Books, clock: Clock) -> Make:
    def made(*, max_running: int = 1000) -> Dispatcher:
        dispatcher: Dispatcher = DISPATCHERS[request.param](any_books, clock, max_running=max_running)
        return dispatcher

    return made


class Work:
    """Claims each order, notes who ran beside whom, waits where told to, ends it."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.done: dict[str, list[int]] = defaultdict(list)
        self.now: dict[str, int] = defaultdict(int)
        self.at_once = 0
        self.most = 0
        self.gates: dict[str, asyncio.Event] = {}
        self.begun: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.stopped: list[str] = []
        self.changed = asyncio.Condition()

    async def __call__(self, order_id: str) -> None:
        claiming = asyncio.ensure_future(self.books.write(work_orders.claim, 1, order_id, HOLDER, lease_ms=60_000))
        try:
            order = await asyncio.shield(claiming)
        except asyncio.CancelledError:  # a claim that is being written when it is cancelled is given back
            if (claimed := await claiming) is not None:
                await self.books.write(work_orders.release, 1, claimed)
            raise
        if order is None:
            return
        chat = order.conversation.chat
        self.now[chat] += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        assert self.now[chat] == 1, f"two orders of {chat} at once"
        try:
            self.begun[order_id].set()
            if order_id in self.gates:
                await self.gates[order_id].wait()
            await self.books.write(work_orders.end, 1, order, State.FAILED, "done")
            self.done[chat].append(order.number)
        except asyncio.CancelledError:
            self.stopped.append(order_id)
            await asyncio.shield(self.books.write(work_orders.release, 1, order))
            raise
        finally:
            self.now[chat] -= 1
            self.at_once -= 1
        async with self.changed:
            self.changed.notify_all()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(lambda: sum(map(len, self.done.values())) >= count)


@asynccontextmanager
async def running(dispatcher: Dispatcher, work: Callable[[str], Awaitable[None]]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.ensure_future(dispatcher.run(work))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def accept(books: Books, dispatcher: Dispatcher | None, *chats: str) -> list[WorkOrder]:
    """One order per chat named, written in one transaction, then woken one by one."""

    def write(tx: Connection) -> list[WorkOrder]:
        person = people.board(tx) or people.add(tx, 1, name="Ada", role=Role.BOARD, language="en", by="test")
        before = work_orders.unfinished(tx)
        made = []
        for number, chat in enumerate(chats):
            order = work_orders.accept(tx, 1, order_request(person, update=f"{len(before)}/{number}", chat=chat))
            if dispatcher is not None:
                dispatcher.enqueue(tx, order)
            made.append(order)
        return made

    accepted = await books.write(write)
    for order in accepted if dispatcher is not None else ():
        assert dispatcher is not None
        dispatcher.wake(order)
    return accepted


async def test_two_hundred_conversations_side_by_side_each_in_order(make: Make, any_books: Books) -> None:
    dispatcher, work = make(), Work(any_books)
    chats = [f"chat {number}" for number in range(200)]
    async with running(dispatcher, work):
        await accept(any_books, dispatcher, *chats, *chats[:50])
        await work.until(250)
    assert work.most > 20
    assert len(work.done) == 200
    assert all(numbers == sorted(numbers) for numbers in work.done.values())


async def test_a_busy_conversation_holds_no_other_up(make: Make, any_books: Books) -> None:
    dispatcher, work = make(), Work(any_books)
    async with running(dispatcher, work):
        [slow] = await accept(any_books, None, "a")
        work.gates[slow.id] = asyncio.Event()
        dispatcher.wake(slow)
        await work.begun[slow.id].wait()
        await accept(any_books, dispatcher, "a", "b", "b")
        await work.until(2)
        assert work.done["a"] == []
        work.gates[slow.id].set()
        await work.until(4)
    assert work.done["a"] == sorted(work.done["a"])


async def test_no_more_run_than_allowed(make: Make, any_books: Books) -> None:
    dispatcher, work = make(max_running=3), Work(any_books)
    async with running(dispatcher, work):
        await accept(any_books, dispatcher, *[str(number) for number in range(20)])
        await work.until(20)
    assert work.most == 3


async def test_a_cancelled_order_frees_its_conversation(make: Make, any_books: Books, clock: TurnedClock) -> None:
    dispatcher, work = make(), Work(any_books)
    async with running(dispatcher, work) as task:
        [slow] = await accept(any_books, None, "a")
        assert not dispatcher.cancel(slow.id)
        work.gates[slow.id] = asyncio.Event()
        dispatcher.wake(slow)
        await work.begun[slow.id].wait()
        await any_books.write(update_state, slow.id)
        assert dispatcher.cancel(slow.id)
        await accept(any_books, dispatcher, "a")
        await work.until(1)
        assert not task.done()
    assert work.stopped == [slow.id]


def update_state(tx: Connection, order_id: str) -> None:
    order = work_orders.get(tx, order_id)
    assert order is not None
    work_orders.end(tx, 1, order, State.STOPPED, "stopped")


async def test_cancelled_before_its_first_step_the_conversation_is_free_all_the_same(
    make: Make, any_books: Books
) -> None:
    dispatcher, work = make(), Work(any_books)
    async with running(dispatcher, work):
        [first] = await accept(any_books, None, "a")
        await asyncio.sleep(0)
        dispatcher.wake(first)
        cancelled = False
        for _ in range(50):  # the first turn of the loop in which there is a task to cancel
            await asyncio.sleep(0)
            if dispatcher.cancel(first.id):
                cancelled = True
                break
        assert cancelled
        [second] = await accept(any_books, dispatcher, "a")
        dispatcher.wake(first)
        await work.until(2)
    assert work.done["a"] == [first.number, second.number]


async def test_woken_while_it_runs_it_is_looked_at_again(make: Make, any_books: Books) -> None:
    """An order that gets another ladder while its old work ends: nobody turns the clock for the next look."""
    dispatcher, work = make(), Work(any_books)
    async with running(dispatcher, work):
        [order] = await accept(any_books, None, "a")
        work.gates[order.id] = asyncio.Event()
        dispatcher.wake(order)
        await work.begun[order.id].wait()
        work.gates.pop(order.id)
        dispatcher.cancel(order.id)
        dispatcher.wake(order)
        await work.until(1)
    assert work.stopped == [order.id]


async def test_what_nobody_woke_is_found(make: Make, any_books: Books, clock: TurnedClock) -> None:
    dispatcher, work = make(), Work(any_books)
    found = await accept(any_books, None, "a", "b")
    async with running(dispatcher, work):
        await work.until(2)
        [orphan] = await accept(any_books, None, "c")
        await any_books.write(work_orders.claim, 1, orphan.id, "elsewhere/1", lease_ms=1)
        await any_books.write(lambda tx: tx.execute(update(orders).values(claimed_until=0)))
        await clock.until_asleep()
        clock.turn(LOOK_AGAIN_S)
        await work.until(3)
    assert {order.conversation.chat for order in found} | {"c"} == set(work.done)


async def test_a_shutdown_cancels_what_runs_and_waits_for_it(make: Make, any_books: Books) -> None:
    dispatcher, work = make(), Work(any_books)
    async with running(dispatcher, work):
        made = await accept(any_books, None, "a", "b", "c")
        for order in made:
            work.gates[order.id] = asyncio.Event()
            dispatcher.wake(order)
        for order in made:
            await work.begun[order.id].wait()
    assert sorted(work.stopped) == sorted(order.id for order in made)
    held = await any_books.read(lambda tx: tx.execute(select(orders.c.id).where(orders.c.claimed_by != "")).all())
    assert held == []
    work.gates.clear()
    async with running(dispatcher, work):  # and may be run again
        await work.until(3)
