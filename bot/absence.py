"""How long Telegram was out of reach. Past a day what was written to us meanwhile is lost, and those who may have
written are told so (https://core.telegram.org/bots/api#getting-updates: updates are kept for 24 hours)."""

from __future__ import annotations

import logging

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot import notes
from bot.delivery import Delivery
from company import people
from company.books import Books
from company.clock import Clock, as_datetime
from company.errors import BooksError
from company.people import Action, may
from company.records import ConversationKey, Desk

log = logging.getLogger(__name__)

NOTE = "reached_at"
NOTED_EVERY_MS = 300_000  # a write now and then, however often there is an answer
KEPT_MS = 86_400_000


class Absence:
    """Notes when Telegram was reached; says what an absence of more than a day means."""

    def __init__(self, books: Books, clock: Clock, delivery: Delivery) -> None:
        self._books = books
        self._clock = clock
        self._delivery = delivery
        self._noted = 0

    async def reached(self) -> None:
        """Telegram has answered."""
        now = self._clock.now()
        if abs(now - self._noted) < NOTED_EVERY_MS:
            return
        try:
            told = await self._books.write(self._note, now)
        except (SQLAlchemyError, BooksError, OSError) as error:  # the books are ill: that is told elsewhere
            log.error("when Telegram was reached could not be noted: %s", type(error).__name__)
            return
        self._noted = now
        if told:
            self._delivery.wake()

    def _note(self, tx: Connection, now: int) -> bool:
        before = int(notes.get(tx, NOTE) or now)
        notes.put(tx, NOTE, str(now))
        if now - before <= KEPT_MS:
            return False
        zone = self._delivery.zone
        times = {"since": before, "until": now, "kept": now - KEPT_MS}
        spoken = {name: f"{as_datetime(at, zone):%Y-%m-%d %H:%M}" for name, at in times.items()}
        for chat in people.addresses(tx, Desk.TELEGRAM):
            person = people.find(tx, Desk.TELEGRAM, chat)
            if person is not None and may(person, Action.ORDER):
                text = self._delivery.texts.say(person.language, "lost_window", zone=zone, **spoken)
                where = ConversationKey(desk=Desk.TELEGRAM, chat=chat)
                self._delivery.notice(tx, where, text, silent=False)  # of their own messages: not to be muted
        return True
