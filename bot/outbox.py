"""The desk's rows of the outbox: what shall be shown, in order, and what became of it. Owner of these rows.

A row is one message: `payload` holds the parameters of sendMessage without the chat ("message"), the name and text of a
file that goes with them ("document") or a picture before it is drawn ("photo", a `bot.pictures.Page`), for a question
about something that was sent that thing ("thing", `bot.things.as_json`), and, for an answer, the message of the person
that it ends ("react_to", "emoji").
States: ready -> sending (committed before the wire, with `floor_id`) -> sent, or unknown (left, answer lost) -> sent or
sending again; dead is the end of a row that can't be shown. Rows of a chat are settled in the order of `seq`. Functions
over an open transaction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, or_, select, update

from bot import notes
from bot.notes import DESK
from company.books import to_json
from company.clock import new_id
from company.records import Json
from company.schema import incoming, outbox

STEP = 16
"""Gap between two `seq`, so that the pieces of a row that had to be cut fit behind it."""
TICKET = re.compile(r"(?<=#)(?:[\w-]+\.)?[\w-]{43}(?![\w-])")
"""What admits its holder to a page of this machine, behind the # of its address: 32 bytes in Base64 (`web.tickets`),
claims and a dot before them (`web.admissions`)."""
LOOK_BACK_MS = 86_400_000  # ids above a row's floor can't be much older than the row


class Dress(StrEnum):
    """What a row is to the desk; decides its priority and what is done after it was sent."""

    ANSWER = "answer"
    CARD = "card"
    NOTICE = "notice"
    STATUS = "status"


class Stage(StrEnum):
    """The state of a row."""

    READY = "ready"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    DEAD = "dead"


OPEN = (Stage.READY, Stage.SENDING, Stage.UNKNOWN)
_IS_OPEN = or_(*(outbox.c.state == stage for stage in OPEN))  # `in_` is written out anew at each execution

# Statements of the way of every message are built once: building one costs SQLAlchemy more than running it.
_ID = outbox.c.id == bindparam("row")
_LAST_SEQ = select(func.max(outbox.c.seq)).where(outbox.c.desk == DESK)
_ADD = insert(outbox)
_HEAD = (
    select(outbox)
    .where(outbox.c.desk == DESK, _IS_OPEN, outbox.c.chat == bindparam("where"))
    .order_by(outbox.c.seq)
    .limit(1)
)
_BEGIN = (
    update(outbox)
    .where(_ID, _IS_OPEN)
    .values(
        state=Stage.SENDING, floor_id=bindparam("floor"), tries=bindparam("count"), not_before=None,
        updated_at=bindparam("at"),
    )
)  # fmt: skip
_SENT = (
    update(outbox)
    .where(_ID)
    .values(
        state=Stage.SENT, sent_id=bindparam("message"), error="", not_before=None, updated_at=bindparam("at"),
        sent_at=bindparam("at"),
    )
)  # fmt: skip
_WITHDRAW = (
    update(outbox)
    .where(
        outbox.c.order_id == bindparam("order"), outbox.c.kind == Dress.STATUS, outbox.c.state == Stage.READY,
        outbox.c.desk == DESK,
    )
    .values(state=Stage.DEAD, error="not needed any more", updated_at=bindparam("at"))
)  # fmt: skip
_OPEN_CHATS = (
    select(outbox.c.chat)
    .where(outbox.c.desk == DESK, _IS_OPEN)
    .group_by(outbox.c.chat)
    .order_by(func.min(outbox.c.seq))
)
_COUNT_OPEN = select(func.count()).select_from(outbox).where(outbox.c.desk == DESK, _IS_OPEN)
_SHOWN = (
    select(outbox)
    .where(outbox.c.desk == DESK, outbox.c.chat == bindparam("where"), outbox.c.sent_id == bindparam("message"))
    .order_by(outbox.c.seq.desc())
    .limit(1)
)
_STANDING = (
    select(outbox)
    .where(outbox.c.desk == DESK, outbox.c.kind == Dress.STATUS, outbox.c.state == Stage.SENT)
    .order_by(outbox.c.seq)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One row."""

    id: str
    chat: str
    topic: str
    order_id: str | None
    seq: int
    dress: Dress
    payload: Json
    stage: Stage
    closes_order: bool
    tries: int
    floor: int
    sent_id: str
    not_before: int | None
    updated_at: int


def post(
    tx: Connection, now: int, chat: str, payload: Json, *, dress: Dress, topic: str = "", order_id: str | None = None,
    closes_order: bool = False,
) -> str:  # fmt: skip
    """Write a message to be shown; its row id."""
    last = tx.scalar(_LAST_SEQ) or 0
    return _add(tx, now, last - last % STEP + STEP, chat, payload, dress, topic, order_id, closes_order)


