"""The work orders: the state machine in the books. Owner of conversations, incoming and orders.

Each change is one function over an open transaction, fenced by the order's `claim`: whoever holds the order knows its
number, every take-over raises it, and a change under an old number raises `LostClaim`. The audit fact of a change is
written with it.
"""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, insert, or_, select, text, update

from company import attempts, audit
from company.assignments import read_assignment, read_blocks
from company.attempts import Attempt
from company.books import to_json
from company.clock import new_id
from company.errors import LostClaim
from company.forgetting import FORGOTTEN
from company.records import (
    Assignment,
    Conversation,
    ConversationKey,
    Desk,
    Exchange,
    Finding,
    Request,
    State,
    Tier,
    WorkOrder,
)
from company.schema import conversations, orders

OPERATIONS = "operations"
ENDS = (State.DELIVERED, State.REFUSED, State.FAILED, State.STOPPED)
UNDER_WAY = (State.ACCEPTED, State.ASSIGNED, State.WORKING)
IS_UNDER_WAY = or_(*(orders.c.state == state for state in UNDER_WAY))  # `in_` is written out anew at each execution
SHOWN = frozenset(
    {"claim", "assignment", "rung", "waiting_for", "answer", "label", "end_reason", "finished_at", "crashes"}
)
FENCED = update(orders).where(
    orders.c.id == bindparam("fence_id"),
    orders.c.claim == bindparam("fence_claim"),
    orders.c.state == bindparam("fence_state"),
)
# Prepared once: an order walks through each of these, and making a statement costs more than running it. An UPDATE
# takes its columns from the parameters that bear their names.
WHOLE = select(orders, conversations.c.desk, conversations.c.chat, conversations.c.topic).select_from(
    orders.join(conversations, conversations.c.id == orders.c.conversation_id)
)
BY_ID = WHOLE.where(orders.c.id == bindparam("order_id"))
ONE = update(orders).where(orders.c.id == bindparam("order_id"))
ONE_READY = ONE.where(orders.c.state == State.READY)
NEWEST = select(func.max(orders.c.number))
NOTE = text(
    "insert into incoming (desk, external_id, received_at, chat, message_id, raw) "
    "values (:desk, :external_id, :received_at, :chat, :message_id, :raw) on conflict (desk, external_id) do nothing"
)
CONVERSATION = select(conversations).where(
    conversations.c.desk == bindparam("at_desk"),
    conversations.c.chat == bindparam("in_chat"),
    conversations.c.topic == bindparam("on_topic"),
)
OLDER_UNDER_WAY = (
    select(orders.c.id)
    .where(orders.c.conversation_id == bindparam("conversation"), orders.c.number < bindparam("before"))
    .where(IS_UNDER_WAY)
    .limit(1)
)
STARTABLE = (
    WHOLE.where(IS_UNDER_WAY)
    .where((orders.c.claimed_by == "") | (orders.c.claimed_until <= bindparam("now")))
    .order_by(orders.c.number)
)
DUE = WHOLE.where(orders.c.state == State.WAITING, orders.c.wait_until <= bindparam("now")).order_by(orders.c.number)
SHOWN_FROM = select(conversations.c.memory_from).where(conversations.c.id == bindparam("conversation"))
EARLIER = (
    select(orders.c.id, orders.c.number, orders.c.request, orders.c.answer, orders.c.created_at)
    .where(orders.c.conversation_id == bindparam("conversation"), orders.c.number < bindparam("before"))
    .where(orders.c.created_at >= bindparam("since"))
    .where(orders.c.number > SHOWN_FROM.scalar_subquery(), orders.c.answer != "", orders.c.answer != FORGOTTEN)
    .order_by(orders.c.number.desc())
    .limit(bindparam("most"))
)
NUMBERS = range(1, 2**31)  # what a number can be
MOVES: dict[State, frozenset[State]] = {
    State.ACCEPTED: frozenset(  # to working: assigned and begun in one change
        {State.ASSIGNED, State.WORKING, State.WAITING, State.REFUSED, State.FAILED, State.STOPPED}
    ),
    State.ASSIGNED: frozenset(
        {State.ASSIGNED, State.WORKING, State.WAITING, State.REFUSED, State.FAILED, State.STOPPED}
    ),
    State.WORKING: frozenset(
        {State.ASSIGNED, State.WORKING, State.WAITING, State.READY, State.REFUSED, State.FAILED, State.STOPPED}
    ),
    State.WAITING: frozenset({State.ACCEPTED, State.ASSIGNED, State.REFUSED, State.FAILED, State.STOPPED}),
    State.READY: frozenset({State.DELIVERED, State.FAILED}),
    **{end: frozenset() for end in ENDS},
}
"""Which state may follow which; the four ends are never left."""


