"""What the commands do, and what they say: each answer is made from the company's own reports."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot.forget import FORGET, Forget
from bot.forum import Forum
from bot.knowledge_words import KnowledgeWords
from bot.pictures.cost_chart import cost_chart
from bot.pictures.status_chart import status_chart
from bot.press import Step
from bot.project_words import ProjectWords
from bot.quality import QualityWords
from bot.reading import Reading
from bot.sessions import REVOKE, Sessions
from bot.settings_card import SettingsCard
from bot.spoken import Asked, Spoken
from bot.texts import Texts
from bot.voice_profile import VoiceProfiles
from bot.welcome import TRY, Welcome
from bot.wording import PERIODS, Wording
from company.library_ports import Shelf
from company.ports import Change, FrontOffice
from company.records import Button, Person, Tier, WorkOrder

MENU = ("status", "cost", "knowledge", "escalate", "stop", "new", "forget", "audit", "settings", "help")
"""The commands of the menu, in its order; `start` and the employees' names work as well."""
BOARDS_MENU = (*MENU, "qa", "sessions")
"""What a Board member's menu shows."""
SAID_OPENLY = frozenset({"start", "help", "escalate", "stop", "new", "topic", "forget"})
"""Commands whose answers everybody in a group may read; any other's is for whoever asked, alone."""
MOST_ROWS = 50
NUMBER = re.compile(r"#?(\d{1,9})")


class Commands:
    """Runs commands. Errors of the company (`OrderError`) are sentences for the person; the caller says them."""

    def __init__(
        self, office: FrontOffice, shelf: Shelf, texts: Texts, company_name: str, card: SettingsCard,
        forum: Forum, welcome: Welcome, sessions: Sessions, voices: VoiceProfiles, forget: Forget,
        reading: Reading, upload_link: Callable[[str], str] | None = None,
    ) -> None:  # fmt: skip
        self.reading = reading
        self._office = office
        self._texts = texts
        self._wording = Wording(texts)
        self._company = company_name
        self._quality = QualityWords(texts)
        self._projects = ProjectWords(texts)
        library = KnowledgeWords(office, shelf, texts, upload_link, reading.read_link)
        self.card = card
        self.welcome = welcome
        self.steps: Mapping[str, Step] = {
            **card.steps, **reading.steps, TRY: welcome.tried, REVOKE: sessions.revoke,
            FORGET: forget.press,
        }  # fmt: skip
        self._table: dict[str, Callable[[Asked], Awaitable[Spoken]]] = {
            "start": self._start,
            "help": self._help,
            "status": self._status,
            "escalate": self._escalate,
            "cost": self._cost,
            "audit": self._audit,
            "stop": self._stop,
            "new": self._new,
            "forget": forget.ask,
            "topic": forum.ask,
            "knowledge": library.answer,
            "quota": library.quota,
            "project": self._project,
            "qa": self._qa,
            "settings": card.settings,
            "quiet": card.quiet,
            "budget": card.budget,
            "sessions": sessions.ask,
            "voice": voices.ask,
        }

    def knows(self, name: str) -> bool:
        """Whether there is such a command."""
        return name in self._table

    async def run(self, asked: Asked) -> Spoken:
        """Do it. Raises `OrderError` with a sentence for the person."""
        step = self._table.get(asked.name)
        if step is None:
            return Spoken(self._say(asked, "unknown_command", command=asked.name[:32]))
        return replace(await step(asked), private=asked.name not in SAID_OPENLY)

    async def _start(self, asked: Asked) -> Spoken:
        text = self._say(asked, "start", name=asked.person.name, company=self._company)
        return Spoken(text) if asked.conversation.shared else Spoken(text, await self.welcome.examples(asked.person))

    async def _help(self, asked: Asked) -> Spoken:
        return Spoken(self._say(asked, "help"))

    async def _status(self, asked: Asked) -> Spoken:
        language = asked.person.language
        report = await self._office.status(asked.person)
        look = Button(label=self._texts.say(language, "button_picture"), action="picture", argument="status")
        text = self._wording.status(report, language)
        return Spoken(text) if asked.conversation.shared else Spoken(text, ((look,),))

    async def status_picture(self, person: Person) -> Spoken:
        """The last day, the employees, the money and the health at a glance."""
        report, hours = await self._office.status(person), await self._office.last_day(person)
        return Spoken(self._wording.last_day(report, hours, person.language), page=status_chart(report, hours))

    async def _escalate(self, asked: Asked) -> Spoken:
        number = _number(asked.argument)
        acceptance = await self._office.escalate(
            asked.person, asked.conversation, number=number, order_id=None if number else asked.replied_order,
            also=asked.also,
        )  # fmt: skip
        order = acceptance.order
        if order is None:
            return Spoken()
        tier = goes_to(order)
        employee = "CEO" if tier is Tier.CEO else tier.value.capitalize()
        return Spoken(self._say(asked, "escalated", number=order.number, employee=employee))

    async def _cost(self, asked: Asked) -> Spoken:
        words = asked.argument.lower().split()
        period = words[0] if words and words[0] in PERIODS else "today"
        return await self.cost(asked.person, period, draw=not asked.conversation.shared)

    async def cost(self, person: Person, period: str, *, pictured: bool = False, draw: bool = True) -> Spoken:
        """The ledger of a period, with buttons for the others, and as a picture if something was spent.

        Args:
            pictured: a picture is there already: it can become another one, but not go away.
            draw: False where only a text can be shown.
        """
        report = await self._office.cost(person, period=period)
        row = tuple(
            Button(label=self._texts.say(person.language, f"period_{other}"), action="cost", argument=other)
            for other in PERIODS
            if other != period
        )
        page = cost_chart(report) if draw and (report.total_micro or pictured) else None
        return Spoken(self._wording.cost(report, person.language, brief=page is not None), (row,), page)

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

    async def _project(self, asked: Asked) -> Spoken:
        return await self._projects.answer(self._office.projects, asked)

    async def _qa(self, asked: Asked) -> Spoken:
        return await self.qa(asked.person, asked.argument, asked.also)

    async def qa(self, person: Person, argument: str, also: Change | None = None) -> Spoken:
        """What QA demands, and a change of it."""
        return Spoken(*await self._quality.answer(self._office.quality, person, argument, also))

    def _say(self, asked: Asked, key: str, **values: object) -> str:
        return self._texts.say(asked.person.language, key, **values)


def _number(argument: str) -> int | None:
    found = NUMBER.search(argument)
    return int(found.group(1)) if found else None


def goes_to(order: WorkOrder) -> Tier:
    """Who an escalated order goes to: the higher of who was named and where it stands."""
    tiers = [tier for tier in (order.tier, order.wanted_tier) if tier is not None]
    return max(tiers, key=list(Tier).index, default=Tier.CEO)
