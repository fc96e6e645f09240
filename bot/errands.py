"""Calls that need not survive a crash: reactions, typing, edits of a status line, answers to presses, removals.

An errand has a key; a newer errand of the same key takes the place of one that has not left yet. Floods are obeyed,
lost answers repeated (each of these calls is idempotent), everything else is given up quietly.

Mere looks (`look`: typing, an edit of a status line, a draft) leave at once or not at all: no message ever waits for
them, and none is sent when its time is past. What waits is bounded: the least important, longest waiting goes first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot import failures
from bot.backoff import Backoff
from bot.limiter import Limiter, Priority
from bot.pictures import Darkroom, DrawingFailed, Page
from bot.reconcile import photograph
from bot.waiting import Bell
from bot.wire import Upload, Wire
from company.clock import Clock
from company.records import Json

log = logging.getLogger(__name__)

MOST_WAITING = 500
"""How many errands may wait; in a flood of hours there would be more and more."""

Then = Callable[[failures.WireError | None], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One call. `then` is awaited with None when it was done, or with the failure that ended it.

    `look`: now or never, and only where there is room to spare. `page`: the picture that goes with it (see
    `bot.reconcile.media_params`).
    """

    key: str
    method: str
    params: Json
    chat: str = ""
    priority: Priority = Priority.ERRAND
    counts: bool = False
    tries: int = 3
    look: bool = False
    page: Page | None = None
    then: Then | None = None


def reaction(chat: str, message_id: int, emoji: str) -> Errand:
    """Our reaction to a message; "" takes it away (https://core.telegram.org/bots/api#setmessagereaction)."""
    wanted = [{"type": "emoji", "emoji": emoji}] if emoji else []
    params = {"chat_id": int(chat), "message_id": message_id, "reaction": wanted}
    return Errand(key=f"react:{chat}:{message_id}", method="setMessageReaction", params=params, chat=chat)


def typing(chat: str, topic: str) -> Errand:
    """The sign that somebody writes, which fades after 5 s (https://core.telegram.org/bots/api#sendchataction)."""
    params: Json = {"chat_id": int(chat), "action": "typing"}
    if topic:
        params["message_thread_id"] = int(topic)
    return Errand(key=f"typing:{chat}:{topic}", method="sendChatAction", params=params, chat=chat, tries=1, look=True)


class Errands:
    """Runs errands side by side, each key one at a time."""

    def __init__(self, wire: Wire, limiter: Limiter, clock: Clock, darkroom: Darkroom) -> None:
        self._darkroom = darkroom
        self._wire = wire
        self._limiter = limiter
        self._clock = clock
        self._bell = Bell(clock)
        self._waiting: dict[str, Errand] = {}
        self._busy: set[str] = set()
        self.on_wire = 0

    def do(self, errand: Errand) -> bool:
        """Have it done soon. Must be called on the loop; does not block. False: it won't be done, nor `then` called."""
        if errand.look:
            last_is_out = errand.key in self._waiting or errand.key in self._busy
            if last_is_out or not self._limiter.try_spare(errand.chat, counts=errand.counts):
                return False
        elif len(self._waiting) >= MOST_WAITING and errand.key not in self._waiting and not self._make_room(errand):
            return False
        self._waiting[errand.key] = errand
        self._bell.ring()
        return True

    @property
    def waiting(self) -> int:
        """How many have not left yet."""
        return len(self._waiting)

    def _make_room(self, errand: Errand) -> bool:
        """Give up the least important one; False if that is `errand` itself."""
        least = max(self._waiting.values(), key=lambda other: other.priority)  # the first of them: the oldest
        if least.priority < errand.priority:
            return False
        del self._waiting[least.key]
        return True

    async def run(self) -> None:
        """Work until cancelled."""
        self._busy.clear()
        async with asyncio.TaskGroup() as group:
            while True:
                for key in [key for key in self._waiting if key not in self._busy]:
                    self._busy.add(key)
                    group.create_task(self._work(key))
                await self._bell.wait()

    async def _work(self, key: str) -> None:
        while (errand := self._waiting.get(key)) is not None:
            if not errand.look:
                await self._limiter.acquire(errand.chat, errand.priority, counts=errand.counts)
                errand = self._waiting.get(key)
            if errand is None:  # given up while it waited
                break
            del self._waiting[key]
            if errand.look and self._limiter.closed_for(errand.chat):
                continue
            self.on_wire += 1
            try:
                failure = await self._perform(errand)
                if errand.then is not None:
                    await errand.then(failure)
            finally:
                self.on_wire -= 1
        self._busy.discard(key)

    async def _perform(self, errand: Errand) -> failures.WireError | None:
        backoff = Backoff(0.5, 8.0)
        try:
            picture = None if errand.page is None else await photograph(self._darkroom, errand.page.as_json())
        except DrawingFailed as error:
            log.warning("%s", error)
            return failures.NoMedia(str(error))
        for left in reversed(range(errand.tries)):
            pause_s = 0.0
            try:
                await self._call(errand, picture)
            except failures.Flood as error:
                self._limiter.flood(errand.chat, error.retry_after_s)
                failure: failures.WireError = error
            except (failures.Unreachable, failures.Unknown) as error:
                failure, pause_s = error, backoff.next_s()
            except failures.NotModified:
                return None
            except failures.WireError as error:
                log.debug("%s", error)
                return error
            else:
                return None
            if not left or errand.key in self._waiting:  # a newer one is there already
                return failure
            await self._clock.sleep(pause_s)
            await self._limiter.acquire(errand.chat, errand.priority, counts=errand.counts)
        raise AssertionError("an errand without tries")

    async def _call(self, errand: Errand, picture: Upload | None) -> None:
        if picture is not None:
            await self._wire.upload(errand.method, errand.params, picture)
        else:
            await self._wire.call(errand.method, errand.params)
