"""A console desk that runs, over real books."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from company import people
from company.books import SqliteBooks
from company.records import Desk, Person, Role
from console.desk import ConsoleDesk
from tests.fakes.clock import TurnedClock
from tests.unit.console.desk_double import Office, Shelf


@pytest.fixture
async def owner(books: SqliteBooks, clock: TurnedClock) -> Person:
    """The Board member who owns this console."""

    def write(tx):  # type: ignore[no-untyped-def]
        person = people.add(tx, clock.now(), name="Ada", role=Role.BOARD, language="en", by="nexus")
        people.identify(tx, clock.now(), person, Desk.CONSOLE, str(os.getuid()))
        return person

    return await books.write(write)


@pytest.fixture
async def office(books: SqliteBooks, clock: TurnedClock, owner: Person) -> Office:
    return Office(books, clock)


@pytest.fixture
async def desk(tmp_path: Path, books: SqliteBooks, clock: TurnedClock, office: Office) -> AsyncIterator[ConsoleDesk]:
    desk = ConsoleDesk(tmp_path, books, office, clock, company="NEXUS", shelf=Shelf())  # type: ignore[arg-type]
    office.desk = desk
    await desk.open()
    running = asyncio.create_task(desk.run())
    yield desk
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await desk.close()
