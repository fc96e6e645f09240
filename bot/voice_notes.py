"""Recordings in the chat: noted with their update, fetched, listened to, shown as text, then done as if it were typed.

Each stage is a note in the books until the next one's transaction, so a recording survives a restart between any two
steps and is written out once: `voice:` waits to be heard, `spoken:` was heard and waits to be done, `offer:` waits for
a press (`bot.voice_offers`). What only reads is done at once; a command that changes something is offered as a button.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bot import dress, failures, held, notes
from bot.backoff import Backoff
from bot.delivery import DONE
from bot.errands import Errands, reaction, typing
from bot.gate import Gate
from bot.held import Dealt, Held
from bot.inbox import Voice
from bot.texts import Texts
from bot.updates import Place, Said
from bot.voice_offers import Offer, VoiceOffers
from bot.voice_profile import READ_ONLY, VoiceProfile, profile_of
from bot.waiting import Bell
from bot.wire import Wire
from company.books import Books
from company.clock import Clock
from company.ports import Transcriber
from company.records import Json, Person
from company.speech_records import Heard, Recording, SpokenCommand, Transcript, Why

log = logging.getLogger(__name__)

HEARD, SPOKEN = "voice:", "spoken:"
MOST_BYTES = 20_000_000  # what Telegram's own servers give out to bots
MOST_TRIES = 6  # of a recording whose answers are lost or broken; one that can't be reached at all is tried for ever
TYPING_EVERY_S = 4.5
KEPT = frozenset({Why.NO_ENGINE, Why.NOT_UNDERSTOOD, Why.NO_MONEY, Why.FAILED})
"""Why a recording is kept that nobody understood: another time, somebody might."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a recording is to be done as: a command, or an order of `text` when `name` is ""."""

    text: str
    engine: str
    name: str = ""
    argument: str = ""

    def as_json(self) -> str:
        """For the note."""
        return json.dumps({"text": self.text, "engine": self.engine, "name": self.name, "argument": self.argument})


Take = Callable[[Said, Json, Dealt, str, str], Awaitable[None]]
"""Does what was understood: the message with its words, the update, what ends the note, the command, its argument."""


