"""The dispatcher of one process: one order of a conversation at a time, conversations side by side.

It keeps no state that matters: what is to be done is read from the books at start and every few seconds, so that orders
of another process that died, parked orders whose time has come and anything missed are found.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from heapq import heappop, heappush

from sqlalchemy import Connection

from company import work_orders
from company.books import Books
from company.clock import Clock
from company.records import WorkOrder

LOOK_AGAIN_S = 2.0


class InProcessDispatcher:
    """The `Dispatcher` port on the asyncio loop.

    Args:
        books: where the orders are.
        clock: time.
        max_running: how many orders run at once.
    """

    def __init__(self, books: Books, clock: Clock, *, max_running: int) -> None:
        self._books = books
        self._clock = clock
        self._max_running = max_running
        self._queues: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        self._queued: set[str] = set()
        self._busy: set[str] = set()  # conversations
        self._running: dict[str, asyncio.Task[None]] = {}
        self._woken: dict[str, WorkOrder] = {}  # while they ran: to be looked at again when they stop
        self._news = asyncio.Event()

    def enqueue(self, tx: Connection, order: WorkOrder) -> None:
        """Nothing to write: the order's row is the queue."""

    def wake(self, order: WorkOrder) -> None:
        """After the commit: the order may be started."""
        if order.id in self._running:
            self._woken[order.id] = order
        if order.id in self._queued or order.id in self._running:
            return
        self._queued.add(order.id)
        heappush(self._queues[order.conversation_id], (-order.priority, order.number, order.id))
        self._news.set()

    def cancel(self, order_id: str) -> bool:
        """Cancel the running work on an order, if it runs here."""
        task = self._running.get(order_id)
        return task is not None and task.cancel()

    @property
    def running(self) -> frozenset[str]:
        """The orders in hand."""
        return frozenset(self._running)

    async def run(self, fulfil: Callable[[str], Awaitable[None]]) -> None:
        """Start orders as they come until cancelled; then cancel what runs and wait for it."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_again(), name="dispatch:look-again")
            while True:
                await self._news.wait()
                self._news.clear()
                self._start_what_may(group, fulfil)

    def _start_what_may(self, group: asyncio.TaskGroup, fulfil: Callable[[str], Awaitable[None]]) -> None:
        for conversation_id in [key for key, queue in self._queues.items() if queue and key not in self._busy]:
            if len(self._running) >= self._max_running:
                return
            _, number, order_id = heappop(self._queues[conversation_id])
            if not self._queues[conversation_id]:
                del self._queues[conversation_id]
            self._queued.discard(order_id)
            self._busy.add(conversation_id)
            task = group.create_task(_one(fulfil, order_id), name=f"order:{number}")
            self._running[order_id] = task
            task.add_done_callback(partial(self._ended, conversation_id, order_id))

    def _ended(self, conversation_id: str, order_id: str, task: asyncio.Task[None]) -> None:
        """A callback of the task, for one that is cancelled before its first step never reaches a `finally`."""
        del self._running[order_id]
        self._busy.discard(conversation_id)
        if (woken := self._woken.pop(order_id, None)) is not None:
            self.wake(woken)
        self._news.set()

    async def _look_again(self) -> None:
        while True:
            for order in await self._books.read(work_orders.startable, self._clock.now()):
                self.wake(order)
            await self._clock.sleep(LOOK_AGAIN_S)


async def _one(fulfil: Callable[[str], Awaitable[None]], order_id: str) -> None:
    await fulfil(order_id)
