"""Calls that need not survive a crash: reactions, typing, edits of a status line, answers to presses, removals.

An errand has a key; a newer errand of the same key takes the place of one that has not left yet. Floods are obeyed,
lost answers repeated (each of these calls is idempotent), everything else is given up quietly.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot import failures
from bot.backoff import Backoff
from bot.limiter import Limiter, Priority
from bot.waiting import Bell
from bot.wire import Wire
from company.clock import Clock
from company.records import Json

log = logging.getLogger(__name__)

Then = Callable[[failures.WireError | None], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One call. `then` is awaited with None when it was done, or with the failure that ended it."""

    key: str
    method: str
    params: Json
    chat: str = ""
    priority: Priority = Priority.ERRAND
    counts: bool = False
    tries: int = 3
    then: Then | None = None


def reaction(chat: str, message_id: int, emoji: str) -> Errand:
    """Our reaction to a message; "" takes it away (https://core.telegram.org/bots/api#setmessagereaction)."""
    wanted = [{"type": "emoji", "emoji": emoji}] if emoji else []
    params = {"chat_id": int(chat), "message_id": message_id, "reaction": wanted}
    return Errand(key=f"react:{chat}:{message_id}", method="setMessageReaction", params=params, chat=chat)


class Errands:
    """Runs errands side by side, each key one at a time."""

    def __init__(self, wire: Wire, limiter: Limiter, clock: Clock) -> None:
        self._wire = wire
        self._limiter = limiter
        self._clock = clock
        self._bell = Bell(clock)
        self._waiting: dict[str, Errand] = {}
        self._busy: set[str] = set()

    def do(self, errand: Errand) -> None:
        """Have it done soon. Must be called on the loop; does not block."""
        self._waiting[errand.key] = errand
        self._bell.ring()

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
            await self._limiter.acquire(errand.chat, errand.priority, counts=errand.counts)
            errand = self._waiting.pop(key)
            failure = await self._perform(errand)
            if errand.then is not None:
                await errand.then(failure)
        self._busy.discard(key)

    async def _perform(self, errand: Errand) -> failures.WireError | None:
        backoff = Backoff(0.5, 8.0)
        failure: failures.WireError | None = None
        for _ in range(errand.tries):
            try:
                await self._wire.call(errand.method, errand.params)
            except failures.Flood as error:
                self._limiter.flood(errand.chat, error.retry_after_s)
                failure = error
            except (failures.Unreachable, failures.Unknown) as error:
                failure = error
                await self._clock.sleep(backoff.next_s())
            except failures.NotModified:
                return None
            except failures.WireError as error:
                log.debug("%s", error)
                return error
            else:
                return None
            if errand.key in self._waiting:
                return failure  # a newer one is there already
            await self._limiter.acquire(errand.chat, errand.priority, counts=errand.counts)
        return failure
