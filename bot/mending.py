"""What becomes of a row that Telegram declined: mended and tried again, or dead with its reason in the record.

Functions over an open transaction. Each mend can happen once to a row, so that nothing is tried for ever.
"""

from __future__ import annotations

from sqlalchemy import Connection

from bot import failures, notes, outbox
from bot.markup import MESSAGE_LIMIT, plain, split, utf16_len
from bot.notes import DESK
from bot.outbox import Sending
from company import audit, work_orders
from company.records import Json, State

ACTOR = "telegram"


def decline(tx: Connection, now: int, row: Sending, failure: failures.WireError) -> None:
    """Write down what a declined row becomes."""
    match failure:
        case failures.Forbidden():
            close_chat(tx, now, row.chat, str(failure))
        case failures.Migrated():
            move_chat(tx, now, row.chat, failure.chat)
        case _:
            _mend_text(tx, now, row, failure)


def _mend_text(tx: Connection, now: int, row: Sending, failure: failures.WireError) -> None:
    message: Json = row.payload["message"]
    match failure:
        case failures.BadMarkup() if "entities" in message:
            audit.record(tx, now, ACTOR, "markup.refused", order_id=row.order_id or "", reason=str(failure))
            outbox.rewrite(tx, now, row, _with(row, _without(message, "entities")))
        case failures.ReplyGone() if "reply_parameters" in message:
            outbox.rewrite(tx, now, row, _with(row, _without(message, "reply_parameters")))
        case failures.TopicGone() if row.topic:
            outbox.leave_topic(tx, now, row)
        case failures.TooLong() if utf16_len(message.get("text", "")) > MESSAGE_LIMIT:
            _cut(tx, now, row)
        case _:
            undeliverable(tx, now, row, str(failure))


def _cut(tx: Connection, now: int, row: Sending) -> None:
    message: Json = row.payload["message"]
    first, *rest = [part.text for part in split(plain(message["text"]))]
    bare = _without(message, "entities", "reply_markup", "reply_parameters")
    pieces: list[Json] = [{"message": {**bare, "text": text}} for text in rest]
    last = {key: message[key] for key in ("reply_markup",) if key in message}
    pieces[-1] = {**row.payload, "message": {**pieces[-1]["message"], **last}}
    outbox.insert_after(tx, now, row, pieces)
    outbox.rewrite(tx, now, row, {"message": {**_without(message, "entities", "reply_markup"), "text": first}})


def undeliverable(tx: Connection, now: int, row: Sending, reason: str) -> None:
    """The row is dead; the order that it would have ended has failed, and the record says why."""
    outbox.bury(tx, now, row.id, reason)
    audit.record(tx, now, ACTOR, "message.undeliverable", order_id=row.order_id or "", chat=row.chat, reason=reason)
    _fail_order(tx, now, row, reason)


def close_chat(tx: Connection, now: int, chat: str, reason: str) -> None:
    """The person blocked the bot: nothing more is tried until something comes from this chat."""
    notes.block(tx, chat, reason)
    rows = outbox.bury_chat(tx, now, chat, reason)
    audit.record(tx, now, ACTOR, "chat.closed", chat=chat, reason=reason, messages=len(rows))
    for row in rows:
        _fail_order(tx, now, row, reason)


def move_chat(tx: Connection, now: int, old: str, new: str) -> None:
    """A group became a supergroup: its id is replaced everywhere, in this one transaction."""
    outbox.move_chat(tx, old, new)
    work_orders.move_chat(tx, now, DESK, old, new)


def _fail_order(tx: Connection, now: int, row: Sending, reason: str) -> None:
    if not row.closes_order or row.order_id is None:
        return
    order = work_orders.get(tx, row.order_id)
    if order is not None and order.state is State.READY:
        work_orders.end(tx, now, order, State.FAILED, reason, by=ACTOR)


def _with(row: Sending, message: Json) -> Json:
    return {**row.payload, "message": message}


def _without(message: Json, *names: str) -> Json:
    return {key: value for key, value in message.items() if key not in names}
