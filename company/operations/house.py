"""What the main path works with: one frozen record of collaborators, put together by the composition root."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from company.audit import Anchor
from company.books import Books
from company.budget import Caps
from company.clock import Clock
from company.config import WorkSettings
from company.config_cache import CacheSettings
from company.library_ports import Memory
from company.memory_records import NoMemory
from company.operations.earlier import EarlierAnswers
from company.operations.replies import Replies
from company.ports import Courier, Dispatcher, Inspector, Router, Specs, Staff
from company.profiling import NoProfiles, Profiles
from company.records import Desk, Health, Progress, Reply, WorkOrder

log = logging.getLogger(__name__)

Forget = Callable[[Connection, int, WorkOrder, str], None]
"""Forgets what was said in an order: over a transaction, now, the order, and whoever wants it."""
Post = Callable[[Connection, WorkOrder], None]
"""Writes a rendered reply to the outbox, in the caller's transaction, for the order as that transaction left it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The collaborators of the main path."""

    books: Books
    clock: Clock
    router: Router
    staff: Staff
    inspector: Inspector
    dispatcher: Dispatcher
    couriers: Mapping[Desk, Courier]
    caps: Caps
    work: WorkSettings
    replies: Replies
    holder: str  # "instance/run" of this process
    health: Callable[[], tuple[Health, ...]]
    witnesses: Callable[[], tuple[Anchor, ...]]  # the anchors kept outside the database; blocking
    warnings: Callable[[], tuple[str, ...]]  # what the Board should know of how the company was started
    company_name: str
    version: str
    cache: CacheSettings = field(default_factory=CacheSettings)
    specs: Specs | None = None  # QA's, for the Board
    memory: Memory = field(default_factory=NoMemory)
    forget: Forget | None = None  # takes the words of an order out of the books
    earlier: EarlierAnswers | None = None  # None: no answer is given again
    profiles: Profiles = field(default_factory=NoProfiles)

    def tell(self, order: WorkOrder, news: Progress) -> None:
        """News of running work, for the desk the order came from."""
        courier = self.couriers.get(order.conversation.desk)
        if courier is not None:
            courier.progress(order, news)

    async def posting(self, order: WorkOrder, reply: Reply) -> Post:
        """The reply, rendered for the desk the order came from; nothing where that desk is off now.

        An end must be told even where the desk can't dress it: it goes out as plain text then. An answer that can't be
        rendered is a fault of the order (`Exception`).
        """
        courier, where = self.couriers.get(order.conversation.desk), order.conversation
        if courier is None:
            return lambda tx, current: None
        try:
            rendered = await courier.render(order, reply)
        except Exception:
            if reply.closes_order:
                raise
            log.exception("a reply to order #%s could not be rendered", order.number)

            def plainly(tx: Connection, current: WorkOrder) -> None:
                courier.notice(tx, where, reply.text, silent=reply.silent)

            return plainly
        return lambda tx, current: courier.post(tx, current, rendered)

    def wake(self) -> None:
        """After a commit: desks may have something to send."""
        for courier in self.couriers.values():
            courier.wake()
