"""Operations as a department: front office, dispatcher, leases, cards that run out, orders whose time has come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import Connection

from company import audit, budget, decisions, exact_cache, people, work_orders
from company.audit import Entry
from company.earlier import entries
from company.feed import Feed, Subscription
from company.figures import age
from company.money import dollars
from company.operations.front_office import FrontOffice
from company.operations.fulfilment import Fulfilment
from company.operations.house import House
from company.records import Condition, ConversationKey, Desk, Health, Person, Role, State, WorkOrder
from company.topics import Topic

TICK_S = 1.0
BOUND = "identity.bound"
NOTICES = ("cap.near", BOUND)
FORGET_EVERY_S = 3600.0
WORTH_TELLING_MS = 60_000  # whoever waited no longer than this hears no excuse


class Operations(FrontOffice):
    """The main path with the four verbs of a department.

    Args:
        house: the collaborators.
        feed: served while operations run.
    """

    name = "operations"

    def __init__(self, house: House, feed: Feed) -> None:
        super().__init__(house)
        self._fulfilment = Fulfilment(house)
        self._feed = feed
        feed.subscribe(
            Subscription(name="notices", facts=frozenset(NOTICES), on_fact=self._tell_board, after=house.wake)
        )
        self._resumed: tuple[int, ...] = ()

    @property
    def resumed(self) -> tuple[int, ...]:
        """The numbers of the orders that were found unfinished at start."""
        return self._resumed

    async def open(self) -> None:
        """Return orphaned reservations and find what was left unfinished."""
        await self._books.write(budget.return_orphans, self._clock.now(), self._house.holder)
        lease_ms = int(self._house.work.lease_s * 1000)
        alive_at = await self._books.read(work_orders.last_worked_at, lease_ms=lease_ms)
        left = [o for o in await self._books.read(work_orders.unfinished) if o.state is not State.WAITING]
        self._resumed = tuple(order.number for order in left)
        away = self._clock.now() - alive_at
        if left and away >= WORTH_TELLING_MS:
            await self._books.write(self._tell_back, left, away)
            self._house.wake()
        for order in left:
            self._house.dispatcher.wake(order)

    async def run(self) -> None:
        """Work until cancelled. Nothing is in hand yet: what the books say we hold was dropped when this last fell."""
        if await self._books.read(work_orders.holds_any, self._house.holder):
            await self._books.write(work_orders.let_go, self._clock.now(), self._house.holder)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._house.dispatcher.run(self._fulfil), name="dispatcher")
            group.create_task(self._tick(), name="operations:tick")
            group.create_task(self._feed.run(), name="feed")

    async def _fulfil(self, order_id: str) -> None:
        with self._house.profiles.of(order_id):
            await self._fulfilment.fulfil(order_id)

    async def close(self) -> None:
        """Nothing is held beyond `run`."""

    async def check(self) -> Health:
        """How many orders run and wait."""
        left = await self._books.read(work_orders.unfinished)
        waiting = sum(order.state is State.WAITING for order in left)
        detail = f"{len(left) - waiting} running, {waiting} waiting"
        return Health(part=self.name, condition=Condition.OK, detail=detail)

    def _tell_back(self, tx: Connection, left: Sequence[WorkOrder], away: int) -> None:
        """One line in each chat that waited while the company was away: what goes on now."""
        waited: dict[ConversationKey, list[WorkOrder]] = {}
        for order in left:
            waited.setdefault(order.conversation, []).append(order)
        for where, mine in waited.items():
            courier, person = self._house.couriers.get(where.desk), people.get(tx, mine[-1].person_id)
            if courier is None or person is None or where.desk is Desk.CONSOLE:  # who asked there has left
                continue
            numbers = ", ".join(f"#{order.number}" for order in mine)
            line = self._house.replies.texts.say(person.language, "back", away=age(away), orders=numbers)
            courier.notice(tx, where, line, topic=Topic.OUTAGE)

    def _tell_board(self, tx: Connection, entry: Entry) -> None:
        """What the Board must know without asking: once to each of its chats, in the cursor's transaction."""
        courier, owner = self._house.couriers.get(Desk.TELEGRAM), people.board(tx)
        if courier is None or owner is None:
            return
        if entry.fact == BOUND:
            line, topic, silent = self._joined(tx, entry, owner), Topic.SECURITY, True
        else:
            line, topic, silent = self._cap_near(entry, owner), Topic.BUDGET, False
        for chat in people.addresses(tx, Desk.TELEGRAM, role=Role.BOARD):
            of = people.find(tx, Desk.TELEGRAM, chat)
            if line and of is not None and of.id != entry.actor:  # who has just come in hears a welcome
                courier.notice(tx, ConversationKey(desk=Desk.TELEGRAM, chat=chat), line, topic=topic, silent=silent)

    def _cap_near(self, entry: Entry, owner: Person) -> str:
        texts, fact = self._house.replies.texts, entry.payload
        return texts.say(
            owner.language, "cap_near", share=100 * fact["charged"] // max(1, fact["cap"]),
            what=texts.say(owner.language, f"cap_{fact['scope']}"), used=dollars(fact["charged"]),
            cap=dollars(fact["cap"]),
        )  # fmt: skip

    def _joined(self, tx: Connection, entry: Entry, owner: Person) -> str:
        """Somebody may speak here now, or at another desk too."""
        person, texts = people.get(tx, entry.actor), self._house.replies.texts
        if person is None:
            return ""
        role = texts.say(owner.language, f"joined_{person.role.value}")
        return texts.say(owner.language, "joined", name=person.name, role=role, desk=entry.payload["desk"])

    async def _tick(self) -> None:
        """Leases, parked orders and overdue cards, every second."""
        next_renewal = next_forgetting = 0.0
        while True:
            await self.look_after()
            if self._clock.monotonic() >= next_forgetting:
                next_forgetting = self._clock.monotonic() + FORGET_EVERY_S
                now, cache = self._clock.now(), self._house.cache
                await self._books.write(exact_cache.forget_old, now, cache.exact_ms)
                await self._books.write(entries.forget_old, now, cache.answers_ms)
            if self._clock.monotonic() >= next_renewal:
                next_renewal = self._clock.monotonic() + self._house.work.lease_s / 3
                await self._renew()
            await self._clock.sleep(TICK_S)

    async def look_after(self) -> None:
        """Wake what is due, close what ran out, hear what others wrote; one read unless there is something to do."""
        now = self._clock.now()
        due, overdue, newest = await self._books.read(_look, now)
        for order in due:
            resumed = await self._books.write(_resume_if_due, now, order.id)
            if resumed is not None:
                self._house.dispatcher.wake(resumed)
        for decision in overdue:
            await self._count_as_no(decision)
        if newest > self._feed.newest:  # another process wrote: the command line, a second worker
            self._feed.heard(newest)

    async def _renew(self) -> None:
        now, holder = self._clock.now(), self._house.holder
        if await self._books.read(work_orders.holds_any, holder):
            lease_ms = int(self._house.work.lease_s * 1000)
            await self._books.write(work_orders.renew, now, holder, lease_ms=lease_ms)
        if await self._books.read(budget.orphans, now, holder):
            await self._books.write(budget.return_orphans, now, holder)

    async def _count_as_no(self, decision: decisions.Decision) -> None:
        """Silence is a no: the order is refused, visibly."""
        order, person = await self._books.read(_order_and_person, decision.order_id)
        if order is None or person is None or order.conversation.desk not in self._house.couriers:
            return  # a desk that is off now tells it when it is open again
        reason = self._house.replies.texts.say(person.language, "expired")
        reply = self._house.replies.ended(order, State.REFUSED, reason, person.language)
        post = await self._house.posting(order, reply)

        def write(tx: Connection) -> None:
            now = self._clock.now()
            decisions.expire(tx, now, decision)
            current = work_orders.get(tx, order.id)
            if current is not None and current.state is State.WAITING:
                ended = work_orders.end(tx, now, current, State.REFUSED, reason)
                post(tx, ended)

        await self._books.write(write)
        self._house.wake()


def _look(tx: Connection, now: int) -> tuple[tuple[WorkOrder, ...], tuple[decisions.Decision, ...], int]:
    return work_orders.due(tx, now), decisions.overdue(tx, now), audit.tip(tx)[0]


def _resume_if_due(tx: Connection, now: int, order_id: str) -> WorkOrder | None:
    due = {order.id: order for order in work_orders.due(tx, now)}
    return work_orders.resume(tx, now, due[order_id], by=work_orders.OPERATIONS) if order_id in due else None


def _order_and_person(tx: Connection, order_id: str) -> tuple[WorkOrder | None, Person | None]:
    order = work_orders.get(tx, order_id)
    return order, people.get(tx, order.person_id) if order is not None else None
