"""Who may call the Bot API now: token buckets per chat, per group and for the whole bot, with priorities.

The limits are those of https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: about 30
messages a second in all, about one a second in a chat (short bursts are allowed), 20 a minute in a group. A 429 closes
its chat for exactly the time it names; a second one from another chat meanwhile closes the whole bot.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from enum import IntEnum

from bot.notes import is_group
from bot.waiting import Bell
from company.clock import Clock
from company.config import TelegramSettings

FORGET_ABOVE = 2000  # chats; full buckets are then dropped


class Priority(IntEnum):
    """Who goes first when not all can."""

    ANSWER = 0
    CARD = 1
    NOTICE = 2
    STATUS = 3
    ERRAND = 4


class Bucket:
    """Tokens that come back at a steady rate, up to a burst."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now

    def due(self, now: float) -> float:
        """Seconds until a token is there; 0 when one is."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return 0.0 if self._tokens >= 1 - 1e-9 else (1 - self._tokens) / self._rate

    def take(self) -> None:
        """Use one token."""
        self._tokens -= 1

    def give(self) -> None:
        """Put one back."""
        self._tokens += 1

    def full(self, now: float) -> bool:
        """Whether forgetting it changes nothing."""
        self.due(now)
        return self._tokens >= self._burst


@dataclass(slots=True)
class _Waiter:
    priority: Priority
    number: int
    chat: str
    counts: bool
    granted: asyncio.Future[None] | None


class Limiter:
    """Grants calls in order of priority, then of arrival; `run` must be running for anybody who has to wait."""

    def __init__(self, settings: TelegramSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._bell = Bell(clock)
        self._all = Bucket(settings.messages_per_second, max(1.0, settings.messages_per_second), clock.monotonic())
        self._chats: dict[str, tuple[Bucket, ...]] = {}
        self._closed: dict[str, float] = {}
        self._all_closed = 0.0
        self._waiters: list[_Waiter] = []
        self._numbers = itertools.count()

    def try_acquire(self, chat: str) -> bool:
        """Take a message's turn in `chat` now, if nobody has to wait; `give_back` it if there is no message."""
        if self._waiters or self._due(self._turn(chat), self._clock.monotonic()) > 0:
            return False
        self._take(self._turn(chat))
        return True

    def give_back(self, chat: str) -> None:
        """A turn that `try_acquire` took was not used."""
        for bucket in (self._all, *self._buckets(self._turn(chat), self._clock.monotonic())):
            bucket.give()

    @staticmethod
    def _turn(chat: str) -> _Waiter:
        return _Waiter(Priority.ANSWER, 0, chat, True, None)

    async def acquire(self, chat: str, priority: Priority, *, counts: bool = True) -> None:
        """Return when a call for `chat` ("": for no chat) may be made. `counts` False: not against the chat's bucket
        (reactions, deletions, probes: Telegram counts messages), only against the bot's."""
        waiter = _Waiter(priority, next(self._numbers), chat, counts, None)
        if not self._waiters and self._due(waiter, self._clock.monotonic()) <= 0:
            self._take(waiter)
            return
        waiter.granted = granted = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._bell.ring()
        try:
            await granted
        except asyncio.CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            raise

    def flood(self, chat: str, seconds: float) -> None:
        """The server said 429 with `retry_after` for a call of this chat."""
        now = self._clock.monotonic()
        others = any(until > now for other, until in self._closed.items() if other != chat)
        self._closed[chat] = max(self._closed.get(chat, 0.0), now + seconds)
        if others or not chat:
            self._all_closed = max(self._all_closed, now + seconds)
        self._bell.ring()

    @property
    def closed_s(self) -> float:
        """For how long nothing at all may be sent, seconds."""
        return max(0.0, self._all_closed - self._clock.monotonic())

    async def run(self) -> None:
        """Let waiters go when their time comes."""
        while True:
            await self._bell.wait(self._pump())

    def _pump(self) -> float | None:
        """Grant whoever may go; seconds until the next one may, None when nobody waits."""
        now = self._clock.monotonic()
        soonest: float | None = None
        for waiter in sorted(self._waiters, key=lambda w: (w.priority, w.number)):
            due = self._due(waiter, now)
            if due <= 0:
                self._take(waiter)
                self._waiters.remove(waiter)
                if waiter.granted is not None and not waiter.granted.done():
                    waiter.granted.set_result(None)
            else:
                soonest = due if soonest is None else min(soonest, due)
        if len(self._chats) > FORGET_ABOVE:
            self._forget(now)
        return soonest

    def _due(self, waiter: _Waiter, now: float) -> float:
        closed = max(self._all_closed, self._closed.get(waiter.chat, 0.0)) - now
        buckets = self._buckets(waiter, now)
        return max(closed, self._all.due(now), *(bucket.due(now) for bucket in buckets), 0.0)

    def _take(self, waiter: _Waiter) -> None:
        self._all.take()
        for bucket in self._buckets(waiter, self._clock.monotonic()):
            bucket.take()

    def _buckets(self, waiter: _Waiter, now: float) -> tuple[Bucket, ...]:
        if not waiter.counts or not waiter.chat:
            return ()
        buckets = self._chats.get(waiter.chat)
        if buckets is None:
            buckets = (Bucket(self._settings.chat_messages_per_second, float(self._settings.chat_burst), now),)
            if is_group(waiter.chat):
                a_minute = self._settings.group_messages_per_minute
                buckets = (*buckets, Bucket(a_minute / 60, max(1.0, a_minute), now))
            self._chats[waiter.chat] = buckets
        return buckets

    def _forget(self, now: float) -> None:
        self._chats = {
            chat: buckets for chat, buckets in self._chats.items() if not all(bucket.full(now) for bucket in buckets)
        }
        self._closed = {chat: until for chat, until in self._closed.items() if until > now}
