"""What has reached its age is let go: class by class, in batches, once an hour. It spends no token.

Each class is purged by its owner; what was let go leaves one fact in the record, which itself is never thinned.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from company import audit, document_origins, projects, retention
from company.books import Books
from company.clock import Clock
from company.config_documents import RetentionSettings
from company.errors import NexusError
from company.records import Condition, Health

log = logging.getLogger(__name__)

BATCH = 200
EVERY_S = 3600.0
DAY_MS = 86_400_000
ACTOR = "heartbeat"

Purge = Callable[[int, int], Awaitable[int]]
"""Lets go of up to so many things (the second argument) that are older than a moment (ms); how many it were."""


class Documents(Protocol):
    """The library, as owner of the files and the index."""

    async def forget_failed(self, before: int, limit: int) -> int:
        """Let go of up to `limit` files that could not be read and came before a moment (ms); how many it were."""
        ...

    async def forget_project(self, project_id: str) -> int:
        """Let go of all documents of a project; how many it were."""
        ...


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


def retention_of(days: RetentionSettings, books: Books, clock: Clock, documents: Documents) -> Retention:
    """What is let go of at its age, each class by its owner; recordings and kept answers by theirs alone."""

    async def closed_projects(before: int, limit: int) -> int:
        found = await books.read(projects.closed_before, before, limit)
        for project in found:
            if await books.write(projects.doom, project.id):
                await documents.forget_project(project.id)
                await books.write(_end_project, clock.now(), project.id)
        return len(found)

    async def updates(before: int, limit: int) -> int:
        return await books.write(retention.forget_updates, before, limit)

    async def transcripts(before: int, limit: int) -> int:
        return await books.write(retention.forget_transcripts, before, limit)

    classes = (
        Kept(name="updates", days=days.updates_days, purge=updates),
        Kept(name="transcripts", days=days.transcripts_days, purge=transcripts),
        Kept(name="failed uploads", days=days.failed_uploads_days, purge=documents.forget_failed),
        Kept(name="closed projects", days=days.closed_projects_days, purge=closed_projects),
    )
    return Retention(classes, books, clock)


def _end_project(tx: Connection, now: int, project_id: str) -> None:
    """What the books have left of a project whose documents are gone."""
    document_origins.forget_owner(tx, f"project:{project_id}")
    projects.forget(tx, now, project_id, by=ACTOR)
