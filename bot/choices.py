"""What was chosen for a chat, and what waits for its quiet hours to be over. Each is a note in the books.

In a private chat the chat is the person. Functions over an open transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection

from bot import hours, notes
from bot.hours import Hours
from company.books import to_json
from company.topics import MUTABLE, Topic

HELD = "held:"
DIGEST = "digest:"
MOST_HELD = 200  # for a chat; the oldest go first


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A message nobody asked for that waits for the end of the quiet hours."""

    note: str
    topic: Topic
    thread: str
    text: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """All that was chosen for a chat."""

    quiet: Hours | None
    digest: int | None
    muted: frozenset[Topic]


def chosen(tx: Connection, chat: str) -> Chosen:
    """What was chosen for a chat."""
    return Chosen(quiet=quiet(tx, chat), digest=digest_hour(tx, chat), muted=muted(tx, chat))


def quiet(tx: Connection, chat: str) -> Hours | None:
    """The chat's quiet hours."""
    return hours.read(notes.get(tx, quiet_note(chat)))


def quiet_note(chat: str) -> str:
    """The name of the note of a chat's quiet hours."""
    return f"quiet:{chat}"


def set_quiet(tx: Connection, chat: str, wanted: Hours | None) -> None:
    """From now on these are the chat's quiet hours; None: it has none."""
    _set(tx, quiet_note(chat), str(wanted) if wanted is not None else "")


def muted(tx: Connection, chat: str) -> frozenset[Topic]:
    """The subjects that the chat does not want to hear of."""
    prefix = _mute_note(chat, "")
    known = {topic.value for topic in MUTABLE}
    names = (name.removeprefix(prefix) for name in notes.beginning_with(tx, prefix))
    return frozenset(Topic(name) for name in names if name in known)


def mute(tx: Connection, chat: str, topic: Topic, *, on: bool) -> None:
    """Silence a subject in a chat, or let it be heard again."""
    _set(tx, _mute_note(chat, topic.value), "1" if on and topic in MUTABLE else "")


def digest_hour(tx: Connection, chat: str) -> int | None:
    """The hour of the chat's daily digest."""
    kept = notes.get(tx, f"{DIGEST}{chat}")
    return int(kept.partition("/")[0]) if kept else None


def set_digest(tx: Connection, chat: str, hour: int | None, *, done: str) -> None:
    """A digest each day at that hour from the day after `done` (YYYY-MM-DD) on; None: no digest."""
    _set(tx, f"{DIGEST}{chat}", f"{hour}/{done}" if hour is not None else "")


def digests(tx: Connection) -> dict[str, tuple[int, str]]:
    """The hour, and the day of the last digest, of each chat that wants one."""
    found = {}
    for name, value in notes.under(tx, DIGEST):
        hour, _, done = value.partition("/")
        found[name.removeprefix(DIGEST)] = (int(hour), done)
    return found


def hold(tx: Connection, now: int, chat: str, topic: Topic, text: str, *, thread: str = "") -> None:
    """Keep a message for later."""
    waiting = notes.beginning_with(tx, f"{HELD}{chat}:")
    number = int(waiting[-1].rpartition(":")[2]) + 1 if waiting else 1
    value = to_json({"topic": topic, "text": text, "at": now, "thread": thread})
    notes.put(tx, f"{HELD}{chat}:{number:012d}", value)
    for surplus in waiting[: max(0, len(waiting) + 1 - MOST_HELD)]:
        notes.drop(tx, surplus)


def held_chats(tx: Connection) -> tuple[str, ...]:
    """The chats for which something waits."""
    names = notes.beginning_with(tx, HELD)
    return tuple(dict.fromkeys(name.removeprefix(HELD).rpartition(":")[0] for name in names))


def held(tx: Connection, chat: str) -> tuple[HeldBack, ...]:
    """What waits for a chat, the oldest first."""
    found = []
    for name, value in notes.under(tx, f"{HELD}{chat}:"):
        data = json.loads(value)
        found.append(
            HeldBack(note=name, topic=Topic(data["topic"]), thread=data["thread"], text=data["text"], at=data["at"])
        )
    return tuple(found)


def _mute_note(chat: str, topic: str) -> str:
    return f"mute:{chat}:{topic}"


def _set(tx: Connection, name: str, value: str) -> None:
    if value:
        notes.put(tx, name, value)
    else:
        notes.drop(tx, name)