def note_incoming(
    tx: Connection, now: int, desk: Desk, external_id: str, *, chat: str = "", message_id: str = "", raw: str = ""
) -> bool:
    """Write an update down once; False when it was here before."""
    row = {
        "desk": desk.value, "external_id": external_id, "received_at": now, "chat": chat, "message_id": message_id,
        "raw": raw,
    }  # fmt: skip
    return tx.execute(NOTE, row).rowcount > 0


def conversation_of(tx: Connection, now: int, key: ConversationKey, language: str = "") -> Conversation:
    """The conversation of a key, begun now if it is new."""
    row = tx.execute(CONVERSATION, {"at_desk": key.desk, "in_chat": key.chat, "on_topic": key.topic}).first()
    if row is not None:
        return Conversation(id=row.id, key=key, language=row.language, memory_from=row.memory_from)
    fresh = Conversation(id=new_id(now), key=key, language=language)
    values = {
        "id": fresh.id, "desk": key.desk, "chat": key.chat, "topic": key.topic, "language": language,
        "created_at": now,
    }  # fmt: skip
    tx.execute(insert(conversations), [values])
    return fresh


def move_chat(tx: Connection, now: int, desk: Desk, old: str, new: str) -> None:
    """A chat has a new id at its desk: its conversations go on under it, unless one was begun there already."""
    c = conversations.c
    begun = set(tx.scalars(select(c.topic).where(c.desk == desk, c.chat == new)))
    where = (c.desk == desk) & (c.chat == old)
    for topic in [topic for topic in tx.scalars(select(c.topic).where(where)) if topic not in begun]:
        tx.execute(update(conversations).where(where, c.topic == topic).values(chat=new))
    audit.record(tx, now, desk, "conversation.moved", old=old, new=new)


def forget(tx: Connection, now: int, key: ConversationKey, *, by: str) -> None:
    """From here on the conversation's earlier exchanges are shown to nobody who works on it."""
    conversation = conversation_of(tx, now, key)
    newest = tx.scalar(select(func.max(orders.c.number)).where(orders.c.conversation_id == conversation.id)) or 0
    tx.execute(update(conversations).where(conversations.c.id == conversation.id).values(memory_from=newest))
    audit.record(tx, now, by, "conversation.begun", conversation=conversation.id)


