"""Messages that are written down but not yet dealt with: files to fetch, parts of a paste. Each is a note in the books.

The note names the row of `incoming` that has the whole update, so nothing is lost between any two steps; it goes in the
transaction that deals with the message.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from bot import notes
from bot.notes import DESK
from bot.updates import Said, read
from company.records import Json
from company.schema import incoming

_RAW = select(incoming.c.raw).where(incoming.c.desk == DESK, incoming.c.external_id == bindparam("key"))


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits."""

    note: str
    said: Said
    raw: Json

    @property
    def rest(self) -> str:
        """The note's name without its prefix: the same for every stage of the same message."""
        return self.note.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Dealt:
    """That held messages were dealt with: written with what became of them."""

    parts: Sequence[Held]

    def write(self, tx: Connection) -> None:
        """In the transaction of their effect."""
        drop(tx, self.parts)


def raw_of(tx: Connection, key: str) -> str:
    """An update as it came, by its key; "" where it is not known."""
    return tx.scalar(_RAW, {"key": key}) or ""


def hold(tx: Connection, prefix: str, said: Said) -> None:
    """Note a message, in the transaction that writes its update down."""
    notes.put(tx, f"{prefix}{said.update_id:020d}:{said.key}", said.place.chat)


def waiting(tx: Connection, prefix: str) -> list[Held]:
    """The messages that wait, in the order they came."""
    found = []
    for note in notes.beginning_with(tx, prefix):
        raw = json.loads(tx.scalar(_RAW, {"key": note.removeprefix(prefix).partition(":")[2]}) or "{}")
        said = read(raw) if raw else None
        if isinstance(said, Said):
            found.append(Held(note, said, raw))
    return found


def drop(tx: Connection, held: Iterable[Held]) -> None:
    """They are dealt with."""
    for one in held:
        notes.drop(tx, one.note)
