"""A whole main path over real books: only the network's edge and the departments are doubles, and each keeps count.

The staff double works as the real one does: each turn is one metered call, recorded in the transaction that settles it,
and an attempt that has its turn on record is not paid for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select

from company import audit, people, work_orders
from company.books import Books, to_json
from company.budget import Caps, Price, Scope
from company.clock import Clock, new_id
from company.config import BudgetSettings, WorkSettings
from company.dispatch import InProcessDispatcher
from company.feed import Feed
from company.metering import MeteredModel
from company.operations import Operations
from company.operations.earlier import EarlierAnswers
from company.operations.house import House
from company.operations.replies import Replies
from company.ports import OnText, Report
from company.records import (
    Account,
    Assignment,
    Completion,
    Condition,
    ConversationKey,
    Deliverable,
    Desk,
    Difficulty,
    Exchange,
    Finding,
    Health,
    Job,
    Kind,
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
from company.schema import about, ledger, orders, outbox, prices, spending
from company.texts import Texts
from company.topics import Topic

PRICED = ModelRef(provider="paid", model="one")
PRICE = Price(
    input=Decimal(3), output=Decimal(15), cache_read=Decimal("0.3"), cache_write=Decimal("3.75"), as_of="2026-11-01"
)
PASS = Verdict(outcome=Outcome.PASS, spec="chat", spec_version=1)
FAIL = Verdict(
    outcome=Outcome.FAIL, spec="chat", spec_version=1,
    findings=(Finding(layer="format", code="too-short", message="the answer is too short"),),
)  # fmt: skip
LEAK = replace(FAIL, findings=(Finding(layer="security", code="secret", message="it holds a secret"),))
UNSURE = replace(PASS, outcome=Outcome.UNVERIFIED)
LADDER = (Tier.INTERN, Tier.DIRECTOR, Tier.CEO)
TEXTS = Texts()


def budget_of(**dollars: str) -> BudgetSettings:
    """Caps in dollars; what is not named is wide."""
    wide = {"per_order": "1000", "per_person_day": "1000", "day": "1000", "month": "1000"}
    return BudgetSettings.model_validate(wide | dollars)


def put_price(tx: Connection, now: int, ref: ModelRef = PRICED, price: Price = PRICE) -> None:
    """A row of the payroll."""
    tx.execute(insert(prices), [{"model": str(ref), "version": 1, "data": price.to_json(), "created_at": now}])


class PaidDoor:
    """A provider that counts what it did: the ground truth of every ledger test."""

    def __init__(self, provider: str = "paid", *, usage: Usage | None = None, price: Price = PRICE) -> None:
        self.provider = provider
        self.price = price
        self.usage = usage or Usage(input_tokens=10, output_tokens=20)
        self.calls: list[ModelCall] = []
        self.spent_micro = 0

    async def complete(self, call: ModelCall, on_text: OnText | None = None) -> Completion:
        await asyncio.sleep(0)
        self.calls.append(call)
        self.spent_micro += self.price.cost(self.usage)
        return Completion(text="words", usage=self.usage, stop=Stop.END, provider=self.provider, model=call.model)

    async def check(self) -> Health:
        return Health(part=self.provider, condition=Condition.OK)

    async def close(self) -> None:
        return None


@dataclass
class FixedRouter:
    """Sends every order up the same ladder."""

    ladder: tuple[Tier, ...] = LADDER

    async def assign(self, order: WorkOrder, history: tuple[Exchange, ...]) -> Assignment:
        start = LADDER.index(order.wanted_tier) if order.wanted_tier in LADDER else 0
        return Assignment(
            kind=Kind.CHAT, difficulty=Difficulty.NORMAL, language="en", brief=f"{len(history)} before",
            ladder=self.ladder[start:] or self.ladder,
        )  # fmt: skip


Step = str | BaseException | Callable[[Job], Awaitable[str]]


@dataclass
class ScriptedStaff:
    """Plays the next step at each job, then goes on answering; pays for each turn through the metered door."""

    metered: MeteredModel
    books: Books
    clock: Clock
    steps: list[Step] = field(default_factory=list)
    able: frozenset[str] = frozenset(Tier)
    jobs: list[Job] = field(default_factory=list)

    async def perform(self, job: Job, report: Report) -> Deliverable:
        self.jobs.append(job)
        step: Step = self.steps.pop(0) if self.steps else f"answer of the {job.tier}, attempt {job.attempt_number}"
        if isinstance(step, BaseException):
            raise step
        text = step if isinstance(step, str) else await step(job)
        if job.tier is not Tier.CLERK and await self.books.read(_turn_of, job.attempt_id) is None:
            await self._turn(job, text)
        return Deliverable(
            text=text, employee=job.tier, title=job.tier.capitalize(), tier=job.tier,
            model="" if job.tier is Tier.CLERK else str(PRICED),
        )  # fmt: skip

    async def _turn(self, job: Job, text: str) -> None:
        def also(tx: Connection, completion: Completion) -> None:
            tx.execute(insert(about), [{"name": f"turn {job.attempt_id}", "value": completion.text}])

        call = ModelCall(model="", system="s", messages=(Message(role="user", text=text),), max_output_tokens=100)
        account = Account(
            person_id=job.order.person_id, employee=job.tier, purpose=Purpose.WORK, order_id=job.order.id,
            attempt_id=job.attempt_id, tier=job.tier,
        )  # fmt: skip
        await self.metered.complete((PRICED,), call, account, also=also)

    def available(self) -> frozenset[str]:
        return self.able


def _turn_of(tx: Connection, attempt_id: str) -> str | None:
    return tx.scalar(select(about.c.value).where(about.c.name == f"turn {attempt_id}"))


@dataclass
class ScriptedInspector:
    """Gives the next verdict, then passes everything."""

    verdicts: list[Verdict] = field(default_factory=list)
    seen: list[Deliverable] = field(default_factory=list)

    async def inspect(self, order: WorkOrder, deliverable: Deliverable) -> Verdict:
        self.seen.append(deliverable)
        return self.verdicts.pop(0) if self.verdicts else PASS


class OutboxCourier:
    """Writes replies to the real outbox table, as a desk does."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.woken = 0
        self.news: list[Progress] = []
        self.muted: frozenset[Topic | None] = frozenset()
        self.unable: frozenset[str] = frozenset()  # kinds of replies that can't be rendered

    async def render(self, order: WorkOrder, reply: Reply) -> object:
        if reply.kind in self.unable:
            raise ValueError("no such emoji")
        return reply

    def post(self, tx: Connection, order: WorkOrder, rendered: object) -> None:
        assert isinstance(rendered, Reply)
        self._row(tx, order.conversation, order.id, rendered.kind, rendered.text, int(rendered.closes_order), rendered)

    def notice(
        self, tx: Connection, where: ConversationKey, text: str, *, topic: Topic | None = None, silent: bool = True
    ) -> bool:
        if topic in self.muted:
            return False
        self._row(tx, where, None, "plain", text, 0, None)
        return True

    def _row(
        self, tx: Connection, where: ConversationKey, order_id: str | None, kind: str, text: str, closes: int,
        reply: Reply | None,
    ) -> None:  # fmt: skip
        assert where.desk is self.desk, "a reply went to another desk's courier"
        seq = (tx.scalar(select(func.max(outbox.c.seq)).where(outbox.c.desk == self.desk)) or 0) + 1
        buttons = [b.argument for row in reply.buttons for b in row] if reply is not None else []
        row = {
            "id": new_id(seq), "desk": self.desk, "chat": where.chat, "topic": where.topic, "order_id": order_id,
            "seq": seq, "kind": kind, "payload": to_json({"text": text, "buttons": buttons}), "closes_order": closes,
            "created_at": 0, "updated_at": 0,
        }  # fmt: skip
        tx.execute(insert(outbox), [row])

    def wake(self) -> None:
        self.woken += 1

    def progress(self, order: WorkOrder, news: Progress) -> None:
        self.news.append(news)


