"""Decision cards: a question that only the Board may answer, kept in the books so that it survives a restart.

A card is bound to its order and to who may decide, is used once, and expires visibly. Owner of the table decisions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from company import audit
from company.books import to_json
from company.clock import new_id
from company.records import Json, Person, WorkOrder
from company.schema import decisions, people

ADD, CHEAPER, STOP = "add", "cheaper", "stop"
CHOICES = (ADD, CHEAPER, STOP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One card."""

    id: str
    order_id: str
    kind: str
    state: str  # open, taken, expired
    subject: Json
    choice: str
    decided_by: str  # the person's name
    created_at: int
    expires_at: int
    decided_at: int | None


def ask(
    tx: Connection, now: int, order: WorkOrder, *, kind: str, subject: Json, expires_at: int, decision_id: str = ""
) -> Decision:
    """A new open card for an order."""
    row = {
        "id": decision_id or new_id(now), "order_id": order.id, "person_id": order.person_id, "kind": kind,
        "subject": to_json(subject), "created_at": now, "expires_at": expires_at,
    }  # fmt: skip
    tx.execute(insert(decisions), [row])
    audit.record(tx, now, "operations", "decision.asked", order_id=order.id, kind=kind, **subject)
    return _need(tx, str(row["id"]))


def get(tx: Connection, decision_id: str) -> Decision | None:
    """One card by id."""
    row = tx.execute(_query().where(decisions.c.id == decision_id)).first()
    return _decision(row) if row else None


def take(tx: Connection, now: int, decision: Decision, person: Person, choice: str) -> bool:
    """Decide once; False when it was decided before or has expired."""
    where = (decisions.c.id == decision.id) & (decisions.c.state == "open") & (decisions.c.expires_at > now)
    values = {"state": "taken", "choice": choice, "decided_by": person.id, "decided_at": now}
    if tx.execute(update(decisions).where(where).values(**values)).rowcount == 0:
        return False
    audit.record(tx, now, person.id, "decision.taken", order_id=decision.order_id, kind=decision.kind, choice=choice)
    return True


def expire(tx: Connection, now: int, decision: Decision, *, why: str = "no answer in time") -> None:
    """Silence is a no."""
    where = (decisions.c.id == decision.id) & (decisions.c.state == "open")
    if tx.execute(update(decisions).where(where).values(state="expired", decided_at=now)).rowcount:
        audit.record(tx, now, "operations", "decision.expired", order_id=decision.order_id, why=why)


def overdue(tx: Connection, now: int) -> tuple[Decision, ...]:
    """Open cards whose time is over."""
    query = _query().where(decisions.c.state == "open", decisions.c.expires_at <= now)
    return tuple(_decision(row) for row in tx.execute(query))


def open_for(tx: Connection, order_id: str) -> tuple[Decision, ...]:
    """Open cards of an order."""
    query = _query().where(decisions.c.state == "open", decisions.c.order_id == order_id)
    return tuple(_decision(row) for row in tx.execute(query))


def open_count(tx: Connection) -> int:
    """How many cards wait for the Board."""
    return tx.scalar(select(func.count()).select_from(decisions).where(decisions.c.state == "open")) or 0


def _query() -> Select[tuple[object, ...]]:
    joined = decisions.outerjoin(people, people.c.id == decisions.c.decided_by)
    return select(decisions, people.c.name.label("decider")).select_from(joined)


def _need(tx: Connection, decision_id: str) -> Decision:
    return _decision(tx.execute(_query().where(decisions.c.id == decision_id)).one())


def _decision(row: Row[tuple[object, ...]]) -> Decision:
    return Decision(
        id=row.id, order_id=row.order_id, kind=row.kind, state=row.state, subject=json.loads(row.subject),
        choice=row.choice, decided_by=row.decider or row.decided_by, created_at=row.created_at,
        expires_at=row.expires_at, decided_at=row.decided_at,
    )  # fmt: skip
