"""A desk on a fake Bot API server, with real books and a company in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.delivery import Delivery
from bot.desk import TelegramDesk
from company.books import SqliteBooks
from company.clock import SystemClock
from company.records import Person
from tests.fakes.telegram import FakeTelegram
from tests.unit.bot.doubles import Office, Shelf, desk_for, owner


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

    async def start(self, **changes: object) -> None:
        """A new desk, as after a restart of the process."""
        self.changes |= changes
        self.desk, self.delivery = desk_for(
            self.fake, self.books, self.office, self.clock, shelf=self.shelf, **self.changes,  # type: ignore[arg-type]
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
