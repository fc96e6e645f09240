"""Presses on buttons: an effect once per (chat, message, action), an answer to every press, and at once.

A press can come again under a new query id and update_id after a reconnect (tdlib/telegram-bot-api#699), so the effect
is keyed by what was pressed, not by the update. The person who pressed is asked for, not the chat.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bot import dress, outbox
from bot.commands import Commands, Spoken
from bot.delivery import Delivery, sources_text
from bot.errands import Errand, Errands
from bot.inbox import Mark, Voice, seen
from bot.limiter import Priority
from bot.markup import plain
from bot.notes import DESK
from bot.reconcile import edit_params
from bot.texts import LANGUAGES
from bot.updates import Pressed
from bot.wording import PERIODS
from company import work_orders
from company.books import Books
from company.clock import Clock
from company.errors import OrderError
from company.ports import FrontOffice
from company.records import ConversationKey, Desk, Person, Tier

ANSWER_CHARACTERS = 190  # 200 at most: https://core.telegram.org/bots/api#answercallbackquery


@dataclass(frozen=True, slots=True)
class Press:
    """A known person's press, taken apart."""

    pressed: Pressed
    person: Person
    action: str
    argument: str
    mark: Mark

    @property
    def key(self) -> str:
        """What makes a repeat of it harmless."""
        return f"press:{self.pressed.place.chat}:{self.pressed.message_id}:{self.action}:{self.argument}"


@dataclass(frozen=True, slots=True)
class Result:
    """What the app shows to the person who pressed; `alert`: in a box that must be closed."""

    text: str = ""
    alert: bool = False


class Presses:
    """What each button does."""

    def __init__(
        self, office: FrontOffice, books: Books, clock: Clock, delivery: Delivery, commands: Commands, errands: Errands
    ) -> None:
        self._office = office
        self._books = books
        self._clock = clock
        self._delivery = delivery
        self._voice = Voice(delivery, clock)
        self._commands = commands
        self._errands = errands
        self._table: dict[str, Callable[[Press], Awaitable[Result]]] = {
            "sources": self._sources,
            "why": self._why,
            "escalate": self._escalate,
            "rate_up": self._rate,
            "rate_down": self._rate,
            "decide": self._decide,
            "cost": self._cost,
            "lang": self._language,
        }

    async def take(self, pressed: Pressed, person: Person, mark: Mark) -> None:
        """The effect of a press, and its answer. Ends with the press written down."""
        action, _, argument = pressed.data.partition(":")
        press = Press(pressed, person, action, argument, mark)
        step = self._table.get(action) if pressed.place.chat else None
        try:
            result = await step(press) if step else Result(self._say(press, "button_gone"), alert=True)
        except OrderError as error:
            result = Result(str(error), alert=True)
        self._answer(pressed, result)
        await self._books.write(mark.write)

    def _answer(self, pressed: Pressed, result: Result) -> None:
        params = {
            "callback_query_id": pressed.query_id, "text": result.text[:ANSWER_CHARACTERS], "show_alert": result.alert,
        }  # fmt: skip
        key = f"answer:{pressed.query_id}"
        self._errands.do(
            Errand(key=key, method="answerCallbackQuery", params=params, priority=Priority.ANSWER, tries=2)
        )

    async def _sources(self, press: Press) -> Result:
        citations = await self._office.sources(press.person, press.argument)
        if not citations:
            return Result(self._say(press, "sources_none"))
        return await self._tell_once(press, sources_text(self._say(press, "sources_title"), citations))

    async def _why(self, press: Press) -> Result:
        return await self._tell_once(press, await self._office.why(press.person, press.argument))

    async def _tell_once(self, press: Press, markdown: str) -> Result:
        words = self._voice.words(press.pressed.place, markdown, reply_to=press.pressed.message_id)

        def also(tx: Connection) -> None:
            press.mark.write(tx)
            self._voice.write(tx, words)

        fresh = await self._office.note(DESK, press.key, chat=press.pressed.place.chat, also=also)
        self._voice.send()
        return Result() if fresh else Result(self._say(press, "already_done"))

    async def _escalate(self, press: Press) -> Result:
        if await self._books.read(seen, press.key):
            return Result(self._say(press, "already_done"))
        place, now = press.pressed.place, self._clock.now()

        def also(tx: Connection) -> None:
            press.mark.write(tx)
            work_orders.note_incoming(tx, now, DESK, press.key, chat=place.chat)

        key = ConversationKey(desk=Desk.TELEGRAM, chat=place.chat, topic=place.topic)
        acceptance = await self._office.escalate(press.person, key, order_id=press.argument, also=also)
        if acceptance.order is None:
            return Result()
        tier = acceptance.order.wanted_tier or acceptance.order.tier or Tier.CEO
        employee = "CEO" if tier is Tier.CEO else tier.value.capitalize()
        return Result(self._say(press, "escalated", number=acceptance.order.number, employee=employee))

    async def _rate(self, press: Press) -> Result:
        await self._office.rate(press.person, press.argument, 1 if press.action == "rate_up" else -1)
        return Result(self._say(press, "rated"))

    async def _decide(self, press: Press) -> Result:
        decision_id, _, choice = press.argument.partition(":")
        result = await self._office.decide(press.person, decision_id, choice)
        pressed = press.pressed
        row = await self._books.read(outbox.shown_as, pressed.place.chat, pressed.message_id, pressed.text)
        if row is not None:
            message = {key: value for key, value in row.payload["message"].items() if key != "reply_markup"}
            message["text"] += "\n\n" + plain(("✅ " if result.taken else "") + result.text).text
            params = edit_params(row.chat, press.pressed.message_id, message)
            self._edit(row.chat, press.pressed.message_id, params)
        return Result(result.text, alert=not result.taken)

    async def _cost(self, press: Press) -> Result:
        period = press.argument if press.argument in PERIODS else "today"
        self._replace(press, await self._commands.cost(press.person, period))
        return Result()

    async def _language(self, press: Press) -> Result:
        if press.argument not in LANGUAGES:
            return Result(self._say(press, "button_gone"), alert=True)
        person = await self._office.set_language(press.person, press.argument)
        self._replace(press, await self._commands.settings(person))
        return Result(self._delivery.texts.say(person.language, "language_set"))

    def _replace(self, press: Press, spoken: Spoken) -> None:
        message = dress.messages(self._delivery.renderer.render(spoken.text))[0]
        keyboard = dress.keyboard(spoken.buttons)
        if keyboard is not None:
            message["reply_markup"] = keyboard
        chat, message_id = press.pressed.place.chat, press.pressed.message_id
        self._edit(chat, message_id, edit_params(chat, message_id, message))

    def _edit(self, chat: str, message_id: int, params: dict[str, object]) -> None:
        self._errands.do(
            Errand(
                key=f"edit:{chat}:{message_id}", method="editMessageText", params=params, chat=chat,
                priority=Priority.CARD, counts=True, tries=5,
            )
        )  # fmt: skip

    def _say(self, press: Press, key: str, **values: object) -> str:
        return self._delivery.texts.say(press.person.language, key, **values)
