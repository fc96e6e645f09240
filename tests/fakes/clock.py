"""A clock that tests turn by hand. Nobody waits: a sleeper wakes when the clock is turned past its time.

    clock = TurnedClock()
    task = loop.create_task(poller.run())     # sleeps 30 s of `clock`
    await clock.until_asleep()                # the poller has reached its sleep
    clock.turn(30)                            # it wakes; await what it does next

Wall time and monotonic time move together, except through `jump`, which moves the wall alone (as NTP or a person does).
"""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

START = 1_795_000_000_000
"""2026-11-18 11:06:40 UTC, in milliseconds since 1970 UTC."""


class TurnedClock:
    """Implements `company.clock.Clock`. Turn it only on the loop's thread; `now` may be asked from any.

    Args:
        start: the wall time at first, milliseconds since 1970 UTC.
    """

    def __init__(self, start: int = START) -> None:
        self._elapsed_us = 0
        self._wall = start
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._came: asyncio.Event = asyncio.Event()

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return self._wall + self._elapsed_us // 1000

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._elapsed_us / 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Return once the clock was turned that far; at once for zero or less."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        wakes: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed_us + round(seconds * 1_000_000), next(self._numbers), wakes))
        self._came.set()
        await wakes

    @property
    def asleep(self) -> int:
        """How many sleep now."""
        return sum(not future.done() for _, _, future in self._sleepers)

    @property
    def next_wake_s(self) -> float | None:
        """Seconds until the first sleeper wakes; None when nobody sleeps."""
        due = [at for at, _, future in self._sleepers if not future.done()]
        return (min(due) - self._elapsed_us) / 1_000_000 if due else None

    async def until_asleep(self, sleepers: int = 1) -> None:
        """Wait (in real time) until at least that many sleep."""
        while self.asleep < sleepers:
            self._came.clear()
            await self._came.wait()

    def turn(self, seconds: float) -> None:
        """Move on in one go and wake, in order, whoever is due by then."""
        self._move(self._elapsed_us + round(seconds * 1_000_000))

    async def pass_by(self, seconds: float) -> None:
        """Move on from wake to wake, so that a loop that sleeps 30 s runs ten times in 300 s.

        After each wake the loop gets a few turns to run what has woken; work that hops to a thread is awaited by the
        test itself.
        """
        end = self._elapsed_us + round(seconds * 1_000_000)
        while (due := self._first()) is not None and due <= end:
            self._move(due)
            for _ in range(5):
                await asyncio.sleep(0)
        self._move(end)

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone, forwards or back; durations don't feel it."""
        self._wall += round(seconds * 1000)

    def _first(self) -> int | None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def _move(self, to_us: int) -> None:
        while (due := self._first()) is not None and due <= to_us:
            self._elapsed_us = max(self._elapsed_us, due)
            heapq.heappop(self._sleepers)[2].set_result(None)
        self._elapsed_us = to_us
