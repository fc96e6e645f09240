"""Buttons under a recording: the command that was understood, "did you mean", one more try.

An offer is a note in the books with who spoke, where, and until when: it survives a restart, works for the person who
spoke alone, and once. A press only decides; what was decided is done by the same loop that does what was understood.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot import notes
from bot.errands import Errand, Errands
from bot.held import Held
from bot.inbox import Mark, Rows, Voice
from bot.limiter import Priority
from bot.updates import Pressed
from company.books import Books
from company.clock import Clock
from company.records import Button, Json, Person
from company.speech_records import SpokenCommand

PREFIX = "offer:"
LASTS_MS = 3_600_000  # a "stop" of yesterday would stop today's work
AGAIN_LASTS_MS = 30 * 86_400_000
NONE, AGAIN = "x", "again"
SIGN = "🎙"  # every text of ours about a recording begins with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a press may decide. `held` names the recording's note without its prefix; no commands: one more try."""

    person: str
    chat: str
    held: str
    engine: str = ""
    commands: tuple[SpokenCommand, ...] = ()

    @classmethod
    def choice(cls, one: Held, person: Person, commands: Sequence[SpokenCommand], engine: str) -> Offer:
        """One of some commands, or none of them."""
        return cls(
            person=person.id, chat=one.said.place.chat, held=one.rest, engine=engine, commands=tuple(commands)
        )  # fmt: skip

    @classmethod
    def again(cls, one: Held, person: Person) -> Offer:
        """One more try."""
        return cls(person=person.id, chat=one.said.place.chat, held=one.rest)

    @property
    def name(self) -> str:
        """Its note, and what its buttons carry: there is one offer to a recording, and a newer one replaces it."""
        return self.held.partition(":")[2]


Decide = Callable[[Connection, Offer, SpokenCommand], Callable[[], None]]
Again = Callable[[Connection, Offer], Callable[[], None]]


@dataclass(frozen=True, slots=True)
class Pick:
    """What became of a press: a key of the catalogue ("" says nothing), in a box or not."""

    key: str = ""
    alert: bool = False


class VoiceOffers:
    """Writes offers and takes presses on them.

    Args:
        decide, again: note what was chosen, in the press's transaction; they return what to do after the commit.
    """

    def __init__(
        self, books: Books, clock: Clock, voice: Voice, errands: Errands, *, decide: Decide, again: Again
    ) -> None:
        self._books = books
        self._clock = clock
        self._voice = voice
        self._errands = errands
        self._decide = decide
        self._again = again

    def buttons(self, offer: Offer, language: str) -> Rows:
        """A row for each command, and one for none of them."""
        if not offer.commands:
            return ((self._button(offer, AGAIN, self._voice.say(language, "voice_again")),),)
        rows = [(self._button(offer, str(at), f"▶ {one.phrase}"),) for at, one in enumerate(offer.commands)]
        return (*rows, (self._button(offer, NONE, self._voice.say(language, "voice_none_of_these")),))

    @staticmethod
    def _button(offer: Offer, choice: str, label: str) -> Button:
        return Button(label=label, action="spoken", argument=f"{choice}:{offer.name}")

    def write(self, tx: Connection, offer: Offer) -> None:
        """With the words that show it. Takes away what nobody pressed in its time."""
        now = self._clock.now()
        for name in notes.beginning_with(tx, PREFIX):
            if int(json.loads(notes.get(tx, name))["until"]) < now:
                notes.drop(tx, name)
        until = now + (LASTS_MS if offer.commands else AGAIN_LASTS_MS)
        value = {
            "person": offer.person, "chat": offer.chat, "held": offer.held, "engine": offer.engine, "until": until,
            "commands": [[one.name, one.argument, one.phrase] for one in offer.commands],
        }  # fmt: skip
        notes.put(tx, PREFIX + offer.name, json.dumps(value))

    async def take(self, pressed: Pressed, person: Person, argument: str, mark: Mark) -> Pick:
        """A press: decided once, by who spoke, in the chat where it was offered."""
        choice, _, name = argument.partition(":")

        def write(tx: Connection) -> tuple[Pick, Callable[[], None] | None]:
            offer = self._open(tx, name, pressed.place.chat)
            if offer is None:
                return Pick("button_gone", alert=True), None
            if offer.person != person.id:
                return Pick("voice_not_yours", alert=True), None
            after: Callable[[], None] = _nothing
            if choice == AGAIN:
                after = self._again(tx, offer)
            elif choice.isdecimal() and int(choice) < len(offer.commands):
                after = self._decide(tx, offer, offer.commands[int(choice)])
            notes.drop(tx, PREFIX + name)
            mark.write(tx)
            return Pick(), after

        pick, after = await self._books.write(write)
        if after is not None:
            after()
        if after is not None or (pick.key == "button_gone" and pressed.text.startswith(SIGN)):
            self._without_buttons(pressed)
        return pick

    def _open(self, tx: Connection, name: str, chat: str) -> Offer | None:
        """An offer that still stands."""
        value: Json = json.loads(notes.get(tx, PREFIX + name) or "{}")
        if not value or value["chat"] != chat or int(value["until"]) < self._clock.now():
            return None
        return Offer(
            person=value["person"], chat=value["chat"], held=value["held"], engine=value["engine"],
            commands=tuple(SpokenCommand(name=n, argument=a, phrase=p) for n, a, p in value["commands"]),
        )  # fmt: skip

    def _without_buttons(self, pressed: Pressed) -> None:
        """What was decided can't be pressed again (https://core.telegram.org/bots/api#editmessagereplymarkup)."""
        params: Json = {"chat_id": int(pressed.place.chat), "message_id": pressed.message_id}
        self._errands.do(
            Errand(
                key=f"edit:{pressed.place.chat}:{pressed.message_id}", method="editMessageReplyMarkup", params=params,
                chat=pressed.place.chat, priority=Priority.CARD, counts=True, tries=5,
            )
        )  # fmt: skip


def _nothing() -> None:
    """None of these."""
