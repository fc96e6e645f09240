"""What somebody wants forgotten leaves the books and the record of the work: one change over a transaction each."""

from __future__ import annotations

from sqlalchemy import Connection

from company import forgetting
from company.records import WorkOrder
from employees import transcript


def forget_exchange(tx: Connection, now: int, order: WorkOrder, by: str) -> None:
    """What was said in an order, and what employees wrote down of it or were told of it later."""
    gone = forgetting.forget_exchange(tx, now, order, by=by)
    transcript.forget_orders(tx, gone.whole, gone.told)


def forget_passages(tx: Connection, passage_ids: frozenset[str]) -> None:
    """What the books have of passages that a person is about to delete."""
    forgetting.forget_quotes(tx, passage_ids)
    forgetting.forget_cached_answers(tx)
    transcript.forget(tx, passage_ids)
