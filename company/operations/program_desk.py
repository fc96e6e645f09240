"""The desk of programs: nothing is sent from here; who asked is woken and reads the books.

Implements `company.ports.Courier`. An answer is the program's once it was handed over, so it needs no outbox: until
then the order stays ready, and the program can ask for it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from company.records import ConversationKey, Desk, Progress, Reply, WorkOrder
from company.topics import Topic


class ProgramDesk:
    """Who waits for an answer."""

    desk = Desk.API

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    @contextmanager
    def waiting(self) -> Iterator[asyncio.Event]:
        """An event that is set after each commit that said something to anybody: whoever waits looks again then."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)

    async def render(self, order: WorkOrder, reply: Reply) -> object:
        """Nothing is dressed here."""
        return None

    def post(self, tx: Connection, order: WorkOrder, rendered: object) -> None:
        """The order's state is all that is read."""

    def notice(
        self, tx: Connection, where: ConversationKey, text: str, *, topic: Topic | None = None, silent: bool = True
    ) -> bool:
        """Programs read no notices."""
        return False

    def wake(self) -> None:
        """After a commit: whoever waits looks at their order again."""
        for event in self._waiting:
            event.set()

    def progress(self, order: WorkOrder, news: Progress) -> None:
        """Nobody hears it yet."""
