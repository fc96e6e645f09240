"""The one sender of messages: every row of the outbox goes through here, each chat's in order, chats side by side.

A row is committed as `sending` (with its floor) before the wire, and as `sent` (with its id, and the order it closes)
after it. When the answer is lost the row is `unknown`, and looked for after the settle time (`bot.reconcile`). A row
found as `sending` was on the wire when the process died: the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from sqlalchemy import Connection

from bot import choices, failures, hours, mending, notes, outbox, topic_notes, whispers
from bot.backoff import Backoff
from bot.dress import NO_PREVIEW
from bot.limiter import Limiter, Priority
from bot.outbox import Dress, Sending, Stage
from bot.pictures import Darkroom, DrawingFailed
from bot.reconcile import Reconciler, photograph
from bot.waiting import Bell
from bot.wire import Upload, Wire
from company import work_orders
from company.books import Books
from company.clock import Clock
from company.records import Json

log = logging.getLogger(__name__)

SWEEP_S = 30.0
"""How often the books are asked for rows that nobody announced (another process may have written them), seconds."""
UNAUTHORIZED_S = 60.0
TEXT = "text/plain; charset=utf-8"
PRIORITIES = {
    Dress.ANSWER: Priority.ANSWER,
    Dress.CARD: Priority.CARD,
    Dress.NOTICE: Priority.NOTICE,
    Dress.STATUS: Priority.STATUS,
}

OnSent = Callable[[Sending, int], None]
Next = tuple[bool, Sending | None]
"""Whether the books must be asked for the row behind, and that row if not."""
LOOK: Next = (True, None)


class Mailbox:
    """Where writers of rows say that there is something to send."""

    def __init__(self, clock: Clock) -> None:
        self._chats: deque[str] = deque()
        self.bell = Bell(clock)

    def announce(self, chat: str) -> None:
        """A row for this chat is being written. From any thread; it is looked at after the next ring."""
        self._chats.append(chat)

    def ring(self) -> None:
        """The rows are committed. On the loop."""
        self.bell.ring()

    def take(self) -> set[str]:
        """The chats announced so far."""
        chats = set()
        while self._chats:
            chats.add(self._chats.popleft())
        return chats


class Sender:
    """Sends rows.

    Args:
        settle_s: how long a lost send may still arrive at Telegram, seconds.
        grace_s: how long a stop waits for answers to what is on the wire, seconds.
        caught_up: returns when the ids of all that people wrote until now are known.
        on_sent: told of each row that was sent, on the loop; must not block.
        darkroom: makes the pictures that rows describe.
        zone: of the quiet hours.
        say: a sentence of the desk's by language, key and values.
    """

    def __init__(
        self, wire: Wire, books: Books, clock: Clock, limiter: Limiter, mail: Mailbox, *, settle_s: float,
        grace_s: float, caught_up: Callable[[], Awaitable[None]], on_sent: OnSent, darkroom: Darkroom, zone: tzinfo,
        say: mending.Say,
    ) -> None:  # fmt: skip
        self._wire = wire
        self._books = books
        self._clock = clock
        self._limiter = limiter
        self._mail = mail
        self._settle_s = settle_s
        self._grace_s = grace_s
        self._caught_up = caught_up
        self._on_sent = on_sent
        self._darkroom = darkroom
        self._reconciler = Reconciler(wire, books, clock, limiter, darkroom)
        self._zone = zone
        self._say = say
        self._backoff = Backoff(1.0, 30.0)
        self._lanes: set[str] = set()
        self._again: set[str] = set()
        self._due: dict[str, float] = {}
        self._on_wire = 0
        self._landed = asyncio.Event()
        self._closing = False
        self.trouble = ""

    async def run(self) -> None:
        """Send until cancelled; then what is on the wire is given a moment to be answered."""
        self._lanes.clear()
        self._closing = False
        async with asyncio.TaskGroup() as group:
            try:
                await self._start_lanes(group)
            except asyncio.CancelledError:
                await self._land()
                raise

    async def _start_lanes(self, group: asyncio.TaskGroup) -> None:
        rung = False
        while True:
            announced = tuple(self._mail.take()) if rung else ()
            for chat in announced or await self._books.read(outbox.open_chats):
                if chat in self._lanes:
                    self._again.add(chat)
                else:
                    self._lanes.add(chat)
                    group.create_task(self._lane(chat))
            rung = await self._mail.bell.wait(SWEEP_S)

    async def _land(self) -> None:
        self._closing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._grace_s):
                while self._on_wire:
                    self._landed.clear()
                    await self._landed.wait()

    async def _lane(self, chat: str) -> None:
        """One chat's rows, in order, until there is none."""
        look, row = True, None
        while not self._closing:
            self._again.discard(chat)
            if look:
                look, row = await self._take(chat)
            if row is not None:
                look, row = await self._settle(row)
            elif not look and chat not in self._again:
                break
            else:
                look = True
        self._lanes.discard(chat)  # no await since the look at `_again`: nothing can be announced in between

    async def _take(self, chat: str) -> Next:
        """Look for the chat's first row, and send it at once if it may go: one transaction for both."""
        may_go = self._limiter.try_acquire(chat)
        row, begun = await self._books.write(_take, self._clock.now(), self._zone, chat, may_go)
        if begun is not None:
            return await self._attempt(begun)
        if may_go:
            self._limiter.give_back(chat)
        return False, row

    async def _settle(self, row: Sending) -> Next:
        """Bring a row on; what is known of the row behind it."""
        await self._clock.sleep(self._wait_s(row))
        self._due.pop(row.id, None)
        if row.stage is not Stage.READY and whispers.is_whisper(row):  # it has no id to be found by
            await self._books.write(_lost_whisper, self._clock.now(), row)
            self._announce_others(row)
            return LOOK
        if row.stage is not Stage.READY:
            await self._caught_up()  # else what people wrote meanwhile could have moved our message out of the window
            found = await self._look_for(row)
            if found is None:
                return LOOK
            if found > 0:
                return await self._arrived(row, found)
        await self._limiter.acquire(row.chat, PRIORITIES[row.dress])
        begun = await self._books.write(_begin, self._clock.now(), self._zone, row)
        return LOOK if begun is None else await self._attempt(begun)

    async def _look_for(self, row: Sending) -> int | None:
        """The id of a message whose fate was unknown; 0: it was never sent; None: the row became something else."""
        try:
            return await self._reconciler.find(row, PRIORITIES[row.dress]) or 0
        except failures.Declined as failure:
            await self._failed(row, failure)
        except failures.WireError as failure:
            until = self._until(row, UNAUTHORIZED_S)
            await self._books.write(outbox.unknown, self._clock.now(), row, until=until, error=str(failure))
        return None

    async def _attempt(self, row: Sending) -> Next:
        self._on_wire += 1
        try:
            return await self._put_on_wire(row)
        finally:
            self._on_wire -= 1
            self._landed.set()

    async def _put_on_wire(self, row: Sending) -> Next:
        params = {"chat_id": int(row.chat), **row.payload["message"], **whispers.params(row)}
        if row.topic:
            params["message_thread_id"] = int(row.topic)
        try:
            result = await self._post(row, params)
        except DrawingFailed as failure:
            log.warning("%s", failure)
            await self._books.write(mending.in_words, self._clock.now(), row)
            return LOOK
        except failures.WireError as failure:
            await self._failed(row, failure)
            return LOOK
        self._backoff.reset()
        self.trouble = ""
        return await self._arrived(row, int(result["message_id"]), ephemeral=bool(result.get("ephemeral_message_id")))

    async def _post(self, row: Sending, params: Json) -> Any:
        """One call. Raises a `bot.failures.WireError`, or `DrawingFailed` before anything left."""
        if (document := row.payload.get("document")) is not None:
            file = Upload("document", document["name"], TEXT, document["text"].encode())
            return await self._wire.upload("sendDocument", params, file)
        if (photo := row.payload.get("photo")) is not None:
            file = await photograph(self._darkroom, photo)
            return await self._wire.upload("sendPhoto", params, file)
        return await self._wire.call("sendMessage", {"link_preview_options": NO_PREVIEW, **params})

    async def _arrived(self, row: Sending, message_id: int, *, ephemeral: bool = False) -> Next:
        following = await self._books.write(_arrived, self._clock.now(), row, message_id, ephemeral)
        self._on_sent(row, message_id)
        self._announce_others(row)
        return False, following

    def _announce_others(self, row: Sending) -> None:
        """A row's end can be a row in another chat."""
        if others := whispers.others(row):
            for chat in others:
                self._mail.announce(chat)
            self._mail.ring()

    async def _failed(self, row: Sending, failure: failures.WireError) -> None:
        log.info("%s", failure)
        now = self._clock.now()
        match failure:
            case failures.Unknown():
                until = self._until(row, self._settle_s)
                await self._books.write(outbox.unknown, now, row, until=until, error=str(failure))
            case failures.Declined():
                await self._books.write(mending.decline, now, row, failure, self._say)
                self._announce_others(row)
                if isinstance(failure, failures.Migrated):
                    self._mail.announce(failure.chat)
                    self._mail.ring()
            case failures.Flood(retry_after_s=seconds):
                self._limiter.flood(row.chat, seconds)
                await self._again_in(row, seconds, failure)
            case failures.Unauthorized():
                await self._again_in(row, UNAUTHORIZED_S, failure)
            case failures.Stuck():
                await self._wire.rebuild_sending()
                await self._again_in(row, self._backoff.next_s(), failure)
            case _:
                await self._again_in(row, self._backoff.next_s(), failure)

    async def _again_in(self, row: Sending, seconds: float, failure: failures.WireError) -> None:
        self.trouble = str(failure)
        until = self._until(row, seconds)
        await self._books.write(outbox.postpone, self._clock.now(), row, until=until, error=str(failure))

    def _until(self, row: Sending, seconds: float) -> int:
        self._due[row.id] = self._clock.monotonic() + seconds
        return self._clock.now() + round(seconds * 1000)

    def _wait_s(self, row: Sending) -> float:
        """How long to leave the row alone: by the clock that does not jump, or after a restart by the books."""
        due = self._due.get(row.id)
        if due is not None:
            return due - self._clock.monotonic()
        if row.stage is Stage.SENDING:
            return min(self._settle_s, self._settle_s - (self._clock.now() - row.updated_at) / 1000)
        return 0.0 if row.not_before is None else (row.not_before - self._clock.now()) / 1000