@dataclass
class World:
    """Everything around one `Operations`; `again()` is the same world after the process died."""

    books: Books
    clock: Clock
    budget: BudgetSettings = field(default_factory=budget_of)
    work: WorkSettings = field(default_factory=WorkSettings)
    instance: str = "box:_data"
    run: int = 1
    door: PaidDoor = field(default_factory=PaidDoor)
    router: FixedRouter = field(default_factory=FixedRouter)
    inspector: ScriptedInspector = field(default_factory=ScriptedInspector)
    steps: list[Step] = field(default_factory=list)
    desks: tuple[Desk, ...] = (Desk.TELEGRAM, Desk.CONSOLE)
    earlier: EarlierAnswers | None = None

    def __post_init__(self) -> None:
        self.couriers = {desk: OutboxCourier(desk) for desk in self.desks}
        self.build(self.books)

    def build(self, books: Books) -> Operations:
        """New objects over the same doubles, as a new process would make them."""
        caps = Caps(self.budget, ZoneInfo("UTC"))
        holder = f"{self.instance}/{self.run}"
        self.metered = MeteredModel(books, {self.door.provider: self.door}, self.clock, caps, holder)
        self.staff = ScriptedStaff(self.metered, books, self.clock, self.steps)
        self.dispatcher = InProcessDispatcher(books, self.clock, max_running=self.work.max_running)
        self.feed = Feed(books, self.clock)
        books.on_audit = self.feed.heard
        self.house = House(
            books=books, clock=self.clock, router=self.router, staff=self.staff, inspector=self.inspector,
            dispatcher=self.dispatcher, couriers=self.couriers, caps=caps, work=self.work,
            replies=Replies(TEXTS), holder=holder, health=lambda: (), witnesses=lambda: (), warnings=lambda: (),
            company_name="NEXUS", version="0", earlier=self.earlier,
        )  # fmt: skip
        self.ops = Operations(self.house, self.feed)
        return self.ops

    async def again(self, books: Books | None = None) -> Operations:
        """The process died: another run of the same instance."""
        self.run += 1
        ops = self.build(books or self.books)
        await ops.open()
        return ops

    async def fulfil(self, order: WorkOrder) -> WorkOrder:
        """One turn of work on an order, as the dispatcher would give it."""
        await self.ops._fulfilment.fulfil(order.id)
        return await self.order(order.id)

    async def order(self, order_id: str) -> WorkOrder:
        found = await self.books.read(work_orders.get, order_id)
        assert found is not None
        return found


