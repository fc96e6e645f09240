"""What the desk does with a client's commands: each asks the front office and brings what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from company.clock import day_of
from company.document_records import Admission, Reading
from company.errors import NotReady, Refused
from company.library_ports import Shelf
from company.people import Action, may
from company.ports import FrontOffice, ProgramOffice, RetrievalOffice
from company.program_records import json_of, populate_of, query_of
from company.records import ConversationKey, Desk, Person, WorkOrder
from company.retrieval_choice import RetrievalChoice
from console.protocol import Brought, Command, Exchange, Forgetting, Found, Name, Numbers, Sources, Taken, Words
from console.session import Session

EXPORT_PAGE = 500
MOST_FOUND = 50
"""Passages of one search."""
MOST_SIGNS = 200
"""Characters of an exchange that is shown before it is forgotten."""
NOT_YOURS = "That can't be forgotten: it is not over yet, was not said here, or is somebody else's."
NO_PAGE = "There is no page: [web] is off, or NEXUS does not run; start it with ./nexus run"
InWords = Callable[[Person, ConversationKey, str, str], Awaitable[str]]
"""A command with its argument, answered as Markdown. Raises an `OrderError` with a sentence for the person."""
IN_WORDS = frozenset({Name.QA, Name.PROJECT, Name.KNOWLEDGE, Name.QUOTA})


class Commands:
    """Performs commands for a session's person; the front office checks what they may do, but for documents."""

    def __init__(
        self, office: FrontOffice, shelf: Shelf, read_link: Callable[[Admission], str],
        programs: ProgramOffice | None = None, retrieval: RetrievalOffice | None = None,
        in_words: InWords | None = None,
    ) -> None:  # fmt: skip
        self._office = office
        self._read_link = read_link
        self._shelf = shelf
        self._programs = programs
        self._retrieval = retrieval
        self._in_words = in_words
        self._table: dict[Name, Callable[[Session, Person, Command], Awaitable[Brought]]] = {
            Name.TUNE: self._tune, Name.FORGET: self._forget, Name.PAGE: self._page,
            **dict.fromkeys(IN_WORDS, self._told),
        }  # fmt: skip

    async def perform(self, session: Session, command: Command) -> AsyncIterator[Brought]:
        """One report, or several pieces of a long one. Raises an `OrderError` with a sentence for the person."""
        assert session.person is not None  # noqa: S101 - the desk admitted it
        if command.name is Name.EXPORT:
            async for piece in self._export(session.person, command):
                yield piece
        elif command.name in (Name.STATUS, Name.COST, Name.AUDIT, Name.VERIFY):
            yield await self._report(session.person, command)
        elif command.name in (Name.SOURCES, Name.WHY, Name.RATE, Name.ANEW):
            yield await self._about(session, session.person, command)
        elif command.name in (Name.INGEST, Name.SEARCH, Name.GRAPH, Name.CYPHER):
            try:
                async for piece in self._library(session, session.person, command):
                    yield piece
            except NotReady as error:
                raise Refused(str(error)) from None
        elif command.name in (Name.QUERY, Name.RESULT, Name.TRACE, Name.POPULATE, Name.DOCUMENTS):
            yield Brought(id=command.id, words=Words(text=await self._program(session.person, command)))
        elif (does := self._table.get(command.name)) is not None:
            yield await does(session, session.person, command)
        else:
            yield await self._act(session, session.person, command)

    async def _told(self, session: Session, person: Person, command: Command) -> Brought:
        """What the chat's own commands say."""
        if self._in_words is None:
            raise Refused(f"/{command.name.value} is not answered here.")
        try:
            text = await self._in_words(person, session.conversation, command.name.value, command.text)
        except NotReady as error:
            raise Refused(str(error)) from None
        return Brought(id=command.id, words=Words(text=text))

    async def _page(self, session: Session, person: Person, command: Command) -> Brought:
        """A link to the person's own page on this machine."""
        self._need(person, Action.ORDER)
        link = self._read_link(_admission(session))
        if not link:
            raise Refused(NO_PAGE)
        return Brought(id=command.id, words=Words(text=link))

    async def _forget(self, session: Session, person: Person, command: Command) -> Brought:
        """What would be forgotten, by words or by number; or that it is, for the numbers that were confirmed."""
        past, where = self._office.past, session.conversation
        if command.numbers:
            done = await past.forget(person, where, command.numbers)
            return Brought(id=command.id, forgetting=Forgetting(done=done))
        if command.number is None:
            found = await past.about(person, where, command.text)
            exchanges = tuple(
                Exchange(number=one.number, day=one.day, who=one.who, words=one.words[:MOST_SIGNS]) for one in found
            )
            return Brought(id=command.id, forgetting=Forgetting(exchanges=exchanges))
        order = await self._office.order_of(person, where, command.number)
        if not await past.said_in(person, where, order.id if order is not None else "") or order is None:
            raise Refused(NOT_YOURS)
        one = Exchange(number=order.number, day=day_of(order.created_at), words=order.text[:MOST_SIGNS])
        return Brought(id=command.id, forgetting=Forgetting(exchanges=(one,)))

    async def _tune(self, _: Session, person: Person, command: Command) -> Brought:
        """What is in force; a trial, after which the Board's `adopt` puts the best in force; or the `usual` again."""
        if self._retrieval is None:
            raise Refused("There is nothing to tune here.")
        if command.choice == "usual":
            await self._retrieval.choose(person, RetrievalChoice())
        if not command.body:
            return Brought(id=command.id, retrieval=await self._retrieval.in_force(person))
        trial = await self._retrieval.tried(person, command.body)
        if command.choice == "adopt" and trial.worth:
            await self._retrieval.choose(person, trial.best)
        return Brought(id=command.id, trial=trial, retrieval=await self._retrieval.in_force(person))

    async def _program(self, person: Person, command: Command) -> str:
        """What a program asks, by the same operations that it will have over the network."""
        if self._programs is None:
            raise Refused("Programs are not served here.")
        caller = await self._caller(person, command.program)
        if command.name is Name.QUERY:
            return json_of(await self._programs.query(caller, query_of(command.body)))
        if command.name is Name.POPULATE:
            return json_of(await self._programs.populate(caller, populate_of(command.body)))
        if command.name is Name.DOCUMENTS:
            return json_of(await self._programs.documents(caller))
        if command.name is Name.TRACE:
            return json_of(await self._programs.trace(caller, command.text))
        return json_of(await self._programs.result(caller, command.text))

    async def _caller(self, person: Person, program: str) -> Person:
        """Who asks: the person, or the program whose account the Board tries out."""
        if not program:
            return person
        self._need(person, Action.MANAGE_PEOPLE)
        found = await self._office.known(Desk.API, program)
        if found is None:
            raise Refused(f"There is no program '{program}'; ./nexus programs {program} adds it.")
        return found

    async def _report(self, person: Person, command: Command) -> Brought:
        if command.name is Name.STATUS:
            return Brought(id=command.id, status=await self._office.status(person))
        if command.name is Name.COST:
            return Brought(id=command.id, cost=await self._office.cost(person, period=command.period))
        if command.name is Name.VERIFY:
            return Brought(id=command.id, audit=await self._office.audit_verify(person))
        page = await self._office.audit_page(
            person, limit=command.limit, fact=command.fact, order_number=command.number
        )
        return Brought(id=command.id, audit=page)

    async def _act(self, session: Session, person: Person, command: Command) -> Brought:
        if command.name is Name.STOP:
            stopped = await self._office.stop(person, session.conversation, number=command.number)
            return Brought(id=command.id, numbers=Numbers(numbers=stopped))
        if command.name is Name.NEW:
            await self._office.new_conversation(person, session.conversation)
            return Brought(id=command.id, words=Words())
        if command.name is Name.DECIDE:
            result = await self._office.decide(person, command.decision, command.choice)
            return Brought(id=command.id, decision=result)
        acceptance = await self._office.escalate(person, session.conversation, number=command.number)
        order = acceptance.order
        taken = Taken(id=command.id, order_id=order.id, number=order.number) if order is not None else None
        return Brought(id=command.id, taken=taken)

    async def _about(self, session: Session, person: Person, command: Command) -> Brought:
        """Commands on one answer: the numbered one of this person."""
        order = await self._office.order_of(person, session.conversation, command.number or 0)
        if order is None:
            return Brought(id=command.id, words=Words(text=f"There is no order #{command.number or 0} of yours."))
        if command.name is Name.SOURCES:
            citations = await self._office.sources(person, order.id)
            link = self._read_link(_admission(session, order_id=order.id)) if citations else ""
            return Brought(id=command.id, sources=Sources(citations=citations, link=link))
        if command.name is Name.WHY:
            return Brought(id=command.id, words=Words(text=await self._office.why(person, order.id)))
        if command.name is Name.ANEW:
            return await self._anew(session, person, command, order)
        await self._office.rate(person, order.id, command.rating)
        return Brought(id=command.id, words=Words())

    async def _anew(self, session: Session, person: Person, command: Command, order: WorkOrder) -> Brought:
        """The same question again. What was asked elsewhere is answered there, and what was asked anew stays so."""
        acceptance = await self._office.anew(person, order.id)
        again = acceptance.order
        if again is None or not acceptance.fresh:
            return Brought(id=command.id, words=Words(text=f"#{order.number} was asked anew already."))
        if again.conversation != session.conversation:
            return Brought(id=command.id, words=Words(text=f"#{again.number} is answered where it was asked."))
        return Brought(id=command.id, taken=Taken(id=command.id, order_id=again.id, number=again.number))

    async def _library(self, session: Session, person: Person, command: Command) -> AsyncIterator[Brought]:
        if command.name is Name.CYPHER:
            self._need(person, Action.ORDER)
            async for piece in self._shelf.graph.cypher(person_id=person.id):
                yield Brought(id=command.id, words=Words(text=piece), more=True)
            yield Brought(id=command.id, words=Words())
        elif command.name is Name.GRAPH:
            self._need(person, Action.ORDER)
            yield Brought(id=command.id, around=await self._shelf.graph.around(command.text, person_id=person.id))
        else:
            yield await self._documents(session, person, command)

    @staticmethod
    def _need(person: Person, action: Action) -> None:
        if not may(person, action):
            raise Refused("You may not do that here; ask the Board.")

    async def _documents(self, session: Session, person: Person, command: Command) -> Brought:
        """Put a file on the shelf, with news of how far it is read, or look for passages."""
        self._need(person, Action.KEEP_DOCUMENTS if command.name is Name.INGEST else Action.ORDER)
        if command.name is Name.SEARCH:
            passages = await self._shelf.find(command.text, person_id=person.id, limit=min(command.limit, MOST_FOUND))
            admissions = [_admission(session, passage_id=one.id) for one in passages] if command.link else []
            links = tuple(map(self._read_link, admissions))
            return Brought(id=command.id, found=Found(passages=passages, links=links))

        def tell(reading: Reading) -> None:
            session.offer(Brought(id=command.id, more=True, reading=reading))

        return Brought(id=command.id, added=await self._shelf.add(Path(command.path), tell, reader=person.id))

    async def _export(self, person: Person, command: Command) -> AsyncIterator[Brought]:
        """The whole record, oldest first, in pieces that fit a line."""
        total = (await self._office.audit_page(person, limit=1)).total
        page = await self._office.audit_page(person, limit=max(total, 1))
        for start in range(0, len(page.entries), EXPORT_PAGE):
            piece = type(page)(entries=page.entries[start : start + EXPORT_PAGE], total=page.total)
            yield Brought(id=command.id, audit=piece, more=True)
        yield Brought(id=command.id, audit=type(page)(entries=(), total=page.total))


def _admission(session: Session, *, order_id: str = "", passage_id: str = "") -> Admission:
    """Whoever is at the desk, as the page of this machine knows them."""
    return Admission(
        desk=Desk.CONSOLE, external_id=str(session.uid), device="console", order_id=order_id, passage_id=passage_id
    )
