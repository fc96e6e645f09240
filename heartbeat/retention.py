"""What has reached its age is let go: class by class, in batches, once an hour. It spends no token.

Each class is purged by its owner; what was let go leaves one fact in the record, which itself is never thinned.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from company import audit
from company.books import Books
from company.clock import Clock
from company.errors import NexusError
from company.records import Condition, Health

log = logging.getLogger(__name__)

BATCH = 200
EVERY_S = 3600.0
DAY_MS = 86_400_000
ACTOR = "heartbeat"

Purge = Callable[[int, int], Awaitable[int]]
"""Lets go of up to so many things (the second argument) that are older than a moment (ms); how many it were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A class of things. `days` 0: for ever."""

    name: str
    days: float
    purge: Purge


class Retention:
    """Looks after the classes.

    Args:
        classes: purged in this order.
        books: where the fact is left.
        clock: time.
    """

    def __init__(self, classes: Sequence[Kept], books: Books, clock: Clock) -> None:
        self._classes = classes
        self._books = books
        self._clock = clock
        self._next = float("-inf")
        self._trouble: dict[str, str] = {}

    def health(self) -> tuple[Health, ...]:
        """The classes that could not be purged the last time, with the reason."""
        return tuple(
            Health(part=f"retention of {name}", condition=Condition.WARNING, detail=reason, mend="it is tried again")
            for name, reason in self._trouble.items()
        )

    async def if_due(self) -> None:
        """Purge, once an hour."""
        if self._clock.monotonic() >= self._next:
            self._next = self._clock.monotonic() + EVERY_S
            await self.purge()

    async def purge(self) -> dict[str, int]:
        """Let go of all that is old enough now; how many things of each class, those with none left out."""
        gone = {kept.name: await self._purge(kept) for kept in self._classes if kept.days > 0}
        return {name: count for name, count in gone.items() if count}

    async def _purge(self, kept: Kept) -> int:
        before, total = self._clock.now() - int(kept.days * DAY_MS), 0
        try:
            while True:
                count = await kept.purge(before, BATCH)
                total += count
                if count < BATCH:
                    break
            self._trouble.pop(kept.name, None)
        except (OSError, NexusError) as error:  # the other classes go on; what was let go is told all the same
            log.warning("%s could not be let go: %s", kept.name, error)
            self._trouble[kept.name] = str(error)
        if total:
            await self._books.write(
                audit.record, self._clock.now(), ACTOR, "retention.purged", what=kept.name, count=total
            )
        return total
