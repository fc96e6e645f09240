"""What is taken out of the books when somebody wants something forgotten: a document, or an exchange.

Of a document: quotes below answers, and answers kept for repeated calls. That happens before it leaves the index: a
crash in between leaves a document that can be deleted again, never its words without it. Answers that were given stay.

Of an exchange: the words of the request and of the answer, wherever the books have them, and the briefs of later
orders, which may hold a sentence of it. The record (`company.audit`) keeps that something was forgotten, not what; the
row of the order stays, with its number, its times and what it cost.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from itertools import islice
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, or_, select, true, update

from company import audit
from company.books import to_json
from company.earlier import entries
from company.records import Desk, Json, State, WorkOrder
from company.schema import answer_cache, attempts, decisions, desk_notes, identities, incoming, orders, outbox, verdicts

FORGOTTEN = "(forgotten)"
"""What stands in the books in place of words that were forgotten."""
EXCHANGE_FORGOTTEN = "exchange.forgotten"
_TOGETHER_MS = 180_000
"""Messages of the same chat that came so shortly before an order may be parts of it; later ones may quote it."""


class Gone(NamedTuple):
    """The ids of the orders that were emptied, and of those whose employees may have been told of them.

    What employees wrote down in them, and what they were told, is the caller's to delete.
    """

    whole: tuple[str, ...]
    told: tuple[str, ...]


def forget_quotes(tx: Connection, passage_ids: Collection[str]) -> int:
    """Take the words of these passages out of the sources of answers, and all that a desk showed beside answers: which
    of that quotes a passage can't be told. How many answers were touched."""
    changed: dict[str, str] = {}
    quoting = select(orders.c.id, orders.c.citations).where(orders.c.citations != "")
    for row in tx.execute(quoting.execution_options(yield_per=100)):
        cited = json.loads(row.citations)
        if not any(one["passage_id"] in passage_ids and one["quote"] for one in cited):
            continue
        changed[row.id] = to_json([one | {"quote": ""} if one["passage_id"] in passage_ids else one for one in cited])
    for order_id, left in changed.items():
        tx.execute(update(orders).where(orders.c.id == order_id).values(citations=left))
    _empty_shown(tx, true())
    return len(changed)


def forget_cached_answers(tx: Connection) -> None:
    """Empty both caches: which of their answers quote a document can't be told. What they saved stays counted."""
    tx.execute(update(answer_cache).where(answer_cache.c.completion != "").values(completion="", created_at=0))
    entries.forget_all(tx)


def forget_exchange(tx: Connection, now: int, order: WorkOrder, *, by: str) -> Gone:
    """Overwrite what was said in an order that has ended, and what later ones were told of it.

    Later answers about the past go with it, for they may quote it.
    """
    later = _later(tx, order)
    whole = (order.id, *(one for one, recalls in later if recalls))
    for forgotten in whole:
        _empty(tx, forgotten)
        audit.record(tx, now, by, EXCHANGE_FORGOTTEN, order_id=forgotten)
    _forget_updates(tx, order)
    _empty_shown(tx, (outbox.c.created_at >= order.created_at) & _seen_by(order))
    forget_cached_answers(tx)
    return Gone(whole, tuple(one for one, _ in later))


def _later(tx: Connection, order: WorkOrder) -> list[tuple[str, bool]]:
    """The later orders of the conversation and of the person, and whether each asks about the past. Their briefs go."""
    o = orders.c
    theirs = or_(o.conversation_id == order.conversation_id, o.person_id == order.person_id)
    found: list[tuple[str, bool]] = []
    changed: dict[str, str] = {}
    query = select(o.id, o.assignment, o.state).where(theirs, o.number > order.number).order_by(o.number)
    for row in tx.execute(query.execution_options(yield_per=100)):
        assignment: Json = json.loads(row.assignment) if row.assignment else {}
        found.append((row.id, bool(assignment.get("recalls")) and State(row.state).ended))
        if assignment.get("brief"):
            changed[row.id] = to_json({**assignment, "brief": ""})
    for order_id, left in changed.items():
        tx.execute(update(orders).where(o.id == order_id).values(assignment=left))
    return found


def _forget_updates(tx: Connection, order: WorkOrder) -> None:
    """The updates of its chat as they came, from shortly before it on; those that a desk still holds stay."""
    i = incoming.c
    here = (i.desk == order.conversation.desk) & (i.chat == order.conversation.chat) & (i.raw != "")
    since = i.received_at >= order.created_at - _TOGETHER_MS
    empty_updates(tx, select(i.desk, i.external_id).where(here, since))


