"""/forget: what was said here and fits some words, or the exchange that is replied to, is shown; a press forgets it."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.notes import DESK
from bot.press import Press, Result
from bot.spoken import Asked, Spoken
from bot.texts import Texts
from bot.wording import plainly
from company import forgetting, work_orders
from company.clock import Clock
from company.ports import FrontOffice
from company.records import Button, ConversationKey

FORGET = "forget"
SHOWN = 160  # characters of each exchange


class Forget:
    """The list and its button."""

    def __init__(self, office: FrontOffice, clock: Clock, texts: Texts) -> None:
        self._office = office
        self._clock = clock
        self._texts = texts

    async def ask(self, asked: Asked) -> Spoken:
        """/forget WORDS, or /forget as a reply."""
        words, language = asked.argument.strip(), asked.person.language
        if asked.replied_order is not None and not words:
            number = await self._office.past.said_in(asked.person, asked.conversation, asked.replied_order)
            if not number:
                return Spoken(self._texts.say(language, "forget_not_yours"))
            return self._card([number], self._texts.say(language, "forget_this", number=number), language)
        if not words:
            return Spoken(self._texts.say(language, "forget_how"))
        found = await self._office.past.about(asked.person, asked.conversation, words)
        if not found:
            return Spoken(self._texts.say(language, "forget_none", words=plainly(words[:200])))
        lines = [f"- #{one.number}, {one.day}, {plainly(one.who)}: {plainly(_short(one.words))}" for one in found]
        text = "\n".join((self._texts.say(language, "forget_these"), "", *lines))
        return self._card([one.number for one in found], text, language)

    async def press(self, press: Press) -> Result:
        """[Forget these]: done, and the list goes too."""
        place, language = press.pressed.place, press.person.language
        key = ConversationKey(desk=DESK, chat=place.chat, topic=place.topic)
        numbers = [int(number) for number in press.argument.split(",") if number.isdecimal()]

        def also(tx: Connection) -> None:
            press.mark.write(tx)
            work_orders.note_incoming(tx, self._clock.now(), DESK, press.key, chat=place.chat)
            forgetting.forget_shown(tx, DESK, place.chat, str(press.pressed.message_id))

        done = await self._office.past.forget(press.person, key, numbers, also=also)
        if not done:
            return Result(self._texts.say(language, "already_done"))
        said = self._texts.say(language, "forget_done", count=done)
        return Result(said, shown=Spoken(said))

    def _card(self, numbers: list[int], text: str, language: str) -> Spoken:
        argument = ",".join(map(str, numbers))
        label = self._texts.say(language, "forget_button", count=len(numbers))
        return Spoken(text, ((Button(label=label, action=FORGET, argument=argument, style="danger"),),))


def _short(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 1].rstrip()}…"
