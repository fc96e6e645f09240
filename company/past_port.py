"""What a desk asks about what was said. Part of `company.ports`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from sqlalchemy import Connection

from company.memory_records import Recalled
from company.records import ConversationKey, Person


class PastOffice(Protocol):
    """What was said, for whoever said it. Every method raises `Refused` for whoever has no right to order."""

    async def about(self, person: Person, conversation: ConversationKey, words: str) -> tuple[Recalled, ...]:
        """What this person could have forgotten of what was said here, one piece of each exchange, best first."""
        ...

    async def said_in(self, person: Person, conversation: ConversationKey, order_id: str) -> int:
        """The number of an order that this person could have forgotten; 0 when it is none."""
        ...

    async def forget(
        self,
        person: Person,
        conversation: ConversationKey,
        numbers: Collection[int],
        *,
        also: Callable[[Connection], None] | None = None,
    ) -> int:
        """Forget these exchanges, as far as they are this person's; how many were. `also` is written in any case."""
        ...
