"""What each execution used and cost, and writing to the books from code of your own.

The functions and their keywords are those of the product's first description; they are plain functions over an open
transaction: `await books.read(query_metrics, start_time=...)`, `await books.write(log_agent_execution, now, ...)`.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from company import audit
from company.budget import Caps, count_in
from company.clock import new_id
from company.money import micro
from company.records import Json, Purpose
from company.schema import ledger


def query_metrics(
    tx: Connection, *, start_time: datetime | None = None, agent_name: str = "", limit: int = 100
) -> list[Json]:
    """The newest executions first: one row a model call, with tokens, latency in milliseconds and cost in dollars.

    Args:
        tx: a transaction over the books.
        start_time: only calls since then; a time without a zone is local time.
        agent_name: only this employee ("ceo") or agent ("ceo_agent").
        limit: at most so many.
    """
    query = select(ledger).where(ledger.c.state == "charged").order_by(ledger.c.id.desc()).limit(limit)
    if start_time is not None:
        query = query.where(ledger.c.created_at >= int(start_time.timestamp() * 1000))
    if agent_name:
        names = (agent_name, agent_name.removesuffix("_agent"))
        query = query.where(or_(*(ledger.c.employee == name for name in names)))
    return [
        {
            "id": row.id, "work_order_id": row.order_id, "agent_name": row.employee, "role": row.tier,
            "provider": row.provider, "model": row.model, "success": row.outcome in ("ok", "cached"),
            "outcome": row.outcome, "latency_ms": row.latency_ms, "prompt_tokens": row.input_tokens
            + row.cache_read_tokens + row.cache_write_tokens, "completion_tokens": row.output_tokens,
            "cost_usd": row.charged_micro / 1_000_000, "created_at": row.created_at,
        }
        for row in tx.execute(query)
    ]  # fmt: skip


def log_agent_execution(
    tx: Connection, now: int, caps: Caps, /, *, work_order_id: str, session_id: str, agent_name: str, role: str,
    model: str, provider: str, success: bool, latency_ms: int, prompt_tokens: int, completion_tokens: int,
    cost_usd: float | Decimal,
) -> str:  # fmt: skip
    """Put a call that was made outside NEXUS into the ledger, so that it counts against the caps; its row id."""
    keys = {scope.value: key for scope, key in caps.keys(now, session_id, None).items()}
    row: dict[str, Any] = {
        "id": new_id(now), "order_id": work_order_id or None, "person_id": session_id, "employee": agent_name,
        "tier": role, "purpose": Purpose.WORK, "provider": provider, "model": model, "state": "charged",
        "reserved_micro": 0, "charged_micro": micro(cost_usd), "input_tokens": prompt_tokens,
        "output_tokens": completion_tokens, "latency_ms": latency_ms, "outcome": "ok" if success else "failed",
        "day": keys["day"], "month": keys["month"], "holder": "outside", "created_at": now, "settled_at": now,
    }  # fmt: skip
    tx.execute(insert(ledger), [row])
    count_in(tx, row)
    audit.record(tx, now, agent_name, "execution.logged", order_id=work_order_id, model=model, cost_usd=str(cost_usd))
    return str(row["id"])


def log_audit_event(
    tx: Connection, now: int, /, *, actor: str, action: str, status: str = "success", work_order_id: str = "",
    details: Json | None = None,
) -> int:  # fmt: skip
    """Append a fact of your own to the tamper-evident record; its number."""
    return audit.record(tx, now, actor, action, order_id=work_order_id, status=status, details=details or {})
