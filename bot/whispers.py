"""What somebody asked for in a group and only they may read: shown to them alone, or told in their private chat.

First choice is an ephemeral message (https://core.telegram.org/bots/api#ephemeral-messages-and-commands): any bot may
send one within 15 s of a press or of an ephemeral command, an administrator at any time. A server that does not know
them would show the text to everybody, so the first one that a server is given holds nothing private. Where Telegram
declines, which is remembered for the chat, the words go to the private chat with a line in the group; where that is not
open, the line has a button that opens it.

A row in the group that whispers has payload["whisper"], the last row in the private chat payload["told"]. Functions
over an open transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from bot import notes, outbox
from bot.outbox import Dress, Sending
from company.records import Json

SERVER_NOTE = "whispers"
"""Whether the server knows ephemeral messages: "yes", "no", "" while nobody has tried."""
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """To whom a whisper goes, and what it answers. `query` and `ephemeral` are what Telegram asks for as the reason."""

    chat: str  # the group
    topic: str
    to: str  # the person's id at Telegram, which is also their private chat's
    query: str = ""
    ephemeral: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What stands in the group, as messages: before the first whisper, after a private answer, instead of one."""

    first: Json
    told: Json
    closed: Json
    open_label: str  # of the button that opens the private chat


def write(
    tx: Connection, now: int, aside: Aside, messages: Sequence[Json], lines: Lines, *, photo: Json | None = None
) -> None:
    """Write what shall be said to one person of a group. A picture goes to their private chat."""
    if photo is not None:
        _tell_in_private(tx, now, aside, messages, lines, photo)
        return
    server = notes.get(tx, SERVER_NOTE)
    has_reason = bool(aside.query or aside.ephemeral)
    if server == NO or (not has_reason and notes.get(tx, refused_note(aside.chat))):
        _tell_in_private(tx, now, aside, messages, lines)
    elif server == YES:
        _whisper(tx, now, aside, messages, lines)
    else:
        _post(tx, now, aside, lines.first, lines, then=list(messages))


def params(row: Sending) -> Json:
    """What makes a row of the group one person's own, for the call that sends it."""
    aside = _aside(row)
    if aside is None:
        return {}
    wanted: Json = {"receiver_user_id": int(aside.to)}
    if aside.query:
        wanted["callback_query_id"] = aside.query
    found: Json = {"ephemeral_message_parameters": wanted}
    if aside.ephemeral:
        found["reply_parameters"] = {"ephemeral_message_id": aside.ephemeral}
    return found


def is_whisper(row: Sending) -> bool:
    """Whether one person alone may see the row."""
    return "whisper" in row.payload


def others(row: Sending) -> tuple[str, ...]:
    """The chats in which something may have been written when the row was settled."""
    if (whisper := row.payload.get("whisper")) is not None:
        return (str(whisper["aside"]["to"]),)
    if (told := row.payload.get("told")) is not None:
        return (str(told["aside"]["chat"]),)
    return ()


def arrived(tx: Connection, now: int, row: Sending, *, ephemeral: bool) -> None:
    """A row is there. After the first whisper of a server the words follow; after a private answer, its line."""
    if (told := row.payload.get("told")) is not None:
        _line(tx, now, Aside(**told["aside"]), told["lines"]["told"])
        return
    aside = _aside(row)
    if aside is None or "then" not in row.payload["whisper"]:
        return
    notes.put(tx, SERVER_NOTE, YES if ephemeral else NO)
    then, lines = row.payload["whisper"]["then"], Lines(**row.payload["whisper"]["lines"])
    if ephemeral:
        _whisper(tx, now, aside, then, lines)
    else:
        _tell_in_private(tx, now, aside, then, lines)


def fall_back(tx: Connection, now: int, row: Sending, reason: str, *, refused: bool) -> None:
    """A whisper that was declined, or of which nobody knows: told in private. `refused`: Telegram said no."""
    aside = _aside(row)
    if aside is None:
        return
    if refused and not (aside.query or aside.ephemeral):
        notes.put(tx, refused_note(aside.chat), reason[:200])
    outbox.bury(tx, now, row.id, reason)
    whisper = row.payload["whisper"]
    _tell_in_private(tx, now, aside, whisper.get("then") or [row.payload["message"]], Lines(**whisper["lines"]))


def unheard(tx: Connection, now: int, row: Sending) -> None:
    """A row to a private chat can't be shown: where it answered a group, the group's line says what to do."""
    if (told := row.payload.get("told")) is not None:
        _closed(tx, now, Aside(**told["aside"]), Lines(**told["lines"]))


def try_again(tx: Connection, chat: str) -> None:
    """What the bot may do in a chat has changed: a whisper may be possible now."""
    notes.drop(tx, refused_note(chat))
    if notes.get(tx, SERVER_NOTE) == NO:  # the server may be a newer one since; the next first try is harmless again
        notes.drop(tx, SERVER_NOTE)


def refused_note(chat: str) -> str:
    """The name of the note of a chat in which Telegram declined a whisper."""
    return f"whispers-refused:{chat}"


def _whisper(tx: Connection, now: int, aside: Aside, messages: Sequence[Json], lines: Lines) -> None:
    for message in messages:
        _post(tx, now, aside, message, lines)


def _post(tx: Connection, now: int, aside: Aside, message: Json, lines: Lines, then: list[Json] | None = None) -> None:
    whisper: Json = {"aside": asdict(aside), "lines": asdict(lines)}
    if then is not None:
        whisper["then"] = then
    plain = {name: value for name, value in message.items() if name != "reply_parameters"}
    payload: Json = {"message": plain, "whisper": whisper}
    outbox.post(tx, now, aside.chat, payload, dress=Dress.NOTICE, topic=aside.topic)


def _tell_in_private(
    tx: Connection, now: int, aside: Aside, messages: Sequence[Json], lines: Lines, photo: Json | None = None
) -> None:
    if notes.blocked(tx, aside.to):
        _closed(tx, now, aside, lines)
        return
    for number, message in enumerate(messages, 1):
        payload: Json = {"message": {name: value for name, value in message.items() if name != "reply_parameters"}}
        if photo is not None and number == 1:
            payload["photo"] = photo
        if number == len(messages):
            payload["told"] = {"aside": asdict(aside), "lines": asdict(lines)}
        outbox.post(tx, now, aside.to, payload, dress=Dress.NOTICE)


def _closed(tx: Connection, now: int, aside: Aside, lines: Lines) -> None:
    message = dict(lines.closed)
    if name := notes.get(tx, notes.NAME):
        button = {"text": lines.open_label, "url": f"https://t.me/{name}?start=private"}
        message["reply_markup"] = {"inline_keyboard": [[button]]}
    _line(tx, now, aside, message)


def _line(tx: Connection, now: int, aside: Aside, message: Json) -> None:
    outbox.post(tx, now, aside.chat, {"message": message}, dress=Dress.NOTICE, topic=aside.topic)


def _aside(row: Sending) -> Aside | None:
    whisper = row.payload.get("whisper")
    return None if whisper is None else Aside(**whisper["aside"])
