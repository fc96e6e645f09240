"""Decision cards: a question that only the Board may answer, kept in the books so that it survives a restart.

A card is bound to its order as it stands, to the exact act it shows, and to who may decide; it is used once, and
expires visibly. Owner of the table decisions.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from company import audit
from company.books import to_json
from company.clock import new_id
from company.records import Json, Person, WorkOrder
from company.schema import decisions, people

MONEY, TOOL = "budget", "tool"
ADD, CHEAPER, STOP = "add", "cheaper", "stop"
APPROVE, DENY = "approve", "deny"
AGAIN = "again"
"""On a card that ran out: the order begins anew, with a card of its own."""
CHOICES: dict[str, tuple[str, ...]] = {MONEY: (ADD, CHEAPER, STOP), TOOL: (APPROVE, DENY)}


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

    @property
    def seal(self) -> str:
        """What act, arguments and the order's version come to in eight signs; shown, and part of each button."""
        return str(self.subject.get("seal", ""))

    def fits(self, order: WorkOrder, shown: str) -> bool:
        """Whether the order and the act are what a button that was shown with this seal was about."""
        if not self.seal:  # of an earlier version
            return True
        act = seal_of(order, str(self.subject["act"]), self.subject["arguments"])
        return shown == self.seal == act


def sealed(order: WorkOrder, act: str, arguments: Json, **more: object) -> Json:
    """The subject of a card for exactly this act, of the order as it stands now."""
    return {**more, "act": act, "arguments": arguments, "seal": seal_of(order, act, arguments)}


def seal_of(order: WorkOrder, act: str, arguments: Json) -> str:
    """Eight signs of SHA-256 over order, version (its claim), act and arguments."""
    return hashlib.sha256(to_json([order.id, order.claim, act, arguments]).encode()).hexdigest()[:8]


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


def answer_to(tx: Connection, order_id: str, act: str, arguments: Json, call: str) -> str:
    """What was decided about one call of a tool, with exactly these arguments: approve, deny, or "" for nothing yet."""
    query = _query().where(decisions.c.order_id == order_id, decisions.c.kind == TOOL, decisions.c.state == "taken")
    wanted = (act, to_json(arguments), call)
    for decision in map(_decision, tx.execute(query)):
        subject = decision.subject
        if (subject.get("act"), to_json(subject.get("arguments")), subject.get("call")) == wanted:
            return decision.choice
    return ""


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
