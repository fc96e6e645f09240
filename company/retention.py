"""What the books let go of at its age: updates as they came, and what models were told and said in orders long over.

Functions over an open transaction, so many at a time; the same twice changes nothing. Orders with their answers, the
ledger, signed receipts and the record stay: they are what the company did.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from company import forgetting
from company.schema import attempts, incoming, orders, turns


def forget_updates(tx: Connection, before: int, limit: int) -> int:
    """Empty updates that came before a moment (ms); how many. The row stays, so that a repeat is still known as one.

    What a desk has not dealt with yet is left as it is.
    """
    old = (
        select(incoming.c.desk, incoming.c.external_id)
        .where(incoming.c.received_at < before, incoming.c.raw != "")
        .order_by(incoming.c.received_at)
    )
    return forgetting.empty_updates(tx, old, limit)


def forget_transcripts(tx: Connection, before: int, limit: int) -> int:
    """Delete what was said between employees and models in orders that ended before a moment (ms); of how many
    attempts. An attempt's own row stays, with who worked, on which model, and what became of it."""
    old = (
        select(attempts.c.id)
        .join(orders, orders.c.id == attempts.c.order_id)
        .where(orders.c.finished_at < before)
        .where(select(turns.c.number).where(turns.c.attempt_id == attempts.c.id).exists())
        .order_by(attempts.c.id)
        .limit(limit)
    )
    ids = tx.scalars(old).all()
    if ids:
        tx.execute(delete(turns).where(turns.c.attempt_id.in_(ids)))
        tx.execute(update(attempts).where(attempts.c.id.in_(ids)).values(draft=""))
    return len(ids)
