"""A desk on a fake Bot API server, with real books and a company in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot import outbox
from bot.delivery import Delivery
from bot.desk import TelegramDesk
from company.books import SqliteBooks
from company.clock import SystemClock
from company.records import Person, Progress, ProgressStage, WorkOrder
from tests.fakes.clock import TurnedClock
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_world import Shown
from tests.unit.bot.doubles import OWNER, Ears, Office, Shelf, at_work, desk_for, order_in, owner


@dataclass
class Reception:
    """A running desk. `start` and `kill` it as often as needed; the books and the fake live on."""

    fake: FakeTelegram
    books: SqliteBooks
    clock: SystemClock
    office: Office
    person: Person
    desk: TelegramDesk = field(init=False)
    delivery: Delivery = field(init=False)
    running: asyncio.Task[None] | None = None
    changes: dict[str, object] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=Shelf)
    ears: Ears = field(default_factory=Ears)

    async def start(self, **changes: object) -> None:
        """A new desk, as after a restart of the process."""
        self.changes |= changes
        self.desk, self.delivery = desk_for(
            self.fake, self.books, self.office, self.clock, shelf=self.shelf, ears=self.ears, **self.changes,  # type: ignore[arg-type]
        )  # fmt: skip
        await self.desk.open()
        self.running = asyncio.get_running_loop().create_task(self.desk.run())

    async def kill(self) -> None:
        """Stop at once, wherever it is."""
        if self.running is not None:
            self.running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.running
            self.running = None
            await self.desk.close()


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(conflict_pause_s=0.05) as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def reception(fake: FakeTelegram, books: SqliteBooks) -> AsyncIterator[Reception]:
    clock = SystemClock()
    person = await owner(books, clock)
    reception = Reception(fake, books, clock, Office(books, clock), person)
    yield reception
    await reception.kill()
    assert fake.previewed() == []  # on all that any test makes the desk say


class TurnedDesk(Reception):
    """A desk whose clock the test turns."""

    clock: TurnedClock  # type: ignore[assignment]

    async def order(self, text: str = "Tell me of Paris", chat: int = OWNER) -> WorkOrder:
        """An order at work."""
        self.fake.world.rooms.get(chat) or self.fake.world.room(chat, chat)
        order = await order_in(self.books, self.clock, self.person, str(chat), text=text)
        return await self.books.write(at_work, self.clock.now(), order)

    async def parallel_order(self, text: str = "And of Rome?", chat: int = OWNER) -> WorkOrder:
        """Another one for the same chat, in a topic of it, so that both are at work."""
        topic = str(self.fake.add_topic(chat, "Rome"))
        order = await order_in(self.books, self.clock, self.person, str(chat), text=text, topic=topic)
        return await self.books.write(at_work, self.clock.now(), order)

    def news(self, order: WorkOrder, stage: ProgressStage, text: str = "", employee: str = "Intern") -> None:
        self.delivery.progress(order, Progress(stage=stage, text=text, employee=employee))

    async def line(self, order: WorkOrder) -> Shown:
        """Its status line, once it is there."""
        self.news(order, ProgressStage.WORKING)
        before = len(self.fake.sent(int(order.conversation.chat)))
        await self.clock.until_asleep()
        while len(self.fake.sent(int(order.conversation.chat))) == before:
            await self.clock.pass_by(0.5)
            await self.settle()
        return self.fake.sent(int(order.conversation.chat))[-1]

    async def settle(self) -> None:
        """Whatever is on its way to the books or to Telegram arrives."""
        for _ in range(4):
            await self.books.write(outbox.count_open)
            for _ in range(10):
                await asyncio.sleep(0)
            async with asyncio.timeout(10):
                while not self._at_rest():
                    await asyncio.sleep(0)

    def _at_rest(self) -> bool:
        polls = [call for call in self.fake.calls if call.method != "getUpdates"]
        on_wire = self.desk._errands.on_wire + self.desk._sender._on_wire
        return on_wire == 0 and all(call.done for call in polls[-20:])

    async def seconds(self, seconds: float) -> None:
        """Time goes by, a quarter of a second at a time."""
        for _ in range(round(seconds * 4)):
            await self.clock.pass_by(0.25)
            await self.settle()


@pytest.fixture
async def desk(fake: FakeTelegram, books: SqliteBooks) -> AsyncIterator[TurnedDesk]:
    clock = TurnedClock()
    desk = TurnedDesk(fake, books, clock, Office(books, clock), await owner(books, clock))  # type: ignore[arg-type]
    yield desk
    await desk.kill()
