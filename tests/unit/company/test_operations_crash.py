"""The process dies at every write of every way an order can go: one visible end, an exact ledger, an unbroken chain (P1).

`Dying` kills the process before or after its n-th commit: from then on nothing of that process reaches the books. A new
process of the same instance opens and goes on. The desk hands in again what it had not confirmed, as Telegram does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, select

from company import decisions, work_orders
from company.books import Books
from company.config import WorkSettings
from company.errors import NobodyAvailable
from company.records import Person, State, WorkOrder
from company.schema import decisions as cards
from company.schema import ledger, outbox, verdicts
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import (
    FAIL,
    LEAK,
    PASS,
    World,
    books_are_sound,
    budget_of,
    charged_in_all,
    request,
    settle_in,
)


class Killed(BaseException):
    """kill -9."""


class Dying:
    """Books of a process that dies at its n-th write."""

    def __init__(self, inner: Books, at: int, when: str) -> None:
        self.inner, self.at, self.when = inner, at, when
        self.dialect = inner.dialect
        self.on_audit: Callable[[int], None] | None = None
        self.writes = 0

    @property
    def dead(self) -> bool:
        return self.writes >= self.at

    async def open(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError

    async def write(self, change: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.dead:
            raise Killed
        self.writes += 1
        if self.dead and self.when == "before":
            raise Killed
        result = await self.inner.write(change, *args, **kwargs)
        if self.dead:
            raise Killed
        return result

    async def read(self, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.dead:
            raise Killed
        return await self.inner.read(query, *args, **kwargs)


@dataclass
class Way:
    """One way an order can go: what staff and QA do, and what people do. All of it may be asked for again."""

    verdicts: list[Any]
    end: State
    absent: int = 0  # how often nobody is available at first
    per_order: str = "1000"
    choice: str = ""
    stops: bool = False

    async def walk(self, world: World, person: Person, update: str) -> WorkOrder:
        ops = world.ops
        order = (await ops.accept(request(person, update=update, chat=update))).order
        assert order is not None
        for _ in range(30):
            order = await world.order(order.id)
            if order.state is State.READY or order.state.ended:
                break
            if self.stops and order.state in (State.WORKING, State.WAITING):
                await ops.stop(person, order.conversation)
            elif order.state is State.WAITING:
                await self._wait(world, person, order)
            else:
                await world.ops._fulfilment.fulfil(order.id)
        return order

    async def _wait(self, world: World, person: Person, order: WorkOrder) -> None:
        clock = world.clock
        assert isinstance(clock, TurnedClock)
        if order.waiting_for == "money" and self.choice:
            card = await world.books.read(decisions.open_for, order.id)
            await world.ops.decide(person, card[0].id, f"{self.choice}:{card[0].seal}")
            return
        clock.turn(3600 * 25 if order.waiting_for == "money" else 400)
        await world.ops.look_after()


WAYS: dict[str, Way] = {
    "passes": Way([PASS], State.READY),
    "mended, escalated, labelled": Way([FAIL] * 6, State.READY),
    "a secret on the last rung": Way([LEAK] * 6, State.FAILED),
    "nobody, then somebody": Way([PASS], State.READY, absent=2),
    "money added": Way([FAIL, PASS], State.READY, per_order="0.003", choice="add"),
    "finished cheaper": Way([FAIL, FAIL, PASS], State.READY, per_order="0.005", choice="cheaper"),
    "stopped on the card": Way([PASS], State.STOPPED, per_order="0.0001", choice="stop"),
    "no answer to the card": Way([PASS], State.REFUSED, per_order="0.0001"),
    "stopped by command": Way([PASS], State.STOPPED, absent=1, stops=True),
}


def world_of(way: Way, books: Books, clock: TurnedClock) -> World:
    world = World(
        books, clock, budget=budget_of(per_order=way.per_order), work=WorkSettings(crash_limit=50, deadline_h=1000)
    )
    world.steps += [NobodyAvailable("all are down")] * way.absent
    world.inspector.verdicts += way.verdicts
    world.staff.steps = world.steps
    return world


async def one_death(way: Way, name: str, books: Books, clock: TurnedClock, person: Person, at: int, when: str) -> bool:
    """Walk with a death at write `at`; False when the walk was over before."""
    dying = Dying(books, at, when)
    world = world_of(way, books, clock)
    world.run = 1000 * at + (when == "after") * 100
    world.build(dying)
    update = f"{name} {at} {when}"
    died = False
    before = await books.read(charged_in_all)
    scripted = list(world.inspector.verdicts)
    try:
        order = await way.walk(world, person, update)
    except Killed:
        died = True
        # The next process gets the verdicts of the attempts that are not yet on record.
        done = await books.read(_judged, update)
        world.inspector.verdicts[:] = scripted[done:]
        await world.again()
        order = await way.walk(world, person, update)
    assert order.state is way.end, f"{update}: {order.state} {order.end_reason}"
    await check(books, world, order, before, died)
    return died


def _judged(tx: Connection, chat: str) -> int:
    """How many verdicts the unfinished order of this chat has on record."""
    found = [order.id for order in work_orders.unfinished(tx) if order.conversation.chat == chat]
    return len(tx.execute(select(verdicts.c.id).where(verdicts.c.order_id.in_(found))).all())


async def check(books: Books, world: World, order: WorkOrder, before: int, died: bool) -> None:
    await books_are_sound(books)

    def read(tx: Connection) -> None:
        rows = tx.execute(select(outbox).where(outbox.c.order_id == order.id)).all()
        ends = [row.kind for row in rows if row.kind not in ("card", "notice")]
        assert len(ends) == 1, f"told {ends}"
        assert (ends[0] in ("answer", "unverified")) == (order.state is State.READY)
        assert [row.closes_order for row in rows if row.kind in ("answer", "unverified")] == [1] * (
            order.state is State.READY
        )
        notices = [row for row in rows if row.kind == "notice"]
        assert len(notices) <= 1, "said twice that nobody can be reached"
        open_cards = tx.execute(select(cards).where(cards.c.order_id == order.id, cards.c.state == "open")).all()
        assert open_cards == []
        asked = tx.execute(select(cards).where(cards.c.order_id == order.id)).all()
        assert len([row for row in rows if row.kind == "card"]) == len(asked)
        charges = tx.execute(select(ledger).where(ledger.c.order_id == order.id)).all()
        assert all(row.state != "reserved" for row in charges)
        lost = sum(row.reserved_micro for row in charges if row.outcome == "orphaned")
        charged = charged_in_all(tx) - before
        assert charged <= world.door.spent_micro <= charged + lost
        assert (lost > 0) <= died

    await books.read(read)


@pytest.mark.parametrize("name", WAYS)
async def test_the_process_dies_at_every_write(books: Books, clock: TurnedClock, name: str) -> None:
    person = await settle_in(books, clock)
    deaths = 0
    for when in ("before", "after"):
        at = 1
        while await one_death(WAYS[name], name, books, clock, person, at, when):
            at, deaths = at + 1, deaths + 1
    assert deaths >= 8


@pytest.mark.postgres
async def test_the_process_dies_at_every_write_on_postgres(postgres_books: Books, clock: TurnedClock) -> None:
    person = await settle_in(postgres_books, clock)
    name = "money added"
    for when in ("before", "after"):
        at = 1
        while await one_death(WAYS[name], name, postgres_books, clock, person, at, when):
            at += 1
        assert at > 6
