"""How live an employee's writing is shown in a chat: edits of the status line, drafts of Telegram's own, or not at all.

The setting `[telegram] stream` is the default of private chats; groups begin without. What a person chooses under
/settings is remembered for the chat. Drafts exist in private chats alone, and a chat that refused one gets edits.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection

from bot import notes
from bot.texts import Texts
from company.records import Button, Person


class Stream(StrEnum):
    """How."""

    EDITS = "edits"
    DRAFTS = "drafts"
    OFF = "off"


ACTION = "stream"
"""Of the buttons: "stream:edits"."""


def choose(tx: Connection, chat: str, how: Stream) -> None:
    """A person's choice for a chat; drafts are then tried again."""
    notes.put(tx, _chosen(chat), how)
    notes.drop(tx, _refused(chat))


def refuse_drafts(tx: Connection, chat: str) -> None:
    """Telegram takes no drafts for this chat."""
    notes.put(tx, _refused(chat), "refused")


class Streaming:
    """Knows what holds in a chat, and offers the choice. Functions over an open transaction."""

    def __init__(self, default: str, texts: Texts) -> None:
        self._default = Stream(default)
        self._texts = texts

    def holds(self, tx: Connection, chat: str) -> Stream:
        """What is done in the chat: the choice, as far as Telegram and the kind of chat allow it."""
        choice, refused = notes.several(tx, _chosen(chat), _refused(chat))
        how = self._read(chat, choice)
        return Stream.EDITS if how is Stream.DRAFTS and (refused or notes.is_group(chat)) else how

    def row(self, tx: Connection, person: Person, chat: str) -> tuple[Button, ...]:
        """One row of buttons for /settings, the present choice ticked."""
        now = self._read(chat, notes.get(tx, _chosen(chat)))
        offered = [how for how in Stream if not (how is Stream.DRAFTS and notes.is_group(chat))]
        return tuple(
            Button(label=("✓ " if how is now else "") + self._name(person, how), action=ACTION, argument=how.value)
            for how in offered
        )

    def _name(self, person: Person, how: Stream) -> str:
        return self._texts.say(person.language, f"stream_{how.value}")

    def _read(self, chat: str, choice: str) -> Stream:
        if choice in tuple(Stream):
            return Stream(choice)
        return Stream.OFF if notes.is_group(chat) else self._default


def _chosen(chat: str) -> str:
    return f"stream:{chat}"


def _refused(chat: str) -> str:
    return f"nodraft:{chat}"
