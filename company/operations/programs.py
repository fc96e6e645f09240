"""What programs ask of the company: a query with its answer, documents for the library, the steps of a query.

Whoever calls is a person with a role like any other (`company.people`): the same rights, caps, QA and record. Their
threads are conversations of the desk `api` under their own id, so nobody else's query can be part of one. No transport
is known here; the console uses it, and HTTP may.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from contextlib import suppress

from sqlalchemy import Connection

from company import attempts, audit, budget, cache_hits, people, projects, work_orders
from company.asking import Asking
from company.clock import Clock, new_id
from company.document_records import Shelved
from company.errors import NotReady, Refused
from company.language.again import asks_again
from company.library_ports import Shelf
from company.operations import reading
from company.operations.house import House
from company.operations.program_desk import ProgramDesk
from company.operations.timeline import timeline
from company.people import Action
from company.ports import FrontOffice
from company.program_records import (
    Answered,
    DocumentResult,
    Ingested,
    NamedText,
    Outcome,
    Populate,
    Populated,
    Query,
    SectionTitle,
    Trace,
    TracedProfile,
    TraceStep,
)
from company.records import Citation, ConversationKey, Desk, Person, Request, State, WorkOrder
from company.section_block import for_program, read_block

ANSWERED = "query.answered"
"""The record's name of a query that a program was given the answer of."""
_ENDS = {State.REFUSED: Outcome.REFUSED, State.FAILED: Outcome.FAILED, State.STOPPED: Outcome.STOPPED}
_NAME_WORDS = 6


class Programs:
    """The operations for other programs.

    Args:
        house: the books, the clock and the texts.
        office: takes orders.
        shelf: where documents go.
        desk: tells when something became of an order.
    """

    def __init__(self, house: House, office: FrontOffice, shelf: Shelf, desk: ProgramDesk) -> None:
        self._house = house
        self._books = house.books
        self._clock: Clock = house.clock
        self._office = office
        self._shelf = shelf
        self._desk = desk

    # -- queries ------------------------------------------------------------------------------------------------------

    async def query(self, caller: Person, asked: Query) -> Answered:
        """Ask, and wait for the answer as long as the program wants to.

        Raises:
            Refused: the caller may not ask, or its `request_id` was another question's.
        """
        thread = thread_of(asked) or new_id(self._clock.now())
        where = ConversationKey(desk=Desk.API, chat=caller.id, topic=thread)
        message_id = asked.request_id or new_id(self._clock.now())
        request = Request(
            desk=Desk.API, external_id=json.dumps([caller.id, thread, message_id]), conversation=where, person=caller,
            text=asked.query, message_id=message_id, received_at=self._clock.now(),
        )  # fmt: skip
        acceptance = await self._office.accept(request)
        order = acceptance.order
        if order is None or (not acceptance.fresh and not _is_of(order, asked.query)):
            raise Refused(
                f"The request_id '{message_id}' was used for another question of this thread; give a new one."
            )
        return await self._awaited(caller, order.id, asked.wait_s)

    async def result(self, caller: Person, order_id: str, *, wait_s: float = 0.0) -> Answered:
        """What became of an earlier query of this caller's.

        Raises:
            Refused: it has none of this id.
        """
        await self._mine(caller, order_id)
        return await self._awaited(caller, order_id, wait_s)

    async def trace(self, caller: Person, trace_id: str) -> Trace:
        """The steps of an earlier query of this caller's, by its trace or order id.

        Raises:
            Refused: it has none of this id.
        """
        order = await self._mine(caller, order_of_trace(trace_id))
        steps = await self._books.read(timeline, order)
        told = tuple(TraceStep(step=s.step, what=s.what, after_ms=s.after_ms, took_ms=s.took_ms) for s in steps)
        return Trace(trace_id=trace_of(order.id), order_id=order.id, steps=told, profile=self._profile(order.id))

    def _profile(self, order_id: str) -> TracedProfile | None:
        seen = self._house.profiles.profile(order_id)
        if seen is None:
            return None
        return TracedProfile(
            trace_id=trace_of(order_id), every_ms=seen.every_ms, samples=seen.samples, lines=seen.lines
        )  # fmt: skip

    async def _mine(self, caller: Person, order_id: str) -> WorkOrder:
        order = await self._books.read(work_orders.get, order_id)
        if order is None or order.conversation.desk is not Desk.API or order.conversation.chat != caller.id:
            raise Refused(f"There is no query '{order_id[:64]}' of yours.")
        return order

    async def _awaited(self, caller: Person, order_id: str, wait_s: float) -> Answered:
        with self._desk.waiting() as news, suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while True:
                    news.clear()
                    order = await self._books.read(work_orders.get, order_id)
                    if order is None or _status(order)[0] is not Outcome.WORKING:
                        break
                    await news.wait()
        return await self._now(caller, order_id)

    async def _now(self, caller: Person, order_id: str) -> Answered:
        """How it stands; an answer is handed over, which ends its order and is recorded, once."""
        order = await self._books.read(work_orders.get, order_id)
        if order is None:
            raise Refused(f"There is no query '{order_id[:64]}' of yours.")
        if order.state is State.READY:
            return await self._books.write(self._hand_over, caller, order_id)
        return await self._books.read(self._told, order)

    def _hand_over(self, tx: Connection, caller: Person, order_id: str) -> Answered:
        now = self._clock.now()
        first = work_orders.delivered(tx, now, order_id)
        order = work_orders.get(tx, order_id)
        assert order is not None  # noqa: S101 - it was read before, and orders stay
        told = self._told(tx, order)
        if first:
            audit.record(
                tx, now, caller.id, ANSWERED, order_id=order_id, status=told.status, latency_ms=told.latency_ms,
                cost_micro=told.cost_micro, cached=told.cached, sources=[one.passage_id for one in told.citations],
                trace=told.trace_id,
            )  # fmt: skip
        return told

    def _told(self, tx: Connection, order: WorkOrder) -> Answered:
        status, reason = _status(order)
        answered = status in (Outcome.ANSWERED, Outcome.UNVERIFIED)
        text = for_program(order.answer) if answered else ""
        return Answered(
            status=status, order_id=order.id, order_number=order.number, thread_id=order.conversation.topic,
            trace_id=trace_of(order.id), text=text, reason=reason,
            citations=_sources(tx, order) if answered else (),
            sections=tuple(
                SectionTitle(label=f"S{number}", title=title) for number, title in enumerate(read_block(text).titles, 1)
            ),
            cost_micro=budget.charged_for(tx, order.id),
            latency_ms=(order.finished_at or self._clock.now()) - order.created_at,
            cached=bool(cache_hits.served(tx, order.id)),
        )  # fmt: skip

    # -- documents ----------------------------------------------------------------------------------------------------

    async def populate(self, caller: Person, given: Populate) -> Populated:
        """Put documents into the library, one after the other; each is in, or has its reason.

        They are the caller's own, or everybody's where the settings say so (`[knowledge] sent`).

        Raises:
            Refused: the caller may not keep documents.
        """
        if not people.may(caller, Action.KEEP_DOCUMENTS):
            raise Refused(self._house.replies.texts.say(caller.language, "no_right"))
        done = [await self._keep(caller, one) for one in given.documents]
        indexed = sum(one.status is Ingested.INDEXED for one in done)
        return Populated(documents=tuple(done), indexed=indexed, failed=len(done) - indexed)

    async def _keep(self, caller: Person, given: str | NamedText) -> DocumentResult:
        name, text = (given.name, given.text) if isinstance(given, NamedText) else (name_of(given), given)
        try:
            added = await self._shelf.keep(name, text.encode("utf-8", "replace"), reader=caller.id)
        except (Refused, NotReady) as error:
            return DocumentResult(name=name, status=Ingested.FAILED, reason=str(error))
        return DocumentResult(
            name=added.name, status=Ingested.INDEXED, chunks=added.passages, same_as=added.same_as,
            reason="; ".join(added.notes),
        )  # fmt: skip

    async def documents(self, caller: Person) -> Populated:
        """How every document stands that the caller may read.

        Raises:
            Refused: the caller may not ask for documents.
        """
        if not people.may(caller, Action.ORDER):
            raise Refused(self._house.replies.texts.say(caller.language, "no_right"))
        done = [
            DocumentResult(
                name=one.name, status=Ingested.FAILED if one.state is Shelved.FAILED else Ingested.INDEXED,
                chunks=one.passages, reason=one.reason, same_as=one.same_as,
            )
            for one in await self._shelf.documents(person_id=caller.id)
        ]  # fmt: skip
        failed = sum(one.status is Ingested.FAILED for one in done)
        return Populated(documents=tuple(done), indexed=len(done) - failed, failed=failed)


