"""What happened to one order and when: the seven steps of a request's life, read from the record and the ledger.

Input, gateway, router, processing, AI, response, client update; each with the milliseconds since the message came.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from company import audit
from company.records import WorkOrder
from company.schema import incoming, ledger

STEP_OF = {
    "order.accepted": "gateway",
    "order.assigned": "router",
    "order.reassigned": "router",
    "order.escalated": "router",
    "attempt.started": "processing",
    "tool.done": "processing",
    "tool.failed": "processing",
    "answer.inspected": "response",
    "answer.ready": "response",
    "answer.delivered": "client update",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: its place in a request's life, what was done, milliseconds after the message came, and how long."""

    step: str
    what: str
    after_ms: int
    took_ms: int = 0


def timeline(tx: Connection, order: WorkOrder) -> tuple[Step, ...]:
    """Every step of an order in the order in which it happened."""
    row = tx.execute(
        select(incoming.c.received_at).where(
            incoming.c.desk == order.conversation.desk, incoming.c.message_id == order.message_id,
            incoming.c.chat == order.conversation.chat,
        )
    ).first()  # fmt: skip
    began = row.received_at if row is not None and order.message_id else order.created_at
    found = [(began, 0, Step(step="input", what="message received", after_ms=0))]
    for entry in audit.entries(tx, limit=1000, order_id=order.id):
        step = STEP_OF.get(entry.fact, "processing")
        found.append((entry.at, entry.number, Step(step=step, what=entry.fact, after_ms=entry.at - began)))
    for call in tx.execute(select(ledger).where(ledger.c.order_id == order.id).order_by(ledger.c.id)):
        what = f"{call.employee}: {call.provider}/{call.model} ({call.outcome or call.state})"
        step = "router" if call.purpose == "triage" else "AI"
        at = call.settled_at or call.created_at
        found.append((at, 0, Step(step=step, what=what, after_ms=at - began, took_ms=call.latency_ms)))
    return tuple(step for _, _, step in sorted(found, key=lambda item: (item[0], _rank(item[2]), item[1])))


def _rank(step: Step) -> int:
    """Facts of the same millisecond in the order of a request's life."""
    steps = ("input", "gateway", "router", "processing", "AI", "response", "client update")
    return steps.index(step.step)
