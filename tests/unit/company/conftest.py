"""Fixtures of the operations tests: an owner, and operations over real books with doubles around them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from company.books import SqliteBooks
from company.records import Person
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import World, books_are_sound, settle_in


@pytest.fixture
async def owner(books: SqliteBooks, clock: TurnedClock) -> Person:
    return await settle_in(books, clock)


@pytest.fixture
async def world(books: SqliteBooks, clock: TurnedClock, owner: Person) -> AsyncIterator[World]:
    made = World(books, clock)
    yield made
    await books_are_sound(books)
