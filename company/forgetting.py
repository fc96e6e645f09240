"""What the books have of a document besides the document: quotes below answers, and answers kept for repeated calls.

Called when a person deletes a document, before it leaves the index: a crash in between leaves a document that can be
deleted again, never its words without it. Answers that were given stay: they are the conversation.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Connection, select, update

from company.books import to_json
from company.schema import answer_cache, orders


def forget_quotes(tx: Connection, passage_ids: Collection[str]) -> int:
    """Take the words of these passages out of the sources of answers; how many answers were touched."""
    changed: dict[str, str] = {}
    quoting = select(orders.c.id, orders.c.citations).where(orders.c.citations != "")
    for row in tx.execute(quoting.execution_options(yield_per=100)):
        cited = json.loads(row.citations)
        if not any(one["passage_id"] in passage_ids and one["quote"] for one in cited):
            continue
        changed[row.id] = to_json([one | {"quote": ""} if one["passage_id"] in passage_ids else one for one in cited])
    for order_id, left in changed.items():
        tx.execute(update(orders).where(orders.c.id == order_id).values(citations=left))
    return len(changed)


def forget_cached_answers(tx: Connection) -> None:
    """Empty every kept answer: which of them quote a document can't be told. What each saved stays counted."""
    tx.execute(update(answer_cache).where(answer_cache.c.completion != "").values(completion="", created_at=0))
