"""company/feed.py: each fact once to each subscriber, through crashes; a failing one holds nobody up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import OperationalError

from company import audit, feed
from company.audit import Entry
from company.books import Books, SqliteBooks
from company.feed import Feed, Subscription
from company.schema import about
from tests.fakes.clock import TurnedClock


def subscription(name: str, on_fact: Callable[[Connection, Entry], None], *facts: str) -> Subscription:
    return Subscription(name=name, facts=frozenset(facts or ("a",)), on_fact=on_fact)


def note(tx: Connection, entry: Entry) -> None:
    """An effect that a second handling would trip over (primary key)."""
    tx.execute(insert(about), [{"name": f"seen {entry.number}", "value": entry.fact}])


async def noted(books: Books) -> list[str]:
    query = select(about.c.name).where(about.c.name.startswith("seen"))
    return sorted(await books.read(lambda tx: list(tx.scalars(query))))


@asynccontextmanager
async def serving(books: Books, clock: TurnedClock, *subscriptions: Subscription) -> AsyncIterator[Feed]:
    made = Feed(books, clock)
    books.on_audit = made.heard
    for one in subscriptions:
        made.subscribe(one)
    task = asyncio.ensure_future(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(books: Books, clock: TurnedClock, count: int) -> list[str]:
    """What was noted, once it is so much: the clock goes from wake to wake while the feed works."""
    async with asyncio.timeout(60):
        while len(found := await noted(books)) < count:
            clock.turn(clock.next_wake_s or 0)
    return found


async def test_each_fact_once_in_order_also_after_a_restart(any_books: Books, clock: TurnedClock) -> None:
    order: list[int] = []

    def on_fact(tx: Connection, entry: Entry) -> None:
        note(tx, entry)
        order.append(entry.number)

    for fact in ("a", "b", "a"):
        await any_books.write(audit.record, 1, "x", fact)
    async with serving(any_books, clock, subscription("one", on_fact)):
        assert await until(any_books, clock, 2) == ["seen 1", "seen 3"]
        await any_books.write(audit.record, 1, "x", "a")
        await until(any_books, clock, 3)
    await any_books.write(audit.record, 1, "x", "a")
    async with serving(any_books, clock, subscription("one", on_fact)):
        await until(any_books, clock, 4)
    assert order == [1, 3, 4, 5]


async def test_a_death_between_effect_and_cursor_takes_both_back(books: SqliteBooks, clock: TurnedClock) -> None:
    class Killed(BaseException):
        pass

    def dies(tx: Connection, entry: Entry) -> None:
        note(tx, entry)
        if entry.number == 2:
            raise Killed

    for _ in range(3):
        await books.write(audit.record, 1, "x", "a")
    made = Feed(books, clock)
    made.subscribe(subscription("one", dies))
    with pytest.raises(BaseExceptionGroup):
        await made.run()
    assert await noted(books) == []
    async with serving(books, clock, subscription("one", note)):
        assert await until(books, clock, 3) == ["seen 1", "seen 2", "seen 3"]


async def test_a_failing_subscriber_is_tried_again_and_holds_nobody_up(
    books: SqliteBooks, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[float] = []
    others: list[int] = []

    def stumbles(tx: Connection, entry: Entry) -> None:
        tries.append(clock.monotonic())
        note(tx, entry)
        if len(tries) < 4:
            raise KeyError("not yet")

    await books.write(audit.record, 1, "x", "a")
    with caplog.at_level(logging.ERROR):
        async with serving(
            books, clock, subscription("bad", stumbles), subscription("good", lambda tx, e: others.append(e.number))
        ):
            await until(books, clock, 1)
    assert others == [1]
    assert len(tries) == 4
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert all(pause >= least - 0.001 for pause, least in zip(pauses, feed.RETRY_S, strict=False))
    assert caplog.text.count("subscriber bad failed") == 3


async def test_a_poisonous_fact_is_skipped_after_all_pauses_and_on_record(
    any_books: Books, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    def stumbles(tx: Connection, entry: Entry) -> None:
        note(tx, entry)
        if entry.number == 2:
            raise KeyError("can't be taken")

    for _ in range(3):
        await any_books.write(audit.record, 1, "x", "a")
    began = clock.monotonic()
    with caplog.at_level(logging.ERROR):
        async with serving(any_books, clock, subscription("bad", stumbles)):
            assert await until(any_books, clock, 2) == ["seen 1", "seen 3"]
            assert clock.monotonic() - began >= sum(feed.RETRY_S)
            await any_books.write(audit.record, 1, "x", "a")
            assert len(await until(any_books, clock, 3)) == 3
    [skipped] = await any_books.read(lambda tx: audit.entries(tx, limit=9, facts=frozenset({"fact.skipped"})))
    assert (skipped.payload["subscriber"], skipped.payload["number"], skipped.payload["fault"]) == (
        "bad",
        2,
        "KeyError",
    )
    assert "can't take fact 2" in caplog.text
    async with serving(any_books, clock, subscription("bad", stumbles)):  # nor is it met again after a restart
        await any_books.write(audit.record, 1, "x", "a")
        assert len(await until(any_books, clock, 4)) == 4


async def test_no_fact_is_skipped_while_it_is_the_books_that_fail(books: SqliteBooks, clock: TurnedClock) -> None:
    tries = 0

    def stumbles(tx: Connection, entry: Entry) -> None:
        nonlocal tries
        tries += 1
        if tries <= len(feed.RETRY_S) + 2:
            raise OperationalError("insert", {}, Exception("the disk is full"))
        note(tx, entry)

    await books.write(audit.record, 1, "x", "a")
    async with serving(books, clock, subscription("one", stumbles)):
        assert await until(books, clock, 1) == ["seen 1"]
    assert await books.read(lambda tx: audit.entries(tx, limit=9, facts=frozenset({"fact.skipped"}))) == ()


async def test_more_than_a_page_is_handled_whole(books: SqliteBooks, clock: TurnedClock) -> None:
    def many(tx: Connection) -> None:
        for number in range(2 * feed.BATCH + 7):
            audit.record(tx, 1, "x", "a" if number % 2 else "b")

    await books.write(many)
    async with serving(books, clock, subscription("one", note, "a", "b")):
        assert len(await until(books, clock, 2 * feed.BATCH + 7)) == 2 * feed.BATCH + 7


async def test_pages_hear_that_something_changed(books: SqliteBooks, clock: TurnedClock) -> None:
    heard: list[int] = []
    made = Feed(books, clock)
    books.on_audit = made.heard

    async def page() -> None:
        async for number in made.changes():
            heard.append(number)
            if number == 3:
                return

    async with asyncio.timeout(10):
        reading = asyncio.ensure_future(page())
        for _ in range(3):
            await books.write(audit.record, 1, "x", "a")
        await books.write(lambda tx: None)  # no fact, no news
        await reading
    assert heard[0] == 0
    assert heard == sorted(set(heard))
