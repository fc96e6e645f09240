"""Who comes, goes or moves: a stranger with a code, a chat that lets us in or shuts us out, a group with a new id."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from bot import mending, notes, whispers
from bot.conversation import raw_text
from bot.gate import Bot, Gate
from bot.inbox import Mark, Voice, seen
from bot.notes import DESK
from bot.spoken import Spoken
from bot.texts import LANGUAGES
from bot.updates import Joined, Said
from bot.welcome import Welcome
from company import work_orders
from company.books import Books
from company.clock import Clock
from company.ports import FrontOffice
from company.records import Json


class Comings:
    """Part of the intake: each ends in a transaction that also holds the next offset.

    Args:
        welcome: the first words to whoever was let in.
    """

    def __init__(
        self, office: FrontOffice, books: Books, clock: Clock, gate: Gate, voice: Voice, welcome: Welcome
    ) -> None:
        self._office = office
        self._books = books
        self._clock = clock
        self._gate = gate
        self._voice = voice
        self._welcome = welcome
        self.on_paired: Callable[[], None] = lambda: None

    async def stranger(self, said: Said, mark: Mark) -> None:
        """Somebody we don't know: whoever brings a code is let in, all others hear nothing."""
        code = said.command == "start" and said.argument and said.place.private and not said.edited
        if code and not await self._books.read(seen, said.key) and self._gate.may_try_code(said.sender):
            await self._pair(said, mark)
            return
        await self._gate.turn_away(said.sender, said.place, "message")
        await self._books.write(mark.write)

    async def _pair(self, said: Said, mark: Mark) -> None:
        language = said.sender.language if said.sender.language in LANGUAGES else "en"

        def also(tx: Connection) -> None:
            mark.write(tx)
            work_orders.note_incoming(
                tx, self._clock.now(), DESK, said.key, chat=said.place.chat, message_id=str(said.message_id)
            )

        person = await self._office.pair(
            DESK, str(said.sender.id), said.argument.split()[0], name=said.sender.name, language=language, also=also
        )
        if person is None:
            spoken = Spoken(self._voice.say(language, "code_wrong"))
        else:
            spoken = await self._welcome.paired(person)
            self.on_paired()
        words = self._voice.words(said.place, spoken.text, spoken.buttons)
        await self._books.write(self._voice.write, words)
        self._voice.send()

    async def joined(self, joined: Joined, raw: Json, mark: Mark, bot: Bot) -> None:
        """Let in, shut out, or brought into a group: there whoever brought us hears how we listen, if we know them."""
        words = None
        if joined.entered and not joined.place.private and (person := await self._gate.who(joined.sender)) is not None:
            shown = "group_open" if bot.reads_all or joined.admin else "group_shielded"
            hello = (
                self._voice.say(person.language, "group_joined", username=bot.username),
                self._voice.say(person.language, shown),
            )
            words = self._voice.words(joined.place, "\n\n".join(hello))

        def write(tx: Connection) -> None:
            now = self._clock.now()
            fresh = work_orders.note_incoming(tx, now, DESK, joined.key, chat=joined.place.chat, raw=raw_text(raw))
            if joined.open:
                notes.unblock(tx, joined.place.chat)
                whispers.try_again(tx, joined.place.chat)
                if fresh and words is not None:
                    self._voice.write(tx, words)
            elif fresh:
                mending.close_chat(tx, now, joined.place.chat, "the bot was blocked or removed")
            mark.write(tx)

        await self._books.write(write)
        self._voice.send()

    async def moved(self, said: Said, mark: Mark) -> None:
        """A group has a new id."""

        def write(tx: Connection) -> None:
            if work_orders.note_incoming(tx, self._clock.now(), DESK, said.key, chat=said.place.chat):
                mending.move_chat(tx, self._clock.now(), said.place.chat, said.migrated_to)
            mark.write(tx)

        await self._books.write(write)
        self._voice.send()
