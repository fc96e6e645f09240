"""/settings: one card with what a person can choose in a chat, its pages, and the same by command.

Choices are absolute ("quiet from 22 to 7"), so a press that comes twice changes nothing the second time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import tzinfo
from decimal import Decimal, InvalidOperation
from functools import partial

from sqlalchemy import Connection

from bot import choices, hours, notes
from bot.choices import Chosen
from bot.pinned import turn, turned_on
from bot.press import Press, Result, Step
from bot.spoken import Asked, Spoken
from bot.streaming import ACTION as STREAM
from bot.streaming import Stream, Streaming, choose
from bot.texts import LANGUAGES, Texts
from bot.updates import Place
from bot.wording import Wording
from company.books import Books
from company.clock import Clock, as_datetime, day_of
from company.errors import Refused
from company.money import dollars, micro
from company.people import Action, may
from company.ports import FrontOffice
from company.records import Button, Person
from company.reports import CapLine
from company.topics import MUTABLE, Topic

QUIET_OFFERED = ("22:00-07:00", "23:00-08:00", "00:00-09:00")
DIGEST_OFFERED = (7, 8, 9, 18, 20)
CAPS_OFFERED = {"day": (1, 5, 20), "month": (20, 100, 400)}
MONEY = re.compile(r"\$?\s*(\d{1,6}(?:[.,]\d{1,2})?)\s*\$?")
OFF = frozenset({"off", "no", "none", "0", "aus", "nein", "non", "нет", "выкл", "关", "关闭"})


def may_choose(person: Person, place: Place) -> bool:
    """Whether a person may choose for a chat: for their own, and the Board for a group."""
    return place.private or may(person, Action.MANAGE_PEOPLE)


class SettingsCard:
    """The card and its buttons.

    Args:
        zone: of the hours that are chosen.
        streaming: adds how live an employee's writing is shown.
        on_quiet: called on the loop when hours were changed.
    """

    def __init__(
        self, office: FrontOffice, books: Books, clock: Clock, texts: Texts, zone: tzinfo, *,
        on_quiet: Callable[[], None], streaming: Streaming,
    ) -> None:  # fmt: skip
        self._office = office
        self._books = books
        self._clock = clock
        self._texts = texts
        self._wording = Wording(texts)
        self._zone = zone
        self._on_quiet = on_quiet
        self._streaming = streaming
        self.on_language: Callable[[], None] = lambda: None
        self.on_pin: Callable[[], None] = lambda: None
        steps: Mapping[str, Step] = {
            "lang": self._language,
            "set": self._page,
            "quiet": self._quiet,
            "digest": self._digest,
            "hear": self._hear,
            "cap": self._cap,
            STREAM: self._stream,
            "pin": self._pin,
            "open": self._open,
        }
        self.steps = {action: partial(self._alone, step) for action, step in steps.items()}

    # -- commands -----------------------------------------------------------------------------------------------------

    async def settings(self, asked: Asked) -> Spoken:
        """/settings."""
        return await self.main(asked.person, _place(asked))

    async def quiet(self, asked: Asked) -> Spoken:
        """/quiet, /quiet 22:30-7, /quiet off."""
        place, wanted = _place(asked), asked.argument.strip()
        if wanted:
            self._need_choice(asked.person, place)
            found = hours.read(wanted)
            if found is None and wanted.lower() not in OFF:
                raise Refused(self._say(asked.person, "quiet_wrong"))
            await self._books.write(choices.set_quiet, place.chat, found)
            self._on_quiet()
        return await self._quiet_page(asked.person, place)

    async def budget(self, asked: Asked) -> Spoken:
        """/budget, /budget 7.50, /budget 100 month."""
        words = asked.argument.lower().split()
        if words:
            scope = "month" if any(word in self._months() for word in words) else "day"
            amounts = [found for word in words if (found := _amount(word)) is not None]
            if len(amounts) != 1 or len(words) > 2:
                raise Refused(self._say(asked.person, "budget_wrong"))
            await self._office.set_cap(asked.person, scope, amounts[0])
        return await self.budget_page(asked.person)

    def _months(self) -> frozenset[str]:
        return frozenset({"month", "monthly"} | {self._texts.say(one, "word_month").lower() for one in LANGUAGES})

    # -- pages --------------------------------------------------------------------------------------------------------

    async def main(self, person: Person, place: Place) -> Spoken:
        """What is chosen, and where it can be chosen otherwise."""
        report = await self._office.status(person)
        chosen = await self._books.read(choices.chosen, place.chat)
        live = await self._books.read(self._streaming.row, person, place.chat)
        pinned = await self._books.read(turned_on, place.chat)
        lines = self._chosen_lines(person, chosen)
        text = self._wording.settings(person, report.caps, person.language, lines)
        languages = [
            Button(label=("✓ " if code == person.language else "") + name, action="lang", argument=code)
            for code, name in LANGUAGES.items()
        ]
        pages = [["quiet", "digest"], ["topics"]]
        if may(person, Action.SPEND):
            pages[1].append("budget")
        rows = [tuple(languages[:3]), tuple(languages[3:])]
        rows += [tuple(self._to(person, page) for page in row) for row in pages]
        if may(person, Action.SEE_OWN_COST):
            key, argument = ("unpin", "off") if pinned else ("pin", "on")
            rows.append((Button(label=self._say(person, key), action="pin", argument=argument),))
        return Spoken(text, (*rows, live))

    def _chosen_lines(self, person: Person, chosen: Chosen) -> tuple[str, ...]:
        off = self._say(person, "off")
        digest = self._say(person, "at_hour", hour=chosen.digest) if chosen.digest is not None else off
        lines = [
            self._say(person, "settings_quiet", hours=f"{chosen.quiet} ({self._zone})" if chosen.quiet else off),
            self._say(person, "settings_digest", hour=digest),
        ]
        if chosen.muted:
            topics = ", ".join(self._topic(person, topic) for topic in Topic if topic in chosen.muted)
            lines.append(self._say(person, "settings_muted", topics=topics))
        return tuple(lines)

    async def _quiet_page(self, person: Person, place: Place) -> Spoken:
        now = (await self._books.read(choices.chosen, place.chat)).quiet
        offered = [*QUIET_OFFERED] if now is None or str(now) in QUIET_OFFERED else [*QUIET_OFFERED, str(now)]
        row = [self._pick(_short(one), "quiet", one, chosen=one == str(now)) for one in offered]
        off = self._pick(self._say(person, "off"), "quiet", "off", chosen=now is None)
        return Spoken(self._say(person, "quiet_page", zone=self._zone), (tuple(row), (off, self._back(person))))

    async def _digest_page(self, person: Person, place: Place) -> Spoken:
        now = (await self._books.read(choices.chosen, place.chat)).digest
        row = [self._pick(f"{one}:00", "digest", str(one), chosen=one == now) for one in DIGEST_OFFERED]
        off = self._pick(self._say(person, "off"), "digest", "off", chosen=now is None)
        return Spoken(self._say(person, "digest_page", zone=self._zone), (tuple(row), (off, self._back(person))))

    async def _topics_page(self, person: Person, place: Place) -> Spoken:
        muted = (await self._books.read(choices.chosen, place.chat)).muted
        rows = []
        for topic in (topic for topic in Topic if topic in MUTABLE and topic is not Topic.DIGEST):
            sign, turn = ("🔕", "on") if topic in muted else ("🔔", "off")
            button = Button(
                label=f"{sign} {self._topic(person, topic)}", action="hear", argument=f"{topic.value}:{turn}"
            )
            rows.append((button,))
        return Spoken(self._say(person, "topics_page"), (*rows, (self._back(person),)))

    async def budget_page(self, person: Person) -> Spoken:
        """The caps with what is used of them, and others to choose from."""
        caps = (await self._office.status(person)).caps
        rows = [
            tuple(self._cap_button(person, scope, amount, caps) for amount in offered)
            for scope, offered in CAPS_OFFERED.items()
        ]
        words = self._wording.budget(caps, person.language)
        if not may(person, Action.SPEND):
            return Spoken("\n\n".join((words, self._say(person, "budget_boards"))))
        return Spoken("\n\n".join((words, self._say(person, "budget_page"))), (*rows, (self._back(person),)))

    def _cap_button(self, person: Person, scope: str, amount: int, caps: tuple[CapLine, ...]) -> Button:
        now = next((cap.standing_micro for cap in caps if cap.scope == scope), None)
        label = self._say(person, f"cap_button_{scope}", amount=dollars(micro(amount), places=0))
        return self._pick(label, "cap", f"{scope}:{amount}", chosen=now == micro(amount))

    # -- presses ------------------------------------------------------------------------------------------------------

    async def _alone(self, step: Step, press: Press) -> Result:
        """The card tells of one person: it opens where nobody else looks."""
        return await step(press) if press.alone else Result(self._say(press.person, "private_only"), alert=True)

    async def _page(self, press: Press) -> Result:
        place, person = press.pressed.place, press.person
        match press.argument:
            case "quiet":
                return Result(shown=await self._quiet_page(person, place))
            case "digest":
                return Result(shown=await self._digest_page(person, place))
            case "topics":
                return Result(shown=await self._topics_page(person, place))
            case "budget":
                return Result(shown=await self.budget_page(person))
            case _:
                return Result(shown=await self.main(person, place))

    async def _language(self, press: Press) -> Result:
        if press.argument not in LANGUAGES:
            return Result(self._say(press.person, "button_gone"), alert=True)
        person = await self._office.set_language(press.person, press.argument)
        self.on_language()
        return Result(self._say(person, "language_set"), shown=await self.main(person, press.pressed.place))

    async def _quiet(self, press: Press) -> Result:
        place, wanted = press.pressed.place, hours.read(press.argument)
        self._need_choice(press.person, place)
        await self._choose(press, choices.set_quiet, place.chat, wanted)
        self._on_quiet()
        return Result(shown=await self._quiet_page(press.person, place))

    async def _digest(self, press: Press) -> Result:
        place = press.pressed.place
        self._need_choice(press.person, place)
        if not may(press.person, Action.SEE_OWN_COST) or not place.private:
            raise Refused(self._say(press.person, "no_right"))
        hour = int(press.argument) if press.argument.isdecimal() and int(press.argument) < 24 else None

        def write(tx: Connection) -> None:
            now = self._clock.now()
            begun = hour is not None and as_datetime(now, self._zone).hour >= hour  # today's hour is over: tomorrow
            done = day_of(now, self._zone) if begun else ""
            choices.set_digest(tx, place.chat, hour, done=done)
            choices.mute(tx, place.chat, Topic.DIGEST, on=False)
            press.mark.write(tx)

        await self._books.write(write)
        self._on_quiet()
        return Result(shown=await self._digest_page(press.person, place))

    async def _hear(self, press: Press) -> Result:
        place, (name, _, turn) = press.pressed.place, press.argument.partition(":")
        self._need_choice(press.person, place)
        if name not in MUTABLE:
            return Result(self._say(press.person, "button_gone"), alert=True)
        topic, off = Topic(name), turn == "off"

        def write(tx: Connection) -> None:
            choices.mute(tx, place.chat, topic, on=off)
            press.mark.write(tx)

        await self._books.write(write)
        said = self._say(press.person, "muted_anchor") if off and topic is Topic.ANCHOR else ""
        return Result(said, alert=bool(said), shown=await self._topics_page(press.person, place))

    async def _stream(self, press: Press) -> Result:
        place = press.pressed.place
        self._need_choice(press.person, place)
        if press.argument not in tuple(Stream):
            return Result(self._say(press.person, "button_gone"), alert=True)
        await self._choose(press, choose, place.chat, Stream(press.argument))
        return Result(shown=await self.main(press.person, place))

    async def _pin(self, press: Press) -> Result:
        place = press.pressed.place
        self._need_choice(press.person, place)
        if not may(press.person, Action.SEE_OWN_COST):
            raise Refused(self._say(press.person, "no_right"))

        def write(tx: Connection) -> None:
            turn(tx, self._clock.now(), place.chat, on=press.argument == "on")
            press.mark.write(tx)

        await self._books.write(write)
        self.on_pin()
        return Result(shown=await self.main(press.person, place))

    async def _open(self, press: Press) -> Result:
        """A page as a message of its own."""
        return Result(told=await self.budget_page(press.person))

    async def _cap(self, press: Press) -> Result:
        scope, _, amount = press.argument.partition(":")
        wanted = _amount(amount)
        if wanted is None:
            return Result(self._say(press.person, "button_gone"), alert=True)
        await self._office.set_cap(press.person, scope, wanted)
        return Result(self._say(press.person, "cap_set"), shown=await self.budget_page(press.person))

    async def _choose(self, press: Press, change: Callable[..., None], *values: object) -> None:
        def write(tx: Connection) -> None:
            change(tx, *values)
            press.mark.write(tx)

        await self._books.write(write)

    # -----------------------------------------------------------------------------------------------------------------

    def _need_choice(self, person: Person, place: Place) -> None:
        if not may_choose(person, place):
            raise Refused(self._say(person, "no_right"))

    def _topic(self, person: Person, topic: Topic) -> str:
        return self._say(person, f"topic_{topic.value}")

    @staticmethod
    def _pick(label: str, action: str, argument: str, *, chosen: bool) -> Button:
        return Button(label=("✓ " if chosen else "") + label, action=action, argument=argument)

    def _to(self, person: Person, page: str) -> Button:
        return Button(label=self._say(person, f"page_{page}"), action="set", argument=page)

    def _back(self, person: Person) -> Button:
        return Button(label=self._say(person, "back"), action="set", argument="main")

    def _say(self, person: Person, key: str, **values: object) -> str:
        return self._texts.say(person.language, key, **values)


def _place(asked: Asked) -> Place:
    chat = asked.conversation.chat
    kind = "supergroup" if notes.is_supergroup(chat) else "group" if notes.is_group(chat) else "private"
    return Place(chat=chat, kind=kind, topic=asked.conversation.topic)


def _short(span: str) -> str:
    """ "22:00-07:00" as a button shows it: "22-7"."""
    return "-".join(f"{int(part[:2])}{'' if part.endswith(':00') else part[2:]}" for part in span.split("-"))


def _amount(text: str) -> int | None:
    """Dollars as people write them, in micro-dollars; None where that is no amount."""
    found = MONEY.fullmatch(text)
    if found is None:
        return None
    try:
        return micro(Decimal(found[1].replace(",", ".")))
    except InvalidOperation:  # pragma: no cover - the pattern lets only digits through
        return None
