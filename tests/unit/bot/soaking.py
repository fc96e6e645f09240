"""A whole desk on turned time: real books, a Bot API in memory that enforces its limits, people and employees.

Only the network is a double: `TurnedWire` answers the HTTP exchanges of the real wire, after a turned while.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot import desk, failures, wire
from bot.delivery import Delivery
from bot.desk import TelegramDesk
from bot.errands import Errand
from bot.updates import ALLOWED
from company import people, work_orders
from company.config_desks import TelegramSettings
from company.people import identify
from company.records import Desk, Person, Progress, ProgressStage, Request, Role, WorkOrder
from company.reports import Acceptance
from tests.fakes.clock import TurnedClock
from tests.fakes.telegram_check import Refused
from tests.fakes.telegram_driving import Driving
from tests.fakes.telegram_limits import Limits
from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_world import World
from tests.unit.bot.doubles import Office, answer, at_work, desk_for

TOKEN = "123456789:TEST-token_of_the_fake_Bot_API_0000"
LONGEST_ANSWER = "\n\n".join(f"**Chapter {n}** " + "word " * 110 for n in range(40))
SETTLED_TURNS = 14  # turns of the loop in which nothing is busy: whatever was woken has gone as far as it goes


class CountingBooks:
    """Books that know how many of their calls are under way, so that time is turned only when none is."""

    def __init__(self, books: Any) -> None:
        self._books = books
        self.busy = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    async def read(self, *args: Any, **kwargs: Any) -> Any:
        with self.counted():
            return await self._books.read(*args, **kwargs)

    async def write(self, *args: Any, **kwargs: Any) -> Any:
        with self.counted():
            return await self._books.write(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._books, name)


class TurnedTelegram(Driving):
    """The Bot API without a network: the fake's world and methods behind limits that are enforced."""

    url, token = "http://127.0.0.1:1", TOKEN

    def __init__(self, clock: TurnedClock, seed: int) -> None:
        self.clock = clock
        self.chance = random.Random(seed)
        self.world = World(int(TOKEN.split(":")[0]), "nexus_test_bot")
        self.methods = Methods(self.world)
        self.callbacks = self.methods.callbacks
        self.reader = None
        self.limits = Limits()
        self.lost = 0.0  # the share of calls whose answer never comes; half of them are done
        self.log: list[tuple[str, int | None, float, str]] = []
        self._init_driving(1)
        self.allowed = frozenset(ALLOWED)

    def changed(self) -> None:
        pass

    async def exchange(self, method: str, params: dict[str, Any]) -> tuple[int, bytes]:
        """A request and its answer, each some milliseconds on the way."""
        left_at = self.clock.monotonic()
        await self.clock.sleep(self.chance.uniform(0.01, 0.09))
        if method == "getUpdates":
            return 200, _body({"ok": True, "result": await self._updates(params)})
        chat = params.get("chat_id")
        refusal = self.limits.refuse(method, chat, left_at, self.clock.monotonic())
        self.log.append((method, chat, left_at, "429" if refusal else "ok"))
        lost = self.chance.random() < self.lost and refusal is None
        if lost and self.chance.random() < 0.5:  # it never arrived
            raise failures.Unknown(f"{method}: lost")
        code, answer = self._serve(method, params) if refusal is None else _flood(math.ceil(refusal.wait_s))
        if lost:
            raise failures.Unknown(f"{method}: lost")
        await self.clock.sleep(self.chance.uniform(0.01, 0.09))
        if refusal is not None and refusal.pause is not None:
            refusal.pause.hear(chat, self.clock.monotonic())
        return code, _body(answer)

    def _serve(self, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        try:
            return 200, {"ok": True, "result": self.methods.table[method.lower()](params)}
        except Refused as refused:
            told = {"error_code": refused.code, "description": refused.description}
            return refused.code, {"ok": False, **told, "parameters": refused.parameters}

    async def _updates(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        while self.queue and self.queue[0].update_id < int(params.get("offset") or 0):
            self.queue.popleft()
        if not self.queue:
            self._poll = asyncio.get_running_loop().create_future()
            sleeping = asyncio.ensure_future(self.clock.sleep(float(params["timeout"])))
            try:
                await asyncio.wait({self._poll, sleeping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeping.cancel()
                self._poll = None
        return [pending.wire for pending in self.queue]

    def texts(self, chat: int) -> list[str]:
        """First lines of the bot's messages, in order."""
        return [one.text.partition("\n")[0] for one in self.world.alive(chat) if one.from_bot]


class TurnedWire(wire.Wire):
    """The wire, whose exchanges never leave the process."""

    server: TurnedTelegram

    async def open(self) -> None:
        pass

    async def rebuild_polling(self) -> None:
        pass

    async def upload(self, method: str, params: Any, file: wire.Upload) -> Any:
        data = file.text.encode() if isinstance(file.text, str) else file.text
        kept = {**params, file.field: {"data": data, "name": file.name, "mime": "text/plain"}}
        with self._obeying(method, params):
            return wire._result(method, *await self.server.exchange(method, kept))

    async def _exchange(
        self, pool: Any, verb: str, method: str, url: str, body: bytes, *rest: Any
    ) -> tuple[int, bytes]:
        return await self.server.exchange(method, json.loads(body or b"{}"))


class Soak:
    """Runs it. `ask` is a person; employees answer each order by themselves, writing as they go."""

    def __init__(self, books: Any, clock: TurnedClock, *, seed: int = 1, **settings: Any) -> None:
        self.chance = random.Random(seed)
        self.clock = clock
        self.books = CountingBooks(books)
        self.server = TurnedTelegram(clock, seed)
        self.office = WorkingOffice(self.books, clock, self)  # type: ignore[arg-type]
        self.desk, self.delivery = _desk(self, settings)
        self.least_gap = math.inf  # between two edits of status lines in one chat, seconds
        self._edited: dict[str, float] = {}
        self._do = self.desk._errands.do
        self.desk._errands.do = self._noted  # type: ignore[method-assign]
        self.asked: dict[int, list[str]] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def _noted(self, errand: Errand) -> bool:
        taken = self._do(errand)
        if taken and errand.look and errand.method == "editMessageText":
            now = self.clock.monotonic()
            self.least_gap = min(self.least_gap, now - self._edited.get(errand.chat, -math.inf))
            self._edited[errand.chat] = now
        return taken

    async def start(self, chats: list[int], groups: list[int]) -> None:
        """Everybody is known; the desk is open."""
        for chat in chats:
            await self.books.write(_known, self.clock.now(), chat)
            self.server.world.room(chat, chat)
        for group in groups:
            self.server.add_group(group, f"Group {group}", *chats)
        await self.desk.open()
        self.tasks.append(asyncio.ensure_future(self.desk.run()))
        await self.pass_by(10)  # it learns its own name, and sets its menus

    async def traffic(self, minutes: int, chats: list[int], groups: list[int]) -> None:
        """People ask at their own pace; every twentieth minute everybody at once, and one person hammers at the keys."""
        for minute in range(minutes):
            crowd = minute % 20 == 10
            for chat in chats:
                if crowd or self.chance.random() < 0.02:
                    await self.ask(chat, f"question {minute}")
            for group in groups:
                for number in range(3 if crowd else self.chance.random() < 0.05):
                    await self.ask(self.chance.choice(chats), f"question {minute}.{number}", group)
            if minute % 20 == 11:
                for _ in range(12):
                    await self.server.say(chats[0], "/help")
            await self.pass_by(60)

    def unanswered(self) -> list[str]:
        """Chats whose questions were not each answered once and in order."""
        wrong = []
        for chat, texts in self.asked.items():
            answers = [text.removeprefix("Re: ") for text in self.server.texts(chat) if text.startswith("Re: ")]
            if answers != texts:
                wrong.append(
                    f"{chat}: missing {[t for t in texts if t not in answers]}, of {len(texts)}; {len(answers)} answers"
                )
        return wrong

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.desk.close()

    async def ask(self, person: int, text: str, chat: int | None = None) -> None:
        """A person writes; in a group by the bot's name."""
        self.asked.setdefault(chat or person, []).append(text)
        await self.server.say(person, text if chat is None else f"@nexus_test_bot {text}", chat)

    async def work(self, order: WorkOrder) -> None:
        """An employee: thinks, writes, answers. Time goes by on the turned clock."""
        with self.books.counted():
            order = await self.books.write(_begin, self.clock.now(), order)
        self.tell(order, ProgressStage.WORKING)
        length = self.chance.choice((60, 300, 900, 2500))
        await self.clock.sleep(self.chance.uniform(0.2, 6))
        for written in range(0, length, 20):
            self.tell(order, ProgressStage.TEXT, f"{written:6} twenty more, ")
            await self.clock.sleep(self.chance.uniform(0.02, 0.3))
        self.tell(order, ProgressStage.INSPECTING)
        await self.clock.sleep(self.chance.uniform(0.1, 2))
        text = f"Re: {order.text}" + ("\n\n" + LONGEST_ANSWER[:9000] if length > 2000 else "")
        with self.books.counted():
            await answer(self.books, self.clock, self.delivery, order, text)  # type: ignore[arg-type]

    def tell(self, order: WorkOrder, stage: ProgressStage, text: str = "") -> None:
        self.delivery.progress(order, Progress(stage=stage, text=text, employee="Intern"))

    async def quiet(self) -> None:
        """Until everybody sleeps."""
        still = 0
        while still < SETTLED_TURNS:
            await asyncio.sleep(0)
            still = 0 if self.books.busy else still + 1

    async def pass_by(self, seconds: float) -> None:
        """Time goes on from wake to wake."""
        end = self.clock.monotonic() + seconds
        await self.quiet()
        while (due := self.clock.next_wake_s) is not None and self.clock.monotonic() + due <= end:
            self.clock.turn(max(due, 1e-6))
            await self.quiet()
        self.clock.turn(max(0.0, end - self.clock.monotonic()))
        await self.quiet()


class WorkingOffice(Office):
    """Each accepted order is worked on at once."""

    def __init__(self, books: Any, clock: TurnedClock, soak: Soak) -> None:
        super().__init__(books, clock)
        self._soak = soak
        self._lanes: dict[str, asyncio.Lock] = {}

    async def accept(self, request: Request, **how: Any) -> Acceptance:
        acceptance = await super().accept(request, **how)
        if acceptance.order is not None:
            self._soak.tasks.append(asyncio.ensure_future(self._in_turn(acceptance.order)))
        return acceptance

    async def _in_turn(self, order: WorkOrder) -> None:
        async with self._lanes.setdefault(order.conversation_id, asyncio.Lock()):
            await self._soak.work(order)


def _begin(tx: Any, now: int, order: WorkOrder) -> WorkOrder:
    current = work_orders.get(tx, order.id)
    assert current is not None
    return at_work(tx, now, current)


def _known(tx: Any, now: int, chat: int) -> Person:
    person = people.add(tx, now, name=f"Person {chat}", role=Role.BOARD, language="en", by="test")
    identify(tx, now, person, Desk.TELEGRAM, str(chat))
    return person


def _desk(soak: Soak, settings: dict[str, Any]) -> tuple[TelegramDesk, Delivery]:
    """The desk at its default limits, with a wire that never leaves the process."""
    made = type("OneWire", (TurnedWire,), {"server": soak.server})
    values = TelegramSettings(**settings).model_dump(exclude={"base_url"})
    before, desk.Wire = desk.Wire, made  # type: ignore[misc]
    try:
        return desk_for(soak.server, soak.books, soak.office, soak.clock, **values)  # type: ignore[arg-type]
    finally:
        desk.Wire = before  # type: ignore[misc]


def _flood(seconds: int) -> tuple[int, dict[str, Any]]:
    told = {"error_code": 429, "description": f"Too Many Requests: retry after {seconds}"}
    return 429, {"ok": False, **told, "parameters": {"retry_after": seconds}}


def _body(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).encode()
