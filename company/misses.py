"""What QA let pass and the Board marked as bad: a miss is a fact of the record, taken back when the thumb is.

With the verdict's row and the order's rating these are the labels by which QA's own accuracy can be judged.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from company import attempts, audit, people, work_orders
from company.attempts import Attempt
from company.audit import Entry
from company.people import Action
from company.records import Outcome, Person, WorkOrder
from company.schema import orders, verdicts
from company.spec_records import Miss, MissReport

MISSED, WITHDRAWN = "answer.missed", "answer.miss_withdrawn"
JUDGE, RULES = "judge", "rules"
_FACTS = frozenset({MISSED, WITHDRAWN})
_MOST = 5_000  # facts that are read for one report
_SHORT = 80


def rated(tx: Connection, now: int, order: WorkOrder, rating: int, person: Person) -> None:
    """In the transaction of a rating: a miss is noted or taken back. Only the Board's thumb is one."""
    if not people.may(person, Action.CHANGE_SPECS):
        return
    facts = audit.entries(tx, order_id=order.id, facts=_FACTS, limit=1)
    known = bool(facts) and facts[-1].fact == MISSED
    if rating >= 0:
        if known:
            audit.record(tx, now, person.id, WITHDRAWN, order_id=order.id)
        return
    passed = _passed(tx, order.id)
    if passed is None or known:
        return
    attempt, at = passed
    verdict = dict(attempts.verdicts_by_attempt(tx, order.id))[attempt.id]
    audit.record(
        tx, now, person.id, MISSED, order_id=order.id, spec=verdict.spec, version=verdict.spec_version,
        kind=order.assignment.kind if order.assignment is not None else "", decided_by=_decided_by(tx, order.id),
        employee=attempt.employee, tier=attempt.tier, model=attempt.model, passed_at=at,
    )  # fmt: skip


def _passed(tx: Connection, order_id: str) -> tuple[Attempt, int] | None:
    """The attempt whose answer passed, and when; None when the last answer did not."""
    query = select(verdicts).where(verdicts.c.order_id == order_id, verdicts.c.attempt_id != "")
    row = tx.execute(query.order_by(verdicts.c.id.desc()).limit(1)).first()
    if row is None or row.outcome != Outcome.PASS:
        return None
    attempt = next((one for one in attempts.of_order(tx, order_id) if one.id == row.attempt_id), None)
    return (attempt, row.created_at) if attempt is not None else None


def _decided_by(tx: Connection, order_id: str) -> str:
    last = audit.entries(tx, order_id=order_id, facts=frozenset({attempts.INSPECTED}), limit=1)
    return JUDGE if last and JUDGE in last[-1].payload.get("layers", ()) else RULES


def report(tx: Connection, since: int, *, limit: int) -> MissReport:
    """The answers that passed since then, and those of them that the Board marked as bad."""
    passing = (verdicts.c.outcome == Outcome.PASS) & (verdicts.c.created_at >= since) & (verdicts.c.attempt_id != "")
    passed = tx.scalar(select(func.count(func.distinct(verdicts.c.order_id))).where(passing)) or 0
    with_thumb = select(func.count(func.distinct(verdicts.c.order_id))).join(orders, orders.c.id == verdicts.c.order_id)
    thumbs = tx.scalar(with_thumb.where(passing, orders.c.rating != 0)) or 0
    standing: dict[str, Entry] = {}
    for entry in audit.entries(tx, facts=_FACTS, limit=_MOST):
        standing.pop(entry.order_id, None)
        if entry.fact == MISSED and entry.payload.get("passed_at", 0) >= since:
            standing[entry.order_id] = entry
    newest = list(reversed(standing.values()))
    found = [_miss(tx, entry) for entry in newest[:limit]]
    return MissReport(since=since, passed=passed, rated=thumbs, missed=len(newest), misses=tuple(found))


def _miss(tx: Connection, entry: Entry) -> Miss:
    order, said = work_orders.get(tx, entry.order_id), entry.payload
    first = order.text.strip().partition("\n")[0] if order is not None else ""
    return Miss(
        order_id=entry.order_id, number=order.number if order is not None else 0, text=first[:_SHORT],
        kind=said["kind"], spec=said["spec"], spec_version=said["version"], decided_by=said["decided_by"],
        employee=said["employee"], tier=said["tier"], at=entry.at,
    )  # fmt: skip