def _take(tx: Connection, now: int, zone: tzinfo, chat: str, may_go: bool) -> tuple[Sending | None, Sending | None]:
    """The chat's first row, and the same begun if it is a fresh one and may go."""
    row = outbox.head(tx, chat)
    if row is None or not may_go or row.stage is not Stage.READY or row.not_before is not None:
        return row, None
    begun = _begin(tx, now, zone, row)
    return (row, begun) if begun is not None else (None, None)


def _begin(tx: Connection, now: int, zone: tzinfo, row: Sending) -> Sending | None:
    """The row goes on the wire, without a sound in the chat's quiet hours; None when it does not."""
    reason, highest, quiet = notes.several(
        tx, notes.blocked_note(row.chat), notes.high_note(row.chat), choices.quiet_note(row.chat)
    )
    if reason:
        mending.close_chat(tx, now, row.chat, reason)  # what it says elsewhere is found by the next sweep
        return None
    if topic_notes.gone(tx, row.chat, row.topic):
        row = outbox.without_topic(tx, row)
    begun = outbox.begin(tx, now, row, int(highest or 0))
    at_night = hours.read(quiet) if quiet else None
    if begun is None or at_night is None or not at_night.hold(now, zone):
        return begun
    message = {**begun.payload["message"], "disable_notification": True}
    return replace(begun, payload={**begun.payload, "message": message})


def _lost_whisper(tx: Connection, now: int, row: Sending) -> None:
    whispers.fall_back(tx, now, row, "nobody knows whether it was seen", refused=False)


def _arrived(tx: Connection, now: int, row: Sending, message_id: int, ephemeral: bool) -> Sending | None:
    """The row is sent, the order that it closes is delivered; the row behind it."""
    outbox.sent(tx, now, row, message_id)
    whispers.arrived(tx, now, row, ephemeral=ephemeral)
    if row.closes_order and row.order_id is not None:
        work_orders.delivered(tx, now, row.order_id)
    return outbox.head(tx, row.chat)
