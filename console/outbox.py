"""The console's rows of the outbox: replies that wait for a screen. Owner of these rows.

States: ready -> sending (brought to a client) -> sent (it stands on the screen). A row that was brought but never
acknowledged is brought again, and says so: whether a person saw it, nobody knows. Functions over an open transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from company import work_orders
from company.clock import new_id
from company.records import ConversationKey, Desk, WorkOrder
from company.schema import orders, outbox

DESK = Desk.CONSOLE
READY, SENDING, SENT = "ready", "sending", "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A reply that waits."""

    id: str
    chat: str
    topic: str
    order_id: str
    number: int  # the order's; 0 for a notice that belongs to none
    payload: str  # JSON of the Reply
    tries: int
    created_at: int


def post(tx: Connection, now: int, order: WorkOrder, *, kind: str, payload: str, closes_order: bool) -> str:
    """Write a reply to be shown; its row id."""
    return _add(tx, now, order.conversation, kind, payload, order_id=order.id, closes_order=int(closes_order))


def post_notice(tx: Connection, now: int, where: ConversationKey, *, kind: str, payload: str) -> str:
    """Write a reply that belongs to no order; its row id."""
    return _add(tx, now, where, kind, payload)


def _add(tx: Connection, now: int, where: ConversationKey, kind: str, payload: str, **more: object) -> str:
    last = tx.scalar(select(func.max(outbox.c.seq)).where(outbox.c.desk == DESK)) or 0
    row_id = new_id(now)
    row = {
        "id": row_id, "desk": DESK, "chat": where.chat, "topic": where.topic, "seq": last + 1, "kind": kind,
        "payload": payload, "state": READY, "created_at": now, "updated_at": now, **more,
    }  # fmt: skip
    tx.execute(insert(outbox), [row])
    return row_id


def waiting(tx: Connection, limit: int = 200) -> tuple[Row, ...]:
    """Replies that no screen has acknowledged, oldest first."""
    query = (
        select(outbox, orders.c.number)
        .outerjoin(orders, orders.c.id == outbox.c.order_id)
        .where(outbox.c.desk == DESK, outbox.c.state.in_((READY, SENDING)))
        .order_by(outbox.c.seq)
        .limit(limit)
    )
    return tuple(
        Row(
            id=row.id, chat=row.chat, topic=row.topic, order_id=row.order_id or "", number=row.number or 0,
            payload=row.payload, tries=row.tries, created_at=row.created_at,
        )
        for row in tx.execute(query)
    )  # fmt: skip


def count_waiting(tx: Connection, chat: str = "") -> int:
    """How many replies wait (for one chat)."""
    query = select(func.count()).select_from(outbox).where(outbox.c.desk == DESK, outbox.c.state.in_((READY, SENDING)))
    return tx.scalar(query.where(outbox.c.chat == chat) if chat else query) or 0


def begin(tx: Connection, now: int, row_id: str) -> bool:
    """A reply is brought to a screen; False when it stands on one already."""
    where = (outbox.c.id == row_id) & outbox.c.state.in_((READY, SENDING))
    values = {"state": SENDING, "tries": outbox.c.tries + 1, "updated_at": now}
    return tx.execute(update(outbox).where(where).values(**values)).rowcount == 1


def settle(tx: Connection, now: int, row_id: str) -> bool:
    """It stands on the screen, and so its order is delivered: one transaction. False for a repeat."""
    found = tx.execute(select(outbox.c.order_id, outbox.c.closes_order).where(outbox.c.id == row_id)).first()
    where = (outbox.c.id == row_id) & (outbox.c.desk == DESK) & (outbox.c.state == SENDING)
    values = {"state": SENT, "updated_at": now, "sent_at": now}
    if found is None or tx.execute(update(outbox).where(where).values(**values)).rowcount == 0:
        return False
    if found.closes_order and found.order_id:
        work_orders.delivered(tx, now, found.order_id)
    return True
