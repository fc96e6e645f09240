"""What becomes of one update: a work order, a command, a press, a pairing, or a row in the record.

Each ends in a transaction that also holds the next offset, so that an update is taken exactly once, whatever dies when.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from bot import outbox, things
from bot.comings import Comings
from bot.commands import Commands
from bot.conversation import TIERS, key_of, named_tier, raw_text, replied_order, request_of, without_name
from bot.delivery import Delivery
from bot.dress import seconds
from bot.errands import Errands, reaction
from bot.gate import Bot, Gate
from bot.held import Dealt, Held
from bot.inbox import Mark, Voice, Words, edited_since, seen
from bot.late import ACTION as LATE
from bot.late import Late
from bot.notes import DESK
from bot.parcels import Parcels
from bot.pastes import Pastes
from bot.press import Step
from bot.presses import Presses
from bot.spoken import Asked, Spoken
from bot.updates import BadUpdate, Halted, Joined, Other, Pressed, Reacted, Said, read, update_id
from bot.voice_notes import VoiceNotes
from bot.whispers import Aside
from bot.wordless import Thing
from company import audit, work_orders
from company.books import Books
from company.clock import Clock
from company.errors import OrderError
from company.people import Action, may
from company.ports import Change, FrontOffice
from company.records import Json, Person

log = logging.getLogger(__name__)

SEEN = "👀"
AMENDED_WITHIN_S = 60
NOTED = frozenset({"escalate", "topic", "qa", "project"})
"""Commands whose effect is written together with the update."""
THUMBS = {"👍": 1, "👎": -1}


class Intake:
    """Takes updates, one after the other. Holds no state of its own but who the bot is."""

    def __init__(
        self, office: FrontOffice, books: Books, clock: Clock, delivery: Delivery, errands: Errands, gate: Gate,
        commands: Commands, voice: Voice, parcels: Parcels, pastes: Pastes, voices: VoiceNotes, late: Late,
    ) -> None:  # fmt: skip
        self._office = office
        self._books = books
        self._clock = clock
        self._delivery = delivery
        self._texts = delivery.texts
        self._errands = errands
        self._gate = gate
        self._commands = commands
        self._voice = voice
        self._parcels = parcels
        self._pastes = pastes
        self._voices = voices
        self._late = late
        more: dict[str, Step] = {**commands.steps, LATE: late.answer}
        self._presses = Presses(office, books, clock, delivery, commands, errands, voices.offers, more)
        self.bot = Bot(0, "")
        self.comings = Comings(office, books, clock, gate, voice, commands.welcome)

    async def take(self, raw: Json, offset: int) -> None:
        """Do what the update asks for and commit `offset` with it.

        Raises `bot.updates.BadUpdate` for an update that can't be read; nothing is written then.
        """
        update = read(raw)
        match update:
            case Said():
                await self._said(update, raw, _mark(update, offset))
            case Pressed():
                await self._pressed(update, Mark(offset))
            case Reacted():
                await self._reacted(update, Mark(offset))
            case Joined():
                await self.comings.joined(update, raw, Mark(offset), self.bot)
            case Halted():
                await self._halted(update, Mark(offset))
            case Other():
                await self._books.write(Mark(offset).write)

    async def skip(self, raw: object, offset: int, reason: str) -> None:
        """An update that can't be taken must not hold up the rest: it is kept raw, recorded, and its sender is told."""
        words = await self._sorry(raw)

        def write(tx: Connection) -> None:
            now = self._clock.now()
            text = raw_text(raw) if isinstance(raw, dict) else repr(raw)[:1000]
            if work_orders.note_incoming(tx, now, DESK, f"{update_id(raw)}-skipped", raw=text):
                audit.record(tx, now, "telegram", "update.skipped", update=update_id(raw), reason=reason[:300])
                if words is not None:
                    self._voice.write(tx, words)
            Mark(offset).write(tx)

        await self._books.write(write)
        self._voice.send()

    async def _sorry(self, raw: object) -> Words | None:
        """What is said to the sender of a message that can't be taken, if they are one of us."""
        try:
            said = read(raw) if isinstance(raw, dict) else None
            if not isinstance(said, Said) or not self._gate.listens(said, self.bot):
                return None
            person = await self._gate.who(said.sender)
        except BadUpdate:
            return None
        except Exception:  # whatever failed may fail here again; the update is recorded all the same
            log.exception("nobody could be told of a skipped update")
            return None
        if person is None:
            return None
        return self._voice.words(said.place, self._say(person, "skipped"), reply_to=said.message_id)

    async def _said(self, said: Said, raw: Json, mark: Mark) -> None:
        if said.migrated_to:
            await self.comings.moved(said, mark)
            return
        if not self._gate.listens(said, self.bot):
            await self._books.write(mark.write)
            return
        person = await self._gate.who(said.sender)
        if person is None:
            await self.comings.stranger(said, mark)
        elif said.edited:
            await self._edited(said, raw, person, mark)
        else:
            await self._from_person(said, raw, person, mark)

    async def _from_person(
        self, said: Said, raw: Json, person: Person, mark: Mark | Dealt, *, asked_again: bool = False
    ) -> None:
        own = said.forwarded_from is None
        name, argument = said.command, said.argument
        if own and not name and said.text:
            name, _, argument = self._texts.command(without_name(said.text, self.bot)).partition(" ")
        if not asked_again and self._late.is_stale(said, name, argument):
            await self._hold_back(said, raw, mark)
        elif said.ephemeral_id and (name in TIERS or not name):  # its answer would be seen by the whole group
            await self._tell(said, raw, person, mark, self._say(person, "private_only"))
        elif own and name and name not in TIERS:
            await self._command(said, raw, person, mark, name, argument)
        elif own and name in TIERS and not argument:
            await self._tell(said, raw, person, mark, self._say(person, "question_missing", command=name))
        elif said.file is not None and not name and await self._office.projects.takes_documents(person, key_of(said)):
            await self._parcel(said, raw, mark)
        elif said.recorded is not None and not name and may(person, Action.ORDER):
            await self._recording(said, raw, mark)
        elif said.text and self._pastes.holds(said):
            await self._part(said, raw, mark)
        elif not said.text:
            await self._wordless(said, raw, person, mark)
        else:
            await self._order(said, raw, person, mark)

    async def _wordless(self, said: Said, raw: Json, person: Person, mark: Mark | Dealt) -> None:
        """Something is shown as it was read, and asked about; what can't be opened is said."""
        if said.thing is not None:
            if said.replied is not None and await self._books.read(replied_order, said) is not None:
                await self._order(said, raw, person, mark)  # it is what an answer asked for
            else:
                await self._thing(said, raw, person, mark, said.thing)
            return
        if said.media in things.FRIENDLY:
            self._errands.do(reaction(said.place.chat, said.message_id, things.FRIENDLY[said.media]))
            text = ""
        elif said.file is not None:
            text = self._say(person, "file_not_yours")
        else:
            text = self._say(person, things.UNSEEN.get(said.media, "media_only")) if said.media else ""
        await self._tell(said, raw, person, mark, text)

    async def _thing(self, said: Said, raw: Json, person: Person, mark: Mark | Dealt, thing: Thing) -> None:
        origin = said.forwarded_from
        forwarded = "" if origin is None else "\n\n" + self._say(person, "thing_forwarded")
        text = self._say(person, "thing_read", what=things.shown(thing)) + forwarded
        words = self._voice.words(said.place, text, reply_to=said.message_id)
        words = replace(words, thing=things.block_of(thing, origin))

        def also(tx: Connection) -> None:
            things.remember(tx, self._clock.now(), said)
            self._voice.write(tx, words)
            mark.write(tx)

        await self._noted(said, raw, mark, also)
        self._voice.send()

    async def take_spoken(self, said: Said, raw: Json, dealt: Dealt, name: str, argument: str) -> None:
        """A recording was understood: `said` has its words; `name` is "" for an order."""
        person = await self._gate.who(said.sender)
        if person is None:  # no longer one of us
            await self._books.write(dealt.write)
        elif name:
            await self._command(said, raw, person, dealt, name, argument)
        else:
            await self._order(said, raw, person, dealt)

    async def take_late(self, said: Said, held: Held, person: Person) -> None:
        """Somebody wants a late request done after all."""
        await self._from_person(said, held.raw, person, Dealt([held]), asked_again=True)

    async def _hold_back(self, said: Said, raw: Json, mark: Mark | Dealt) -> None:
        """It waited too long for us: nothing is done before it is asked again."""

        def also(tx: Connection) -> None:
            self._late.write(tx, said)
            mark.write(tx)

        if await self._noted(said, raw, mark, also):
            self._late.ring()

    async def take_paste(self, said: Said, parts: Sequence[Held]) -> None:
        """A paste is whole: `said` is its first message with the text of all."""
        person = await self._gate.who(said.sender)
        if person is None:  # no longer one of us
            await self._books.write(Dealt(parts).write)
        else:
            await self._order(said, parts[0].raw, person, Dealt(parts))

    async def _part(self, said: Said, raw: Json, mark: Mark | Dealt) -> None:
        """A part of a paste waits for the others."""

        def also(tx: Connection) -> None:
            self._pastes.write(tx, said)
            mark.write(tx)

        first = self._pastes.is_first(said)
        if await self._noted(said, raw, mark, also):
            self._pastes.ring(said)
            if first:
                self._acknowledge(said)

    async def _noted(self, said: Said, raw: Json, mark: Mark | Dealt, also: Change) -> bool:
        """Write an update down that is dealt with later; False when it was here before."""
        fresh = await self._office.note(
            DESK, said.key, chat=said.place.chat, message_id=str(said.message_id), raw=raw_text(raw), also=also
        )
        if not fresh:
            await self._books.write(mark.write)
        return fresh

    async def _order(self, said: Said, raw: Json, person: Person, mark: Mark | Dealt) -> None:
        replied = await self._books.read(replied_order, said) if said.replied is not None else None
        about = await self._books.read(things.recall, self._clock.now(), said)
        request = request_of(
            said, raw, person, bot=self.bot, now=self._clock.now(), reply_to_order=replied, about=about,
            stand_in=self._say(person, "forwarded" if said.thing is None else "thing_answer"),
        )  # fmt: skip
        notices = []
        if said.media and said.text and not await self._books.read(seen, said.key):
            notices.append(self._voice.words(said.place, self._say(person, "media_with_text")))
        if isinstance(mark, Mark) and self._late.waited(said):
            age = seconds(self._late.age_s(said))
            notices.append(
                self._voice.words(said.place, self._say(person, "waited", age=age), reply_to=said.message_id)
            )

        def also(tx: Connection) -> None:
            for notice in notices:
                self._voice.write(tx, notice)
            if about:
                things.forget(tx, said)
            mark.write(tx)

        try:
            acceptance = await self._office.accept(request, also=also)
        except OrderError as error:
            await self._tell(said, raw, person, mark, str(error))
            return
        if acceptance.fresh:
            self._acknowledge(said)
        if notices:
            self._voice.send()

    async def _parcel(self, said: Said, raw: Json, mark: Mark | Dealt) -> None:
        """A file is noted with its update; it is fetched and read behind the next messages."""

        def also(tx: Connection) -> None:
            self._parcels.write(tx, said)
            mark.write(tx)

        if await self._noted(said, raw, mark, also):
            self._acknowledge(said)
            self._parcels.ring()

    async def _recording(self, said: Said, raw: Json, mark: Mark | Dealt) -> None:
        """A recording is noted with its update; it is fetched and listened to behind the next messages."""

        def also(tx: Connection) -> None:
            self._voices.write(tx, said)
            mark.write(tx)

        if await self._noted(said, raw, mark, also):
            self._acknowledge(said)
            self._voices.ring()

    async def _command(
        self, said: Said, raw: Json, person: Person, mark: Mark | Dealt, name: str, argument: str
    ) -> None:
        if await self._books.read(seen, said.key):
            await self._books.write(mark.write)
            return
        replied = await self._books.read(replied_order, said) if said.replied is not None else None

        def also(tx: Connection) -> None:
            mark.write(tx)
            work_orders.note_incoming(
                tx, self._clock.now(), DESK, said.key, chat=said.place.chat, message_id=str(said.message_id),
                raw=raw_text(raw),
            )  # fmt: skip

        asked = Asked(
            name=name, argument=argument, person=person, conversation=key_of(said), replied_order=replied, also=also
        )
        try:
            spoken = await self._commands.run(asked)
        except OrderError as error:
            spoken = Spoken(str(error))
        await self._tell(said, raw, person, mark, spoken.text, spoken, noted=name in NOTED)

    async def _tell(
        self, said: Said, raw: Json, person: Person, mark: Mark | Dealt, text: str, spoken: Spoken | None = None, *,
        noted: bool = False,
    ) -> None:  # fmt: skip
        """Write the update down together with what is said to it. `noted`: it may have been written down already."""
        words = self._answer_to(said, person, text, spoken or Spoken()) if text else None

        def also(tx: Connection) -> None:
            if words is not None:
                self._voice.write(tx, words)
            mark.write(tx)

        fresh = await self._office.note(
            DESK, said.key, chat=said.place.chat, message_id=str(said.message_id), raw=raw_text(raw), also=also
        )
        if not fresh:
            await self._books.write(also if noted else mark.write)
        self._voice.send()

    def _answer_to(self, said: Said, person: Person, text: str, spoken: Spoken) -> Words:
        """The answer to a message: in a group for the sender's eyes alone, if it is private or was asked so."""
        place = said.place
        if place.private or not (spoken.private or said.ephemeral_id):
            return self._voice.words(place, text, spoken.buttons, reply_to=said.message_id, page=spoken.page)
        aside = Aside(chat=place.chat, topic=place.topic, to=str(said.sender.id), ephemeral=said.ephemeral_id)
        return self._voice.aside(place, aside, person.name, person.language, text, spoken.buttons)

    async def _edited(self, said: Said, raw: Json, person: Person, mark: Mark) -> None:
        """Within a minute an edit changes an order that nobody has begun; later ones do not, which is said once."""
        if await self._books.read(edited_since, self._clock.now(), said):
            await self._books.write(mark.write)
            return
        order = await self._books.read(work_orders.by_message, key_of(said), str(said.message_id))
        typed = said.text and said.recorded is None  # a changed caption would leave nothing of what was spoken
        if order is not None and typed and said.edited_after_s <= AMENDED_WITHIN_S:
            wanted = without_name(named_tier(said)[1], self.bot).strip()

            def amended(tx: Connection) -> None:
                work_orders.note_incoming(
                    tx, self._clock.now(), DESK, said.key, chat=said.place.chat, message_id=str(said.message_id),
                    raw=raw_text(raw),
                )  # fmt: skip
                mark.write(tx)

            if wanted and await self._office.amend(person, order.id, wanted, also=amended):
                return
        key = f"edit:{said.place.chat}:{said.message_id}"
        text = self._say(person, "edit_ignored") if order is not None and said.text != order.text else ""
        words = self._voice.words(said.place, text, reply_to=said.message_id) if text else None

        def also(tx: Connection) -> None:
            if words is not None:
                self._voice.write(tx, words)

        if words is not None:
            await self._office.note(DESK, key, chat=said.place.chat, raw=raw_text(raw), also=also)
        await self._books.write(mark.write)
        self._voice.send()

    async def _pressed(self, pressed: Pressed, mark: Mark) -> None:
        person = await self._gate.who(pressed.sender)
        if person is None:
            await self._gate.turn_away(pressed.sender, pressed.place, "press")
            await self._books.write(mark.write)
            return
        await self._presses.take(pressed, person, mark)

    async def _reacted(self, reacted: Reacted, mark: Mark) -> None:
        """A thumb under an answer is a rating like the button."""
        row = await self._books.read(outbox.at_message, reacted.place.chat, reacted.message_id)
        person = await self._gate.who(reacted.sender) if row is not None and row.order_id else None
        if row is not None and row.order_id is not None and person is not None:
            rating = next((THUMBS[emoji] for emoji in reacted.emoji if emoji in THUMBS), 0)
            try:
                await self._office.rate(person, row.order_id, rating)
            except OrderError as error:
                log.info("a reaction was no rating: %s", error)
        await self._books.write(mark.write)

    async def _halted(self, halted: Halted, mark: Mark) -> None:
        """The stop button of a draft is /stop for its order, whose number the draft bears."""
        person = await self._gate.who(halted.sender)
        if person is None:
            await self._gate.turn_away(halted.sender, halted.place, "stop of a draft")
        else:
            order = await self._books.read(work_orders.by_number, halted.draft_id)
            if order is not None and order.conversation.chat == halted.place.chat:
                try:
                    await self._office.stop(person, order.conversation, number=order.number)
                except OrderError as error:
                    log.info("a draft was not stopped: %s", error)
        await self._books.write(mark.write)

    def _acknowledge(self, said: Said) -> None:
        self._errands.do(reaction(said.place.chat, said.message_id, SEEN))

    def _say(self, person: Person, key: str, **values: object) -> str:
        return self._texts.say(person.language, key, **values)


def _mark(said: Said, offset: int) -> Mark:
    return Mark(offset, said.place.chat, said.message_id, "" if said.closes_topic else said.place.topic)