async def settle_in(books: Books, clock: Clock) -> Person:
    """Prices, and an owner who is known at two desks."""

    def write(tx: Connection) -> Person:
        put_price(tx, clock.now())
        owner = people.add(tx, clock.now(), name="Ada", role=Role.BOARD, language="en", by="test")
        people.identify(tx, clock.now(), owner, Desk.TELEGRAM, "100")
        people.identify(tx, clock.now(), owner, Desk.CONSOLE, "ada")
        return owner

    return await books.write(write)


def request(person: Person, text: str = "hello", *, update: str = "1", chat: str = "100", **more: object) -> Request:
    """What a desk makes of a message."""
    values: dict[str, object] = {
        "desk": Desk.TELEGRAM, "external_id": update, "conversation": ConversationKey(desk=Desk.TELEGRAM, chat=chat),
        "person": person, "text": text, "message_id": f"m{update}", "received_at": 0, "raw": "{}",
    }  # fmt: skip
    return Request(**(values | more))  # type: ignore[arg-type]


async def posted(books: Books, order_id: str | None = None) -> list[tuple[str, str, str]]:
    """(kind, chat, payload) of what lies in the outbox, in order."""

    def read(tx: Connection) -> list[tuple[str, str, str]]:
        query = select(outbox.c.kind, outbox.c.chat, outbox.c.payload).order_by(outbox.c.seq)
        if order_id is not None:
            query = query.where(outbox.c.order_id == order_id)
        return [(row.kind, row.chat, row.payload) for row in tx.execute(query)]

    return await books.read(read)


def sums_of_ledger(tx: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """(scope, key) -> (charged, reserved), counted from the ledger's rows."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for row in tx.execute(select(ledger)):
        charged = row.charged_micro if row.state == "charged" else 0
        reserved = row.reserved_micro if row.state == "reserved" else 0
        keys = {Scope.PERSON: f"{row.day}/{row.person_id}", Scope.DAY: row.day, Scope.MONTH: row.month}
        if row.purpose == Purpose.QA:
            keys[Scope.QA] = row.day
        elif row.order_id:
            keys[Scope.ORDER] = row.order_id
        for scope, key in keys.items():
            before = sums.get((scope, key), (0, 0))
            sums[scope, key] = (before[0] + charged, before[1] + reserved)
    return {key: value for key, value in sums.items() if value != (0, 0)}


def sums_kept(tx: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """The same, as the running sums say."""
    rows = {(r.scope, r.key): (r.charged_micro, r.reserved_micro) for r in tx.execute(select(spending))}
    return {key: value for key, value in rows.items() if value != (0, 0)}


def charged_in_all(tx: Connection) -> int:
    return int(tx.scalar(select(func.sum(ledger.c.charged_micro)).where(ledger.c.state == "charged")) or 0)


async def books_are_sound(books: Books) -> None:
    """The chain verifies, the sums agree with the ledger, nothing is held by nobody."""

    def read(tx: Connection) -> None:
        verification = audit.verify(tx)
        assert verification.sound, verification.problem
        assert sums_kept(tx) == sums_of_ledger(tx)
        for row in tx.execute(select(orders)):
            if row.state in ("ready", "delivered", "refused", "failed", "stopped", "waiting"):
                assert row.claimed_by == "", f"order #{row.number} is {row.state} and still held"

    await books.read(read)
