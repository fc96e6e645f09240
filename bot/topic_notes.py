"""What the desk remembers of topics: the names of those it made, and which were found closed or deleted."""

from __future__ import annotations

from sqlalchemy import Connection

from bot import notes

KEPT, GONE = "topic:", "topic-gone:"


def keep(tx: Connection, chat: str, topic: str, name: str) -> None:
    """A topic was made."""
    notes.put(tx, f"{KEPT}{chat}:{topic}", name)


def gone(tx: Connection, chat: str, topic: str) -> bool:
    """Whether a topic was found closed or deleted."""
    return bool(topic) and bool(notes.get(tx, f"{GONE}{chat}:{topic}"))


def lost(tx: Connection, chat: str, topic: str) -> bool:
    """A topic can't be written to; True the first time, until something comes from it."""
    note = f"{GONE}{chat}:{topic}"
    if notes.get(tx, note):
        return False
    notes.put(tx, note, "1")
    return True


def found(tx: Connection, chat: str, topic: str) -> None:
    """Something came from a topic, or it was opened again."""
    if topic:
        notes.drop(tx, f"{GONE}{chat}:{topic}")


def name_of(tx: Connection, chat: str, topic: str) -> str:
    """The name of a topic that was made here; "" for others."""
    return notes.get(tx, f"{KEPT}{chat}:{topic}")


def names(tx: Connection, chat: str) -> tuple[str, ...]:
    """The names of the topics that were made in a chat."""
    return tuple(value for _, value in notes.under(tx, f"{KEPT}{chat}:"))
