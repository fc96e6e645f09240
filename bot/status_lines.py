"""The status line of an order that takes longer: appears, is edited in place, goes when the answer has come.

The line is a row of the outbox like any message, so that its id is never unknown; only its edits are errands. After a
restart the lines left standing are taken away, and work that goes on gets a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from bot import failures, outbox
from bot.dress import message, seconds
from bot.errands import Errand, Errands
from bot.limiter import Priority
from bot.markup import plain
from bot.outbox import Dress, Sending
from bot.reconcile import edit_params
from bot.texts import LANGUAGES, Texts
from bot.waiting import Bell
from company import work_orders
from company.books import Books
from company.clock import Clock
from company.money import dollars
from company.records import Progress, ProgressStage, WorkOrder

EDIT_EVERY_S = 1.0
TYPING_AFTER_S = 0.5
TYPING_EVERY_S = 4.5  # the sign fades after 5 s: https://core.telegram.org/bots/api#sendchataction
REMOVAL_TRIES = 50
IDLE_AFTER_S = 900.0  # no news for so long: the line says nothing true any more


@dataclass(slots=True)
class Line:
    """What is known of one order under way."""

    order: WorkOrder
    language: str
    began: float
    stage: ProgressStage
    employee: str = ""
    detail: str = ""
    cost_micro: int = 0
    row_id: str = ""
    row: Sending | None = None  # once it is shown
    shown: str = ""
    edited: float = 0.0
    typed: float = field(default=float("-inf"))
    heard: float = 0.0


class StatusLines:
    """Keeps a line for each order at work. `note` and `finish` may be called from anywhere on the loop."""

    def __init__(self, texts: Texts, clock: Clock, *, after_s: float, default_language: str) -> None:
        self._texts = texts
        self._clock = clock
        self._after_s = after_s
        self._default_language = default_language
        self._lines: dict[str, Line] = {}
        self._bell = Bell(clock)

    def note(self, order: WorkOrder, news: Progress) -> None:
        """News of an order; must not block."""
        now = self._clock.monotonic()
        line = self._lines.get(order.id)
        if line is None:
            line = Line(order, language_of(order, self._default_language), now, news.stage, edited=now)
            self._lines[order.id] = line
            self._bell.ring()
        line.heard = now
        line.stage = news.stage
        line.employee = _title(news.employee) or line.employee
        line.cost_micro = max(line.cost_micro, news.cost_micro)
        if news.stage is not ProgressStage.TEXT:
            line.detail = news.text
            self._bell.ring()

    def tends(self, order_id: str | None) -> bool:
        """Whether an order has a line."""
        return order_id in self._lines

    def finish(self, order_id: str) -> Line | None:
        """The order has its answer (or waits for a person): no line any more. The line, if there was one."""
        return self._lines.pop(order_id, None)

    def shown(self, row: Sending) -> bool:
        """The line's row was sent; False when nobody needs it any more."""
        line = self._lines.get(row.order_id or "")
        if line is None or line.row_id not in ("", row.id):
            return False
        line.row_id, line.row, line.edited = row.id, row, self._clock.monotonic()
        self._bell.ring()
        return True

    def text_of(self, line: Line) -> str:
        """ "Intern works on it · 12 s · $0.0021"."""
        age = self._clock.monotonic() - line.began
        step = 2 if age < 20 else 5 if age < 60 else 15
        employee = line.employee or "NEXUS"
        words = self._texts.say(line.language, f"line_{line.stage.value}", employee=employee, detail=line.detail[:80])
        facts = [words, seconds(max(10.0, age // step * step)) if age >= 10 else f"{max(1, int(age))} s"]
        if line.cost_micro:
            facts.append(dollars(line.cost_micro))
        return " · ".join(facts)

    async def run(self, books: Books, errands: Errands, announce: Callable[[str], None]) -> None:
        """Post, edit and refresh until cancelled."""
        while True:
            soonest: float | None = None
            for line in tuple(self._lines.values()):
                due = await self._tend(line, books, errands, announce)
                soonest = due if soonest is None else min(soonest, due)
            await self._bell.wait(soonest)

    async def _tend(self, line: Line, books: Books, errands: Errands, announce: Callable[[str], None]) -> float:
        """Do what is due for a line; seconds until something will be."""
        now = self._clock.monotonic()
        if now - line.heard > IDLE_AFTER_S:
            self._lines.pop(line.order.id, None)
            if line.row is not None:
                remove(line.row, books, errands, self._clock)
            return IDLE_AFTER_S
        chat = line.order.conversation.chat
        due = [IDLE_AFTER_S]
        if now - line.began >= TYPING_AFTER_S and now - line.typed >= TYPING_EVERY_S:
            line.typed = now
            errands.do(_typing(line.order))
        due.append(max(TYPING_AFTER_S - (now - line.began), TYPING_EVERY_S - (now - line.typed)))
        if not line.row_id:
            due.append(self._after_s - (now - line.began))
            if due[-1] <= 0:
                await self._post(line, books)
                announce(chat)
        elif line.row is not None:
            due.append(EDIT_EVERY_S - (now - line.edited))
            if due[-1] <= 0:
                due[-1] = EDIT_EVERY_S
                self._edit(line, line.row, books, errands)
        return max(0.01, min(due))

    async def _post(self, line: Line, books: Books) -> None:
        line.shown = self.text_of(line)
        params = {**message(plain(line.shown)), "disable_notification": True}

        def write(tx: Connection) -> str:
            current = work_orders.get(tx, line.order.id)
            if current is None or current.state not in work_orders.UNDER_WAY:
                return ""
            where = line.order.conversation
            return outbox.post(
                tx, self._clock.now(), where.chat, {"message": params}, dress=Dress.STATUS, topic=where.topic,
                order_id=line.order.id,
            )  # fmt: skip

        row_id = await books.write(write)
        if not row_id:
            self._lines.pop(line.order.id, None)
        line.row_id = line.row_id or row_id

    def _edit(self, line: Line, row: Sending, books: Books, errands: Errands) -> None:
        text = self.text_of(line)
        if text == line.shown:
            return
        line.shown, line.edited = text, self._clock.monotonic()
        params = edit_params(row.chat, int(row.sent_id), message(plain(text)))

        async def then(failure: failures.WireError | None) -> None:
            if isinstance(failure, failures.NotFound | failures.CantEdit) and line.row is row:
                line.row, line.row_id = None, ""  # somebody deleted it: the line appears anew
                await books.write(outbox.bury, self._clock.now(), row.id, "deleted")
                self._bell.ring()

        errand = Errand(
            key=f"status:{row.id}", method="editMessageText", params=params, chat=row.chat, priority=Priority.STATUS,
            counts=True, tries=1, then=then,
        )  # fmt: skip
        errands.do(errand)


def remove(row: Sending, books: Books, errands: Errands, clock: Clock) -> None:
    """Take a shown line away, and then its row out of the way. An edit that has not left yet is dropped for it."""

    async def then(failure: failures.WireError | None) -> None:
        if failure is None or isinstance(failure, failures.Declined):
            await books.write(outbox.bury, clock.now(), row.id, "taken away")

    params = {"chat_id": int(row.chat), "message_id": int(row.sent_id)}
    errand = Errand(
        key=f"status:{row.id}", method="deleteMessage", params=params, chat=row.chat, priority=Priority.STATUS,
        tries=REMOVAL_TRIES, then=then,
    )  # fmt: skip
    errands.do(errand)


def language_of(order: WorkOrder, default: str) -> str:
    """The language to speak of an order in: the one it is answered in, if it is spoken here."""
    wanted = order.assignment.language if order.assignment else ""
    return wanted if wanted in LANGUAGES else default


def _typing(order: WorkOrder) -> Errand:
    where = order.conversation
    params = {"chat_id": int(where.chat), "action": "typing"}
    if where.topic:
        params["message_thread_id"] = int(where.topic)
    return Errand(
        key=f"typing:{where.chat}:{where.topic}", method="sendChatAction", params=params, chat=where.chat, tries=1
    )


def _title(employee: str) -> str:
    """ "intern" as people read it."""
    if employee.islower():
        return employee.upper() if employee == "ceo" else employee.capitalize()
    return employee
