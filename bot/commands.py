"""What the commands do, and what they say: each answer is made from the company's own reports."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.texts import LANGUAGES, Texts
from bot.wording import PERIODS, Wording
from company.errors import Refused
from company.people import Action, may
from company.ports import Change, FrontOffice, Shelf
from company.records import Button, ConversationKey, Person, Role, Tier

MENU = ("status", "cost", "knowledge", "escalate", "stop", "new", "audit", "settings", "help")
"""The commands of the menu, in its order; `start` and the employees' names work as well."""
MOST_ROWS = 50
FINDING = frozenset({"find", "search"})
FORGETTING = frozenset({"delete", "forget", "remove"})
NUMBER = re.compile(r"#?(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a command answers: Markdown and buttons. Empty text: the answer comes by itself."""

    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command with its circumstances. `also` is what must be written with its effect."""

    name: str
    argument: str
    person: Person
    conversation: ConversationKey
    replied_order: str | None
    also: Change


class Commands:
    """Runs commands. Errors of the company (`OrderError`) are sentences for the person; the caller says them."""

    def __init__(self, office: FrontOffice, shelf: Shelf, texts: Texts, company_name: str) -> None:
        self._office = office
        self._shelf = shelf
        self._texts = texts
        self._wording = Wording(texts)
        self._company = company_name
        self._table: dict[str, Callable[[Asked], Awaitable[Spoken]]] = {
            "start": self._start,
            "help": self._help,
            "status": self._status,
            "escalate": self._escalate,
            "cost": self._cost,
            "audit": self._audit,
            "stop": self._stop,
            "new": self._new,
            "settings": self._settings,
            "knowledge": self._knowledge,
        }

    def knows(self, name: str) -> bool:
        """Whether there is such a command."""
        return name in self._table

    async def run(self, asked: Asked) -> Spoken:
        """Do it. Raises `OrderError` with a sentence for the person."""
        step = self._table.get(asked.name)
        if step is None:
            return Spoken(self._say(asked, "unknown_command", command=asked.name[:32]))
        return await step(asked)

    async def _start(self, asked: Asked) -> Spoken:
        return Spoken(self._say(asked, "start", name=asked.person.name, company=self._company))

    async def _help(self, asked: Asked) -> Spoken:
        return Spoken(self._say(asked, "help"))

    async def _status(self, asked: Asked) -> Spoken:
        report = await self._office.status(asked.person)
        return Spoken(self._wording.status(report, asked.person.language))

    async def _escalate(self, asked: Asked) -> Spoken:
        number = _number(asked.argument)
        acceptance = await self._office.escalate(
            asked.person, asked.conversation, number=number, order_id=None if number else asked.replied_order,
            also=asked.also,
        )  # fmt: skip
        order = acceptance.order
        if order is None:
            return Spoken()
        tier = order.wanted_tier or order.tier or Tier.CEO
        employee = "CEO" if tier is Tier.CEO else tier.value.capitalize()
        return Spoken(self._say(asked, "escalated", number=order.number, employee=employee))

    async def _cost(self, asked: Asked) -> Spoken:
        words = asked.argument.lower().split()
        return await self.cost(asked.person, words[0] if words and words[0] in PERIODS else "today")

    async def cost(self, person: Person, period: str) -> Spoken:
        """The ledger of a period, with buttons for the others."""
        report = await self._office.cost(person, period=period)
        row = tuple(
            Button(label=self._texts.say(person.language, f"period_{other}"), action="cost", argument=other)
            for other in PERIODS
            if other != period
        )
        return Spoken(self._wording.cost(report, person.language), (row,))

    async def _audit(self, asked: Asked) -> Spoken:
        words = asked.argument.lower().split()
        if "verify" in words:
            page = await self._office.audit_verify(asked.person)
        else:
            numbers = [found.group(1) for word in words if (found := NUMBER.fullmatch(word))]
            order = next((word.lstrip("#") for word in words if word.startswith("#") and word[1:].isdecimal()), None)
            if order is None and "order" in words and numbers:
                order = numbers[-1]
            plain = [number for number in numbers if number != order]
            facts = [word for word in words if re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", word) and word != "order"]
            page = await self._office.audit_page(
                asked.person, limit=max(1, min(MOST_ROWS, int(plain[0]) if plain else 10)),
                fact=facts[0] if facts else "", order_number=int(order) if order else None,
            )  # fmt: skip
        return Spoken(self._wording.audit(page, asked.person.language))

    async def _stop(self, asked: Asked) -> Spoken:
        stopped = await self._office.stop(asked.person, asked.conversation, number=_number(asked.argument))
        return Spoken() if stopped else Spoken(self._say(asked, "nothing_to_stop"))

    async def _new(self, asked: Asked) -> Spoken:
        await self._office.new_conversation(asked.person, asked.conversation)
        return Spoken(self._say(asked, "new"))

    async def _settings(self, asked: Asked) -> Spoken:
        return await self.settings(asked.person)

    async def settings(self, person: Person) -> Spoken:
        """Language, role and budget, with a button for each language."""
        report = await self._office.status(person)
        buttons = [
            Button(label=("✓ " if code == person.language else "") + name, action="lang", argument=code)
            for code, name in LANGUAGES.items()
        ]
        text = self._wording.settings(person, report.caps, person.language)
        return Spoken(text, (tuple(buttons[:3]), tuple(buttons[3:])))

    async def _knowledge(self, asked: Asked) -> Spoken:
        """The documents: all of them, a search, or one to be forgotten."""
        person = asked.person
        verb, _, rest = asked.argument.strip().partition(" ")
        rest = rest.strip()
        if verb.lower() in FORGETTING and rest:
            self._need(asked, Action.KEEP_DOCUMENTS)
            await self._shelf.remove(rest, person_id=person.id)
            return Spoken(self._say(asked, "knowledge_deleted", name=rest))
        self._need(asked, Action.ORDER)
        words = rest if verb.lower() in FINDING else asked.argument.strip()
        if words:
            found = await self._shelf.find(words, person_id=person.id)
            return Spoken(self._wording.passages(found, words, person.language))
        return Spoken(self._wording.documents(await self._shelf.documents(person_id=person.id), person.language))

    def _need(self, asked: Asked, action: Action) -> None:
        if not may(asked.person, action):
            raise Refused(self._say(asked, "no_right"))

    async def welcome(self, person: Person) -> Spoken:
        """The first words to a person who has just been paired."""
        caps = (await self._office.status(person)).caps if person.role is Role.BOARD else ()
        text = self._texts.say(
            person.language, "paired", name=person.name, company=self._company,
            role=self._texts.say(person.language, f"role_{person.role.value}"),
            budget=self._wording.budget(caps, person.language),
        )  # fmt: skip
        return Spoken(text)

    def _say(self, asked: Asked, key: str, **values: object) -> str:
        return self._texts.say(asked.person.language, key, **values)


def _number(argument: str) -> int | None:
    found = NUMBER.search(argument)
    return int(found.group(1)) if found else None