def _add(
    tx: Connection, now: int, seq: int, chat: str, payload: Json, dress: Dress, topic: str, order_id: str | None,
    closes_order: bool,
) -> str:  # fmt: skip
    row_id = new_id(now)
    row = {
        "id": row_id, "desk": DESK, "chat": chat, "topic": topic, "order_id": order_id, "seq": seq, "kind": dress,
        "payload": to_json(payload), "state": Stage.READY, "closes_order": int(closes_order), "created_at": now,
        "updated_at": now,
    }  # fmt: skip
    tx.execute(_ADD, [row])
    return row_id


def head(tx: Connection, chat: str) -> Sending | None:
    """The first row of the chat that is not settled."""
    return _first(tx.execute(_HEAD, {"where": chat}).first())


def open_chats(tx: Connection) -> tuple[str, ...]:
    """Chats with rows that are not settled, the longest waiting first."""
    return tuple(tx.scalars(_OPEN_CHATS))


def count_open(tx: Connection) -> int:
    """How many rows are not settled."""
    return tx.scalar(_COUNT_OPEN) or 0


def begin(tx: Connection, now: int, row: Sending, highest: int) -> Sending | None:
    """A row goes on the wire; None when it was withdrawn meanwhile. The floor of the first try is kept.

    Args:
        highest: the highest message id known in the chat's id space.
    """
    begun = replace(
        row, stage=Stage.SENDING, floor=row.floor if row.tries else highest, tries=row.tries + 1, not_before=None,
        updated_at=now,
    )  # fmt: skip
    values = {"row": row.id, "floor": str(begun.floor), "count": begun.tries, "at": now}
    return begun if tx.execute(_BEGIN, values).rowcount else None


def sent(tx: Connection, now: int, row: Sending, message_id: int) -> None:
    """The message is there, under this id. State and id are one statement of one commit (`bot.reconcile`)."""
    tx.execute(_SENT, {"row": row.id, "message": str(message_id), "at": now})
    _scrub(tx, row.id, row.payload)
    notes.raise_highest(tx, row.chat, message_id)


def unknown(tx: Connection, now: int, row: Sending, *, until: int, error: str) -> None:
    """It left and the answer was lost; not to be looked for before `until` (milliseconds)."""
    _mark(tx, now, row.id, Stage.UNKNOWN, not_before=until, error=error)


def postpone(tx: Connection, now: int, row: Sending, *, until: int, error: str) -> None:
    """This try is known to have failed; the next one is at `until` (milliseconds). Earlier tries keep their floor."""
    _mark(tx, now, row.id, Stage.READY, not_before=until, error=error, tries=max(0, row.tries - 1))


def bury(tx: Connection, now: int, row_id: str, error: str) -> None:
    """It can't be shown, or shall be no longer."""
    _mark(tx, now, row_id, Stage.DEAD, error=error)
    payload = tx.scalar(select(outbox.c.payload).where(outbox.c.id == row_id))
    if payload:
        _scrub(tx, row_id, json.loads(payload))


def _scrub(tx: Connection, row_id: str, payload: Json) -> None:
    """A settled row keeps no ticket: it stands in the chat of whoever asked, and nowhere else."""
    if "#" not in str(payload.get("message", {}).get("text", "")):
        return
    text = to_json(payload)
    hidden = TICKET.sub(lambda found: "*" * len(found[0]), text)  # as long as it was: marks of the text stay in place
    if hidden != text:
        tx.execute(update(outbox).where(outbox.c.id == row_id).values(payload=hidden))


def rewrite(tx: Connection, now: int, row: Sending, payload: Json) -> None:
    """Other parameters for a row of which this try is known to have failed."""
    _mark(tx, now, row.id, Stage.READY, payload=to_json(payload), tries=max(0, row.tries - 1), not_before=None)


def leave_topic(tx: Connection, now: int, row: Sending) -> None:
    """The topic is gone: the row goes to the chat itself."""
    _mark(tx, now, row.id, Stage.READY, topic="", tries=max(0, row.tries - 1), not_before=None)


def without_topic(tx: Connection, row: Sending) -> Sending:
    """The row, to be shown in the chat itself; nothing of it is on the wire."""
    tx.execute(update(outbox).where(outbox.c.id == row.id).values(topic=""))
    return replace(row, topic="")


def insert_after(tx: Connection, now: int, row: Sending, payloads: Iterable[Json]) -> None:
    """The rest of a row that had to be cut, right behind it; the last piece closes the order in its stead.

    Raises ValueError when there are more pieces than fit between two rows.
    """
    pieces = list(payloads)
    if row.seq % STEP + len(pieces) >= STEP:
        raise ValueError("more pieces than fit between two rows of the outbox")
    for number, payload in enumerate(pieces, 1):
        closes = row.closes_order and number == len(pieces)
        _add(tx, now, row.seq + number, row.chat, payload, row.dress, row.topic, row.order_id, closes)
    if pieces:
        tx.execute(update(outbox).where(outbox.c.id == row.id).values(closes_order=0))


