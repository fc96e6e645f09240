"""What was said, found again: exchanges of the books in an index of their own. Implements the port `Memory`.

The same index and search as documents have, in `<data_dir>/memory.db`. It is derived: what is in it comes from the
books (`company.exchanges`), behind the house, and a missing or foreign file is made anew. There is no cursor beside the
index: each document carries the number up to which the books' record was read, so that after a kill what is read twice
is written the same twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from company import exchanges, projects, work_orders
from company.asking import Asking, memory_of
from company.books import Books
from company.clock import Clock
from company.config import MemorySettings
from company.errors import NotReady
from company.exchanges import News, Sitting
from company.memory_records import Recalled, Said, Span
from company.records import Condition, Health, Passage, Recalls, WorkOrder
from knowledge.engine import Scope
from knowledge.index import Index
from knowledge.ranking import RELEVANT
from knowledge.reminding import RARE, pointing
from knowledge.sayings import path_of, recalled, sheets
from knowledge.search import Search
from knowledge.threads import in_thread

T = TypeVar("T")
FITS = 0.45
"""The coverage from which something is told to an employee that nobody asked for; asked for, `RELEVANT` is enough."""
GATHER_S = 0.2
PRUNE_MS = 3_600_000
DAY_MS = 86_400_000
LONGEST = 1000  # characters of a question that are searched with
AT_A_TIME = 20
"""Sittings that are written between two looks at whoever waits for the thread."""


class Memory:
    """A department.

    Args:
        changes: yields whenever something was added to the books' record (`company.feed.Feed.changes`).
        company: the name that answers bear.
        zone: in which days are counted.
    """

    name = "memory"

    def __init__(
        self, settings: MemorySettings, *, data_dir: Path, books: Books, changes: Callable[[], AsyncIterator[int]],
        clock: Clock, company: str, zone: ZoneInfo,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._books = books
        self._changes = changes
        self._clock = clock
        self._company = company
        self._zone = zone
        path = data_dir / "memory.db"
        self._writing, self._reading = Index(path), Index(path)
        self._search = Search(self._reading)
        self._writer: ThreadPoolExecutor | None = None
        self._reader: ThreadPoolExecutor | None = None
        self._turn = asyncio.Lock()
        self._identity = ""
        self._upto = 0
        self._pruned_at = 0
        self._trouble = ""
        self.caught_up = asyncio.Event()
        """Set when all that the books had at the start is in the index."""

    # -- the four verbs -----------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the index, or delete it where nothing shall be remembered. Raises `BooksError`."""
        self.caught_up.clear()
        if not self._settings.enabled:
            await asyncio.to_thread(_delete, self._writing.path)
            return
        self._writer = ThreadPoolExecutor(1, "memory-write")
        self._reader = ThreadPoolExecutor(1, "memory-read")
        self._identity = await self._books.read(exchanges.identity)
        await self._write(self._writing.open)
        await self._read(self._reading.open)
        self._upto = await self._write(self._begin)

    async def run(self) -> None:
        """Take in what is said, until cancelled."""
        if not self._settings.enabled:
            await asyncio.Event().wait()
        async for _ in self._changes():
            try:
                await self.catch_up()
                self._trouble = ""
                self.caught_up.set()
            except NotReady as error:
                self._trouble = str(error)
            await self._clock.sleep(GATHER_S)

    async def close(self) -> None:
        """Stop after the sitting that is being written; safe after a failed `open`."""
        for executor, index in ((self._reader, self._reading), (self._writer, self._writing)):
            if executor is not None:
                executor.shutdown(wait=False, cancel_futures=True)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.to_thread(_end, executor, index), 5.0)
        self._reader = self._writer = None

    async def check(self) -> Health:
        """How much is remembered."""
        if not self._settings.enabled:
            return Health(part=self.name, condition=Condition.OFF, mend="set [memory] enabled = true")
        if self._reader is None:
            return Health(part=self.name, condition=Condition.ILL, detail="The memory is closed.")
        passages = (await self._read(self._reading.counts)).passages
        if self._trouble:
            return Health(part=self.name, condition=Condition.WARNING, detail=self._trouble)
        return Health(part=self.name, condition=Condition.OK, detail=f"{passages} passages of what was said")

    # -- the port -----------------------------------------------------------------------------------------------------

    async def recall(
        self, question: str, *, reader: str, span: Span | None = None, limit: int = 6, least: float = RELEVANT
    ) -> tuple[Recalled, ...]:
        """What was said that fits best, best first; without a question the newest, oldest first. () for nothing."""
        if self._reader is None:
            return ()
        scope = Scope(
            owners=frozenset({memory_of(reader)}), since=span.since if span else None,
            until=span.until if span else None,
        )  # fmt: skip
        found = await self._read(lambda: self._found(question[:LONGEST].strip(), scope, limit, least))
        return await self._readable(found, reader)

    async def _readable(self, found: Sequence[Recalled], reader: str) -> tuple[Recalled, ...]:
        """Without answers that rest on a project that this reader may not read (any more)."""
        numbers = {one.number for one in found if not one.own}
        hidden = await self._books.read(projects.withheld, numbers, Asking.parse(reader)) if numbers else frozenset()
        return tuple(one for one in found if one.own or one.number not in hidden)

    async def answering(self, asked: Recalls, *, reader: str, limit: int = 6) -> tuple[Recalled, ...]:
        """What fits a question about the past, in the time and from the side that it names."""
        span = (
            Span(since=asked.since, until=asked.until) if asked.since is not None and asked.until is not None else None
        )
        if not asked.about and span is None:
            return ()
        found = await self.recall(asked.about, reader=reader, span=span, limit=3 * limit)
        theirs = [one for one in found if not asked.by or one.own == (asked.by == "person")]
        return tuple((theirs or list(found))[:limit] if asked.about else (theirs or list(found))[-limit:])

    async def beside(self, order: WorkOrder, limit: int = 4) -> tuple[Recalled, ...]:
        """What else was said that fits an order well, for whoever works on it.

        Nothing of its conversation from before the last `/new`, and not the exchange that it repeats.
        """
        assignment = order.assignment
        if self._reader is None or (assignment is not None and assignment.points_at is not None):
            return ()  # who points at an answer is not told it again
        if assignment is not None and assignment.recalls is not None:
            return await self.answering(assignment.recalls, reader=order.reader_id, limit=2 * limit)
        shown_from, repeated = await self._books.read(work_orders.repeats, order)
        scope, asked = Scope(owners=frozenset({memory_of(order.reader_id)})), order.text[:LONGEST]
        worth = await self._read(lambda: self._worth_telling(asked, scope, 3 * limit))
        found = await self._readable(worth, order.reader_id)
        own = " ".join(order.text.split())
        return tuple(
            one
            for one in found
            if not (one.conversation_id == order.conversation_id and one.number <= shown_from)
            and one.number not in (order.number, repeated)
            and " ".join(one.words.split()) != own
        )[:limit]

    async def passage(self, passage_id: str, *, person_id: str) -> Passage | None:
        """One passage of what was said to this reader, or None when it is gone or not theirs."""
        if self._reader is None:
            return None
        scope = Scope(owners=frozenset({memory_of(person_id)}))
        hit = await self._read(lambda: self._reading.passage(passage_id, scope))
        found = () if hit is None else await self._readable([recalled(hit)], person_id)
        return found[0].passage if found else None

    async def catch_up(self) -> None:
        """Take in all that the books have and the index has not. Raises `NotReady`."""
        if self._writer is None:
            return
        async with self._turn:
            more = True
            while more:
                news = await self._books.read(exchanges.news, self._upto)
                await self._take(news)
                more = news.more
            if self._clock.now() - self._pruned_at >= PRUNE_MS:
                self._pruned_at = self._clock.now()
                await self._write(self._prune)

    # -- writing ------------------------------------------------------------------------------------------------------

    def _begin(self) -> int:
        """What is not from these books goes; the number up to which their record was read before."""
        upto = 0
        for path, row in self._writing.documents().items():
            if row.collection != self._identity:
                self._writing.remove(path)
            else:
                upto = max(upto, row.modified_ns)
        return upto

    async def _take(self, news: News) -> None:
        changed = sorted(news.sittings)
        for begin in range(0, len(changed), AT_A_TIME):
            some = changed[begin : begin + AT_A_TIME]
            told = await self._books.read(exchanges.told_in, some)
            await self._write(lambda told=told: self._put(told))  # type: ignore[misc]
        if news.forgot:
            await self._write(self._writing.scrub)
        self._upto = news.upto

    def _put(self, told: dict[Sitting, tuple[Said, ...]]) -> None:
        """Each sitting whole. What it carries is how far the record was read before this: a kill loses none of it."""
        now, upto = self._clock.now(), self._upto
        for sitting, said in told.items():
            recent = [one for one in said if one.at >= now - self._settings.keep_days * DAY_MS]
            written = sheets(
                sitting, recent, company=self._company, zone=self._zone, books=self._identity, upto=upto, now=now
            )
            known = set(self._writing.paths_under(path_of(sitting)))
            for sheet in written:
                self._writing.replace(sheet.row, sheet.turns, sheet.language)
            for path in known - {sheet.row.path for sheet in written}:
                self._writing.remove(path)

    def _prune(self) -> None:
        """The oldest go: beyond the days that are kept, and beyond the most of each reader."""
        rows = sorted(self._writing.documents().values(), key=lambda row: -row.time)
        oldest = self._clock.now() - self._settings.keep_days * DAY_MS
        kept: dict[str, int] = {}
        gone = [
            row.path for row in rows if row.time < oldest or _beyond(kept, row.owner, row.size, self._settings.most)
        ]
        for path in gone:
            self._writing.remove(path)
        if gone:
            self._writing.scrub()

    def _found(self, question: str, scope: Scope, limit: int, least: float) -> tuple[Recalled, ...]:
        if not question:
            return tuple(recalled(hit) for hit in self._reading.newest(scope, limit))
        ranked = self._search.find(question, limit, scope)
        return tuple(recalled(one.hit, one.coverage) for one in ranked if one.coverage >= least)

    def _worth_telling(self, text: str, scope: Scope, limit: int) -> tuple[Recalled, ...]:
        """What covers an order well, and of the people's own words what it points at."""
        counts = self._reading.counts()
        words = pointing(text, counts.languages)
        known = self._reading.frequencies({term for variants in words for term in variants})
        most = max(RARE, counts.passages // 100)
        terms = {term for variants in words for term in variants if known.get(term, most + 1) <= most}
        ranked = self._search.find(text, limit, scope)
        found = [(recalled(one.hit, one.coverage), one) for one in ranked]
        return tuple(
            said for said, one in found if one.coverage >= FITS or (said.own and not terms.isdisjoint(one.hit.terms))
        )

    # -- threads ------------------------------------------------------------------------------------------------------

    async def _write(self, call: Callable[[], T]) -> T:
        return await in_thread(self._writer, call, name="the memory")

    async def _read(self, call: Callable[[], T]) -> T:
        return await in_thread(self._reader, call, name="the memory")


def _beyond(kept: dict[str, int], owner: str, size: int, most: int) -> bool:
    """Whether so many more of an owner are more than the most; counts them where they are not."""
    whole = kept.get(owner, 0) + size
    if whole > most:
        kept[owner] = most  # what is older than something that went goes too
        return True
    kept[owner] = whole
    return False


def _delete(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _end(executor: ThreadPoolExecutor, index: Index) -> None:
    executor.shutdown()
    index.close()
