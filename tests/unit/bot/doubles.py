"""A company in memory for the desk's tests: the real books and work orders, answers given by the test."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection, select

from bot.delivery import Delivery
from bot.desk import TelegramDesk
from bot.renewal import Stored
from bot.webhook import Hook
from company import audit, people, work_orders
from company.books import Books
from company.clock import Clock
from company.config_desks import TelegramSettings
from company.document_records import (
    Added,
    Admission,
    Document,
    OnReading,
    Opened,
    Original,
    PagePicture,
    Room,
    Shelved,
    Way,
    Whose,
)
from company.errors import Refused
from company.operations.projects import Projects
from company.operations.sessions import Sessions
from company.png import encoded
from company.ports import Change
from company.records import (
    Assignment,
    Button,
    Citation,
    ConversationKey,
    Desk,
    Difficulty,
    Kind,
    Passage,
    Person,
    Receipt,
    Reply,
    ReplyKind,
    Request,
    Role,
    State,
    Tier,
    WorkOrder,
)
from company.reports import (
    Acceptance,
    AuditPage,
    CapLine,
    CostLine,
    CostReport,
    DayReport,
    DecisionResult,
    HourOfOrders,
    Series,
    Spent,
    StatusReport,
    Trouble,
)
from company.schema import outbox
from company.secrets import Secret
from company.speech_records import Heard, Kept, Recording, SpokenCommand, Transcript, Why
from company.texts import Texts as CompanyTexts
from tests.fakes.telegram import FakeTelegram

OWNER = 501
COMPANY_TEXTS = CompanyTexts()
SERIES = Series(
    unit="day", first_day="2026-11-20", last_day="2026-11-21", slots=("2026-11-20", "2026-11-21"),
    spent=(Spent(slot="2026-11-21", employee="intern", charged_micro=3_100),),
)  # fmt: skip
CAP = CapLine(scope="day", used_micro=420_000, reserved_micro=0, cap_micro=5_000_000)


@dataclass
class Shelf:
    """`company.library_ports.Shelf` that reads nothing; files named *.exe are refused."""

    kept: list[tuple[str, bytes]] = field(default_factory=list)
    passages: dict[str, Passage] = field(default_factory=dict)
    readers: list[str] = field(default_factory=list)
    shared: list[tuple[str, str]] = field(default_factory=list)
    shut: set[str] = field(default_factory=set)  # readers who may not read anything
    drawn: list[tuple[str, str, str]] = field(default_factory=list)
    fail_with: Exception | None = None
    whose: Whose = Whose.COMPANY

    async def add(self, path: Path, on_reading: OnReading | None = None, *, reader: str = "") -> Added:
        return await self.keep(path.name, path.read_bytes())

    async def keep(
        self, name: str, data: bytes, on_reading: OnReading | None = None, *, reader: str = "", way: Way = Way.CHAT,
        foreign: bool = False,
    ) -> Added:  # fmt: skip
        if name.endswith(".exe"):
            raise Refused(f"{name} can't be used: it is a program.")
        if name == "defect.txt":
            raise KeyError(name)
        same = next((kept for kept, content in self.kept if content == data), "")
        self.kept.append((name, data))
        self.readers.append(reader)
        return Added(name=name, passages=len(data.split()), same_as=same, whose=self.whose)

    async def documents(self, *, person_id: str) -> tuple[Document, ...]:
        return tuple(Document(name=name, state=Shelved.READ, passages=len(data.split())) for name, data in self.kept)

    async def quotas(self, *, person_id: str) -> tuple[Room, ...]:
        size = sum(len(data) for _, data in self.kept)
        return (Room(whose=None, documents=len(self.kept), most_documents=20, size=size, most_size=5_000_000),)

    async def share(self, name: str, *, person_id: str, project: str = "") -> None:
        if name not in dict(self.kept):
            raise Refused(f"There is no document {name}.")
        self.shared.append((name, person_id))

    async def remove(self, name: str, *, person_id: str) -> None:
        if name not in dict(self.kept):
            raise Refused(f"There is no document {name}.")
        self.kept = [(kept, data) for kept, data in self.kept if kept != name]

    async def passage(self, passage_id: str, *, person_id: str) -> Passage | None:
        return self.passages.get(passage_id)

    async def opened(self, passage_id: str, *, person_id: str) -> Opened | None:
        passage = self.passages.get(passage_id)
        if passage is None or person_id in self.shut:
            return None
        page = int(passage.place.rpartition("page ")[2]) if "page " in passage.place else 0
        return Opened(passage=passage, page=page, pages=True)

    async def picture(self, passage_id: str, quote: str, *, person_id: str) -> PagePicture:
        self.drawn.append((passage_id, quote, person_id))
        if self.fail_with is not None:
            raise self.fail_with
        return PagePicture(picture=encoded(b"\xff\xde\x59" * 4, 2, 2), page=1, marked=1)

    async def original(self, passage_id: str, *, person_id: str) -> Original:
        return Original(name="lease.pdf", data=b"%PDF-")

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        return tuple(
            Passage(id=name, document=name, place="page 1", text=data.decode(), score=1.0)
            for name, data in self.kept
            if question in data.decode()
        )


@dataclass
class Ears:
    """`company.ports.Transcriber` that hears what the bytes say: "status!" is sure, "stop?" likely, "'...'" free speech."""

    longest_s: int = 300
    heard: list[Recording] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    why: Why = Why.NOT_UNDERSTOOD
    hold: asyncio.Event | None = None

    async def transcribe(self, recording: Recording) -> Transcript:
        self.heard.append(recording)
        if self.hold is not None:
            await self.hold.wait()
        said = recording.data.decode()
        if said.startswith("'"):
            return Transcript(kind=Heard.TEXT, engine="whisper tiny", text=said.strip("'"), seconds=2.0)
        if said[-1:] in ("!", "?"):
            commands = tuple(
                SpokenCommand(name=one.split()[0], argument=" ".join(one.split()[1:]), phrase=one)
                for one in said[:-1].split("/")
            )
            kind = Heard.COMMAND if said.endswith("!") else Heard.LIKELY
            return Transcript(kind=kind, engine="grammar", text=commands[0].phrase, commands=commands, seconds=1.0)
        return Transcript(kind=Heard.NOTHING, engine="grammar", why=self.why, detail="make install GROUPS=voice")

    async def keep(self, recording: Recording) -> Kept:
        self.kept.append(recording.name)
        return Kept(place=f"voice/{recording.name}", days=30)


@dataclass
class Office:
    """`company.ports.FrontOffice` over real books; what a test wants to know is kept in lists."""

    books: Books
    clock: Clock
    accepted: list[Request] = field(default_factory=list)
    strangers: Counter[str] = field(default_factory=Counter)
    ratings: list[tuple[str, int]] = field(default_factory=list)
    decisions: list[tuple[str, str]] = field(default_factory=list)
    escalations: list[str | None] = field(default_factory=list)
    caps: list[tuple[str, int]] = field(default_factory=list)
    stopped: tuple[int, ...] = ()
    refuse: str = ""
    fail_with: Exception | None = None
    citations: tuple[Citation, ...] = ()
    verified: int = 0
    spent_micro: int = 3_100
    why_text: str = "Because it was **short**."

    async def known(self, desk: Desk, external_id: str, *, device: str = "") -> Person | None:
        return await self.books.read(people.find, desk, external_id)

    async def turned_away(self, desk: Desk, external_id: str, detail: str) -> None:
        self.strangers[external_id] += 1
        if self.strangers[external_id] == 1:
            await self.books.write(audit.record, self.clock.now(), external_id, "stranger.turned_away", detail=detail)

    async def pair(
        self, desk: Desk, external_id: str, code: str, *, name: str, language: str, also: Change | None = None
    ) -> Person | None:
        def write(tx: Connection) -> Person | None:
            person = people.redeem(tx, self.clock.now(), desk, external_id, code, name=name, language=language)
            if also is not None:
                also(tx)
            return person

        return await self.books.write(write)

    async def accept(self, request: Request, *, also: Change | None = None) -> Acceptance:
        if self.fail_with is not None:
            raise self.fail_with
        if self.refuse:
            raise Refused(self.refuse)

        def write(tx: Connection) -> Acceptance:
            now = self.clock.now()
            fresh = work_orders.note_incoming(
                tx, now, request.desk, request.external_id, chat=request.conversation.chat,
                message_id=request.message_id, raw=request.raw,
            )  # fmt: skip
            order = work_orders.accept(tx, now, request) if fresh else None
            if also is not None:
                also(tx)
            return Acceptance(order=order, fresh=fresh)

        acceptance = await self.books.write(write)
        if acceptance.fresh:
            self.accepted.append(request)
        return acceptance

    async def amend(self, person: Person, order_id: str, text: str, *, also: Change | None = None) -> bool:
        def write(tx: Connection) -> bool:
            amended = work_orders.amend(tx, self.clock.now(), order_id, text, by=person.id)
            if amended and also is not None:
                also(tx)
            return amended

        return await self.books.write(write)

    async def note(
        self, desk: Desk, external_id: str, *, chat: str = "", message_id: str = "", raw: str = "",
        also: Change | None = None,
    ) -> bool:  # fmt: skip
        def write(tx: Connection) -> bool:
            now = self.clock.now()
            fresh = work_orders.note_incoming(tx, now, desk, external_id, chat=chat, message_id=message_id, raw=raw)
            if fresh and also is not None:
                also(tx)
            return fresh

        return await self.books.write(write)

    async def stop(
        self, person: Person, conversation: ConversationKey, *, number: int | None = None
    ) -> tuple[int, ...]:
        return self.stopped

    async def escalate(
        self, person: Person, conversation: ConversationKey, *, number: int | None = None, order_id: str | None = None,
        also: Change | None = None,
    ) -> Acceptance:  # fmt: skip
        if self.refuse:
            raise Refused(self.refuse)

        def write(tx: Connection) -> WorkOrder | None:
            if also is not None:
                also(tx)
            if order_id is not None:
                return work_orders.get(tx, order_id)
            return work_orders.latest(tx, conversation)

        order = await self.books.write(write)
        self.escalations.append(order_id or (f"#{number}" if number else None))
        return Acceptance(order=replace(order, wanted_tier=Tier.CEO) if order else None, fresh=True)

    async def decide(self, person: Person, decision_id: str, choice: str) -> DecisionResult:
        if choice == "expired":
            return DecisionResult(taken=False, choice="", by="", at=0, text="No answer came in time.")
        self.decisions.append((decision_id, choice))
        return DecisionResult(
            taken=len(self.decisions) == 1, choice=choice, by=person.name, at=self.clock.now(),
            text=f"{choice}, by {person.name}",
        )  # fmt: skip

    async def set_cap(self, person: Person, scope: str, micro: int) -> None:
        if person.role is not Role.BOARD:
            raise Refused("You may not do that here; ask the Board.")
        self.caps.append((scope, micro))

    async def rate(self, person: Person, order_id: str, rating: int) -> None:
        self.ratings.append((order_id, rating))

    async def new_conversation(self, person: Person, conversation: ConversationKey) -> None:
        await self.books.write(work_orders.forget, self.clock.now(), conversation, by=person.id)

    async def set_language(self, person: Person, language: str) -> Person:
        return await self.books.write(people.set_language, self.clock.now(), person, language)

    async def order_of(self, person: Person, conversation: ConversationKey, number: int) -> WorkOrder | None:
        return await self.books.read(work_orders.by_number, number)

    @property
    def projects(self) -> Projects:
        return Projects(self.books, self.clock, COMPANY_TEXTS)

    @property
    def sessions(self) -> Sessions:
        return Sessions(self.books, self.clock, COMPANY_TEXTS)

    async def status(self, person: Person) -> StatusReport:
        return StatusReport(
            at=self.clock.now(), company="NEXUS", version="0.1.0", up_ms=93_000, running=(), waiting=(), recent=(),
            orders_today=len(self.accepted), open_decisions=0, employees=(), caps=(CAP,), health=(), warnings=(),
        )  # fmt: skip

    async def cost(self, person: Person, *, period: str = "today") -> CostReport:
        line = CostLine(
            employee="intern", model="anthropic/claude-haiku-4-5", calls=3, input_tokens=900, output_tokens=120,
            charged_micro=self.spent_micro,
        )  # fmt: skip
        return CostReport(
            period=period, since=0, lines=(line,) if self.spent_micro else (), total_micro=self.spent_micro, reserved_micro=0, in_doubt_calls=0,
            in_doubt_micro=0, saved_micro=0, caps=(CAP,), by_day=(), orders=2, series=SERIES,
        )  # fmt: skip

    async def last_day(self, person: Person) -> tuple[HourOfOrders, ...]:
        return tuple(
            HourOfOrders(hour=f"{hour:02}", delivered=hour % 3, unverified=0, failed=0, stopped=0) for hour in range(24)
        )

    async def day(self, person: Person) -> DayReport:
        return DayReport(
            ended=((State.DELIVERED, 3), (State.FAILED, 1)), open=1, spent_micro=420_000, caps=(CAP,), open_decisions=2,
            troubles=((Trouble.CONFLICT, 1),), ill=(),
        )  # fmt: skip

    async def audit_page(
        self, person: Person, *, limit: int = 10, fact: str = "", order_number: int | None = None
    ) -> AuditPage:
        found = await self.books.read(audit.entries, limit=limit, fact=fact)
        return AuditPage(entries=found, total=len(found))

    async def audit_verify(self, person: Person) -> AuditPage:
        self.verified += 1
        verification = await self.books.read(audit.verify)
        return AuditPage(entries=(), total=verification.entries, verification=verification)

    async def sources(self, person: Person, order_id: str) -> tuple[Citation, ...]:
        return self.citations

    async def why(self, person: Person, order_id: str) -> str:
        return self.why_text


async def owner(
    books: Books, clock: Clock, *, user: int = OWNER, role: Role = Role.BOARD, language: str = "en"
) -> Person:
    """A paired person."""

    def write(tx: Connection) -> Person:
        person = people.add(tx, clock.now(), name="Ada", role=role, language=language, by="test")
        people.identify(tx, clock.now(), person, Desk.TELEGRAM, str(user))
        return person

    return await books.write(write)


def settings_for(fake: FakeTelegram, **changes: object) -> TelegramSettings:
    """Quick settings for tests: one second of long poll, little settling, no limits in the way."""
    values: dict[str, object] = {
        "base_url": fake.url, "poll_timeout_s": 1, "settle_s": 0.2, "status_after_s": 30.0,
        "messages_per_second": 1000.0, "chat_messages_per_second": 1000.0, "chat_burst": 1000,
        "group_messages_per_minute": 10_000.0,
    }  # fmt: skip
    return TelegramSettings.model_validate(values | changes)


def desk_for(
    fake: FakeTelegram, books: Books, office: Office, clock: Clock, *, answer_s: float = 5.0, margin_s: float = 5.0,
    grace_s: float = 0.0, shelf: Shelf | None = None, ears: Ears | None = None, hook: Hook | None = None,
    stored: Stored | None = None,
    upload_link: Callable[[str], str] | None = None, read_link: Callable[[Admission], str] | None = None, **changes: object,
) -> tuple[TelegramDesk, Delivery]:  # fmt: skip
    """A desk on the fake server, with its delivery."""
    shelf = shelf or Shelf()
    settings = settings_for(fake, **changes)
    delivery = Delivery(settings, clock)
    desk = TelegramDesk(
        settings, Secret(fake.token, "test"), books, office, delivery, shelf, shelf, ears or Ears(), clock, lambda text: text,
        answer_s=answer_s, margin_s=margin_s, grace_s=grace_s, hook=hook, stored=stored, upload_link=upload_link,
        read_link=read_link,
    )  # fmt: skip
    return desk, delivery


async def order_in(
    books: Books, clock: Clock, person: Person, chat: str, *, text: str = "What is 2+2?", message_id: str = "",
    topic: str = "",
) -> WorkOrder:  # fmt: skip
    """An order at work in a chat, without a message behind it."""
    request = Request(
        desk=Desk.TELEGRAM, external_id=f"test-{chat}-{text}", text=text, person=person, message_id=message_id,
        conversation=ConversationKey(desk=Desk.TELEGRAM, chat=chat, topic=topic), received_at=clock.now(),
    )  # fmt: skip
    return await books.write(work_orders.accept, clock.now(), request)


async def answer(
    books: Books, clock: Clock, delivery: Delivery, order: WorkOrder, text: str, **fields: object
) -> WorkOrder:
    """Bring an accepted order to its answer as the operations do: ready and in the outbox in one transaction."""
    receipt = Receipt(
        order_number=order.number, employee="Intern", model="anthropic/claude-haiku-4-5", cost_micro=3_100, seconds=2.4,
        verdict="QA passed",
    )  # fmt: skip
    values: dict[str, object] = {
        "kind": ReplyKind.ANSWER, "text": text, "receipt": receipt, "buttons": answer_buttons(order), **fields,
    }  # fmt: skip
    reply = Reply(**values)  # type: ignore[arg-type]
    letter = await delivery.render(order, reply)

    def write(tx: Connection) -> WorkOrder:
        now = clock.now()
        current = work_orders.get(tx, order.id)
        assert current is not None
        if reply.closes_order:
            current = at_work(tx, now, current)
            current = work_orders.ready(tx, now, current, text, "")
        delivery.post(tx, current, letter)
        return current

    changed = await books.write(write)
    delivery.wake()
    return changed


def at_work(tx: Connection, now: int, order: WorkOrder) -> WorkOrder:
    """Claimed, assigned, begun."""
    if order.state is State.WORKING:
        return order
    held = work_orders.claim(tx, now, order.id, "test/1", lease_ms=60_000)
    assert held is not None
    assignment = Assignment(
        kind=Kind.CHAT, difficulty=Difficulty.TRIVIAL, language="en", ladder=(Tier.INTERN, Tier.CEO), brief=""
    )
    held = work_orders.assign(tx, now, held, assignment)
    return work_orders.start_attempt(tx, now, held, (), "")[0]


def answer_buttons(order: WorkOrder) -> tuple[tuple[Button, ...], ...]:
    """The buttons that the operations put under an answer."""
    return (
        (
            Button(label="Sources", action="sources", argument=order.id),
            Button(label="Escalate", action="escalate", argument=order.id),
            Button(label="👍", action="rate_up", argument=order.id),
            Button(label="👎", action="rate_down", argument=order.id),
        ),
    )


async def rows(books: Books) -> list[tuple[str, str, str]]:
    """(kind, state, error) of every row of the outbox, in order."""

    def read(tx: Connection) -> list[tuple[str, str, str]]:
        found = tx.execute(select(outbox).order_by(outbox.c.seq))
        return [(row.kind, row.state, row.error) for row in found]

    return await books.read(read)


async def facts(books: Books) -> list[str]:
    """The facts of the record, in order."""
    return [entry.fact for entry in await books.read(audit.entries, limit=1000)]
