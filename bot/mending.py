"""What becomes of a row that Telegram declined: mended and tried again, or dead with its reason in the record.

Functions over an open transaction. Each mend can happen once to a row, so that nothing is tried for ever.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from bot import failures, notes, outbox, topic_notes, whispers
from bot.dress import uncaptioned
from bot.markup import MESSAGE_LIMIT, plain, split, unlinked, utf16_len
from bot.notes import DESK
from bot.outbox import Dress, Sending
from company import audit, people, work_orders
from company.records import Json, State

ACTOR = "telegram"
Say = Callable[..., str]


def decline(tx: Connection, now: int, row: Sending, failure: failures.WireError, say: Say) -> None:
    """Write down what a declined row becomes. `say` gives a sentence by language and key."""
    match failure:
        case failures.Migrated():
            move_chat(tx, now, row.chat, failure.chat)
        case _ if whispers.is_whisper(row):
            whispers.fall_back(tx, now, row, str(failure), refused=True)
        case failures.Forbidden():
            close_chat(tx, now, row.chat, str(failure))
        case _:
            _mend_text(tx, now, row, failure, say)


def _mend_text(tx: Connection, now: int, row: Sending, failure: failures.WireError, say: Say) -> None:
    message: Json = row.payload["message"]
    match failure:
        case failures.BadMarkup() if "entities" in message or "caption_entities" in message:
            audit.record(tx, now, ACTOR, "markup.refused", order_id=row.order_id or "", reason=str(failure))
            outbox.rewrite(tx, now, row, _with(row, _bare(message)))
        case failures.NoMedia() if "photo" in row.payload:
            in_words(tx, now, row)
        case failures.ReplyGone() if "reply_parameters" in message:
            outbox.rewrite(tx, now, row, _with(row, _without(message, "reply_parameters")))
        case failures.TopicGone() if row.topic:
            _leave_topic(tx, now, row, say)
        case failures.TooLong() if utf16_len(message.get("text", "")) > MESSAGE_LIMIT:
            _cut(tx, now, row)
        case _:
            undeliverable(tx, now, row, str(failure))


def in_words(tx: Connection, now: int, row: Sending) -> None:
    """A picture that can't be shown, of which this try is known to have failed: its caption says what it would have."""
    if (instead := row.payload["photo"].get("instead")) is not None:  # the page of a document
        outbox.rewrite(tx, now, row, {**_without(row.payload, "photo"), "message": instead})
        return
    if not row.payload["message"].get("caption"):  # its words are the next row
        outbox.bury(tx, now, row.id, "the picture can't be shown")
        return
    outbox.rewrite(tx, now, row, {**_without(row.payload, "photo"), "message": uncaptioned(row.payload["message"])})


def _leave_topic(tx: Connection, now: int, row: Sending, say: Say) -> None:
    """The row goes to the main chat; that is said there, once for a topic."""
    outbox.leave_topic(tx, now, row)
    if not topic_notes.lost(tx, row.chat, row.topic):
        return
    order = work_orders.get(tx, row.order_id) if row.order_id is not None else None
    person = people.get(tx, order.person_id) if order is not None else people.board(tx)
    language, name = person.language if person is not None else "en", topic_notes.name_of(tx, row.chat, row.topic)
    text = say(language, "topic_gone_named", name=name) if name else say(language, "topic_gone")
    message: Json = {"text": text, "link_preview_options": {"is_disabled": True}, "disable_notification": True}
    outbox.post(tx, now, row.chat, {"message": message}, dress=Dress.NOTICE)


def _cut(tx: Connection, now: int, row: Sending) -> None:
    message: Json = row.payload["message"]
    first, *rest = [part.text for part in split(plain(unlinked(message["text"])))]
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
    whispers.unheard(tx, now, row)
    _fail_order(tx, now, row, reason)


def close_chat(tx: Connection, now: int, chat: str, reason: str) -> None:
    """The person blocked the bot: nothing more is tried until something comes from this chat."""
    notes.block(tx, chat, reason)
    rows = outbox.bury_chat(tx, now, chat, reason)
    audit.record(tx, now, ACTOR, "chat.closed", chat=chat, reason=reason, messages=len(rows))
    for row in rows:
        whispers.unheard(tx, now, row)
        _fail_order(tx, now, row, reason)


def move_chat(tx: Connection, now: int, old: str, new: str) -> None:
    """A group became a supergroup: its id is replaced everywhere, in this one transaction."""
    outbox.move_chat(tx, old, new)
    notes.move_chat(tx, old, new)
    work_orders.move_chat(tx, now, DESK, old, new)


def _fail_order(tx: Connection, now: int, row: Sending, reason: str) -> None:
    if not row.closes_order or row.order_id is None:
        return
    order = work_orders.get(tx, row.order_id)
    if order is not None and order.state is State.READY:
        work_orders.end(tx, now, order, State.FAILED, reason, by=ACTOR)


def _bare(message: Json) -> Json:
    """Without entities; what stood in code must not become a link for it."""
    bare = _without(message, "entities", "caption_entities")
    return bare | {name: unlinked(bare[name]) for name in ("text", "caption") if name in bare}


def _with(row: Sending, message: Json) -> Json:
    return {**row.payload, "message": message}


def _without(message: Json, *names: str) -> Json:
    return {key: value for key, value in message.items() if key not in names}
