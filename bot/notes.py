"""The desk's small durable facts: polling offset, highest message ids, blocked chats. Owner of its `desk_notes` rows.

Functions over an open transaction. An *id space* is a counter of message ids: all private chats and basic groups of a
bot share one, each supergroup and channel has its own (research: tdlib/telegram-bot-api, TDLib's server message ids).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Connection, bindparam, cast, delete, func, insert, literal, or_, select, update

from company.records import Desk
from company.schema import desk_notes

DESK = Desk.TELEGRAM
OFFSET = "offset"
NAME = "username"
"""The bot's user name, as Telegram said it last."""
SHARED = "shared"
SUPERGROUP = -(10**12)  # ids below are supergroups and channels: https://core.telegram.org/api/bots/ids


# Statements are built once: building one costs SQLAlchemy more than running it.
_MINE = (desk_notes.c.desk == DESK) & (desk_notes.c.name == bindparam("note"))
_GET = select(desk_notes.c.value).where(_MINE)
_NAMES = ("one", "two", "three")
_THESE = select(desk_notes.c.name, desk_notes.c.value).where(
    desk_notes.c.desk == DESK, or_(*(desk_notes.c.name == bindparam(name) for name in _NAMES))
)
_PUT = update(desk_notes).where(_MINE).values(value=bindparam("text"))
_RAISE = _PUT.where(cast(desk_notes.c.value, BigInteger) < bindparam("number"))
_DROP = delete(desk_notes).where(_MINE)
_ADD = insert(desk_notes)


def get(tx: Connection, name: str) -> str:
    """The value of a note; "" when there is none."""
    return tx.scalar(_GET, {"note": name}) or ""


def several(tx: Connection, *names: str) -> tuple[str, ...]:
    """The values of up to three notes, "" for each that there is not."""
    wanted = dict.fromkeys(_NAMES, "") | dict(zip(_NAMES, names, strict=False))
    found = {row.name: row.value for row in tx.execute(_THESE, wanted)}
    return tuple(found.get(name, "") for name in names)


def beginning_with(tx: Connection, prefix: str) -> tuple[str, ...]:
    """The names of the notes that begin so, in their order."""
    query = select(desk_notes.c.name).where(
        desk_notes.c.desk == DESK, desk_notes.c.name.startswith(prefix, autoescape=True)
    )
    return tuple(tx.scalars(query.order_by(desk_notes.c.name)))


def under(tx: Connection, prefix: str) -> tuple[tuple[str, str], ...]:
    """The notes whose names begin so, with their values, in the order of their names."""
    query = select(desk_notes.c.name, desk_notes.c.value).where(
        desk_notes.c.desk == DESK, desk_notes.c.name.startswith(prefix, autoescape=True)
    )
    return tuple((row.name, row.value) for row in tx.execute(query.order_by(desk_notes.c.name)))


def put(tx: Connection, name: str, value: str) -> None:
    """Write a note, over an earlier one."""
    if tx.execute(_PUT, {"note": name, "text": value}).rowcount == 0:
        tx.execute(_ADD, [{"desk": DESK, "name": name, "value": value}])


def drop(tx: Connection, name: str) -> bool:
    """Forget a note; False when there was none."""
    return tx.execute(_DROP, {"note": name}).rowcount > 0


def move_chat(tx: Connection, old: str, new: str) -> None:
    """A group has a new id: what was chosen and remembered for it is so under that. Its messages are counted anew."""
    rows = tx.execute(select(desk_notes.c.name, desk_notes.c.value).where(desk_notes.c.desk == DESK)).all()
    for row in rows:
        parts = row.name.split(":")
        if parts[0] == "high" or old not in parts[1:]:
            continue
        name = ":".join((parts[0], *(new if part == old else part for part in parts[1:])))
        drop(tx, row.name)
        if not get(tx, name):
            put(tx, name, row.value)


def move(tx: Connection, prefix: str, to: str, value: str | None = None, *, until: str = "") -> None:
    """Rename every note that begins so (with that value, and no later name than `until`), in one statement."""
    where = (desk_notes.c.desk == DESK) & desk_notes.c.name.startswith(prefix, autoescape=True)
    if value is not None:
        where &= desk_notes.c.value == value
    if until:
        where &= desk_notes.c.name <= until
    renamed = literal(to) + func.substr(desk_notes.c.name, len(prefix) + 1)
    tx.execute(update(desk_notes).where(where).values(name=renamed))


def drop_under(tx: Connection, prefix: str, value: str | None = None) -> None:
    """Forget every note that begins so (and has that value)."""
    where = (desk_notes.c.desk == DESK) & desk_notes.c.name.startswith(prefix, autoescape=True)
    tx.execute(delete(desk_notes).where(where if value is None else where & (desk_notes.c.value == value)))


def offset(tx: Connection) -> int:
    """The offset of the next getUpdates: one more than the last update that is written down; 0 at first."""
    return int(get(tx, OFFSET) or 0)


def id_space(chat: str) -> str:
    """The name of the counter that numbers a chat's messages."""
    return chat if is_supergroup(chat) else SHARED


def is_supergroup(chat: str) -> bool:
    """Whether the chat is a supergroup or a channel."""
    return chat.lstrip("-").isdecimal() and int(chat) < SUPERGROUP


def is_group(chat: str) -> bool:
    """Whether several people are in the chat."""
    return chat.startswith("-")


def highest(tx: Connection, chat: str) -> int:
    """The highest message id known in the chat's id space; 0 when none is."""
    return int(get(tx, high_note(chat)) or 0)


def high_note(chat: str) -> str:
    """The name of the note of the highest message id."""
    return f"high:{id_space(chat)}"


def blocked_note(chat: str) -> str:
    """The name of the note of a closed chat."""
    return f"blocked:{chat}"


def raise_highest(tx: Connection, chat: str, message_id: int) -> None:
    """A message id was seen in the chat. Written with the row that knows the id."""
    name, text = high_note(chat), str(message_id)
    if tx.execute(_RAISE, {"note": name, "text": text, "number": message_id}).rowcount == 0 and not get(tx, name):
        put(tx, name, text)


def block(tx: Connection, chat: str, reason: str) -> None:
    """The chat is closed to us until something comes from it."""
    put(tx, blocked_note(chat), reason)


def unblock(tx: Connection, chat: str) -> bool:
    """Something came from the chat, so it is open; True when it was closed."""
    return drop(tx, blocked_note(chat))


def blocked(tx: Connection, chat: str) -> str:
    """Why the chat is closed to us; "" when it is open."""
    return get(tx, blocked_note(chat))
