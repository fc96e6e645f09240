"""Requests that waited too long for us: asked again before anything is done, in one card for each person and chat.

Telegram keeps messages for a day while we are away. A "/stop" from an hour ago means nothing today, or the wrong thing;
a question from last night may be answered by now. So they wait as notes in the books: `late:` (not asked about yet),
`asked:` with the number of their card, `again:` once the person said yes. Nothing is held in memory but what is shown.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bot import notes
from bot.dress import seconds
from bot.gate import Gate
from bot.held import Dealt, Held, raw_of
from bot.inbox import Voice
from bot.press import Press, Result
from bot.spoken import Spoken
from bot.updates import Said, read
from bot.waiting import Bell
from bot.wording import plainly
from company import audit
from company.books import Books
from company.clock import Clock
from company.config_desks import TelegramSettings
from company.records import Button, Person

log = logging.getLogger(__name__)

LATE, ASKED, AGAIN = "late:", "asked:", "again:"
ACTION = "late"
SILENCE_S = 2.0  # a backlog comes in one go: one card for what comes close together
SHOWN = 8
SHORT = 60
ACTS = frozenset({"stop", "escalate", "new"})
ACTS_WITH_WORDS = frozenset({"budget", "quiet", "qa", "knowledge", "project", "topic", "voice"})
WAITED_S = 300.0  # a message that waited so long hears that it did
SAY_AGAIN_S = 600.0

Take = Callable[[Said, Held, Person], Awaitable[None]]
"""Does what a message asks for, though it is late."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """The requests of one person in one place that one card asks about."""

    number: str
    names: tuple[str, ...]  # of their notes, oldest first
    sender: int


class Late:
    """Holds back what is stale, asks, and lets it go on.

    Args:
        settings: when a command and when a question is stale.
    """

    def __init__(self, books: Books, clock: Clock, voice: Voice, settings: TelegramSettings) -> None:
        self._books = books
        self._clock = clock
        self._voice = voice
        self._command_s = settings.late_command_min * 60
        self._question_s = settings.late_question_h * 3600
        self._bell = Bell(clock)
        self._last = float("-inf")
        self._told: dict[str, float] = {}

    def age_s(self, said: Said) -> float:
        """How long a message waited for us, by Telegram's own date of it, seconds."""
        return max(0.0, self._clock.now() / 1000 - said.date) if said.date else 0.0

    def is_stale(self, said: Said, name: str, argument: str) -> bool:
        """Whether it must be asked again. `name`: the command it is, "" for a question. What only reads never is."""
        if said.ephemeral_id or said.edited:
            return False
        if name in ACTS or (name in ACTS_WITH_WORDS and argument):
            return self.age_s(said) > self._command_s
        return bool(said.text) and said.file is None and not name and self.age_s(said) > self._question_s

    def waited(self, said: Said) -> bool:
        """Whether the person should be told that their messages had to wait: once for a backlog."""
        now = self._clock.monotonic()
        if self.age_s(said) < WAITED_S or now - self._told.get(said.place.chat, float("-inf")) < SAY_AGAIN_S:
            return False
        self._told = {chat: at for chat, at in self._told.items() if now - at < SAY_AGAIN_S} | {said.place.chat: now}
        return True

    def write(self, tx: Connection, said: Said) -> None:
        """Hold it back, in the transaction that writes its update down."""
        whose = f"{said.place.chat}/{said.place.topic}/{said.sender.id}"
        notes.put(tx, f"{LATE}{said.update_id:020d}:{said.key}", whose)

    def ring(self) -> None:
        """After the commit."""
        self._last = self._clock.monotonic()
        self._bell.ring()

    async def run(self, gate: Gate, take: Take) -> None:
        """Ask, and do what was asked for again, until cancelled."""
        while True:
            while (one := await self._books.read(_next_again)) is not None:
                await self._go_on(one, gate, take)
            left = self._last + SILENCE_S - self._clock.monotonic()
            if left <= 0:
                for whose in await self._books.read(_waiting):
                    await self._ask(whose, gate)
            await self._bell.wait(left if left > 0 else None)

    async def _go_on(self, one: Held, gate: Gate, take: Take) -> None:
        person = await gate.who(one.said.sender)
        if person is None:
            await self._books.write(Dealt([one]).write)
            return
        try:
            await take(replace(one.said, key=f"{one.said.key}-late"), one, person)
        except (KeyError, TypeError, ValueError, AttributeError) as fault:  # a defect of ours must not stop the others
            log.exception("a late request could not be taken")
            await self._books.write(self._skip, one, f"{type(fault).__name__}: {fault}")

    def _skip(self, tx: Connection, one: Held, reason: str) -> None:
        audit.record(
            tx, self._clock.now(), "telegram", "update.skipped", update=one.said.update_id, reason=reason[:300]
        )
        Dealt([one]).write(tx)

    async def _ask(self, whose: str, gate: Gate) -> None:
        """One card about all that a person left in a place; the notes move under its number with it."""
        names = await self._books.read(_late_of, whose)
        first = await self._books.read(_held, names[:SHOWN])
        if not first:
            return
        batch = _Batch(str(first[0].said.update_id), names, first[0].said.sender.id)
        person = await gate.who(first[0].said.sender)
        if person is None:  # no longer one of us
            await self._books.write(notes.drop_under, LATE, whose)
            return
        spoken = self._card(batch, first, person)
        words = self._voice.words(first[0].said.place, spoken.text, spoken.buttons, reply_to=first[0].said.message_id)

        def write(tx: Connection) -> None:
            notes.move(tx, LATE, f"{ASKED}{batch.number}:", whose, until=names[-1])
            self._voice.write(tx, words)

        await self._books.write(write)
        self._voice.send()

    def _card(self, batch: _Batch, first: Sequence[Held], person: Person) -> Spoken:
        count = len(batch.names)
        age = seconds(self.age_s(first[0].said))
        lines = [self._voice.say(person.language, "late_title", age=age), ""]
        lines += [
            f"{number}. {_short(one.said)} ({seconds(self.age_s(one.said))})" for number, one in enumerate(first, 1)
        ]
        if count > len(first):
            lines.append("\n" + self._voice.say(person.language, "knowledge_more", count=count - len(first)))
        do, leave = ("late_do", "late_leave") if count == 1 else ("late_do_all", "late_leave_all")
        both = (
            self._button(person, do, "do", batch.number, style="primary"),
            self._button(person, leave, "no", batch.number),
        )
        rows: list[tuple[Button, ...]] = [both]
        if 1 < count <= SHOWN:
            rows.append(
                tuple(
                    Button(label=f"▶ {number}", action=ACTION, argument=f"do:{batch.number}:{one.said.update_id}")
                    for number, one in enumerate(first, 1)
                )
            )
        return Spoken("\n".join(lines), tuple(rows))

    def _button(self, person: Person, key: str, what: str, number: str, *, style: str = "") -> Button:
        label = self._voice.say(person.language, key)
        return Button(label=label, action=ACTION, argument=f"{what}:{number}", style=style)

    async def answer(self, press: Press) -> Result:
        """[Do it], [Leave it], or one of several: by whoever asked for it, once."""
        what, _, rest = press.argument.partition(":")
        number, _, single = rest.partition(":")
        prefix = f"{ASKED}{number}:"
        waiting = await self._books.read(notes.under, prefix)
        if not waiting:
            return Result(self._say(press, "already_done"), alert=True)
        if waiting[0][1].rpartition("/")[2] != str(press.pressed.sender.id):
            return Result(self._say(press, "late_not_yours"), alert=True)
        chosen = f"{prefix}{int(single):020d}:" if single.isdecimal() else prefix

        def write(tx: Connection) -> tuple[str, ...]:
            if what == "do":
                notes.move(tx, chosen, f"{AGAIN}{chosen.removeprefix(prefix)}")
            else:
                notes.drop_under(tx, chosen)
            press.mark.write(tx)
            return notes.beginning_with(tx, prefix)

        left = await self._books.write(write)
        self._bell.ring()
        if left:
            first = await self._books.read(_held, left[:SHOWN])
            return Result(shown=self._card(_Batch(number, left, press.pressed.sender.id), first, press.person))
        done = self._say(press, "late_done" if what == "do" else "late_left")
        return Result(done, shown=Spoken(f"{plainly(press.pressed.text.partition(chr(10))[0])}\n\n{done}"))

    def _say(self, press: Press, key: str) -> str:
        return self._voice.say(press.person.language, key)


def _short(said: Said) -> str:
    text = " ".join(said.text.split())
    return plainly(text if len(text) <= SHORT else text[: SHORT - 1] + "…")


def _waiting(tx: Connection) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for _, value in notes.under(tx, LATE)))


def _late_of(tx: Connection, whose: str) -> tuple[str, ...]:
    return tuple(name for name, value in notes.under(tx, LATE) if value == whose)


def _held(tx: Connection, names: Sequence[str]) -> tuple[Held, ...]:
    found = []
    for name in names:
        raw = raw_of(tx, name.rpartition(":")[2])
        said = read(json.loads(raw)) if raw else None
        if isinstance(said, Said):
            found.append(Held(name, said, json.loads(raw)))
    return tuple(found)


def _next_again(tx: Connection) -> Held | None:
    """The first that shall be done."""
    return next(iter(_held(tx, notes.beginning_with(tx, AGAIN)[:SHOWN])), None)