def thread_of(asked: Query) -> str:
    """The name of the thread that a query goes on with; "" for a new one.

    A user's session gets a name that can be given back as a `thread_id`, and that no other user or session has.
    """
    if asked.session_id is None and asked.user_id is None:
        return asked.thread_id or ""
    if asked.session_id is None and asked.thread_id is None:
        return ""
    named = json.dumps([asked.user_id, asked.session_id, asked.thread_id])
    return f"session-{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def trace_of(order_id: str) -> str:
    """The id of an order's trace: an order's id is a UUID, and 32 hexadecimal digits are both."""
    return order_id.replace("-", "")


def order_of_trace(trace_id: str) -> str:
    """The order of a trace id; an order's own id stays as it is."""
    plain = trace_id.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{32}", plain):
        return trace_id.strip()
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


def name_of(text: str) -> str:
    """A name for a text without one: its first words and a mark of the whole, so the same text has the same name."""
    words = re.findall(r"[^\W_]+", text.lower())[:_NAME_WORDS]
    mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{'-'.join((*words, mark))[-100:].lstrip('-')}.txt"


def _is_of(order: WorkOrder, query: str) -> bool:
    """Whether an order was made of this query; "run it again" became the words of the order that it repeats."""
    return order.text == query or (order.parent_id is not None and asks_again(query) is not None)


def _sources(tx: Connection, order: WorkOrder) -> tuple[Citation, ...]:
    standing = projects.standing(tx, Asking.parse(order.reader_id))
    return tuple(reading.readable(one, standing) for one in attempts.citations_of(tx, order.id))


def _status(order: WorkOrder) -> tuple[Outcome, str]:
    if order.state in (State.READY, State.DELIVERED):
        return (Outcome.UNVERIFIED, order.label) if order.label else (Outcome.ANSWERED, "")
    if order.state in _ENDS:
        return _ENDS[order.state], order.end_reason
    if order.state is State.WAITING:
        return Outcome.WAITING, order.waiting_for
    return Outcome.WORKING, ""