def _mark(tx: Connection, now: int, row_id: str, stage: Stage, **values: object) -> None:
    tx.execute(update(outbox).where(outbox.c.id == row_id).values(state=stage, updated_at=now, **values))


def get(tx: Connection, row_id: str) -> Sending | None:
    """One row by its id."""
    return _first(tx.execute(select(outbox).where(outbox.c.id == row_id)).first())


def at_message(tx: Connection, chat: str, message_id: int | str) -> Sending | None:
    """The row that a message of ours shows."""
    return _first(tx.execute(_SHOWN, {"where": chat, "message": str(message_id)}).first())


def shown_as(tx: Connection, chat: str, message_id: int | str, text: str) -> Sending | None:
    """The row that a message of ours shows; one that is still on the wire is known by its text (a person can be
    quicker than the answer to our call, or that answer was lost)."""
    row = at_message(tx, chat, message_id)
    if row is not None or not text:
        return row
    where = (outbox.c.chat == chat) & outbox.c.state.in_((Stage.SENDING, Stage.UNKNOWN))
    on_the_wire = tx.execute(select(outbox).where(where, outbox.c.desk == DESK).order_by(outbox.c.seq))
    return next((row for row in map(_row, on_the_wire) if row.payload["message"].get("text", "").strip() == text), None)


def known_ids(tx: Connection, chat: str, ids: Iterable[int], since: int) -> frozenset[int]:
    """Those of `ids` that the books know in the chat's id space: our own messages, and people's since `since`."""
    wanted = [str(number) for number in ids]
    ours = select(outbox.c.chat, outbox.c.sent_id).where(outbox.c.desk == DESK, outbox.c.sent_id.in_(wanted))
    theirs = select(incoming.c.chat, incoming.c.message_id).where(
        incoming.c.desk == DESK, incoming.c.message_id.in_(wanted), incoming.c.received_at >= since - LOOK_BACK_MS
    )
    space = notes.id_space(chat)
    found = (*tx.execute(ours), *tx.execute(theirs))
    return frozenset(int(number) for other, number in found if notes.id_space(other) == space)


def count_in_doubt(tx: Connection, row: Sending) -> int:
    """How many other rows of the chat's id space may have left without our knowing an id of theirs."""
    where = (outbox.c.desk == DESK) & outbox.c.state.in_((Stage.SENDING, Stage.UNKNOWN)) & (outbox.c.id != row.id)
    space = notes.id_space(row.chat)
    return sum(notes.id_space(chat) == space for chat in tx.scalars(select(outbox.c.chat).where(where)))


def withdraw_status(tx: Connection, now: int, order_id: str) -> None:
    """The order has its answer: a status line that was not sent yet need not be."""
    tx.execute(_WITHDRAW, {"order": order_id, "at": now})


def standing_status(tx: Connection) -> tuple[Sending, ...]:
    """Status lines that are shown and were not taken away, oldest first."""
    return tuple(map(_row, tx.execute(_STANDING)))


def bury_chat(tx: Connection, now: int, chat: str, error: str) -> tuple[Sending, ...]:
    """Every open row of a chat is dead; the rows as they were."""
    rows = tuple(_row(row) for row in tx.execute(_open().where(outbox.c.chat == chat).order_by(outbox.c.seq)))
    for row in rows:
        bury(tx, now, row.id, error)
    return rows


def move_chat(tx: Connection, old: str, new: str) -> None:
    """A group has a new id: what is still to be said goes there. Ids of sent messages stay with the old one."""
    where = (outbox.c.desk == DESK) & (outbox.c.chat == old) & _IS_OPEN
    tx.execute(update(outbox).where(where).values(chat=new, state=Stage.READY, tries=0, not_before=None))


def with_id(row: Sending, message_id: int) -> Sending:
    """The row as it is once its message is there."""
    return replace(row, stage=Stage.SENT, sent_id=str(message_id))


def _open() -> Select[tuple[object, ...]]:
    return select(outbox).where(outbox.c.desk == DESK, _IS_OPEN)


def _first(row: Row[tuple[object, ...]] | None) -> Sending | None:
    return None if row is None else _row(row)


def _row(row: Row[tuple[object, ...]]) -> Sending:
    return Sending(
        id=row.id, chat=row.chat, topic=row.topic, order_id=row.order_id, seq=row.seq, dress=Dress(row.kind),
        payload=json.loads(row.payload), stage=Stage(row.state), closes_order=bool(row.closes_order), tries=row.tries,
        floor=int(row.floor_id or 0), sent_id=row.sent_id, not_before=row.not_before, updated_at=row.updated_at,
    )  # fmt: skip
