"""The first words to a person, with examples to tap: each runs as if it had been typed, and works without any model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.held import Held
from bot.inbox import seen
from bot.press import Press, Result
from bot.spoken import Spoken
from bot.texts import Texts
from bot.updates import Said, read
from bot.wording import Wording
from company.books import Books
from company.clock import Clock
from company.library_ports import Shelf
from company.people import Action, may
from company.ports import FrontOffice
from company.records import Button, Json, Person

TRY = "try"
EXAMPLES = ("documents", "no_documents", "status", "question")

Take = Callable[[Said, Held, Person], Awaitable[None]]
"""Takes a message as if it had come from the person."""


class Welcome:
    """Says hello, and does what an example says.

    Args:
        company_name: as people see it.
    """

    def __init__(
        self, office: FrontOffice, shelf: Shelf, books: Books, clock: Clock, texts: Texts, company_name: str
    ) -> None:
        self._office = office
        self._shelf = shelf
        self._books = books
        self._clock = clock
        self._texts = texts
        self._wording = Wording(texts)
        self._company = company_name
        self.take: Take = _nobody

    async def paired(self, person: Person) -> Spoken:
        """To a person who has just been paired: who they are now, three examples, the budget and how to change it."""
        language = person.language
        caps = (await self._office.status(person)).caps if may(person, Action.SPEND) else ()
        text = self._texts.say(
            language, "paired", name=person.name, company=self._company,
            role=self._texts.say(language, f"role_{person.role.value}"), budget=self._wording.budget(caps, language),
        )  # fmt: skip
        return Spoken(text.strip(), await self.examples(person))

    async def examples(self, person: Person) -> tuple[tuple[Button, ...], ...]:
        """A row for each example that this person may try, and one for the budget."""
        names = ["status"]
        if may(person, Action.ORDER):
            known = await self._shelf.documents(person_id=person.id)
            names = ["documents" if known else "no_documents", "status", "question"]
        rows = [
            (Button(label=self._texts.say(person.language, f"try_{name}"), action=TRY, argument=name),)
            for name in names
        ]
        if may(person, Action.SPEND):
            label = self._texts.say(person.language, "change_budget")
            rows.append((Button(label=label, action="open", argument="budget"),))
        return tuple(rows)

    async def tried(self, press: Press) -> Result:
        """An example was tapped: once each, as if typed."""
        language = press.person.language
        if press.argument not in EXAMPLES:
            return Result(self._texts.say(language, "button_gone"), alert=True)
        if await self._books.read(seen, press.key):
            return Result(self._texts.say(language, "already_done"))
        text = self._texts.say(language, f"tried_{press.argument}")
        raw = _typed(press, text, self._clock.now() // 1000)
        said = read(raw)
        if not isinstance(said, Said):  # pragma: no cover - it was made as a message
            return Result(self._texts.say(language, "button_gone"), alert=True)
        await self.take(replace(said, key=press.key), Held("", said, raw), press.person)
        return Result(f"“{text}”")


def _typed(press: Press, text: str, now_s: int) -> Json:
    """The update that Telegram would have sent, had the person typed `text` in answer to the message."""
    pressed = press.pressed
    place: Json = (
        {"message_thread_id": int(pressed.place.topic), "is_topic_message": True} if pressed.place.topic else {}
    )
    message: Json = {
        "message_id": pressed.message_id, "date": now_s, "text": text, **place,
        "chat": {"id": int(pressed.place.chat), "type": pressed.place.kind},
        "from": {"id": pressed.sender.id, "is_bot": False, "first_name": pressed.sender.name},
    }  # fmt: skip
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
    return {"update_id": pressed.update_id, "message": message}


async def _nobody(said: Said, held: Held, person: Person) -> None:
    raise RuntimeError("nobody takes what is tapped yet")
