"""What an update leaves in the books besides its effect, and how the desk says something: both in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from bot import dress, notes, outbox
from bot.delivery import Delivery
from bot.notes import DESK
from bot.outbox import Dress
from bot.updates import Place
from company.clock import Clock
from company.records import Button, Json
from company.schema import incoming

_SEEN = select(incoming.c.desk).where(incoming.c.desk == DESK, incoming.c.external_id == bindparam("key"))

Rows = Sequence[Sequence[Button]]


@dataclass(frozen=True, slots=True)
class Mark:
    """That an update was taken: the next offset, the message's id, and that its chat is open to us."""

    offset: int
    chat: str = ""
    message_id: int = 0

    def write(self, tx: Connection) -> None:
        """In the transaction of the update's effect."""
        notes.put(tx, notes.OFFSET, str(self.offset))
        if self.chat:
            notes.unblock(tx, self.chat)
            notes.raise_highest(tx, self.chat, self.message_id)


@dataclass(frozen=True, slots=True)
class Words:
    """Something to say in a place, rendered."""

    place: Place
    messages: tuple[Json, ...]


class Voice:
    """Says sentences of the desk's own: rendered off the transaction, written in it, sent after it."""

    def __init__(self, delivery: Delivery, clock: Clock) -> None:
        self._delivery = delivery
        self._clock = clock

    def words(self, place: Place, markdown: str, buttons: Rows = (), *, reply_to: int = 0) -> Words:
        """Markdown as messages for a place; buttons under the last."""
        messages = dress.messages(self._delivery.renderer.render(markdown))
        keyboard = dress.keyboard(buttons)
        if keyboard is not None:
            messages[-1]["reply_markup"] = keyboard
        if reply_to and not place.private:
            messages[0]["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
        return Words(place, tuple(messages))

    def say(self, language: str, key: str, /, **values: object) -> str:
        """One of the desk's own sentences."""
        return self._delivery.texts.say(language, key, **values)

    def write(self, tx: Connection, words: Words) -> None:
        """Into the outbox."""
        for message in words.messages:
            outbox.post(
                tx, self._clock.now(), words.place.chat, {"message": message}, dress=Dress.NOTICE,
                topic=words.place.topic,
            )  # fmt: skip
        self._delivery.mail.announce(words.place.chat)

    def send(self) -> None:
        """After the commit."""
        self._delivery.mail.ring()


def seen(tx: Connection, key: str) -> bool:
    """Whether an update (or a press) was taken before."""
    return tx.scalar(_SEEN, {"key": key}) is not None