class VoiceNotes:
    """Listens to what waits, one recording after the other, and has done what was understood.

    Args:
        ears: who listens.
        most_bytes: of a recording.
    """

    def __init__(
        self, wire: Wire, books: Books, clock: Clock, ears: Transcriber, gate: Gate, voice: Voice, texts: Texts,
        errands: Errands, *, most_bytes: int = MOST_BYTES,
    ) -> None:  # fmt: skip
        self._wire = wire
        self._books = books
        self._clock = clock
        self._ears = ears
        self._gate = gate
        self._voice = voice
        self._texts = texts
        self._errands = errands
        self._most_bytes = most_bytes
        self._came, self._decided, self._began = Bell(clock), Bell(clock), Bell(clock)
        self._busy_at: Place | None = None
        self._tries: dict[str, int] = {}  # by file
        self.offers = VoiceOffers(books, clock, voice, errands, decide=self._decide, again=self._again)

    def write(self, tx: Connection, said: Said) -> None:
        """Note a recording, in the transaction that writes its update down."""
        held.hold(tx, HEARD, said)

    def ring(self) -> None:
        """After the commit: there is something to listen to."""
        self._came.ring()

    async def run(self, take: Take) -> None:
        """Listen, and have done what was understood, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._act(take))
            group.create_task(self._type())

    async def _listen(self) -> None:
        backoff = Backoff(2.0, 300.0)
        while True:
            waiting = await self._books.read(held.waiting, HEARD)
            if not waiting:
                await self._came.wait()
                continue
            try:
                await self._hear(waiting[0])
                backoff.reset()
            except failures.Flood as error:
                await self._clock.sleep(error.retry_after_s)
            except failures.WireError as error:
                log.info("a recording could not be fetched: %s", error)
                await self._clock.sleep(backoff.next_s())

    async def _act(self, take: Take) -> None:
        while True:
            waiting = await self._books.read(_decided)
            for one, words in waiting:
                said = replace(
                    one.said, key=f"{one.said.key}-spoken", text=_with_caption(one.said, words.text), media="",
                    heard_by=words.engine,
                )  # fmt: skip
                try:
                    await take(said, one.raw, Dealt((one,)), words.name, words.argument)
                except Exception:  # a defect of ours must not hold up the other recordings; it is logged, and said
                    log.exception("what was spoken could not be done")
                    await self._fault(one)
                if words.name:
                    self._errands.do(reaction(said.place.chat, said.message_id, DONE))
            if not waiting:
                await self._decided.wait()

    async def _fault(self, one: Held) -> None:
        person = await self._gate.who(one.said.sender)
        await self._end(one, self._voice.say(person.language if person is not None else "", "skipped"))

    async def _type(self) -> None:
        """The sign that somebody writes, renewed for as long as somebody listens."""
        while True:
            if self._busy_at is None:
                await self._began.wait()
            else:
                self._errands.do(typing(self._busy_at.chat, self._busy_at.topic))
                await self._clock.sleep(TYPING_EVERY_S)

    async def _hear(self, one: Held) -> None:
        """Fetch and listen. Raises `WireError` when another try may help."""
        said, person = one.said, await self._gate.who(one.said.sender)
        recorded = said.recorded
        if person is None or recorded is None:  # no longer one of us
            await self._books.write(held.drop, (one,))
            return
        if recorded.seconds > self._ears.longest_s:
            heard = Transcript(kind=Heard.NOTHING, engine="", why=Why.TOO_LONG)
            await self._say_why(one, person, heard, "")
            return
        self._busy_at = said.place
        self._began.ring()
        try:
            data = await self._fetched(one, person)
            if data is None:
                return
            profile = await self._books.read(profile_of, person.id)
            tongue = profile.language or person.language
            recording = Recording(data=data, name=recorded.name, person_id=person.id, language=tongue)
            heard = _meant_for_us(said, await self._heard(recording))
        finally:
            self._busy_at = None
        if heard.kind is Heard.NOTHING:
            await self._say_why(one, person, heard, await self._kept(heard, recording, person))
        else:
            await self._understood(one, person, heard, profile)

    async def _heard(self, recording: Recording) -> Transcript:
        try:
            return await self._ears.transcribe(recording)
        except Exception as error:  # a defect of ours must not hold up the other recordings; it is logged, and said
            log.exception("a recording could not be listened to")
            return Transcript(kind=Heard.NOTHING, engine="", why=Why.FAILED, detail=type(error).__name__)

    async def _fetched(self, one: Held, person: Person) -> bytes | None:
        """The recording; None when it never comes, which was said."""
        recorded = one.said.recorded
        assert recorded is not None, "only messages with a recording are held"  # noqa: S101
        try:
            return await self._wire.download(recorded.id, self._most_bytes)
        except (failures.Declined, failures.TooLong):
            await self._end(one, self._voice.say(person.language, "voice_too_big"))
        except failures.Unknown as error:
            self._tries[recorded.id] = self._tries.get(recorded.id, 0) + 1
            if self._tries[recorded.id] < MOST_TRIES:
                raise
            log.warning("a recording was given up: %s", error)  # it must not hold up the others
            await self._end(one, self._voice.say(person.language, "voice_lost"))
        return None

    async def _kept(self, heard: Transcript, recording: Recording, person: Person) -> str:
        """Put away what somebody might understand another time; the sentence that says so."""
        if heard.why not in KEPT:
            return ""
        try:
            kept = await self._ears.keep(recording)
        except OSError as error:  # a full disk must not keep the person from hearing why
            log.warning("a recording could not be kept: %s", error)
            return ""
        return self._voice.say(person.language, "voice_kept", place=kept.place, days=kept.days) if kept.place else ""

    async def _say_why(self, one: Held, person: Person, heard: Transcript, kept: str) -> None:
        """Nothing was understood: why, what would help, and a button to try once more where that may change."""
        why = heard.why or Why.FAILED
        forwarded = one.said.forwarded_from is not None and why is Why.NOT_UNDERSTOOD
        text = self._voice.say(
            person.language, "voice_forwarded" if forwarded else f"voice_{why.value}", detail=heard.detail,
            most=dress.seconds(self._ears.longest_s),
        )  # fmt: skip
        text = f"{text}\n\n{kept}" if kept else text
        log.info("a recording was not understood: %s %s", why.value, heard.detail)
        await self._end(one, text, Offer.again(one, person) if why in KEPT else None, language=person.language)

    async def _understood(self, one: Held, person: Person, heard: Transcript, profile: VoiceProfile) -> None:
        """Show the words, then do what they ask for, or offer it."""
        called = heard.kind is Heard.TEXT or not profile.wake  # a grammar of commands can't hear a wake word
        if heard.kind is Heard.TEXT:
            asked = profile.without_wake(heard.text) if _own_words(one.said) else None
            name, _, argument = (self._texts.command(asked) if asked is not None else "").partition(" ")
            if not name:
                await self._show(one, person, Understood(heard.text, heard.engine))
                return
            command = SpokenCommand(name=name, argument=argument, phrase=heard.text)
            heard = replace(heard, kind=Heard.COMMAND, commands=(command,))
        first = heard.commands[0]
        if heard.kind is Heard.COMMAND and called and first.name in READ_ONLY & set(profile.at_once):
            await self._show(one, person, Understood(heard.text, heard.engine, first.name, first.argument))
            return
        sure = heard.kind is Heard.COMMAND
        offer = Offer.choice(one, person, heard.commands, heard.engine)
        key = "voice_confirm" if sure else "voice_did_you_mean"
        await self._end(
            one, self._voice.say(person.language, key, words=_quoted(heard.text)), offer, language=person.language
        )

    async def _show(self, one: Held, person: Person, words: Understood) -> None:
        """The transcript is seen before anything comes of it."""
        line = self._voice.say(person.language, "voice_heard", words=_quoted(words.text))
        shown = self._voice.words(one.said.place, line, reply_to=one.said.message_id)

        def write(tx: Connection) -> None:
            self._voice.write(tx, shown)
            held.drop(tx, (one,))
            notes.put(tx, SPOKEN + one.note.removeprefix(HEARD), words.as_json())

        await self._books.write(write)
        self._voice.send()
        self._decided.ring()

    async def _end(self, one: Held, text: str, offer: Offer | None = None, *, language: str = "") -> None:
        """Say something and be done with it, but for a button."""
        buttons = self.offers.buttons(offer, language) if offer is not None else ()
        words = self._voice.words(one.said.place, text, buttons, reply_to=one.said.message_id)

        def write(tx: Connection) -> None:
            self._voice.write(tx, words)
            held.drop(tx, (one,))
            if offer is not None:
                self.offers.write(tx, offer)

        await self._books.write(write)
        self._voice.send()
        self._errands.do(reaction(one.said.place.chat, one.said.message_id, ""))

    def _decide(self, tx: Connection, offer: Offer, command: SpokenCommand) -> Callable[[], None]:
        """A press chose: what was spoken is this command. In the press's transaction; call what it returns after."""
        words = Understood(command.phrase, offer.engine, command.name, command.argument)
        notes.put(tx, SPOKEN + offer.held, words.as_json())
        return self._decided.ring

    def _again(self, tx: Connection, offer: Offer) -> Callable[[], None]:
        """A press asked for another try. In the press's transaction; call what it returns after."""
        notes.put(tx, HEARD + offer.held, offer.chat)
        return self._came.ring


def _decided(tx: Connection) -> list[tuple[Held, Understood]]:
    found = []
    for one in held.waiting(tx, SPOKEN):
        said = json.loads(notes.get(tx, one.note))
        found.append((one, Understood(said["text"], said["engine"], said["name"], said["argument"])))
    return found


def _own_words(said: Said) -> bool:
    """Whether a recording may be a command: the person's own, and all that they say."""
    return said.forwarded_from is None and not said.text


def _meant_for_us(said: Said, heard: Transcript) -> Transcript:
    """Where commands alone are heard, what was forwarded, or has words beside it, was not understood."""
    if heard.kind in (Heard.TEXT, Heard.NOTHING) or _own_words(said):
        return heard
    return replace(heard, kind=Heard.NOTHING, commands=(), why=Why.NOT_UNDERSTOOD)


def _with_caption(said: Said, words: str) -> str:
    """What was typed under a recording, then what was said in it."""
    return f"{said.text}\n\n{words}" if said.text else words


def _quoted(words: str) -> str:
    """Words as they stand in a sentence of ours: Markdown in them means nothing."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()<>#+-.!|~" else sign for sign in words)
