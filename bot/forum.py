"""Topics: `/topic NAME` makes one for a project; one that is closed or deleted is answered in the main chat, said once.

A topic is a conversation of its own, so what is said there is remembered there alone. Making one is a call that must
not be made twice (https://core.telegram.org/bots/api#createforumtopic), so the wish is a note, marked before the call;
a wish that is found marked after a crash is told as unknown, not repeated.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection

from bot import failures, notes, topic_notes
from bot.inbox import Voice
from bot.limiter import Limiter, Priority
from bot.spoken import Asked, Spoken
from bot.updates import Place
from bot.waiting import Bell
from bot.wire import Wire
from bot.wording import plainly
from company import people
from company.books import Books
from company.clock import Clock, new_id
from company.errors import Refused
from company.people import Action, may
from company.ports import Change, ProjectOffice
from company.records import ConversationKey

log = logging.getLogger(__name__)

LONGEST_NAME = 128
WANTED = "topic-wanted:"
AGAIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A topic that somebody asked for. `tried`: the call may have been made. `person`: who, by id."""

    chat: str
    topic: str
    kind: str
    name: str
    language: str
    tried: bool = False
    person: str = ""

    @property
    def place(self) -> Place:
        """Where it was asked for."""
        return Place(chat=self.chat, kind=self.kind, topic=self.topic)


class Forum:
    """Makes the topics that people ask for."""

    def __init__(
        self, wire: Wire, books: Books, clock: Clock, limiter: Limiter, voice: Voice, projects: ProjectOffice
    ) -> None:
        self._projects = projects
        self._wire = wire
        self._books = books
        self._clock = clock
        self._limiter = limiter
        self._voice = voice
        self._bell = Bell(clock)

    async def ask(self, asked: Asked) -> Spoken:
        """/topic NAME: noted with the update; it is made behind it, and says so itself."""
        person, where = asked.person, asked.conversation
        if not may(person, Action.ORDER):
            raise Refused(self._say(person.language, "no_right"))
        name = " ".join(asked.argument.split())[:LONGEST_NAME]
        there = await self._books.read(topic_notes.names, where.chat)
        if not name:
            listed = self._say(person.language, "topic_list", names=", ".join(there)) if there else ""
            return Spoken("\n\n".join(part for part in (self._say(person.language, "topic_usage"), listed) if part))
        if name.casefold() in {one.casefold() for one in there}:
            raise Refused(self._say(person.language, "topic_there", name=name))
        kind = "group" if where.shared else "private"
        wish = Wish(where.chat, where.topic, kind, name, person.language, person=person.id)

        def write(tx: Connection) -> None:
            notes.put(tx, f"{WANTED}{new_id(self._clock.now())}", json.dumps(asdict(wish)))
            asked.also(tx)

        await self._books.write(write)
        self._bell.ring()
        return Spoken()

    async def run(self) -> None:
        """Make what is wanted, one after the other, until cancelled."""
        while True:
            for note, value in await self._books.read(notes.under, WANTED):
                await self._make(note, Wish(**json.loads(value)))
            await self._bell.wait(AGAIN_S if await self._books.read(notes.beginning_with, WANTED) else None)

    async def _make(self, note: str, wish: Wish) -> None:
        if wish.tried:
            await self._settle(note, wish, "topic_unknown")
            return
        await self._limiter.acquire(wish.chat, Priority.CARD)
        await self._books.write(notes.put, note, json.dumps(asdict(replace(wish, tried=True))))
        try:
            made = await self._wire.call("createForumTopic", {"chat_id": int(wish.chat), "name": wish.name})
        except failures.Declined as failure:
            log.info("%s", failure)
            right = "rights" in str(failure).lower() or "admin" in str(failure).lower()
            await self._settle(note, wish, "topic_no_right" if right else f"topic_none_{wish.kind}")
        except failures.Unknown:
            await self._settle(note, wish, "topic_unknown")
        except failures.WireError as failure:  # it did not leave: again in a while
            log.info("%s", failure)
            await self._books.write(notes.put, note, json.dumps(asdict(wish)))
        else:
            await self._welcome(note, wish, str(int(made["message_thread_id"])))

    async def _welcome(self, note: str, wish: Wish, thread: str) -> None:
        """A project that is called so is in use there from the first line on, where its asker may put it to use.

        In a group that is whoever decides over the project (`ProjectOffice.use`): everybody there reads the answers.
        """
        person = await self._books.read(people.get, wish.person)
        where = ConversationKey(desk=notes.DESK, chat=wish.chat, topic=thread)
        if person is not None:
            key = "topic_welcome_project_group" if where.shared else "topic_welcome_project"
            writing = self._writing(note, wish, "topic_made", thread, key)
            try:
                await self._projects.use(person, where, wish.name, also=writing)
            except Refused:
                log.debug("no project is used in the new topic")
            else:
                self._voice.send()
                return
        await self._settle(note, wish, "topic_made", thread)

    async def _settle(self, note: str, wish: Wish, key: str, thread: str = "") -> None:
        await self._books.write(self._writing(note, wish, key, thread, "topic_welcome"))
        self._voice.send()

    def _writing(self, note: str, wish: Wish, key: str, thread: str, welcome: str) -> Change:
        """What is written when a wish is settled; with a thread, what is said there first."""
        words = [self._voice.words(wish.place, self._say(wish.language, key, name=wish.name))]
        if thread:
            there = replace(wish.place, topic=thread)
            words.append(self._voice.words(there, self._say(wish.language, welcome, name=plainly(wish.name))))

        def write(tx: Connection) -> None:
            notes.drop(tx, note)
            if thread:
                topic_notes.keep(tx, wish.chat, thread, wish.name)
            for one in words:
                self._voice.write(tx, one)

        return write

    def _say(self, language: str, key: str, **values: object) -> str:
        return self._voice.say(language, key, **values)
