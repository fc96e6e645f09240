"""The console's desk inside the company: clients on a Unix socket ask and command; replies are brought to them.

The socket's rights are the authentication, and the user id at its other end is the identity. An answer counts as
delivered when the client has said that it was printed; until then it waits in the outbox for the next client.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection

from company.books import Books, to_json
from company.clock import Clock
from company.document_records import Admission
from company.errors import OrderError
from company.library_ports import Shelf
from company.ports import FrontOffice, ProgramOffice, RetrievalOffice
from company.records import Condition, ConversationKey, Desk, Health, Progress, Reply, ReplyKind, Request, WorkOrder
from company.topics import Topic
from console import outbox, place
from console.commands import Commands, InWords
from console.protocol import (
    LONGEST_LINE,
    VERSION,
    Ask,
    BadLine,
    Codec,
    Command,
    FromClient,
    Mode,
    News,
    Printed,
    Problem,
    Said,
    Taken,
    Welcome,
    the_codec,
)
from console.session import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A reply as the console's outbox keeps it."""

    kind: str
    payload: str
    closes_order: bool


class ConsoleDesk:
    """A department, and the `Courier` of the console.

    Args:
        data_dir: where the socket lies.
        books: for the desk's own rows of the outbox.
        office: what the desk asks of the company.
        clock: time.
        company: the company's name.
        shelf: the library, for documents that a person hands in or looks for.
        programs: the operations for other programs, to be used and tried from here.
        retrieval: how documents are looked for, to be tried and chosen by the Board.
        in_words: answers `/qa`, `/project`, `/knowledge` and `/quota`.
    """

    name = "console"
    desk = Desk.CONSOLE

    def __init__(
        self, data_dir: Path, books: Books, office: FrontOffice, clock: Clock, *, company: str, shelf: Shelf,
        programs: ProgramOffice | None = None, retrieval: RetrievalOffice | None = None,
        in_words: InWords | None = None,
    ) -> None:  # fmt: skip
        self._data_dir = data_dir
        self._books = books
        self._office = office
        self._clock = clock
        self._company = company
        self._made: Codec | None = None
        self.read_link: Callable[[Admission], str] = lambda _: ""
        """Where an admission leads on the page of this machine; set where there is one."""
        self._commands = Commands(
            office, shelf, lambda admission: self.read_link(admission), programs, retrieval, in_words
        )  # fmt: skip
        self._listening: socket.socket | None = None
        self._path: Path | None = None
        self._sessions: list[Session] = []
        self._asked: dict[str, Session] = {}  # order id -> who waits for it
        self._in_hand: dict[str, Session] = {}  # outbox row -> to whom it was brought
        self._bell = asyncio.Event()

    # -- the four verbs -----------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Listen. Raises `StartupError` when another company does, or the folder can't be written."""
        self._listening, self._path = await asyncio.to_thread(place.bind, self._data_dir)

    async def _codec(self) -> Codec:
        """Made with the first client, in a thread: a house without one opens without it."""
        if self._made is None:
            self._made = await asyncio.to_thread(the_codec)
        return self._made

    async def run(self) -> None:
        """Serve clients until cancelled."""
        if self._listening is None:
            await self.open()
        listening, self._listening = self._listening, None
        async with asyncio.TaskGroup() as group:

            def connected(reader: StreamReader, writer: StreamWriter) -> None:
                group.create_task(self._serve(reader, writer), name="console:client")

            server = await asyncio.start_unix_server(connected, sock=listening, limit=LONGEST_LINE)
            try:
                await self._deliver()
            finally:
                server.close()

    async def close(self) -> None:
        """Take the socket away; replies that were not printed stay in the outbox."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        if self._path is not None:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(place.take_away, self._data_dir, self._path)
            self._path = None

    async def check(self) -> Health:
        """Who is here and what waits."""
        waiting = await self._books.read(outbox.count_waiting)
        here = sum(session.takes_replies for session in self._sessions)
        detail = f"{here} at the desk, {waiting} replies wait" if waiting else f"{here} at the desk"
        return Health(part=self.name, condition=Condition.OK, detail=detail, mend="./nexus chat")

    # -- the courier --------------------------------------------------------------------------------------------------

    async def render(self, order: WorkOrder, reply: Reply) -> Rendered:
        """The reply as JSON."""
        payload = (await self._codec()).reply.dump_json(reply).decode()
        return Rendered(kind=reply.kind.value, payload=payload, closes_order=reply.closes_order)

    def post(self, tx: Connection, order: WorkOrder, rendered: object) -> None:
        """One outbox row."""
        if not isinstance(rendered, Rendered):
            raise TypeError(f"{type(rendered).__name__} was not rendered here")
        outbox.post(
            tx, self._clock.now(), order, kind=rendered.kind, payload=rendered.payload,
            closes_order=rendered.closes_order,
        )  # fmt: skip

    def notice(
        self, tx: Connection, where: ConversationKey, text: str, *, topic: Topic | None = None, silent: bool = True
    ) -> bool:
        """A short text that belongs to no order, in the caller's transaction."""
        reply = Reply(kind=ReplyKind.NOTICE, text=text, silent=silent, closes_order=False)
        outbox.post_notice(tx, self._clock.now(), where, kind=reply.kind.value, payload=to_json(asdict(reply)))
        return True

    def wake(self) -> None:
        """There is something to bring."""
        self._bell.set()

    def progress(self, order: WorkOrder, news: Progress) -> None:
        """Pass news on to whoever waits for this order; dropped when they are slow."""
        session = self._waiting_for(order)
        if session is not None:
            session.offer(
                News(
                    number=order.number, stage=news.stage, text=news.text, employee=news.employee,
                    cost_micro=news.cost_micro,
                )
            )  # fmt: skip

    # -- replies ------------------------------------------------------------------------------------------------------

    async def _deliver(self) -> None:
        while True:
            self._bell.clear()
            if any(session.takes_replies for session in self._sessions):
                for row in await self._books.read(outbox.waiting):
                    await self._bring(row)
            await self._bell.wait()

    async def _bring(self, row: outbox.Row) -> None:
        session = self._whom(row)
        if session is None or row.id in self._in_hand:
            return
        self._in_hand[row.id] = session
        if not await self._books.write(outbox.begin, self._clock.now(), row.id):
            del self._in_hand[row.id]
            return
        reply = (await self._codec()).reply.validate_json(row.payload)
        said = Said(
            row=row.id, number=row.number, order_id=row.order_id, reply=reply, at=row.created_at,
            away=row.created_at < session.since, again=row.tries > 0,
        )  # fmt: skip
        if session not in self._sessions or not session.offer(said):
            self._in_hand.pop(row.id, None)  # it has gone, or is slow: brought again later

    def _whom(self, row: outbox.Row) -> Session | None:
        asked = self._asked.get(row.order_id)
        if asked is not None:
            return asked
        here = [s for s in self._sessions if s.takes_replies and s.hello.mode is Mode.CHAT and str(s.uid) == row.chat]
        return next((s for s in here if s.hello.conversation == row.topic), here[0] if here else None)

    def _waiting_for(self, order: WorkOrder) -> Session | None:
        chats = (s for s in self._sessions if s.hello.mode is Mode.CHAT and s.conversation == order.conversation)
        return self._asked.get(order.id) or next(chats, None)

    # -- clients ------------------------------------------------------------------------------------------------------

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        uid = place.peer_uid(writer.get_extra_info("socket"))
        session = Session(reader, writer, await self._codec(), uid=uid, on_room=self.wake)
        writing = asyncio.create_task(session.write(), name="console:write")
        try:
            if await self._admit(session):
                await self._listen(session)
        except BadLine as error:
            session.offer(Problem(text=f"The desk did not understand ({error}). Are client and company the same age?"))
        except (ConnectionError, TimeoutError):
            log.debug("a console client went away")
        except Exception:
            log.exception("a console client could not be served")
            session.offer(Problem(text="The desk failed; the log says why. Orders that were taken are kept."))
        finally:
            self._forget(session)
            await _end(writing)
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(1):
                    await session.flush()
            session.hang_up()

    async def _admit(self, session: Session) -> bool:
        hello = await session.greeting()
        if hello.version != VERSION:
            text = (
                f"The running company speaks version {VERSION} of the console's protocol, this client {hello.version};"
            )
            await session.say(Problem(text=f"{text} start the company again with the code that is here now."))
            return False
        person = await self._office.known(Desk.CONSOLE, str(session.uid), device="console")
        if person is None:
            await self._office.turned_away(Desk.CONSOLE, str(session.uid), "console")
            await session.say(Problem(text="This company does not know you; its owner started it as another user."))
            return False
        session.hello, session.person, session.since = hello, person, self._clock.now()
        waiting = await self._books.read(outbox.count_waiting, str(session.uid))
        await session.say(Welcome(company=self._company, person=person.name, waiting=waiting))
        self._sessions.append(session)
        self.wake()
        return True

    async def _listen(self, session: Session) -> None:
        while (message := await session.read()) is not None:
            try:
                await self._attend(session, message)
            except OrderError as error:
                await session.say(Problem(id=getattr(message, "id", ""), text=str(error)))

    async def _attend(self, session: Session, message: FromClient) -> None:
        if isinstance(message, Ask):
            await self._take(session, message)
        elif isinstance(message, Command):
            async for brought in self._commands.perform(session, message):
                if brought.taken is not None:
                    self._asked[brought.taken.order_id] = session
                await session.say(brought)
        elif isinstance(message, Printed) and self._in_hand.get(message.row) is session:
            await self._books.write(outbox.settle, self._clock.now(), message.row)
            self._in_hand.pop(message.row, None)

    async def _take(self, session: Session, ask: Ask) -> None:
        assert session.person is not None  # noqa: S101 - `_admit` came before
        raw = (await self._codec()).to_company(ask).decode()
        request = Request(
            desk=Desk.CONSOLE, external_id=ask.id, conversation=session.conversation, person=session.person,
            text=ask.text, message_id=ask.id, received_at=self._clock.now(), raw=raw,
        )  # fmt: skip
        acceptance = await self._office.accept(request)
        if acceptance.order is None:
            await session.say(Problem(id=ask.id, text="This message was taken before."))
            return
        self._asked[acceptance.order.id] = session
        await session.say(Taken(id=ask.id, order_id=acceptance.order.id, number=acceptance.order.number))

    def _forget(self, session: Session) -> None:
        if session in self._sessions:
            self._sessions.remove(session)
        self._asked = {order: who for order, who in self._asked.items() if who is not session}
        self._in_hand = {row: who for row, who in self._in_hand.items() if who is not session}
        self.wake()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, ConnectionError):
        await task
