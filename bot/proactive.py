"""What nobody asked for: each message can be silenced with its button, waits for the chat's quiet hours to be over, and
what waited comes as one digest. A daily digest comes to those who want one.

What is held back is a note until the transaction that writes the digest drops it, so a crash neither loses nor doubles.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from sqlalchemy import Connection

from bot import choices, dress, notes, outbox
from bot.choices import HeldBack
from bot.markup import EntityKind, Rendered, join, plain, styled
from bot.outbox import Dress
from bot.sender import Mailbox
from bot.texts import Texts
from bot.waiting import Bell
from bot.wording_day import day_text
from company import people
from company.books import Books
from company.clock import Clock, as_datetime, day_of
from company.errors import OrderError
from company.ports import FrontOffice
from company.records import Button, ConversationKey, Json, Person
from company.topics import MUTABLE, Topic

log = logging.getLogger(__name__)

LOOK_S = 60.0
"""While something waits: how often it is looked whether it may go, seconds (a changed clock is then noticed)."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A chat that gets a digest now; `day` is "" when only what was held back goes."""

    chat: str
    day: str


class Proactive:
    """Says what nobody asked for.

    Args:
        texts: the desk's sentences.
        mail: where the sender hears of rows.
        clock: the house's time.
        zone: of the quiet hours and of the digest's hour.
        default_language: for chats that are nobody's own.
    """

    def __init__(self, texts: Texts, mail: Mailbox, clock: Clock, zone: tzinfo, default_language: str) -> None:
        self._texts = texts
        self._mail = mail
        self._clock = clock
        self._zone = zone
        self._default_language = default_language
        self._bell = Bell(clock)

    def ring(self) -> None:
        """Something was held back, or the hours were changed. On the loop."""
        self._bell.ring()

    def tell(self, tx: Connection, where: ConversationKey, text: str, topic: Topic, *, silent: bool) -> bool:
        """Write it to the outbox, keep it for later, or leave it out: False then. On the books' thread."""
        now = self._clock.now()
        if topic in choices.muted(tx, where.chat):
            return False
        hours = choices.quiet(tx, where.chat)
        if hours is not None and hours.hold(now, self._zone):
            choices.hold(tx, now, where.chat, topic, text, thread=where.topic)
            return True
        message = dress.message(plain(text)) | {"disable_notification": silent}
        self._post(tx, where.chat, where.topic, [message], (topic,))
        return True

    async def run(self, books: Books, office: FrontOffice) -> None:
        """Send digests when their time has come, until cancelled."""
        while True:
            await self._bell.wait(await self.look(books, office))

    async def look(self, books: Books, office: FrontOffice) -> float | None:
        """Send what is due now; how many seconds nothing more need be looked at (None: until it rings)."""
        while True:
            due, pause_s = await books.read(self._plan)
            for one in due:
                await self._digest(books, office, one)
            if not due:
                return pause_s

    def _plan(self, tx: Connection) -> tuple[list[_Due], float | None]:
        """Who gets a digest now, and for how many seconds nothing more need be looked at."""
        now, today, due = self._clock.now(), day_of(self._clock.now(), self._zone), list[_Due]()
        daily = choices.digests(tx)
        waiting, next_at = choices.held_chats(tx), None
        for chat in dict.fromkeys((*waiting, *daily)):
            hours = choices.quiet(tx, chat)
            hour, done = daily.get(chat, (0, today))
            wanted = done < today and as_datetime(now, self._zone).hour >= hour
            if hours is not None and hours.hold(now, self._zone):
                at = hours.over_at(now, self._zone) if wanted or chat in waiting else self._next(now, hour)
            elif wanted or chat in waiting:
                due.append(_Due(chat, today if wanted else ""))
                continue
            else:
                at = self._next(now, hour)
            next_at = at if next_at is None else min(next_at, at)
        return due, None if next_at is None else min(LOOK_S, max(0.1, (next_at - now) / 1000))

    def _next(self, now: int, hour: int) -> int:
        local = as_datetime(now, self._zone)
        at = local.replace(hour=hour, minute=0, second=0, microsecond=0)
        return int((at if at > local else at + timedelta(days=1)).timestamp() * 1000)

    async def _digest(self, books: Books, office: FrontOffice, due: _Due) -> None:
        person = await books.read(people.find, notes.DESK, due.chat)
        language, daily = person.language if person is not None else self._default_language, None
        if due.day and person is not None:
            daily = await self._daily(office, person)

        def write(tx: Connection) -> None:
            held = choices.held(tx, due.chat)
            for one in held:
                notes.drop(tx, one.note)
            hour = choices.digest_hour(tx, due.chat)
            if due.day and hour is not None:
                done = choices.digests(tx)[due.chat][1]
                choices.set_digest(tx, due.chat, hour if daily is not None else None, done=max(done, due.day))
            if person is None and not notes.is_group(due.chat):  # nobody of ours any more
                return
            self._write(tx, due.chat, held, daily, language)

        await books.write(write)
        self._mail.ring()

    async def _daily(self, office: FrontOffice, person: Person) -> Rendered | None:
        try:
            report = await office.day(person)
        except OrderError as error:  # no longer theirs to know
            log.info("no digest: %s", error)
            return None
        title = styled(self._texts.say(person.language, "digest_title"), EntityKind.BOLD)
        return join((title, plain(day_text(report, self._texts, person.language))), "\n")

    def _write(
        self, tx: Connection, chat: str, held: Sequence[HeldBack], daily: Rendered | None, language: str
    ) -> None:
        blocks, topics = [] if daily is None else [daily], [] if daily is None else [Topic.DIGEST]
        if held:
            lines = [f"{as_datetime(one.at, self._zone):%H:%M}  {one.text}" for one in held]
            title = styled(self._texts.say(language, "held_title", count=len(held)), EntityKind.BOLD)
            blocks.append(join((title, plain("\n".join(lines))), "\n"))
            topics += dict.fromkeys(one.topic for one in held)
        if not blocks:
            return
        threads = {one.thread for one in held}
        thread = threads.pop() if len(threads) == 1 and daily is None else ""
        self._post(tx, chat, thread, dress.messages(join(blocks, "\n\n")), topics)

    def _post(self, tx: Connection, chat: str, thread: str, messages: Sequence[Json], topics: Sequence[Topic]) -> None:
        person = people.find(tx, notes.DESK, chat)
        language = person.language if person is not None else self._default_language
        keyboard = dress.keyboard(mute_buttons(self._texts, language, topics))
        if keyboard is not None:
            messages[-1]["reply_markup"] = keyboard
        for message in messages:
            outbox.post(tx, self._clock.now(), chat, {"message": message}, dress=Dress.NOTICE, topic=thread)
        self._mail.announce(chat)


def mute_buttons(
    texts: Texts, language: str, topics: Sequence[Topic], muted: frozenset[Topic] = frozenset()
) -> tuple[tuple[Button, ...], ...]:
    """A row with a button for each subject that may be silenced, or heard again; one is called just [Mute this]."""
    mutable = [topic for topic in topics if topic in MUTABLE]
    row = []
    for topic in mutable:
        name = texts.say(language, f"topic_{topic.value}")
        key = "unmute" if topic in muted else "mute_this" if len(mutable) == 1 else "mute"
        action = "unmute" if topic in muted else "mute"
        row.append(Button(label=texts.say(language, key, topic=name), action=action, argument=topic.value))
    return (tuple(row),) if row else ()


def topics_of(payload: Json) -> tuple[Topic, ...]:
    """The subjects that the buttons of a message can silence."""
    rows = payload["message"].get("reply_markup", {}).get("inline_keyboard", ())
    names = [str(button.get("callback_data", "")).partition(":") for row in rows for button in row]
    return tuple(Topic(name) for action, _, name in names if action in ("mute", "unmute"))
