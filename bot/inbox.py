"""What an update leaves in the books besides its effect, and how the desk says something: both in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from bot import dress, notes, outbox, things, topic_notes, whispers
from bot.delivery import Delivery
from bot.markup import KeepLink, Rendered, utf16_len, vouched
from bot.notes import DESK
from bot.outbox import Dress
from bot.pictures import Leaf, Page
from bot.updates import Place, Said
from bot.whispers import Aside, Lines
from company.clock import Clock
from company.records import Button, DataBlock, Json
from company.schema import incoming

_SEEN = select(incoming.c.desk).where(incoming.c.desk == DESK, incoming.c.external_id == bindparam("key"))
_EDITS = select(incoming.c.external_id).where(
    incoming.c.desk == DESK, incoming.c.chat == bindparam("where"), incoming.c.message_id == bindparam("message"),
    incoming.c.received_at >= bindparam("since"),
)  # fmt: skip

Rows = Sequence[Sequence[Button]]


@dataclass(frozen=True, slots=True)
class Mark:
    """That an update was taken: the next offset (0: it was not polled for), the message's id, and that its chat is open
    to us."""

    offset: int
    chat: str = ""
    message_id: int = 0
    topic: str = ""  # that is open to us too

    def write(self, tx: Connection) -> None:
        """In the transaction of the update's effect."""
        if self.offset:
            notes.put(tx, notes.OFFSET, str(self.offset))
        if self.chat:
            notes.unblock(tx, self.chat)
            notes.raise_highest(tx, self.chat, self.message_id)
            topic_notes.found(tx, self.chat, self.topic)


@dataclass(frozen=True, slots=True)
class Words:
    """Something to say in a place, rendered; to one person there alone where `aside` is given, with its `lines`."""

    place: Place
    messages: tuple[Json, ...]
    photo: Json | None = None  # describes the picture of the first message, whose text is its caption
    aside: Aside | None = None
    lines: Lines | None = None
    thing: DataBlock | None = None  # what the last message asks about


class Voice:
    """Says sentences of the desk's own: rendered off the transaction, written in it, sent after it."""

    def __init__(self, delivery: Delivery, clock: Clock) -> None:
        self._delivery = delivery
        self._clock = clock

    def words(
        self, place: Place, text: str | Rendered, buttons: Rows = (), *, reply_to: int = 0,
        page: Page | Leaf | None = None, known: Sequence[str] = (),
    ) -> Words:  # fmt: skip
        """Markdown, or what is rendered already, as messages for a place; buttons under the last.

        With a picture the words are its caption, or follow it. Only links that stand in `known` can be tapped.
        """
        keep = vouched(known)
        messages = dress.messages(text if isinstance(text, Rendered) else self._rendered(text, keep), None, keep)
        if page is not None:
            if len(messages) == 1 and utf16_len(messages[0]["text"]) <= dress.CAPTION_LIMIT:
                messages = [dress.captioned(messages[0])]
            else:
                messages.insert(0, {"disable_notification": True})
        keyboard = dress.keyboard(buttons)
        if keyboard is not None:
            messages[-1]["reply_markup"] = keyboard
        if reply_to and not place.private:
            messages[0]["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
        return Words(place, tuple(messages), None if page is None else page.as_json())

    def _rendered(self, markdown: str, keep: KeepLink) -> Rendered:
        return self._delivery.renderer.render(markdown, keep)

    def aside(
        self, place: Place, to: Aside, name: str, language: str, text: str | Rendered, buttons: Rows = (), *,
        known: Sequence[str] = (), page: Leaf | None = None,
    ) -> Words:  # fmt: skip
        """Words for one person of a group, named in the line that the others see."""
        words = self.words(place, text, buttons, known=known, page=page)
        lines = Lines(
            first=self._line(language, "whisper_first", name), told=self._line(language, "whisper_told", name),
            closed=self._line(language, "whisper_closed", name), open_label=self.say(language, "whisper_open"),
        )  # fmt: skip
        return Words(place, words.messages, words.photo, aside=to, lines=lines)

    def _line(self, language: str, key: str, name: str) -> Json:
        message = dress.message(Rendered(self.say(language, key, name=name)))
        return {**message, "disable_notification": True}

    def say(self, language: str, key: str, /, **values: object) -> str:
        """One of the desk's own sentences."""
        return self._delivery.texts.say(language, key, **values)

    def write(self, tx: Connection, words: Words) -> None:
        """Into the outbox."""
        if words.aside is not None and words.lines is not None:
            whispers.write(tx, self._clock.now(), words.aside, words.messages, words.lines, photo=words.photo)
            self._delivery.mail.announce(words.aside.to)
            self._delivery.mail.announce(words.aside.chat)
            return
        for number, message in enumerate(words.messages):
            photo: Json = {"photo": words.photo} if words.photo is not None and not number else {}
            asks = words.thing is not None and number == len(words.messages) - 1
            thing: Json = {"thing": things.as_json(words.thing)} if words.thing is not None and asks else {}
            outbox.post(
                tx, self._clock.now(), words.place.chat, {"message": message, **photo, **thing}, dress=Dress.NOTICE,
                topic=words.place.topic,
            )  # fmt: skip
        self._delivery.mail.announce(words.place.chat)

    def send(self) -> None:
        """After the commit."""
        self._delivery.mail.ring()


def edited_since(tx: Connection, now: int, said: Said) -> bool:
    """Whether a later edit of the same message was taken in the last day: edits may come out of order."""
    since = now - outbox.LOOK_BACK_MS
    kept = tx.scalars(_EDITS, {"where": said.place.chat, "message": str(said.message_id), "since": since})
    mark = f"-e{said.message_id}"
    return any(_edited_at(key) > _edited_at(said.key) for key in kept if mark in key)


def _edited_at(key: str) -> int:
    """The moment of an edit, seconds since 1970 UTC, from the key of its update (`bot.updates`)."""
    stamp = key.rpartition(".")[2]
    return int(stamp) if stamp.isdecimal() else 0


def seen(tx: Connection, key: str) -> bool:
    """Whether an update (or a press) was taken before."""
    return tx.scalar(_SEEN, {"key": key}) is not None
