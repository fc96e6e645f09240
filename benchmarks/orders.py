"""Orders a second through the company's main path on both databases, beside bare commits on the same database.

Real: operations, dispatcher, router, meter, ledger, audit, books. Stood in for: the employee (one metered call that
answers at once), the inspector (passes all) and the courier (notes a row, then the delivery). Each order is counted
from `accept` to delivered; the baseline does as many commits as the orders took, one row each, one after the other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert

from benchmarks.databases import NAMES, bare, books
from benchmarks.table import Row, Skip, show
from company import org_chart, people, work_orders
from company.books import Books
from company.budget import Caps
from company.clock import SystemClock, new_id
from company.config import BudgetSettings, Settings
from company.dispatch import InProcessDispatcher
from company.feed import Feed
from company.metering import MeteredModel
from company.operations import Operations
from company.operations.house import House
from company.operations.replies import Replies
from company.ports import OnText, Report
from company.records import (
    Account,
    Completion,
    ConversationKey,
    Deliverable,
    Desk,
    Health,
    Job,
    Message,
    ModelCall,
    ModelRef,
    Outcome,
    Person,
    Progress,
    Purpose,
    Reply,
    Request,
    Role,
    Stop,
    Tier,
    Usage,
    Verdict,
    WorkOrder,
)
from company.router.admin import Admin
from company.router.builtin import BuiltinRouter
from company.schema import outbox
from company.texts import Texts
from company.topics import Topic

P = ParamSpec("P")
T = TypeVar("T")
HAIKU = ModelRef(provider="anthropic", model="claude-haiku-4-5")
AT_ONCE = 64  # orders in flight
WARM_UP = 20  # orders before the clock starts
TIERS = frozenset({"clerk", "intern", "director", "ceo"})


class CountedBooks:
    """Books that count their write transactions."""

    def __init__(self, inner: Books) -> None:
        self._inner, self.writes, self.reads = inner, 0, 0
        self.dialect = inner.dialect
        self.on_audit: Callable[[int], None] | None = None
        inner.on_audit = self._heard

    def _heard(self, number: int) -> None:
        if self.on_audit is not None:
            self.on_audit(number)

    async def open(self) -> None:
        """Opened by whoever made the inner ones."""

    async def close(self) -> None:
        """Closed by whoever made the inner ones."""

    async def write(self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.writes += 1
        return await self._inner.write(change, *args, **kwargs)

    async def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.reads += 1
        return await self._inner.read(query, *args, **kwargs)


class InstantModel:
    """A provider that answers at once."""

    provider = "anthropic"

    async def complete(self, call: ModelCall, on_text: OnText | None = None) -> Completion:
        usage = Usage(input_tokens=200, output_tokens=20)
        return Completion(text="It is so.", usage=usage, stop=Stop.END, provider=self.provider, model=call.model)

    async def check(self) -> Health:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing is held."""


class OneCall:
    """An employee who makes one metered call."""

    def __init__(self, metered: MeteredModel) -> None:
        self._metered = metered

    async def perform(self, job: Job, report: Report) -> Deliverable:
        account = Account(
            person_id=job.order.person_id, employee="intern", purpose=Purpose.WORK, order_id=job.order.id,
            attempt_id=job.attempt_id, tier=job.tier,
        )  # fmt: skip
        call = ModelCall(model="", system="", messages=(Message(role="user", text=job.order.text),))
        said = await self._metered.complete((HAIKU,), call, account)
        return Deliverable(text=said.text, employee="intern", title="Intern", tier=job.tier, model=str(HAIKU))

    def available(self) -> frozenset[str]:
        return TIERS


class PassesAll:
    """An inspector without eyes."""

    async def inspect(self, order: WorkOrder, deliverable: Deliverable) -> Verdict:
        return Verdict(outcome=Outcome.PASS, spec="none", spec_version=1)


