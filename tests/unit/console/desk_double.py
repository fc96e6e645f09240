"""A front office over real books that does no work: the test plays the company's part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from company import audit, people, work_orders
from company.books import SqliteBooks
from company.clock import Clock
from company.document_records import Added, OnReading, Reading
from company.errors import Refused
from company.operations.once_more import asked_again
from company.records import (
    Assignment,
    Citation,
    ConversationKey,
    Desk,
    Difficulty,
    Kind,
    Passage,
    Person,
    Reply,
    Request,
    Tier,
    WorkOrder,
)
from company.reports import Acceptance, AuditPage, CostReport, DecisionResult, HourOfOrders, StatusReport
from console.desk import ConsoleDesk

ASSIGNMENT = Assignment(
    kind=Kind.CHAT, difficulty=Difficulty.TRIVIAL, language="en", ladder=(Tier.INTERN, Tier.DIRECTOR), brief=""
)


class Shelf:
    """Implements `company.library_ports.Shelf` over a list."""

    def __init__(self) -> None:
        self.added: list[Path] = []
        self.asked: list[tuple[str, str, int]] = []
        self.found: tuple[Passage, ...] = ()

    async def add(self, path: Path, on_reading: OnReading | None = None, *, reader: str = "") -> Added:
        if path.suffix == ".bad":
            raise Refused(f"{path.name} can't be used: it is damaged.")
        if on_reading is not None:
            on_reading(Reading(name=path.name, done=1, total=2))
        self.added.append(path)
        return Added(name=path.name, passages=3, notes=("1 of its 2 pages have no text",))

    async def keep(self, name: str, data: bytes, on_reading: OnReading | None = None, *, reader: str = "") -> Added:
        raise Refused("Nothing is kept here.")

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        self.asked.append((question, person_id, limit))
        return self.found


class Office:
    """Implements what the console asks of `company.ports.FrontOffice`."""

    def __init__(self, books: SqliteBooks, clock: Clock) -> None:
        self.books = books
        self.clock = clock
        self.accepted: list[WorkOrder] = []
        self.stopped: list[int | None] = []
        self.decided: list[tuple[str, str]] = []
        self.forgotten: list[ConversationKey] = []
        self.refuse = ""
        self.stops_with: Reply | None = None
        self.cited: tuple[Citation, ...] = ()
        self.desk: ConsoleDesk | None = None

    async def known(self, desk: Desk, external_id: str, *, device: str = "") -> Person | None:
        return await self.books.read(people.find, desk, external_id)

    async def turned_away(self, desk: Desk, external_id: str, detail: str) -> None:
        await self.books.write(
            audit.record, self.clock.now(), f"{desk}:{external_id}", "stranger.turned_away", detail=detail
        )

    async def accept(self, request: Request, *, also: Any = None) -> Acceptance:
        if self.refuse:
            raise Refused(self.refuse)

        def write(tx: Connection) -> Acceptance:
            now = self.clock.now()
            fresh = work_orders.note_incoming(tx, now, request.desk, request.external_id, raw=request.raw)
            if not fresh:
                order = work_orders.by_message(tx, request.conversation, request.message_id)
                return Acceptance(order=order, fresh=False)
            return Acceptance(order=work_orders.accept(tx, now, request, deadline_at=None), fresh=True)

        acceptance = await self.books.write(write)
        if acceptance.order is not None and acceptance.fresh:
            self.accepted.append(acceptance.order)
        return acceptance

    async def stop(
        self, person: Person, conversation: ConversationKey, *, number: int | None = None
    ) -> tuple[int, ...]:
        self.stopped.append(number)
        if self.stops_with is not None:
            await self.answer(self.accepted[-1], self.stops_with)
            return (self.accepted[-1].number,)
        return ()

    async def escalate(
        self, person: Person, conversation: ConversationKey, *, number: int | None = None, order_id: Any = None,
        also: Any = None,
    ) -> Acceptance:  # fmt: skip
        if not self.accepted:
            raise Refused("There is no such order in this conversation.")
        return Acceptance(order=self.accepted[-1], fresh=True)

    async def anew(self, person: Person, order_id: str, *, also: Any = None) -> Acceptance:
        order = next(one for one in self.accepted if one.id == order_id)
        request = asked_again(order, person, key=f"anew:{order_id}", tier=None, now=self.clock.now())
        return await self.accept(request)

    async def decide(self, person: Person, decision_id: str, choice: str) -> DecisionResult:
        self.decided.append((decision_id, choice))
        return DecisionResult(taken=True, choice=choice, by=person.name, at=self.clock.now(), text="$1.00 added")

    async def new_conversation(self, person: Person, conversation: ConversationKey) -> None:
        self.forgotten.append(conversation)

    async def order_of(self, person: Person, conversation: ConversationKey, number: int) -> WorkOrder | None:
        return await self.books.read(work_orders.by_number, number)

    async def status(self, person: Person) -> StatusReport:
        return StatusReport(
            at=self.clock.now(), company="NEXUS", version="0.1.0", up_ms=1000, running=(), waiting=(), recent=(),
            orders_today=0, open_decisions=0, employees=(), caps=(), health=(), warnings=(),
        )  # fmt: skip

    async def last_day(self, person: Person) -> tuple[HourOfOrders, ...]:
        return ()

    async def cost(self, person: Person, *, period: str = "today") -> CostReport:
        return CostReport(
            period=period, since=0, lines=(), total_micro=0, reserved_micro=0, in_doubt_calls=0, in_doubt_micro=0,
            saved_micro=0, caps=(), by_day=(), orders=0,
        )  # fmt: skip

    async def audit_page(
        self, person: Person, *, limit: int = 10, fact: str = "", order_number: int | None = None
    ) -> AuditPage:
        return await self.books.read(
            lambda tx: AuditPage(entries=audit.entries(tx, limit=limit, fact=fact), total=audit.count(tx))
        )

    async def audit_verify(self, person: Person) -> AuditPage:
        found = await self.books.read(audit.verify)
        return AuditPage(entries=(), total=found.entries, verification=found)

    async def why(self, person: Person, order_id: str) -> str:
        return "**Because** it is so."

    async def sources(self, person: Person, order_id: str) -> tuple[Citation, ...]:
        return self.cited

    async def rate(self, person: Person, order_id: str, rating: int) -> None:
        raise Refused("Only the Board rates here.")

    # -- the company's part -------------------------------------------------------------------------------------------

    async def answer(self, order: WorkOrder, reply: Reply) -> None:
        """Bring an order to READY and post the reply, as the main path does."""
        assert self.desk is not None
        desk = self.desk
        rendered = await desk.render(order, reply)

        def write(tx: Connection) -> None:
            now = self.clock.now()
            if reply.closes_order:
                assigned = work_orders.assign(tx, now, order, ASSIGNMENT)
                working, _ = work_orders.start_attempt(tx, now, assigned, (), "")
                work_orders.ready(tx, now, working, reply.text, "")
            desk.post(tx, order, rendered)

        await self.books.write(write)
        desk.wake()

    async def state(self, order: WorkOrder) -> str:
        """Where the order stands in the books."""
        found = await self.books.read(work_orders.get, order.id)
        assert found is not None
        return found.state.value