def empty_updates(tx: Connection, which: Select[tuple[str, str]], limit: int | None = None) -> int:
    """Empty these updates (desk and key of each), at most so many; how many. Those that a desk still holds stay.

    The name of a note ends with the key of the update that it is about, if it is about one.
    """
    names = tx.scalars(select(desk_notes.c.name))
    held = {name[at + 1 :] for name in names for at, sign in enumerate(name) if sign == ":"}
    free = (row for row in tx.execute(which) if row.external_id not in held)
    rows = list(islice(free, limit))
    for row in rows:
        mine = (incoming.c.desk == row.desk) & (incoming.c.external_id == row.external_id)
        tx.execute(update(incoming).where(mine).values(raw=""))
    return len(rows)


def _empty(tx: Connection, order_id: str) -> None:
    """Overwrite the words of one order."""
    mine = orders.c.id == order_id
    row = tx.execute(select(orders.c.request, orders.c.assignment, orders.c.answer).where(mine)).one()
    request = {**json.loads(row.request), "text": FORGOTTEN, "blocks": []}
    assignment = json.loads(row.assignment) if row.assignment else None
    if assignment:
        reasons = [{"code": reason["code"], "text": FORGOTTEN} for reason in assignment["reasons"]]
        past = assignment.get("recalls")
        assignment |= {"brief": "", "points_at": None, "reasons": reasons}
        assignment["recalls"] = {**past, "about": FORGOTTEN} if past else None
    tx.execute(
        update(orders).where(mine).values(
            request=to_json(request), assignment=to_json(assignment) if assignment else "",
            answer=FORGOTTEN if row.answer else "", citations="", label="", end_reason="",
        )
    )  # fmt: skip
    tx.execute(update(attempts).where(attempts.c.order_id == order_id).values(draft="", findings="[]"))
    tx.execute(update(verdicts).where(verdicts.c.order_id == order_id).values(findings="[]"))
    _empty_cards(tx, order_id)
    shown = (outbox.c.order_id == order_id) & outbox.c.state.in_(("sent", "dead"))
    tx.execute(update(outbox).where(shown).values(payload=to_json({"message": {"text": FORGOTTEN}})))


def _seen_by(order: WorkOrder) -> ColumnElement[bool]:
    """Where what was said in an order may have been shown again: in its chat, and alone to whoever said it."""
    alone = select(identities.c.external_id).where(
        identities.c.person_id == order.person_id, identities.c.desk == outbox.c.desk
    )
    return (outbox.c.chat == order.conversation.chat) | outbox.c.chat.in_(alone)


def _empty_shown(tx: Connection, which: ColumnElement[bool]) -> None:
    """Empty what was shown that is no answer: the sources of one, what was found, why. Buttons below it stay."""
    shown = outbox.c.order_id.is_(None) & outbox.c.state.in_(("sent", "dead"))
    query = select(outbox.c.id, outbox.c.payload).where(shown, outbox.c.payload != "", which)
    for row in tx.execute(query).all():
        message = json.loads(row.payload).get("message", {})
        if message.get("text") == FORGOTTEN:
            continue
        buttons = {name: message[name] for name in ("reply_markup",) if name in message}
        emptied = to_json({"message": {"text": FORGOTTEN, **buttons}})
        tx.execute(update(outbox).where(outbox.c.id == row.id).values(payload=emptied))


def _empty_cards(tx: Connection, order_id: str) -> None:
    """What tools were to be used with; a card for money has no words in it."""
    d = decisions.c
    cards = tx.execute(select(d.id, d.subject).where(d.order_id == order_id, d.kind == "tool")).all()
    for card in cards:
        emptied = {**json.loads(card.subject), "arguments": {}}
        tx.execute(update(decisions).where(d.id == card.id).values(subject=to_json(emptied)))


def is_forgotten(order: WorkOrder) -> bool:
    """Whether what was said in an order was forgotten."""
    return order.text == FORGOTTEN


def forget_shown(tx: Connection, desk: Desk, chat: str, message_id: str) -> None:
    """Empty what a message of a desk showed: a list of what is about to be forgotten, say."""
    mine = (outbox.c.desk == desk) & (outbox.c.chat == chat) & (outbox.c.sent_id == message_id)
    tx.execute(update(outbox).where(mine).values(payload=to_json({"message": {"text": FORGOTTEN}})))
