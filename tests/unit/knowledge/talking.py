"""Exchanges in the books as the house leaves them, without the house: for tests of the memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from company import people, work_orders
from company.books import Books
from company.config import MemorySettings
from company.records import (
    Assignment,
    ConversationKey,
    Desk,
    Difficulty,
    Kind,
    Person,
    Recalls,
    Request,
    Role,
    Tier,
    WorkOrder,
)
from knowledge.memory import Memory
from tests.fakes.clock import TurnedClock

DAY_MS = 86_400_000
CHAT = ConversationKey(desk=Desk.TELEGRAM, chat="42")


def a_person(tx: Connection, now: int, name: str) -> Person:
    return people.add(tx, now, name=name, role=Role.MEMBER, language="en", by="test")


def an_exchange(
    tx: Connection, now: int, person: Person, text: str, answer: str = "Noted.", *, where: ConversationKey = CHAT,
    recalls: Recalls | None = None, brief: str = "",
) -> WorkOrder:  # fmt: skip
    """An order that was delivered."""
    request = Request(
        desk=where.desk, external_id=f"{where.chat}:{now}:{text[:40]}", conversation=where, person=person, text=text,
        message_id=str(now), received_at=now,
    )  # fmt: skip
    work_orders.note_incoming(tx, now, where.desk, request.external_id, chat=where.chat, message_id=str(now), raw=text)
    order = work_orders.accept(tx, now, request)
    assignment = Assignment(
        kind=Kind.CHAT, difficulty=Difficulty.NORMAL, language="en", ladder=(Tier.CLERK,), brief=brief, recalls=recalls
    )  # fmt: skip
    order, _ = work_orders.set_to_work(tx, now, order, assignment)
    order = work_orders.ready(tx, now, order, answer, "")
    work_orders.delivered(tx, now, order.id)
    found = work_orders.get(tx, order.id)
    assert found is not None
    return found


def a_memory(folder: Path, books: Books, clock: TurnedClock, **settings: object) -> Memory:
    async def changes() -> AsyncIterator[int]:
        yield 0

    return Memory(
        MemorySettings.model_validate(settings), data_dir=folder, books=books, changes=changes, clock=clock,
        company="NEXUS", zone=ZoneInfo("UTC"),
    )  # fmt: skip
