"""Waiting for whichever comes first: a bell that somebody rings, or a time of the injected clock."""

from __future__ import annotations

import asyncio

from company.clock import Clock


class Bell:
    """An event that resets itself when somebody has waited for it. Rung from the loop only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the waiter, or the next one to come."""
        self._rung.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Return at the next ring (True), or after `seconds` of the clock (False). None waits for the ring alone."""
        if not self._rung.is_set() and (seconds is None or seconds > 0):
            if seconds is None:
                await self._rung.wait()
            else:
                await self._first_of(seconds)
        rung = self._rung.is_set()
        self._rung.clear()
        return rung

    async def _first_of(self, seconds: float) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = {group.create_task(self._rung.wait()), group.create_task(self._clock.sleep(seconds))}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
