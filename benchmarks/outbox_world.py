"""A Bot API that drops, delays and refuses on turned time, and a company that dies again and again: the outbox's trial.

What the server does to the world (ids, "not modified", "not found") are the methods of the tests' fake; only HTTP is
left out, and time is turned, so that hours pass in seconds. A request that has left goes on at the server although
whoever sent it has died meanwhile.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from bot import failures, notes
from bot.notes import DESK
from bot.wire import Upload, _refusal
from company import work_orders
from company.books import SqliteBooks
from company.records import Json
from tests.fakes.clock import TurnedClock
from tests.fakes.telegram_check import Refused
from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_world import World

P = ParamSpec("P")
T = TypeVar("T")

TRIP_S = 0.05  # one way
LATE_S = 4.0  # how long after a lost connection a request may still be accepted; the settle time is 5 s
FAULTS = {"drop_after": 0.08, "drop_before": 0.04, "late": 0.03, "500_after": 0.03, "429": 0.03}
"""Of sends; 21 % together. After the measured shares in docs/adr/0007 (fault -> probability)."""
PROBE_FAULTS = {"drop_after": 0.03, "drop_before": 0.02}


class Counted(SqliteBooks):
    """Books that know how many of their transactions are under way."""

    under_way = 0

    async def write(self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.under_way += 1
        try:
            return await super().write(change, *args, **kwargs)
        finally:
            self.under_way -= 1

    async def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.under_way += 1
        try:
            return await super().read(query, *args, **kwargs)
        finally:
            self.under_way -= 1


class Server:
    """Stands where `bot.wire.Wire` stands; breaks by chance."""

    def __init__(self, clock: TurnedClock, books: Counted, chance: random.Random, chats: range) -> None:
        self.clock, self.books, self.chance = clock, books, chance
        self.world = World(1, "simulated_bot")
        self.methods = Methods(self.world)
        self.sends = self.probes = self.faults = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._untold: list[tuple[int, int]] = []  # what people wrote and the company has not heard: chat, message
        for chat in chats:
            self.world.room(chat, chat)

    async def upload(self, method: str, params: Json, file: Upload) -> Any:
        raise NotImplementedError

    async def call(self, method: str, params: Json) -> Any:
        """One call, as the wire makes it. Raises a `bot.failures.WireError`."""
        send = method == "sendMessage"
        self.sends += send
        self.probes += not send
        fault = self._fault(FAULTS if send else PROBE_FAULTS)
        self.faults += bool(fault)
        exchange = asyncio.get_running_loop().create_task(self._exchange(method, params, fault))
        self._tasks.add(exchange)
        exchange.add_done_callback(self._forget)
        return await asyncio.shield(exchange)

    async def _exchange(self, method: str, params: Json, fault: str) -> Any:
        await self.clock.sleep(TRIP_S)
        if fault == "429":
            raise failures.Flood(f"{method}: Too Many Requests", 1.0)
        if fault == "late":
            self._later(self.chance.uniform(0, LATE_S), method, params)
        if fault in ("late", "drop_before"):
            raise failures.Unknown(f"{method}: the answer was lost.")
        try:
            result = self.methods.table[method.lower()](params)
        except Refused as refused:
            raise _refusal(method, refused.code, {"description": refused.description}) from None
        await self.clock.sleep(TRIP_S)
        if fault in ("drop_after", "500_after"):
            raise failures.Unknown(f"{method}: the answer was lost.")
        return result

    def _later(self, seconds: float, method: str, params: Json) -> None:
        async def accept() -> None:
            await self.clock.sleep(seconds)
            self.methods.table[method.lower()](params)

        task = asyncio.get_running_loop().create_task(accept())
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever asked may be dead; nobody else wants it

    def _fault(self, table: dict[str, float]) -> str:
        drawn = self.chance.random()
        for kind, probability in table.items():
            if drawn < probability:
                return kind
            drawn -= probability
        return ""

    # people

    def write_something(self, chat: int) -> None:
        """A person writes: it takes an id between ours, and the company hears of it later."""
        shown = self.world.post(self.world.rooms[chat], from_bot=False, sender_id=chat, text="hm")
        self._untold.append((chat, shown.message_id))

    async def caught_up(self) -> None:
        """What people wrote is in the books, as after a poll that left nothing behind."""
        await self.clock.sleep(TRIP_S)
        untold, self._untold = self._untold, []

        def write(tx: Connection) -> None:
            for chat, message in untold:
                key = f"{chat}-{message}"
                work_orders.note_incoming(tx, self.clock.now(), DESK, key, chat=str(chat), message_id=str(message))
                notes.raise_highest(tx, str(chat), message)

        await self.books.write(write)

    def close(self) -> None:
        """Nothing goes on."""
        for task in self._tasks:
            task.cancel()


async def turn(clock: TurnedClock, books: Counted, until: Callable[[], Awaitable[bool]] | Callable[[], bool]) -> None:
    """Turn the clock from wake to wake, whenever nothing else can happen, until `until()`."""
    while True:
        for _ in range(12):
            await asyncio.sleep(0)
        if books.under_way:
            await asyncio.sleep(0.0005)
            continue
        found = until()
        if found if isinstance(found, bool) else await found:
            return
        if (wake := clock.next_wake_s) is None:
            await asyncio.sleep(0.0005)
        else:
            clock.turn(max(wake, 0.0))
