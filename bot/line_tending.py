"""Shows the status lines: appears, is edited in place, goes when the answer has come; drafts where they were chosen.

Rhythm: an edit a second in a chat at most (five in a group), when the words changed or at least forty new characters
were written; a draft every 0.75 s at most (Telegram takes about forty in thirty seconds). All of it is looks
(`bot.errands`): dropped, never queued, when the chat or the bot has little room left.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from bot import drafts, failures, notes, outbox
from bot.dress import keyboard, message, seconds
from bot.errands import Errand, Errands, typing
from bot.limiter import Priority
from bot.markup import Rendered, Renderer, join, plain
from bot.outbox import Dress, Sending
from bot.reconcile import edit_params
from bot.status_lines import Line, StatusLines, remove
from bot.streaming import Stream, Streaming, refuse_drafts
from bot.texts import Texts
from company import work_orders
from company.books import Books
from company.clock import Clock
from company.money import dollars
from company.records import Button, Json, ProgressStage

EDIT_EVERY_S = 1.0
EDIT_EVERY_IN_GROUP_S = 5.0
DRAFT_EVERY_S = 0.75
DRAFT_LASTS_S = 20.0  # a draft is shown for 30 s: https://core.telegram.org/bots/api#sendmessagedraft
FRESH_CHARACTERS = 40
TYPING_AFTER_S = 0.5
TYPING_EVERY_S = 4.5  # the sign fades after 5 s: https://core.telegram.org/bots/api#sendchataction
ESCALATE_AFTER_S = 60.0
LOOK_EVERY_S = 900.0  # without news for so long: the books are asked whether the order is still under way
WRITING = (ProgressStage.TEXT, ProgressStage.INSPECTING)


class LineTending:
    """Tends the lines.

    Args:
        after_s: how long an order works before its line appears, seconds.
        silent_after_s: how long without news until the line says so, seconds.
        redact: takes secrets out of a text.
        announce: told the chat of a row that was written; on the loop.
    """

    def __init__(
        self, lines: StatusLines, books: Books, errands: Errands, clock: Clock, texts: Texts, renderer: Renderer,
        streaming: Streaming, *, after_s: float, silent_after_s: float, redact: Callable[[str], str],
        announce: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._lines = lines
        self._books = books
        self._errands = errands
        self._clock = clock
        self._texts = texts
        self._renderer = renderer
        self._streaming = streaming
        self._after_s = after_s
        self._silent_after_s = silent_after_s
        self._redact = redact
        self._announce = announce

    async def run(self) -> None:
        """Post, edit and refresh until cancelled."""
        while True:
            due = [await self._tend(line) for line in self._lines.all()]
            await self._lines.bell.wait(min(due) if due else None)

    async def _tend(self, line: Line) -> float:
        """Do what is due for a line; seconds until something will be."""
        now = self._clock.monotonic()
        if now - max(line.heard, line.looked) > LOOK_EVERY_S and not await self._still_under_way(line):
            return LOOK_EVERY_S
        if line.hushed:
            return LOOK_EVERY_S
        if line.stream is None:
            line.stream = await self._books.read(self._streaming.holds, line.chat)
        due = [LOOK_EVERY_S, self._typing(line, now)]
        if self._drafts(line, now):
            due.append(await self._draft(line, now))
        elif not line.row_id:
            due.append(self._after_s - (now - line.began))
            if due[-1] <= 0:
                await self._post(line)
        elif line.row is not None:
            due.append(await self._edit(line, line.row, now))
        return max(0.01, min(due))

    def words(self, line: Line) -> str:
        """ "Intern works on it · 12 s · $0.0021"."""
        age = self._clock.monotonic() - line.began
        step = 2 if age < 20 else 5 if age < 60 else 15
        employee = line.employee or "NEXUS"
        if self._is_silent(line, self._clock.monotonic()):
            silence = self._clock.monotonic() - line.heard
            rounded = silence // 60 * 60 if silence >= 120 else silence // 15 * 15
            said = self._texts.say(line.language, "line_silent", employee=employee, time=seconds(max(10.0, rounded)))
            return f"⏳ {said}"
        words = self._texts.say(line.language, f"line_{line.stage.value}", employee=employee, detail=line.detail[:80])
        facts = [words, seconds(max(10.0, age // step * step)) if age >= 10 else f"{max(1, int(age // 2 * 2))} s"]
        if line.cost_micro:
            facts.append(dollars(line.cost_micro))
        return " · ".join(facts)

    def _is_silent(self, line: Line, now: float) -> bool:
        return now - line.heard >= self._silent_after_s and line.stage is not ProgressStage.WAITING

    def _typing(self, line: Line, now: float) -> float:
        """Nobody types for ever: not without news, and not while an order waits. Seconds until the sign is due."""
        if self._is_silent(line, now) or line.stage is ProgressStage.WAITING:
            return LOOK_EVERY_S
        if now - line.began >= TYPING_AFTER_S and now - line.typed >= TYPING_EVERY_S:
            line.typed = now
            self._errands.do(typing(line.chat, line.order.conversation.topic))
        return max(TYPING_AFTER_S - (now - line.began), TYPING_EVERY_S - (now - line.typed))

    async def _still_under_way(self, line: Line) -> bool:
        line.looked = self._clock.monotonic()
        current = await self._books.read(work_orders.get, line.order.id)
        if current is not None and current.state in work_orders.UNDER_WAY:
            return True
        self._lines.finish(line.order.id)
        if line.row is not None:
            remove(line.row, self._books, self._errands, self._clock)
        return False

    async def _post(self, line: Line) -> None:
        line.shown = self.words(line)
        params = {**self._look(line, Rendered("")), "disable_notification": True}

        def write(tx: Connection) -> str:
            current = work_orders.get(tx, line.order.id)
            if current is None or current.state not in work_orders.UNDER_WAY:
                return ""
            where = line.order.conversation
            return outbox.post(
                tx, self._clock.now(), where.chat, {"message": params}, dress=Dress.STATUS, topic=where.topic,
                order_id=line.order.id,
            )  # fmt: skip

        row_id = await self._books.write(write)
        if not row_id:
            self._lines.finish(line.order.id)
        line.row_id = line.row_id or row_id
        self._announce(line.chat)

    def _look(self, line: Line, draft: Rendered) -> Json:
        """The line as parameters of sendMessage: its words, the draft under them, its buttons."""
        words = plain(line.shown)
        params = message(words if draft.blank else join((words, draft), "\n\n"))
        buttons = keyboard((self._buttons(line),))
        return params if buttons is None else {**params, "reply_markup": buttons}

    def _buttons(self, line: Line) -> tuple[Button, ...]:
        """Stop; and, once it has worked for long or is silent, one tier up, if there is one."""
        now, say = self._clock.monotonic(), self._texts.say
        stop = Button(label="⏹ " + say(line.language, "button_stop"), action="stop", argument=line.order.id)
        assignment = line.order.assignment
        higher = assignment is not None and line.order.rung + 1 < len(assignment.ladder)
        if not higher or (now - line.began < ESCALATE_AFTER_S and not self._is_silent(line, now)):
            return (stop,)
        label = "⏫ " + say(line.language, "button_escalate")
        return stop, Button(label=label, action="escalate", argument=line.order.id)

    async def _drawing(self, line: Line) -> Rendered:
        """The draft as it is shown now."""
        if line.stream is Stream.OFF or not line.draft.written:
            return Rendered("")
        title = self._texts.say(line.language, "draft_title")
        finished = line.stage is not ProgressStage.TEXT
        return await drafts.view(line.draft, self._renderer, self._redact, title, finished=finished)

    def _has_grown(self, line: Line) -> bool:
        """Whether there is enough new text to show: forty characters, or the rest of it."""
        if line.stream is Stream.OFF or line.stage not in WRITING:
            return False
        fresh = line.draft.written - line.drawn
        return fresh >= (FRESH_CHARACTERS if line.stage is ProgressStage.TEXT else 1)

    async def _edit(self, line: Line, row: Sending, now: float) -> float:
        """Edit the line if it has changed and may be; seconds until it may change again."""
        every = EDIT_EVERY_IN_GROUP_S if notes.is_group(line.chat) else EDIT_EVERY_S
        wait = every - (now - self._lines.last_edit(line.chat))
        if wait > 0:
            return wait
        words = self.words(line)
        if words == line.shown and not self._has_grown(line):
            return every
        written, drawing = line.draft.written, await self._drawing(line)
        if line.hushed or line.row is not row:  # while it was drawn
            return every
        before, line.shown = line.shown, words
        params = edit_params(row.chat, int(row.sent_id), self._look(line, drawing))

        async def then(failure: failures.WireError | None) -> None:
            if isinstance(failure, failures.NotFound | failures.CantEdit) and line.row is row:
                line.row, line.row_id = None, ""  # somebody deleted it: the line appears anew
                await self._books.write(outbox.bury, self._clock.now(), row.id, "deleted")
                self._lines.bell.ring()

        errand = Errand(
            key=f"status:{row.id}", method="editMessageText", params=params, chat=row.chat, priority=Priority.STATUS,
            counts=True, tries=1, look=True, then=then,
        )  # fmt: skip
        if self._errands.do(errand):
            line.edited, line.drawn = now, written
        else:
            line.shown = before
        return every

    def _drafts(self, line: Line, now: float) -> bool:
        """Whether Telegram's own drafts show this order: as long as nothing but the text is to be seen."""
        return line.stream is Stream.DRAFTS and not line.row_id and not self._is_silent(line, now)

    async def _draft(self, line: Line, now: float) -> float:
        """Show the draft, if it has changed or would fade; seconds until it may be shown again."""
        wait = max(self._after_s - (now - line.began), DRAFT_EVERY_S - (now - self._lines.last_draft(line.chat)))
        if wait > 0:
            return wait
        words, fades = self.words(line), now - line.drafted >= DRAFT_LASTS_S
        if words == line.shown and not fades and not self._has_grown(line):
            return DRAFT_EVERY_S
        written, drawing = line.draft.written, await self._drawing(line)
        if line.hushed:  # while it was drawn
            return DRAFT_EVERY_S
        before, line.shown = line.shown, words
        if self._errands.do(self._draft_errand(line, drawing)):
            line.drafted, line.drawn = now, written
        else:
            line.shown = before
        return DRAFT_EVERY_S

    def _draft_errand(self, line: Line, drawing: Rendered) -> Errand:
        look, where = self._look(line, drawing), line.order.conversation
        params: Json = {key: look[key] for key in ("text", "entities") if key in look}
        params |= {"chat_id": int(line.chat), "draft_id": line.order.number, "can_stop": True}
        if where.topic:
            params["message_thread_id"] = int(where.topic)

        async def then(failure: failures.WireError | None) -> None:
            if isinstance(failure, failures.BadMarkup):
                line.stream = Stream.EDITS
            elif failure is not None and _takes_no_drafts(failure):
                await self._books.write(refuse_drafts, line.chat)
                for other in self._lines.all():
                    other.stream = None if other.chat == line.chat else other.stream
            else:
                return
            self._lines.bell.ring()

        return Errand(
            key=f"draft:{line.chat}", method="sendMessageDraft", params=params, chat=line.chat,
            priority=Priority.STATUS, tries=1, look=True, then=then,
        )  # fmt: skip


def _takes_no_drafts(failure: failures.WireError) -> bool:
    """This chat can't have drafts, or this server knows none (404)."""
    if isinstance(failure, failures.Unauthorized):
        return "not found" in str(failure).lower()
    return isinstance(failure, failures.Declined) and not isinstance(
        failure, failures.Forbidden | failures.Migrated | failures.TopicGone
    )
