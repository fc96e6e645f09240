"""Attempts at an order, QA's verdicts on them and the sources of the answer. Owner of attempts and verdicts."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from company import audit
from company.books import to_json
from company.clock import new_id
from company.records import Citation, Deliverable, Finding, Outcome, Tier, Verdict, WorkOrder
from company.schema import attempts, orders, verdicts

INSPECTED = "answer.inspected"
"""The audit's name of a verdict."""
NEWEST = select(func.max(attempts.c.number)).where(attempts.c.order_id == bindparam("order"))
OF_ORDER = select(attempts).where(attempts.c.order_id == bindparam("order")).order_by(attempts.c.number)
ONE = update(attempts).where(attempts.c.id == bindparam("attempt"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One employee's go at an order."""

    id: str
    order_id: str
    number: int
    tier: Tier
    employee: str
    model: str
    findings: tuple[Finding, ...]
    draft: str
    outcome: str  # "" while it runs
    fresh: bool = False  # begun just now: nothing of it is recorded yet


def begin(
    tx: Connection, now: int, order: WorkOrder, findings: tuple[Finding, ...], draft: str, *, first: bool = False
) -> Attempt:
    """The next attempt on the rung where the order stands; the caller moves the order to working.

    `first`: the caller knows that there was none before.
    """
    tier = order.tier
    assert tier is not None, "an attempt needs an assignment"  # noqa: S101 - the state machine guarantees it
    number = 1 if first else (tx.scalar(NEWEST, {"order": order.id}) or 0) + 1
    attempt_id = new_id(now)
    row = {
        "id": attempt_id, "order_id": order.id, "number": number, "tier": tier, "started_at": now,
        "findings": to_json(findings), "draft": draft,
    }  # fmt: skip
    tx.execute(insert(attempts), [row])
    audit.record(tx, now, tier, "attempt.started", order_id=order.id, attempt=number)
    return Attempt(
        id=attempt_id, order_id=order.id, number=number, tier=tier, employee="", model="", findings=findings,
        draft=draft, outcome="", fresh=True,
    )  # fmt: skip


def still_open(tx: Connection, order_id: str) -> Attempt | None:
    """The attempt that was under way when the process died, if any."""
    query = select(attempts).where(attempts.c.order_id == order_id, attempts.c.outcome == "")
    row = tx.execute(query.order_by(attempts.c.number.desc()).limit(1)).first()
    return _attempt(row) if row else None


def of_order(tx: Connection, order_id: str) -> tuple[Attempt, ...]:
    """All attempts of an order, first to last."""
    return tuple(_attempt(row) for row in tx.execute(OF_ORDER, {"order": order_id}))


def end(tx: Connection, now: int, attempt_id: str, outcome: str, *, deliverable: Deliverable | None = None) -> None:
    """Close an attempt with its outcome and, when there is one, its draft."""
    values: dict[str, object] = {"attempt": attempt_id, "outcome": outcome, "ended_at": now}
    if deliverable is not None:
        values |= {"draft": deliverable.text, "employee": deliverable.employee, "model": deliverable.model}
    tx.execute(ONE, values)


def close_all(tx: Connection, now: int, order: WorkOrder, outcome: str) -> None:
    """End whatever attempt is open (the order got another ladder)."""
    where = (attempts.c.order_id == order.id) & (attempts.c.outcome == "")
    tx.execute(update(attempts).where(where).values(outcome=outcome, ended_at=now))


def judged(
    tx: Connection, now: int, order: WorkOrder, attempt: Attempt, verdict: Verdict, self_test: tuple[str, ...] = ()
) -> None:
    """QA's report on an attempt, and what the employee's own test before it gave."""
    _keep(tx, now, order.id, attempt.id, verdict)
    codes = [finding.code for finding in verdict.findings]
    audit.record(
        tx, now, "qa", INSPECTED, order_id=order.id, attempt=attempt.number, outcome=verdict.outcome,
        spec=verdict.spec, version=verdict.spec_version, findings=codes, layers=list(verdict.layers),
        **({"judged": list(verdict.judged)} if verdict.judged else {}),
        **({"self_test": list(self_test)} if self_test else {}),
    )  # fmt: skip


def judged_by_hand(tx: Connection, now: int, order_id: str, verdict: Verdict) -> None:
    """QA's report on something that a person had inspected for an order, outside its attempts."""
    _keep(tx, now, order_id, "", verdict)
    codes = [finding.code for finding in verdict.findings]
    audit.record(
        tx, now, "qa", "spec.run", order_id=order_id, outcome=verdict.outcome, spec=verdict.spec, findings=codes
    )  # fmt: skip


def _keep(tx: Connection, now: int, order_id: str, attempt_id: str, verdict: Verdict) -> None:
    row = {
        "id": new_id(now), "order_id": order_id, "attempt_id": attempt_id, "outcome": verdict.outcome,
        "spec": verdict.spec, "spec_version": verdict.spec_version,
        "findings": to_json(verdict.findings), "elapsed_us": round(verdict.elapsed_ms * 1000),
        "created_at": now,
    }  # fmt: skip
    tx.execute(insert(verdicts), [row])


def verdicts_by_attempt(tx: Connection, order_id: str) -> tuple[tuple[str, Verdict], ...]:
    """QA's reports on an order with the attempt each is about, first to last."""
    rows = tx.execute(select(verdicts).where(verdicts.c.order_id == order_id).order_by(verdicts.c.id))
    return tuple(
        (
            row.attempt_id,
            Verdict(
                outcome=Outcome(row.outcome), spec=row.spec, spec_version=row.spec_version,
                elapsed_ms=row.elapsed_us / 1000,
                findings=tuple(Finding(**finding) for finding in json.loads(row.findings)),
            ),
        )
        for row in rows
    )  # fmt: skip


def keep_citations(tx: Connection, order: WorkOrder, citations: tuple[Citation, ...]) -> None:
    """The sources of the answer, for [Sources]."""
    if citations:
        tx.execute(update(orders).where(orders.c.id == order.id).values(citations=to_json(citations)))


def citations_of(tx: Connection, order_id: str) -> tuple[Citation, ...]:
    """The sources of an order's answer."""
    text = tx.scalar(select(orders.c.citations).where(orders.c.id == order_id)) or "[]"
    return tuple(Citation(**citation) for citation in json.loads(text))


def _attempt(row: Row[tuple[object, ...]]) -> Attempt:
    return Attempt(
        id=row.id, order_id=row.order_id, number=row.number, tier=Tier(row.tier), employee=row.employee,
        model=row.model, findings=tuple(Finding(**finding) for finding in json.loads(row.findings or "[]")),
        draft=row.draft, outcome=row.outcome,
    )  # fmt: skip
