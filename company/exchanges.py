"""What was said, as the books have it: exchanges that were delivered, and the news of them in the record.

Reads only. Exchanges are told in sittings: those of a conversation within an hour, at most `BLOCK` order numbers wide,
so that one can be written anew at a small cost. Which exchange is in which sitting never changes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from company import audit
from company.forgetting import EXCHANGE_FORGOTTEN, FORGOTTEN
from company.memory_records import Said
from company.records import ConversationKey, Desk, State
from company.schema import audit as record
from company.schema import conversations, orders, people

T = TypeVar("T")
HOUR_MS = 3_600_000
BLOCK = 32
DELIVERED = "answer.delivered"
_MOVED, _JOINED = "conversation.moved", "stand_in.joined"
NEWS = frozenset({DELIVERED, EXCHANGE_FORGOTTEN, _MOVED, _JOINED})
_PIECE = 200
_WHERE = select(orders.c.id, orders.c.conversation_id, orders.c.created_at, orders.c.number)
_EXCHANGES = (
    select(
        orders.c.number, orders.c.conversation_id, orders.c.person_id, orders.c.request, orders.c.answer,
        orders.c.assignment, orders.c.created_at, conversations.c.desk, conversations.c.chat, conversations.c.topic,
        people.c.name,
    )
    .join(conversations, conversations.c.id == orders.c.conversation_id)
    .join(people, people.c.id == orders.c.person_id)
    .where(orders.c.state == State.DELIVERED)
    .order_by(orders.c.number)
)  # fmt: skip


class Sitting(NamedTuple):
    """The exchanges of a conversation in one hour since 1970 and one block of order numbers."""

    conversation_id: str
    hour: int
    block: int


class News(NamedTuple):
    """The sittings that changed, and the number up to which the record was read.

    `more`: there may be more; `forgot`: something was forgotten among it.
    """

    upto: int
    sittings: frozenset[Sitting]
    more: bool
    forgot: bool


def sitting_of(conversation_id: str, at: int, number: int) -> Sitting:
    """Where an exchange is."""
    return Sitting(conversation_id, at // HOUR_MS, number // BLOCK)


def identity(tx: Connection) -> str:
    """What tells these books from others: the hash of the first row of their record."""
    found = tx.scalar(select(record.c.hash).where(record.c.number == 1))
    return bytes(found).hex()[:24] if found is not None else ""


def news(tx: Connection, after: int) -> News:
    """What was said, forgotten or moved since row `after` of the record."""
    found = audit.entries(tx, limit=_PIECE, after=after, facts=NEWS)
    more = len(found) == _PIECE
    upto = found[-1].number if more else max(after, audit.tip(tx)[0])
    changed: set[Sitting] = set()
    if any(entry.fact == _JOINED for entry in found):
        changed |= _sittings(tx)
    for entry in found:
        if entry.fact == _MOVED:
            changed |= _sittings(tx, entry.payload.get("new", ""))
    changed |= _of_orders(tx, {entry.order_id for entry in found if entry.order_id})
    forgot = any(entry.fact == EXCHANGE_FORGOTTEN for entry in found)
    return News(upto, frozenset(changed), more, forgot)


def told_in(tx: Connection, sittings: Collection[Sitting]) -> dict[Sitting, tuple[Said, ...]]:
    """The exchanges of each sitting, oldest first; without those that were forgotten, and questions about the past."""
    told: dict[Sitting, list[Said]] = {sitting: [] for sitting in sittings}
    for some in _in_pieces(sorted(sittings)):
        query = _EXCHANGES.where(or_(*(_inside(sitting) for sitting in some)))
        for row in tx.execute(query):
            said = _said(row)
            if said is not None:
                told[sitting_of(row.conversation_id, row.created_at, row.number)].append(said)
    return {sitting: tuple(some) for sitting, some in told.items()}


def _inside(sitting: Sitting) -> ColumnElement[bool]:
    begin, first = sitting.hour * HOUR_MS, sitting.block * BLOCK
    return and_(
        orders.c.conversation_id == sitting.conversation_id,
        orders.c.created_at >= begin, orders.c.created_at < begin + HOUR_MS,
        orders.c.number >= first, orders.c.number < first + BLOCK,
    )  # fmt: skip


def _said(row: Any) -> Said | None:
    question = json.loads(row.request)["text"]
    if question == FORGOTTEN or row.answer in ("", FORGOTTEN):
        return None
    if row.assignment and json.loads(row.assignment).get("recalls"):
        return None  # who asks what was said says nothing new
    return Said(
        number=row.number, conversation_id=row.conversation_id,
        conversation=ConversationKey(desk=Desk(row.desk), chat=row.chat, topic=row.topic),
        person_id=row.person_id, person=row.name, question=question, answer=row.answer, at=row.created_at,
    )  # fmt: skip


def _of_orders(tx: Connection, ids: set[str]) -> set[Sitting]:
    found: set[Sitting] = set()
    for some in _in_pieces(sorted(ids)):
        rows = tx.execute(_WHERE.where(orders.c.id.in_(some)))
        found |= {sitting_of(row.conversation_id, row.created_at, row.number) for row in rows}
    return found


def _sittings(tx: Connection, chat: str | None = None) -> set[Sitting]:
    """All, or those of one chat."""
    query = _WHERE.where(orders.c.state == State.DELIVERED)
    if chat is not None:
        query = query.join(conversations, conversations.c.id == orders.c.conversation_id).where(
            conversations.c.chat == chat
        )
    return {sitting_of(row.conversation_id, row.created_at, row.number) for row in tx.execute(query)}


def _in_pieces(some: Iterable[T], size: int = 50) -> list[list[T]]:
    whole = list(some)
    return [whole[at : at + size] for at in range(0, len(whole), size)]
