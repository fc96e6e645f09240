"""The calls of the product's first description run with their own words (D113 to D116)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from company import audit
from company.budget import Caps
from company.config import BudgetSettings
from company.metrics import log_agent_execution, log_audit_event, query_metrics
from company.schema import ledger, spending

CAPS = Caps(BudgetSettings(), ZoneInfo("UTC"))


async def test_an_execution_is_logged_whole_and_counts(any_books, clock):
    await any_books.write(
        log_agent_execution, clock.now(), CAPS,
        work_order_id="wo-123", session_id="sess-456", agent_name="director_agent", role="director",
        model="claude-sonnet-4-5", provider="anthropic", success=True, latency_ms=1250, prompt_tokens=500,
        completion_tokens=200, cost_usd=0.0042,
    )  # fmt: skip
    now = datetime.fromtimestamp(clock.now() / 1000, tz=UTC)
    metrics = await any_books.read(
        query_metrics, start_time=now - timedelta(days=1), agent_name="director_agent", limit=100
    )
    total_cost = sum(m["cost_usd"] for m in metrics)
    assert total_cost == 0.0042
    assert metrics[0]["work_order_id"] == "wo-123"
    assert (metrics[0]["prompt_tokens"], metrics[0]["completion_tokens"], metrics[0]["latency_ms"]) == (500, 200, 1250)
    rows = await any_books.read(lambda tx: tx.execute(ledger.select()).all())
    sums = await any_books.read(lambda tx: {(r.scope, r.charged_micro) for r in tx.execute(spending.select())})
    assert [row.charged_micro for row in rows] == [4200]
    assert {scope for scope, charged in sums if charged == 4200} == {"order", "person", "day", "month"}


async def test_older_and_other_agents_are_left_out(any_books, clock):
    later = datetime.fromtimestamp(clock.now() / 1000, tz=UTC) + timedelta(hours=1)
    assert await any_books.read(query_metrics, start_time=later) == []
    assert await any_books.read(query_metrics, agent_name="ceo_agent") == []


async def test_an_audit_event_is_chained(any_books, clock):
    await any_books.write(
        log_audit_event, clock.now(), actor="system", action="work_order_created", status="success",
        work_order_id="wo-123", details={"difficulty": "normal", "owner": "director"},
    )  # fmt: skip
    (entry,) = await any_books.read(audit.entries, order_id="wo-123")
    assert (entry.actor, entry.fact, entry.payload["details"]["owner"]) == ("system", "work_order_created", "director")
    assert (await any_books.read(audit.verify)).sound
