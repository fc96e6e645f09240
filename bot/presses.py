"""Presses on buttons: an effect once per (chat, message, action), an answer to every press, and at once.

A press can come again under a new query id and update_id after a reconnect (tdlib/telegram-bot-api#699), so the effect
is keyed by what was pressed, not by the update. The person who pressed is asked for, not the chat.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from bot import choices, dress, outbox
from bot.cards import decisions_of
from bot.commands import Commands, goes_to
from bot.delivery import Delivery
from bot.errands import Errand, Errands
from bot.inbox import Mark, Voice, Words, seen
from bot.limiter import Priority
from bot.markup import nothing, plain, unlinked
from bot.notes import DESK
from bot.pictures import Page
from bot.press import Press, Result, Step
from bot.proactive import mute_buttons, topics_of
from bot.reconcile import edit_params, media_params
from bot.section_presses import follow_up
from bot.settings_card import may_choose
from bot.spoken import Spoken
from bot.updates import Pressed
from bot.voice_offers import VoiceOffers
from bot.whispers import Aside
from bot.wording import PERIODS
from company import work_orders
from company.books import Books
from company.clock import Clock
from company.errors import OrderError
from company.ports import FrontOffice
from company.records import ConversationKey, Desk, Json, Person, State, Tier
from company.topics import MUTABLE, Topic

ANSWER_CHARACTERS = 190  # 200 at most: https://core.telegram.org/bots/api#answercallbackquery


class Presses:
    """What each button does."""

    def __init__(
        self, office: FrontOffice, books: Books, clock: Clock, delivery: Delivery, commands: Commands, errands: Errands,
        offers: VoiceOffers, more: Mapping[str, Step],
    ) -> None:  # fmt: skip
        self._office = office
        self._offers = offers
        self._books = books
        self._clock = clock
        self._delivery = delivery
        self._voice = Voice(delivery, clock)
        self._commands = commands
        self._errands = errands
        self._table: dict[str, Step] = {
            "sources": self._sources,
            "why": self._why,
            "escalate": self._escalate,
            "anew": self._anew,
            "rate_up": self._rate,
            "rate_down": self._rate,
            "decide": self._decide,
            "stop": self._stop,
            "section": self._section,
            "cost": self._cost,
            "picture": self._picture,
            "qa": self._qa,
            "mute": self._mute,
            "unmute": self._mute,
            "spoken": self._spoken,
            **more,
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
        if result.told is not None:
            result = await self._tell_once(press, result.told, result.once)
        self._answer(pressed, result)
        if result.shown is not None:
            self._replace(press, result.shown)
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
        place = press.pressed.place
        key = ConversationKey(desk=Desk.TELEGRAM, chat=place.chat, topic=place.topic)
        return await self._tell_once(
            press, await self._commands.reading.sources(press.person, press.argument, citations, key)
        )

    async def _why(self, press: Press) -> Result:
        return await self._tell_once(press, Spoken(await self._office.why(press.person, press.argument)))

    async def _picture(self, press: Press) -> Result:
        if not press.pressed.place.private:
            return Result(self._say(press, "private_only"), alert=True)
        return await self._tell_once(press, await self._commands.status_picture(press.person))

    async def _tell_once(self, press: Press, spoken: Spoken, once: str = "") -> Result:
        words = self._answer_words(press, spoken)

        def also(tx: Connection) -> None:
            press.mark.write(tx)
            self._voice.write(tx, words)

        key = f"{press.key}:{once}" if once else press.key
        if not press.pressed.place.private:
            key += f":{press.person.id}"  # each sees it once
        fresh = await self._office.note(DESK, key, chat=press.pressed.place.chat, also=also)
        self._voice.send()
        return Result() if fresh else Result(self._say(press, "already_done"))

    def _answer_words(self, press: Press, spoken: Spoken) -> Words:
        """In a group who pressed sees it alone: a press is reason enough for Telegram, for 15 seconds."""
        place, person = press.pressed.place, press.person
        if place.private:
            return self._voice.words(
                place, spoken.whole or spoken.text, spoken.buttons, reply_to=press.pressed.message_id,
                page=spoken.page or spoken.leaf, known=spoken.known,
            )  # fmt: skip
        to = str(press.pressed.sender.id)
        aside = Aside(chat=place.chat, topic=place.topic, to=to, query=press.pressed.query_id)
        words = spoken.whole or spoken.text
        return self._voice.aside(
            place, aside, person.name, person.language, words, spoken.buttons, known=spoken.known, page=spoken.leaf
        )

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
        tier = goes_to(acceptance.order)
        employee = "CEO" if tier is Tier.CEO else tier.value.capitalize()
        return Result(self._say(press, "escalated", number=acceptance.order.number, employee=employee))

    async def _anew(self, press: Press) -> Result:
        def also(tx: Connection) -> None:
            press.mark.write(tx)

        acceptance = await self._office.anew(press.person, press.argument, also=also)
        if acceptance.order is None or not acceptance.fresh:
            return Result(self._say(press, "already_done"))
        return Result(self._say(press, "anew", number=acceptance.order.number))

    async def _section(self, press: Press) -> Result:
        fresh = await follow_up(
            self._office, self._clock, press.person, press.pressed.place, press.argument, key=press.key, mark=press.mark
        )
        return Result() if fresh else Result(self._say(press, "already_done"))

    async def _rate(self, press: Press) -> Result:
        await self._office.rate(press.person, press.argument, 1 if press.action == "rate_up" else -1)
        return Result(self._say(press, "rated"))

    async def _decide(self, press: Press) -> Result:
        decision_id, _, choice = press.argument.partition(":")
        pressed = press.pressed
        row = await self._books.read(outbox.shown_as, pressed.place.chat, pressed.message_id, pressed.text)
        if row is None or decision_id not in decisions_of(row.payload):
            return Result(self._say(press, "card_copy"), alert=True)
        result = await self._office.decide(press.person, decision_id, choice)
        if result.taken:
            message = {key: value for key, value in row.payload["message"].items() if key != "reply_markup"}
            message["text"] += "\n\n" + unlinked(plain("✅ " + result.text).text)
            params = edit_params(row.chat, press.pressed.message_id, message)
            self._edit(row.chat, press.pressed.message_id, params)
        return Result(result.text, alert=not result.taken)

    async def _stop(self, press: Press) -> Result:
        """One order, named by the button under its status line. A second press finds nothing to stop."""
        order = await self._books.read(work_orders.get, press.argument)
        if order is None or order.state.ended:
            return Result(self._say(press, "order_over"))
        place = press.pressed.place
        key = ConversationKey(desk=Desk.TELEGRAM, chat=place.chat, topic=place.topic)
        if await self._office.stop(press.person, key, number=order.number):
            return Result(self._say(press, "order_stopped", number=order.number))
        current = await self._books.read(work_orders.get, press.argument)
        over = current is None or current.state.ended or current.state is State.READY
        return Result(self._say(press, "order_over" if over else "no_right"), alert=not over)

    async def _cost(self, press: Press) -> Result:
        if not press.alone:
            return Result(self._say(press, "private_only"), alert=True)
        period = press.argument if press.argument in PERIODS else "today"
        pictured, draw = press.pressed.pictured, press.pressed.place.private
        self._replace(press, await self._commands.cost(press.person, period, pictured=pictured, draw=draw))
        return Result()

    async def _qa(self, press: Press) -> Result:
        if not press.alone:
            return Result(self._say(press, "private_only"), alert=True)
        self._replace(press, await self._commands.qa(press.person, press.argument))
        return Result()

    async def _spoken(self, press: Press) -> Result:
        pick = await self._offers.take(press.pressed, press.person, press.argument, press.mark)
        return Result(self._say(press, pick.key) if pick.key else "", alert=pick.alert)

    async def _mute(self, press: Press) -> Result:
        """Silence the subject of a message that nobody asked for, or hear of it again."""
        place = press.pressed.place
        topic = Topic(press.argument) if press.argument in MUTABLE else None
        if topic is None or not may_choose(press.person, place):
            return Result(self._say(press, "button_gone" if topic is None else "no_right"), alert=True)
        row = await self._books.read(outbox.shown_as, place.chat, press.pressed.message_id, press.pressed.text)

        def write(tx: Connection) -> frozenset[Topic]:
            choices.mute(tx, place.chat, topic, on=press.action == "mute")
            press.mark.write(tx)
            return choices.muted(tx, place.chat)

        muted = await self._books.write(write)
        if row is not None:
            buttons = mute_buttons(self._delivery.texts, press.person.language, topics_of(row.payload), muted)
            params = {"message_id": press.pressed.message_id, "reply_markup": dress.keyboard(buttons)}
            self._edit(place.chat, press.pressed.message_id, params, method="editMessageReplyMarkup")
        name = self._say(press, f"topic_{topic.value}")
        key = "unmuted" if topic not in muted else "muted_anchor" if topic is Topic.ANCHOR else "muted"
        return Result(self._say(press, key, topic=name), alert=key == "muted_anchor")

    def _replace(self, press: Press, spoken: Spoken) -> None:
        message = dress.messages(self._delivery.renderer.render(spoken.text, nothing))[0]
        keyboard = dress.keyboard(spoken.buttons)
        if keyboard is not None:
            message["reply_markup"] = keyboard
        pressed = press.pressed
        chat, message_id = pressed.place.chat, pressed.message_id
        if pressed.ephemeral_id:
            params = {
                "chat_id": int(chat), "receiver_user_id": pressed.sender.id,
                "ephemeral_message_id": pressed.ephemeral_id, **message,
            }  # fmt: skip
            key = f"edit:{chat}:{pressed.sender.id}:{pressed.ephemeral_id}"
            self._errands.do(
                Errand(key=key, method="editEphemeralMessageText", params=params, chat=chat, priority=Priority.CARD)
            )
        elif spoken.page is None:
            self._edit(chat, message_id, edit_params(chat, message_id, message))
        else:
            params = edit_params(chat, message_id, dress.captioned(message))
            self._edit(chat, message_id, media_params(params), spoken.page)

    def _edit(self, chat: str, message_id: int, params: Json, page: Page | None = None, *, method: str = "") -> None:
        method = method or ("editMessageText" if page is None else "editMessageMedia")
        self._errands.do(
            Errand(
                key=f"edit:{chat}:{message_id}", method=method, params={"chat_id": int(chat), **params}, chat=chat,
                priority=Priority.CARD, counts=True, tries=5, page=page,
            )
        )  # fmt: skip

    def _say(self, press: Press, key: str, **values: object) -> str:
        return self._delivery.texts.say(press.person.language, key, **values)