def accept(
    tx: Connection, now: int, request: Request, *, deadline_at: int | None = None, parent_id: str | None = None
) -> WorkOrder:
    """Write a request down as an order. The incoming row is the caller's (`note_incoming`), in this transaction."""
    conversation = conversation_of(tx, now, request.conversation, request.language)
    number = (tx.scalar(NEWEST) or 0) + 1
    body = {
        "text": request.text, "blocks": request.blocks, "message_id": request.message_id,
        "reply_to_order": request.reply_to_order, "tier": request.tier,
    }  # fmt: skip
    order_id = new_id(now)
    row = {
        "id": order_id, "number": number, "conversation_id": conversation.id, "person_id": request.person.id,
        "parent_id": parent_id, "state": State.ACCEPTED, "request": to_json(body), "deadline_at": deadline_at,
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    tx.execute(insert(orders), [row])
    audit.record(
        tx, now, request.person.id, "order.accepted", order_id=order_id, number=number, desk=request.desk,
        update=request.external_id, characters=len(request.text),
    )  # fmt: skip
    return WorkOrder(
        id=order_id, number=number, conversation_id=conversation.id, conversation=conversation.key,
        person_id=request.person.id, parent_id=parent_id, state=State.ACCEPTED, claim=0, text=request.text,
        blocks=request.blocks, message_id=request.message_id, reply_to_order=request.reply_to_order,
        wanted_tier=request.tier, priority=0, deadline_at=deadline_at, assignment=None, rung=0, crashes=0,
        waiting_for="", answer="", label="", end_reason="", created_at=now, updated_at=now, finished_at=None,
    )  # fmt: skip


def amend(tx: Connection, now: int, order_id: str, words: str, *, by: str) -> bool:
    """Change what an order asks for; False when somebody has begun to work on it, or it has ended."""
    row = tx.execute(BY_ID, {"order_id": order_id}).first()
    if row is None or State(row.state) is not State.ACCEPTED or row.claimed_by or row.claim:
        return False
    body = {**json.loads(row.request), "text": words}
    tx.execute(ONE, {"order_id": order_id, "request": to_json(body), "updated_at": now})
    audit.record(tx, now, by, "order.amended", order_id=order_id, characters=len(words))
    return True


def get(tx: Connection, order_id: str) -> WorkOrder | None:
    """One order by id."""
    row = tx.execute(BY_ID, {"order_id": order_id}).first()
    return _order(row) if row else None


def by_number(tx: Connection, number: int) -> WorkOrder | None:
    """One order by the number people see; whatever number somebody typed."""
    if number not in NUMBERS:
        return None
    return _first(tx, WHOLE.where(orders.c.number == number))


def by_message(tx: Connection, conversation: ConversationKey, message_id: str) -> WorkOrder | None:
    """The newest order that a message of a conversation became."""
    query = WHOLE.where(*_in(conversation)).order_by(orders.c.number.desc()).limit(50)
    return next((o for o in (_order(row) for row in tx.execute(query)) if o.message_id == message_id), None)


def latest(tx: Connection, conversation: ConversationKey) -> WorkOrder | None:
    """The newest order of a conversation."""
    return _first(tx, WHOLE.where(*_in(conversation)).order_by(orders.c.number.desc()).limit(1))


def last_in(tx: Connection, conversation: ConversationKey, limit: int = 20) -> tuple[WorkOrder, ...]:
    """The newest orders of a conversation since it was begun anew, newest first."""
    since = conversations.c.memory_from < orders.c.number
    query = WHOLE.where(*_in(conversation), since).order_by(orders.c.number.desc()).limit(limit)
    return tuple(_order(row) for row in tx.execute(query))


def open_in(tx: Connection, conversation: ConversationKey) -> tuple[WorkOrder, ...]:
    """The orders of a conversation that can still be stopped, oldest first."""
    stoppable = (*UNDER_WAY, State.WAITING)
    query = WHOLE.where(*_in(conversation), orders.c.state.in_(stoppable)).order_by(orders.c.number)
    return tuple(_order(row) for row in tx.execute(query))


def unfinished(tx: Connection) -> tuple[WorkOrder, ...]:
    """Every order that still needs work, oldest first."""
    query = WHOLE.where(orders.c.state.in_((*UNDER_WAY, State.WAITING))).order_by(orders.c.number)
    return tuple(_order(row) for row in tx.execute(query))


def startable(tx: Connection, now: int) -> tuple[WorkOrder, ...]:
    """Orders under way that nobody holds, or whose holder's lease has run out; oldest first."""
    return tuple(_order(row) for row in tx.execute(STARTABLE, {"now": now}))


def history(tx: Connection, order: WorkOrder, limit: int, since: int = 0) -> tuple[Exchange, ...]:
    """Earlier exchanges of the order's conversation, from that moment on, that may still be shown, oldest first."""
    wanted = {"conversation": order.conversation_id, "before": order.number, "most": limit, "since": since}
    rows = tx.execute(EARLIER, wanted).all()
    return tuple(
        Exchange(
            order_id=r.id, number=r.number, question=json.loads(r.request)["text"], answer=r.answer, at=r.created_at
        )
        for r in reversed(rows)
    )


def repeats(tx: Connection, order: WorkOrder) -> tuple[int, int]:
    """Up to which number the order's conversation is no longer shown, and the number of the order it was made from."""
    shown_from = tx.scalar(SHOWN_FROM, {"conversation": order.conversation_id}) or 0
    parent = tx.scalar(select(orders.c.number).where(orders.c.id == order.parent_id)) if order.parent_id else None
    return shown_from, parent or 0


def claim(tx: Connection, now: int, order_id: str, holder: str, *, lease_ms: int) -> WorkOrder | None:
    """Take an order in hand; None when it has ended, waits, is in other hands, or an older one of its thread runs.

    `holder` is "instance/run". A claim of an earlier run of the same instance is known to be dead and taken at once
    (the instance lock says so); another instance's after its lease. Taking over a claim that was never given back
    counts as a crash during that order.
    """
    row = tx.execute(BY_ID, {"order_id": order_id}).first()
    if row is None or State(row.state) not in UNDER_WAY:
        return None
    instance = holder.partition("/")[0]
    if row.claimed_by:
        if row.claimed_by == holder:
            return None
        if row.claimed_by.partition("/")[0] != instance and (row.claimed_until or 0) > now:
            return None
    older = {"conversation": row.conversation_id, "before": row.number}
    if tx.execute(OLDER_UNDER_WAY, older).first() is not None:
        return None
    crashes = row.crashes + (1 if row.claimed_by else 0)
    taken = {"claim": row.claim + 1, "crashes": crashes, "updated_at": now}
    tx.execute(ONE, {"order_id": order_id, "claimed_by": holder, "claimed_until": now + lease_ms, **taken})
    if row.claimed_by:
        audit.record(
            tx, now, holder, "order.taken_over", order_id=order_id, from_holder=row.claimed_by, crashes=crashes
        )
    return replace(_order(row), **taken)


def last_worked_at(tx: Connection, *, lease_ms: int) -> int:
    """When an order under way was last held or changed, as far as the books know; 0 when there is none."""
    newest = select(func.max(orders.c.updated_at), func.max(orders.c.claimed_until)).where(IS_UNDER_WAY)
    changed, until = tx.execute(newest).one()
    return max(changed or 0, (until or 0) - lease_ms)


def renew(tx: Connection, now: int, holder: str, *, lease_ms: int) -> None:
    """Say that everything `holder` has in hand is still being worked on."""
    held = IS_UNDER_WAY & (orders.c.claimed_by == holder)
    tx.execute(update(orders).where(held).values(claimed_until=now + lease_ms))


def holds_any(tx: Connection, holder: str) -> bool:
    """Whether `holder` has anything in hand."""
    held = select(orders.c.id).where(IS_UNDER_WAY, orders.c.claimed_by == holder)
    return tx.execute(held.limit(1)).first() is not None


def let_go(tx: Connection, now: int, holder: str) -> int:
    """Give back whatever this process still holds though it works on nothing; each counts as a crash."""
    held = tx.execute(select(orders.c.id, orders.c.crashes).where(orders.c.claimed_by == holder)).all()
    for row in held:
        values = {"claimed_by": "", "claimed_until": None, "crashes": row.crashes + 1, "updated_at": now}
        tx.execute(update(orders).where(orders.c.id == row.id).values(**values))
        audit.record(tx, now, holder, "order.dropped", order_id=row.id, crashes=row.crashes + 1)
    return len(held)


def release(tx: Connection, now: int, order: WorkOrder) -> None:
    """Give an order back unfinished, without counting a crash (a clean shutdown)."""
    where = (orders.c.id == order.id) & (orders.c.claim == order.claim)
    tx.execute(update(orders).where(where).values(claimed_by="", claimed_until=None, updated_at=now))


def assign(tx: Connection, now: int, order: WorkOrder, assignment: Assignment) -> WorkOrder:
    """The router's decision."""
    changed = _move(
        tx, now, order, State.ASSIGNED, assignment=assignment, kind=assignment.kind, difficulty=assignment.difficulty,
        rung=0,
    )  # fmt: skip
    _record_assignment(tx, now, order, assignment)
    return changed


def set_to_work(tx: Connection, now: int, order: WorkOrder, assignment: Assignment) -> tuple[WorkOrder, Attempt]:
    """The router's decision and the order's first attempt under it, as one change of the row."""
    changed = _move(
        tx, now, order, State.WORKING, assignment=assignment, kind=assignment.kind, difficulty=assignment.difficulty,
        rung=0, parked=0,
    )  # fmt: skip
    _record_assignment(tx, now, order, assignment)
    return changed, attempts.begin(tx, now, changed, (), "", first=True)


def _record_assignment(tx: Connection, now: int, order: WorkOrder, assignment: Assignment) -> None:
    audit.record(
        tx, now, assignment.router, "order.assigned", order_id=order.id, kind=assignment.kind,
        difficulty=assignment.difficulty, ladder=list(assignment.ladder), reasons=[r.code for r in assignment.reasons],
    )  # fmt: skip


def start_attempt(
    tx: Connection, now: int, order: WorkOrder, findings: tuple[Finding, ...], draft: str
) -> tuple[WorkOrder, Attempt]:
    """Begin the next attempt on the rung where the order stands; an outage after that is a new one."""
    attempt = attempts.begin(tx, now, order, findings, draft)
    return _move(tx, now, order, State.WORKING, parked=0), attempt


def back_to_work(tx: Connection, now: int, order: WorkOrder) -> WorkOrder:
    """Go on with the attempt that a waiting order left open."""
    return _move(tx, now, order, State.WORKING)


def climb(tx: Connection, now: int, order: WorkOrder, *, why: str) -> WorkOrder:
    """One rung up; the caller checks that there is one."""
    changed = _move(tx, now, order, State.ASSIGNED, rung=order.rung + 1)
    audit.record(tx, now, "operations", "order.escalated", order_id=order.id, to=changed.tier, why=why)
    return changed


def ready(tx: Connection, now: int, order: WorkOrder, answer: str, label: str) -> WorkOrder:
    """The answer is in the outbox (written by the caller in this transaction)."""
    changed = _move(
        tx, now, order, State.READY, answer=answer, label=label, parked=0, claimed_by="", claimed_until=None
    )
    audit.record(tx, now, "operations", "answer.ready", order_id=order.id, verified=not label, characters=len(answer))
    return changed


def delivered(tx: Connection, now: int, order_id: str) -> bool:
    """The person has the answer; True the first time, False when the order had already ended."""
    values = {"order_id": order_id, "state": State.DELIVERED, "updated_at": now, "finished_at": now}
    if tx.execute(ONE_READY, values).rowcount == 0:
        return False
    audit.record(tx, now, "desk", "answer.delivered", order_id=order_id)
    return True


def end(tx: Connection, now: int, order: WorkOrder, state: State, reason: str, *, by: str = "operations") -> WorkOrder:
    """Refuse, fail or stop an order; the reply that says so is the caller's, in this transaction."""
    changed = _move(
        tx, now, order, state, end_reason=reason, finished_at=now, claim=order.claim + 1, claimed_by="",
        claimed_until=None,
    )  # fmt: skip
    attempts.close_all(tx, now, order, state.value)
    audit.record(tx, now, by, f"order.{state.value}", order_id=order.id, reason=reason)
    return changed


def wait(
    tx: Connection, now: int, order: WorkOrder, waiting_for: str, *, until: int | None = None, reason: str = ""
) -> WorkOrder:
    """Set an order aside until the Board decides, or until a time. Its thread's later orders may go on."""
    parked = orders.c.parked + int(waiting_for == "provider")  # Postgres adds no truth to a number
    changed = _move(
        tx, now, order, State.WAITING, waiting_for=waiting_for, wait_until=until, parked=parked, claimed_by="",
        claimed_until=None,
    )  # fmt: skip
    audit.record(tx, now, "operations", "order.waiting", order_id=order.id, waiting_for=waiting_for, reason=reason)
    return changed


def resume(tx: Connection, now: int, order: WorkOrder, *, by: str, **values: object) -> WorkOrder:
    """Wake a waiting order; it goes on from where it stood. Woken by a person, it is told of the next outage anew."""
    if by != OPERATIONS:
        values = {"parked": 0, **values}
    state = State.ASSIGNED if order.assignment else State.ACCEPTED
    changed = _move(tx, now, order, state, waiting_for="", wait_until=None, claim=order.claim + 1, **values)
    audit.record(tx, now, by, "order.resumed", order_id=order.id)
    return changed


def due(tx: Connection, now: int) -> tuple[WorkOrder, ...]:
    """Parked orders whose time has come, oldest first."""
    return tuple(_order(row) for row in tx.execute(DUE, {"now": now}))


def fault(tx: Connection, now: int, order: WorkOrder, *, until: int, detail: str) -> WorkOrder:
    """The work on an order failed inside NEXUS: set it aside for a moment, and count it like a crash."""
    changed = wait(tx, now, order, "fault", until=until, reason=detail)
    tx.execute(update(orders).where(orders.c.id == order.id).values(crashes=order.crashes + 1))
    return changed


def parked_times(tx: Connection, order_id: str) -> int:
    """How often in a row the order was parked."""
    return tx.scalar(select(orders.c.parked).where(orders.c.id == order_id)) or 0


def reassign(tx: Connection, now: int, order: WorkOrder, assignment: Assignment, *, rung: int, by: str) -> WorkOrder:
    """Give an order another ladder (a cheaper finish, a higher tier); whoever works on it loses the claim."""
    attempts.close_all(tx, now, order, "reassigned")
    changed = _move(
        tx, now, order, State.ASSIGNED, assignment=assignment, rung=rung, claim=order.claim + 1,
        claimed_by="", claimed_until=None, waiting_for="", wait_until=None,
    )  # fmt: skip
    audit.record(tx, now, by, "order.reassigned", order_id=order.id, ladder=list(assignment.ladder), rung=rung)
    return changed


def rate(tx: Connection, now: int, order: WorkOrder, rating: int, *, by: str) -> None:
    """The person's thumb on an answer; the same one again (an app may send a press twice) changes nothing."""
    other = (orders.c.id == order.id) & (orders.c.rating != rating)
    if tx.execute(update(orders).where(other).values(rating=rating)).rowcount == 0:
        return
    audit.record(tx, now, by, "answer.rated", order_id=order.id, rating=rating)


def _move(tx: Connection, now: int, order: WorkOrder, state: State, **values: object) -> WorkOrder:
    """One fenced change. The returned order is the given one with the values that its record shows."""
    if state not in MOVES[order.state]:
        raise LostClaim(f"Order #{order.number} is {order.state}; it can't become {state}.")
    held = {"fence_id": order.id, "fence_claim": order.claim, "fence_state": order.state}
    sums = {name: value for name, value in values.items() if isinstance(value, ColumnElement)}
    plain = {name: value for name, value in values.items() if name not in sums}
    if "assignment" in plain:
        plain["assignment"] = to_json(plain["assignment"])
    change = FENCED.values(**sums) if sums else FENCED
    changed = tx.execute(change, {**held, "state": state, "updated_at": now, **plain})
    if changed.rowcount == 0:
        raise LostClaim(f"Order #{order.number} is in other hands.")
    shown = {name: value for name, value in values.items() if name in SHOWN}
    return replace(order, state=state, updated_at=now, **shown)  # type: ignore[arg-type]


def _in(key: ConversationKey) -> tuple[ColumnElement[bool], ...]:
    c = conversations.c
    return (c.desk == key.desk, c.chat == key.chat, c.topic == key.topic)


def _first(tx: Connection, query: Select[tuple[object, ...]]) -> WorkOrder | None:
    row = tx.execute(query).first()
    return _order(row) if row else None


def _order(row: Row[tuple[object, ...]]) -> WorkOrder:
    request = json.loads(row.request)
    return WorkOrder(
        id=row.id, number=row.number, conversation_id=row.conversation_id,
        conversation=ConversationKey(desk=Desk(row.desk), chat=row.chat, topic=row.topic),
        person_id=row.person_id, parent_id=row.parent_id, state=State(row.state), claim=row.claim,
        text=request["text"],
        blocks=read_blocks(request["blocks"]),
        message_id=request["message_id"], reply_to_order=request["reply_to_order"],
        wanted_tier=Tier(request["tier"]) if request["tier"] else None, priority=row.priority,
        deadline_at=row.deadline_at, assignment=read_assignment(row.assignment), rung=row.rung, crashes=row.crashes,
        waiting_for=row.waiting_for, answer=row.answer, label=row.label, end_reason=row.end_reason,
        created_at=row.created_at, updated_at=row.updated_at, finished_at=row.finished_at,
    )  # fmt: skip
