"""News of the record: facts are stored before anybody hears of them, then subscribers read them from the books.

A durable subscription has its own cursor in the books: each fact is handled once, in order, in one transaction with the
cursor; a handler that fails is tried again later and holds nobody else up, and a single fact that it can't take after
all pauses is skipped, on record. Live pages only want to know that something
changed: `changes()`. Nothing that must happen hangs on a subscriber.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from company import audit
from company.audit import Entry
from company.books import Books
from company.clock import Clock
from company.errors import BooksError
from company.schema import about

log = logging.getLogger(__name__)

RETRY_S = (1.0, 5.0, 30.0, 300.0)
BATCH = 200
GATHER_S = 0.2  # let a burst of facts gather before reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who wants to hear of which facts. `facts` are whole names; `on_fact` runs in the cursor's transaction.

    `after` is called on the loop when that is committed: what was written may have to be sent.
    """

    name: str
    facts: frozenset[str]
    on_fact: Callable[[Connection, Entry], None]
    after: Callable[[], None] | None = None


class Feed:
    """Tells subscribers what was committed to the audit record."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock
        self._newest = 0
        self._news = asyncio.Event()
        self._subscriptions: list[Subscription] = []

    def heard(self, number: int) -> None:
        """Called after each commit that added to the record (`Books.on_audit`)."""
        self._newest = max(self._newest, number)
        self._news.set()
        self._news = asyncio.Event()

    @property
    def newest(self) -> int:
        """The number of the newest fact that was heard of."""
        return self._newest

    def subscribe(self, subscription: Subscription) -> None:
        """Before `run`."""
        self._subscriptions.append(subscription)

    async def changes(self) -> AsyncIterator[int]:
        """The number of the newest fact, each time there is a newer one than the last that was yielded."""
        seen = -1
        while True:
            news = self._news
            if self._newest != seen:
                seen = self._newest
                yield seen
            else:
                await news.wait()

    async def run(self) -> None:
        """Serve every subscription side by side until cancelled."""
        async with asyncio.TaskGroup() as group:
            for subscription in self._subscriptions:
                group.create_task(self._serve(subscription), name=f"feed:{subscription.name}")

    async def _serve(self, subscription: Subscription) -> None:
        cursor, failures = await self._books.read(_cursor, subscription.name), 0
        while True:
            news = self._news
            try:
                newest, found = await self._books.read(_matching, cursor, subscription.facts)
                if found:
                    if failures < len(RETRY_S):
                        await self._books.write(_hand_over, subscription, found, newest)
                    else:
                        await self._one_by_one(subscription, found)
                    if subscription.after is not None:
                        subscription.after()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("subscriber %s failed; it is tried again", subscription.name)
                await self._clock.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
                continue
            cursor, failures = newest, 0
            if len(found) < BATCH:
                await news.wait()
                await self._clock.sleep(GATHER_S)

    async def _one_by_one(self, subscription: Subscription, found: tuple[Entry, ...]) -> None:
        """Each fact in a transaction of its own, without the one that fails: it must not stop those behind it.

        When it is the books that fail, no fact is at fault: that is raised.
        """
        for entry in found:
            try:
                await self._books.write(_hand_over, subscription, (entry,), entry.number)
            except Exception as error:
                if _of_the_books(error):
                    raise
                log.exception(
                    "subscriber %s can't take fact %d (%s): skipped", subscription.name, entry.number, entry.fact
                )
                fault = type(error).__name__
                await self._books.write(_skip, self._clock.now(), subscription, entry, fault)


def _of_the_books(error: Exception) -> bool:
    """Away, full, dropped: not what the handler asked of them."""
    if isinstance(error, DBAPIError):
        return not isinstance(error, (DataError, IntegrityError, ProgrammingError))
    return isinstance(error, (BooksError, OSError))


def _cursor(tx: Connection, name: str) -> int:
    found = tx.scalar(select(about.c.value).where(about.c.name == f"feed.{name}"))
    return int(found) if found is not None else 0


def _matching(tx: Connection, cursor: int, facts: frozenset[str]) -> tuple[int, tuple[Entry, ...]]:
    """The next facts of these names, and the number up to which the record has been read."""
    found = audit.entries(tx, limit=BATCH, after=cursor, facts=facts)
    newest = found[-1].number if len(found) == BATCH else audit.tip(tx)[0]
    return max(newest, cursor), found


def _hand_over(tx: Connection, subscription: Subscription, found: tuple[Entry, ...], newest: int) -> None:
    """Handle each fact and move the cursor, in one transaction: once each, also through a crash."""
    done = _cursor(tx, subscription.name)
    for entry in found:
        if entry.number > done:
            subscription.on_fact(tx, entry)
    _move(tx, subscription, max(done, newest))


def _skip(tx: Connection, now: int, subscription: Subscription, entry: Entry, fault: str) -> None:
    _move(tx, subscription, entry.number)
    audit.record(
        tx, now, "feed", "fact.skipped", order_id=entry.order_id, subscriber=subscription.name, number=entry.number,
        skipped=entry.fact, fault=fault,
    )  # fmt: skip


def _move(tx: Connection, subscription: Subscription, number: int) -> None:
    name = f"feed.{subscription.name}"
    values = {"value": str(number)}
    if tx.execute(update(about).where(about.c.name == name).values(**values)).rowcount == 0:
        tx.execute(insert(about), [{"name": name, **values}])
