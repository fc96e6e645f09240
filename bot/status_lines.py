"""The status lines: what is known of each order under way. `bot.line_tending` shows it in the chat.

A line is a row of the outbox like any message, so that its id is never unknown; only its edits are errands. After a
restart the lines left standing are taken away, and work that goes on gets a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot import failures, outbox
from bot.drafts import Draft
from bot.errands import Errand, Errands
from bot.limiter import Priority
from bot.outbox import Sending
from bot.streaming import Stream
from bot.texts import LANGUAGES
from bot.waiting import Bell
from company.books import Books
from company.clock import Clock
from company.records import Progress, ProgressStage, WorkOrder

REMOVAL_TRIES = 50
NEVER = float("-inf")


@dataclass(slots=True)
class Line:
    """What is known of one order under way, and what the chat shows of it. Times: seconds of the house's clock."""

    order: WorkOrder
    language: str
    began: float
    stage: ProgressStage
    employee: str = ""
    detail: str = ""
    cost_micro: int = 0
    heard: float = 0.0
    looked: float = 0.0  # when the books were last asked whether it is still under way
    hushed: bool = False  # its answer is on the way
    draft: Draft = field(default_factory=Draft)
    stream: Stream | None = None  # None: the books were not asked yet
    row_id: str = ""
    row: Sending | None = None  # once it is shown
    shown: str = ""  # the words that are shown
    drawn: int = 0  # how much of the draft is shown, characters
    edited: float = NEVER
    drafted: float = NEVER
    typed: float = NEVER

    @property
    def chat(self) -> str:
        """Where it is shown."""
        return self.order.conversation.chat


class StatusLines:
    """Keeps a line for each order at work. Everything here is called on the loop, and none of it blocks."""

    def __init__(self, clock: Clock, *, default_language: str) -> None:
        self._clock = clock
        self._default_language = default_language
        self._lines: dict[str, Line] = {}
        self.bell = Bell(clock)

    def note(self, order: WorkOrder, news: Progress) -> None:
        """News of an order."""
        now = self._clock.monotonic()
        line = self._lines.get(order.id)
        if line is None:
            line = Line(order, language_of(order, self._default_language), now, news.stage, looked=now)
            self._lines[order.id] = line
            self.bell.ring()
        line.order, line.heard, line.hushed = order, now, False
        line.stage = news.stage
        line.employee = _title(news.employee) or line.employee
        line.cost_micro = max(line.cost_micro, news.cost_micro)
        if news.stage is ProgressStage.TEXT:
            line.draft.add(news.text)
            return
        line.detail = news.text
        if news.stage is not ProgressStage.INSPECTING:  # another turn, attempt or employee: it is written anew
            line.draft.clear()
            line.drawn = 0
        self.bell.ring()

    def tends(self, order_id: str | None) -> bool:
        """Whether an order has a line."""
        return order_id in self._lines

    def hush(self, order_id: str) -> None:
        """Its answer is being posted: no edit, no draft and no typing any more."""
        if (line := self._lines.get(order_id)) is not None:
            line.hushed = True

    def finish(self, order_id: str) -> Line | None:
        """The order has its answer (or waits for a person): no line any more. The line, if there was one."""
        return self._lines.pop(order_id, None)

    def shown(self, row: Sending) -> bool:
        """The line's row was sent; False when nobody needs it any more."""
        line = self._lines.get(row.order_id or "")
        if line is None or line.row_id not in ("", row.id):
            return False
        line.row_id, line.row, line.edited = row.id, row, self._clock.monotonic()
        self.bell.ring()
        return True

    def all(self) -> Iterable[Line]:
        """Every line; the one that was edited longest ago first."""
        return sorted(self._lines.values(), key=lambda line: line.edited)

    def last_edit(self, chat: str) -> float:
        """When a line of the chat was last edited."""
        return max((line.edited for line in self._lines.values() if line.chat == chat), default=NEVER)

    def last_draft(self, chat: str) -> float:
        """When a draft was last shown in the chat."""
        return max((line.drafted for line in self._lines.values() if line.chat == chat), default=NEVER)


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


def _title(employee: str) -> str:
    """ "intern" as people read it."""
    if employee.islower():
        return employee.upper() if employee == "ceo" else employee.capitalize()
    return employee