class RowCourier:
    """A desk whose person has the answer as soon as it is in the outbox: one more commit, as a real desk makes."""

    desk = Desk.TELEGRAM

    def __init__(self, ours: Books, clock: SystemClock) -> None:
        self._books, self._clock, self._left = ours, clock, 0
        self._posted: list[str] = []
        self._news = asyncio.Event()
        self._all_there = asyncio.Event()

    def expect(self, number: int) -> None:
        """So many orders are to come."""
        self._left = number
        self._all_there.clear()

    async def all_delivered(self) -> None:
        """Until the expected ones are delivered."""
        async with asyncio.timeout(300):
            await self._all_there.wait()

    async def render(self, order: WorkOrder, reply: Reply) -> object:
        return reply.text

    def post(self, tx: Connection, order: WorkOrder, rendered: object) -> None:
        now = self._clock.now()
        row = {
            "id": new_id(now), "desk": self.desk, "chat": order.conversation.chat, "topic": "", "order_id": order.id,
            "seq": order.number, "kind": "answer", "payload": str(rendered), "state": "ready", "closes_order": 1,
            "created_at": now, "updated_at": now,
        }  # fmt: skip
        tx.execute(insert(outbox), [row])
        self._posted.append(order.id)

    def notice(
        self, tx: Connection, where: ConversationKey, text: str, *, topic: Topic | None = None, silent: bool = True
    ) -> bool:
        """Nobody is told."""
        return True

    def wake(self) -> None:
        self._news.set()

    def progress(self, order: WorkOrder, news: Progress) -> None:
        """Nobody watches."""

    async def run(self) -> None:
        """Deliver what was posted, one commit each."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._posted:
                if await self._books.write(work_orders.delivered, self._clock.now(), self._posted.pop()):
                    self._left -= 1
            if self._left <= 0:
                self._all_there.set()


@dataclass(frozen=True, slots=True)
class Run:
    """What so many orders took."""

    orders: int
    wall_s: float
    cpu_s: float
    writes: int


def _introduce(ours: CountedBooks, clock: SystemClock, courier: RowCourier) -> Operations:
    budget = BudgetSettings.model_validate(
        dict.fromkeys(("per_order", "per_person_day", "day", "month"), 100_000) | {"warn_at": 1.0}
    )
    caps = Caps(budget, ZoneInfo("UTC"))
    metered = MeteredModel(ours, {"anthropic": InstantModel()}, clock, caps, "bench/1")
    builtin = BuiltinRouter(clock, available=lambda: TIERS, library_is_empty=lambda: True)
    settings = Settings()
    house = House(
        books=ours, clock=clock, router=Admin(metered, builtin, clock, None), staff=OneCall(metered),
        inspector=PassesAll(), dispatcher=InProcessDispatcher(ours, clock, max_running=settings.work.max_running),
        couriers={Desk.TELEGRAM: courier}, caps=caps, work=settings.work, replies=Replies(Texts()), holder="bench/1",
        health=tuple, witnesses=tuple, warnings=tuple, company_name="NEXUS", version="0",
    )  # fmt: skip
    feed = Feed(ours, clock)
    ours.on_audit = feed.heard
    return Operations(house, feed)


def _first_day(tx: Connection, now: int) -> Person:
    org_chart.take_in(tx, now, Settings())
    return people.add(tx, now, name="Ada", role=Role.BOARD, language="en", by="benchmark")


async def _orders(name: str, number: int) -> Run:
    async with books(name) as inner:
        clock, ours = SystemClock(), CountedBooks(inner)
        person = await ours.write(_first_day, clock.now())
        courier = RowCourier(ours, clock)
        operations = _introduce(ours, clock, courier)
        await operations.open()
        tasks = [asyncio.create_task(operations.run()), asyncio.create_task(courier.run())]
        gate = asyncio.Semaphore(AT_ONCE)

        async def order(index: int) -> None:
            async with gate:
                await operations.accept(_request(person, index, clock.now()))

        async def orders(indexes: range) -> None:
            courier.expect(len(indexes))
            await asyncio.gather(*(order(index) for index in indexes))
            await courier.all_delivered()

        await orders(range(WARM_UP))
        before, begun, cpu = ours.writes, time.perf_counter(), time.process_time()
        await orders(range(WARM_UP, WARM_UP + number))
        run = Run(number, time.perf_counter() - begun, time.process_time() - cpu, ours.writes - before)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await operations.close()
        return run


def _request(person: Person, index: int, now: int) -> Request:
    return Request(
        desk=Desk.TELEGRAM, external_id=str(index), person=person, received_at=now, message_id=str(index),
        conversation=ConversationKey(desk=Desk.TELEGRAM, chat=str(index % AT_ONCE)), tier=Tier.INTERN,
        text=f"What is the capital of the country that comes as number {index} in the atlas?",
    )  # fmt: skip


async def _bare_commits(name: str, number: int) -> tuple[float, float]:
    """Wall and CPU seconds."""
    async with bare(name) as driver:
        begun, cpu = time.perf_counter(), time.process_time()
        for _ in range(number):
            await driver.commit()
        return time.perf_counter() - begun, time.process_time() - cpu


def _in_turns(name: str, number: int, rounds: int) -> tuple[Run, float, float]:
    """Orders between two halves of their bare commits, so that both meet the same disk; the sums of all rounds."""
    total, wall_s, cpu_s = Run(0, 0.0, 0.0, 0), 0.0, 0.0
    for _ in range(rounds):
        before = asyncio.run(_bare_commits(name, number * 7 // 2))
        one = asyncio.run(_orders(name, number))
        after = asyncio.run(_bare_commits(name, one.writes - number * 7 // 2))
        total = Run(
            total.orders + one.orders, total.wall_s + one.wall_s, total.cpu_s + one.cpu_s, total.writes + one.writes
        )
        wall_s, cpu_s = wall_s + before[0] + after[0], cpu_s + before[1] + after[1]
    return total, wall_s, cpu_s


def run(quick: bool) -> None:
    """Measure and print."""
    rows, notes = list[Row](), list[str]()
    for name in NAMES:
        try:
            ours, wall_s, cpu_s = _in_turns(name, 64 if quick else 300, 1 if quick else 3)
        except Skip as skipped:
            notes.append(f"{name}: skipped, {skipped}")
            continue
        number = ours.orders
        rows += [
            Row(what=f"{name}: orders a second", unit="1/s", ours=number / ours.wall_s, baseline=number / wall_s),
            Row(
                what=f"{name}: CPU per order", unit="ms",
                ours=1000 * ours.cpu_s / number, baseline=1000 * cpu_s / number,
            ),
            Row(what=f"{name}: commits per order", unit="", ours=ours.writes / number, baseline=ours.writes / number),
        ]  # fmt: skip
    notes.append("The server's own CPU is not in the CPU figures of Postgres.")
    show("Orders through operations, 64 in flight", "bare commits", rows, notes=notes)


if __name__ == "__main__":
    run(quick=False)
