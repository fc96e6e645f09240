"""Who may call the Bot API now: a bucket per chat, a window per group and for the whole bot, with priorities.

The limits are those of https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: about 30
messages a second in all, about one a second in a chat (short bursts are allowed), 20 a minute in a group. A 429 closes
its chat for exactly the time it names; a second one from another chat meanwhile closes the whole bot.

A bucket that was full lets twice its rate through in the first period, so what has a hard limit by the second or the
minute is a window: never more than so many in any such time, and a little longer, for calls arrive unevenly.
Looks (edits of a status line, typing) are taken only while enough is left for messages, and not at all for a while
after a flood: `try_spare`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass
from enum import IntEnum

from bot.notes import is_group
from bot.waiting import Bell
from company.clock import Clock
from company.config_desks import TelegramSettings

FORGET_ABOVE = 2000  # chats; full buckets are then dropped
SLACK = 1.1  # how much longer than its period a window is: calls that leave evenly arrive unevenly
KEPT_IN_CHAT = 2  # messages to a chat that looks leave room for
CALM_S = 60.0  # no looks for so long after a flood


class Priority(IntEnum):
    """Who goes first when not all can."""

    ANSWER = 0
    CARD = 1
    NOTICE = 2
    STATUS = 3
    ERRAND = 4


class Bucket:
    """Tokens that come back at a steady rate, up to a burst. `kept`: tokens that looks leave."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens", "kept")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now
        self.kept = min(float(KEPT_IN_CHAT), burst - 1)

    def due(self, now: float) -> float:
        """Seconds until a token is there; 0 when one is."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return 0.0 if self._tokens >= 1 - 1e-9 else (1 - self._tokens) / self._rate

    def left(self, now: float) -> float:
        """How many tokens there are."""
        self.due(now)
        return self._tokens + 1e-9

    def take(self, now: float) -> None:
        """Use one token."""
        self._tokens -= 1

    def give(self) -> None:
        """Put one back."""
        self._tokens += 1

    def full(self, now: float) -> bool:
        """Whether forgetting it changes nothing."""
        return self.left(now) >= self._burst


class Window:
    """At most so many in any period; like a bucket otherwise. Looks leave half of it.

    Args:
        rate: how many, by `unit_s`.
        unit_s: seconds.
    """

    __slots__ = ("_most", "_period_s", "_times", "kept")

    def __init__(self, rate: float, unit_s: float) -> None:
        self._most = max(1, int(rate))
        self._period_s = self._most / rate * unit_s * SLACK
        self._times: deque[float] = deque()
        self.kept = float(self._most // 2)

    def due(self, now: float) -> float:
        """Seconds until there is room; 0 when there is."""
        while self._times and self._times[0] <= now - self._period_s + 1e-9:
            self._times.popleft()
        return 0.0 if len(self._times) < self._most else self._times[0] + self._period_s - now

    def left(self, now: float) -> float:
        """How many there is room for."""
        self.due(now)
        return float(self._most - len(self._times))

    def take(self, now: float) -> None:
        """Use room for one."""
        self._times.append(now)

    def give(self) -> None:
        """The last one was none."""
        self._times.pop()

    def full(self, now: float) -> bool:
        """Whether forgetting it changes nothing."""
        self.due(now)
        return not self._times


Gauge = Bucket | Window


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
        self._all = Window(settings.messages_per_second, 1.0)
        self._chats: dict[str, tuple[Gauge, ...]] = {}
        self._closed: dict[str, float] = {}
        self._all_closed = float("-inf")
        self._waiters: list[_Waiter] = []
        self._numbers = itertools.count()

    def try_acquire(self, chat: str) -> bool:
        """Take a message's turn in `chat` now, if nobody has to wait; `give_back` it if there is no message."""
        if self._waiters or self._due(self._turn(chat), self._clock.monotonic()) > 0:
            return False
        self._take(self._turn(chat))
        return True

    def give_back(self, chat: str, *, counts: bool = True) -> None:
        """A turn that was taken was not used."""
        turn = self._turn(chat, counts)
        for gauge in (self._all, *self._gauges(turn, self._clock.monotonic())):
            gauge.give()

    def try_spare(self, chat: str, *, counts: bool = True) -> bool:
        """Take a turn for looks: only while nobody waits, no flood is near, and enough is left for messages."""
        now, turn = self._clock.monotonic(), self._turn(chat, counts)
        rested = now >= self._closed_until(chat) + CALM_S
        if self._waiters or not rested:
            return False
        if any(gauge.left(now) < gauge.kept + 1 for gauge in (self._all, *self._gauges(turn, now))):
            return False
        self._take(turn)
        return True

    def closed_for(self, chat: str) -> float:
        """For how long nothing may be sent to a chat because of a flood, seconds; 0 when it is open."""
        return max(0.0, self._closed_until(chat) - self._clock.monotonic())

    @staticmethod
    def _turn(chat: str, counts: bool = True) -> _Waiter:
        return _Waiter(Priority.ANSWER, 0, chat, counts, None)

    async def acquire(self, chat: str, priority: Priority, *, counts: bool = True) -> None:
        """Return when a call for `chat` ("": for no chat) may be made. `counts` False: not against the chat's bucket
        (reactions, deletions, probes: Telegram counts messages), only against the bot's."""
        waiter = _Waiter(priority, next(self._numbers), chat, counts, None)
        if not self._waiters and self._due(waiter, self._clock.monotonic()) <= 0:
            self._take(waiter)
            return
        await self._wait(waiter)
        while self.closed_for(chat):  # a flood came between the grant and now
            self.give_back(chat, counts=counts)
            await self._wait(waiter)

    async def _wait(self, waiter: _Waiter) -> None:
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
        closed = self._closed_until(waiter.chat) - now
        gauges = self._gauges(waiter, now)
        return max(closed, self._all.due(now), *(gauge.due(now) for gauge in gauges), 0.0)

    def _closed_until(self, chat: str) -> float:
        return max(self._all_closed, self._closed.get(chat, float("-inf")))

    def _take(self, waiter: _Waiter) -> None:
        now = self._clock.monotonic()
        self._all.take(now)
        for gauge in self._gauges(waiter, now):
            gauge.take(now)

    def _gauges(self, waiter: _Waiter, now: float) -> tuple[Gauge, ...]:
        if not waiter.counts or not waiter.chat:
            return ()
        gauges = self._chats.get(waiter.chat)
        if gauges is None:
            gauges = (Bucket(self._settings.chat_messages_per_second, float(self._settings.chat_burst), now),)
            if is_group(waiter.chat):
                gauges = (*gauges, Window(self._settings.group_messages_per_minute, 60.0))
            self._chats[waiter.chat] = gauges
        return gauges

    def _forget(self, now: float) -> None:
        self._chats = {
            chat: gauges for chat, gauges in self._chats.items() if not all(gauge.full(now) for gauge in gauges)
        }
        self._closed = {chat: until for chat, until in self._closed.items() if until > now - CALM_S}
