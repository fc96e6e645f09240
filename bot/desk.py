"""The front desk in Telegram: builds its parts, runs them side by side, says how it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot import outbox, status_lines
from bot.cards import Cards
from bot.commands import Commands
from bot.delivery import Delivery
from bot.errands import Errands, reaction
from bot.gate import Gate
from bot.inbox import Voice
from bot.intake import Intake
from bot.limiter import Limiter
from bot.outbox import Dress, Sending
from bot.parcels import Parcels
from bot.pastes import Pastes
from bot.polling import MARGIN_S, Polling
from bot.profile import Profile
from bot.sender import Sender
from bot.waiting import Bell
from bot.wire import ANSWER_S, Wire
from company.books import Books
from company.clock import Clock
from company.config import TelegramSettings
from company.ports import FrontOffice, Shelf
from company.records import Condition, Health
from company.secrets import Secret

log = logging.getLogger(__name__)

CLOSE_S = 5.0
GRACE_S = 3.0
FACE_EVERY_S = 3600.0
LINES_EVERY_S = 20.0


class TelegramDesk:
    """A department (`company.department.Department`).

    Args:
        settings: the [telegram] table.
        token: the bot's token.
        books: open books.
        office: the company.
        delivery: the courier that was given to the operations.
        shelf: where the files go that people send.
        clock: the house's time.
        redact: takes secrets out of a text.
        company_name: as people see it.
        answer_s: how long an answer of Telegram may take before its outcome counts as unknown, seconds.
        grace_s: how long a stop waits for answers to what is on the wire, seconds.
        margin_s: patience beyond the long-poll time before a poll counts as half-open, seconds.
    """

    name = "telegram"

    def __init__(
        self, settings: TelegramSettings, token: Secret, books: Books, office: FrontOffice, delivery: Delivery,
        shelf: Shelf, clock: Clock, redact: Callable[[str], str], *, company_name: str = "NEXUS",
        answer_s: float = ANSWER_S, margin_s: float = MARGIN_S, grace_s: float = GRACE_S,
    ) -> None:  # fmt: skip
        self._books = books
        self._clock = clock
        self._delivery = delivery
        self._redact = redact
        self._wire = Wire(settings.base_url, token, answer_s=answer_s)
        self._limiter = Limiter(settings, clock)
        self._errands = Errands(self._wire, self._limiter, clock)
        self.cards = Cards(self._errands, clock)
        self._sender = Sender(
            self._wire,
            books,
            clock,
            self._limiter,
            delivery.mail,
            settle_s=settings.settle_s,
            grace_s=grace_s,
            caught_up=lambda: self._polling.caught_up(),
            on_sent=self._on_sent,
        )
        gate, voice = Gate(office, clock), Voice(delivery, clock)
        self._parcels = Parcels(self._wire, books, clock, office, shelf, gate, voice, self._errands)
        self._pastes = Pastes(books, clock)
        self._intake = Intake(
            office, books, clock, delivery, self._errands, gate,
            Commands(office, shelf, delivery.texts, company_name), voice, self._parcels, self._pastes,
        )  # fmt: skip
        self._polling = Polling(
            self._wire, books, clock, self._intake, timeout_s=settings.poll_timeout_s, margin_s=margin_s
        )
        self._profile = Profile(self._wire, books, clock, self._limiter, delivery.texts)
        self._known = asyncio.Event()
        self._new_face = Bell(clock)
        self._intake.on_paired = self._new_face.ring

    async def open(self) -> None:
        """Load what is needed. Needs no network: without one the desk goes on trying."""
        await asyncio.gather(self._wire.open(), self._delivery.warm())
        self._intake.bot = self._parcels.bot = await self._profile.remembered()

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._take_away_old_lines()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._polling.run())
            group.create_task(self._limiter.run())
            group.create_task(self._errands.run())
            group.create_task(self._sender.run())
            group.create_task(self._parcels.run())
            group.create_task(self._pastes.run(self._intake.take_paste))
            group.create_task(self._delivery.lines.run(self._books, self._errands, self._announce))
            group.create_task(self._keep_face())
            group.create_task(self._sweep_lines())

    async def close(self) -> None:
        """Close the connections within five seconds; what was on the wire is looked for at the next start."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._wire.close()
        except TimeoutError:
            log.warning("Telegram: the connections did not close in time")

    async def check(self) -> Health:
        """The line's health, and what waits in the outbox."""
        health = self._polling.health()
        waiting = await self._books.read(outbox.count_open)
        condition, detail = health.condition, health.detail
        if condition is Condition.OK and self._sender.trouble and waiting:
            condition, detail = Condition.WARNING, self._sender.trouble
        return Health(
            part=health.part, condition=condition, detail=self._redact(detail), mend=health.mend,
            facts={**health.facts, "outbox": waiting, "closed_s": round(self._limiter.closed_s, 1)},
        )  # fmt: skip

    @property
    def username(self) -> str:
        """The bot's user name for t.me links; "" until Telegram was asked once."""
        return self._intake.bot.username

    async def until_known(self) -> str:
        """Wait until Telegram has said who the bot is; its user name."""
        await self._known.wait()
        return self.username

    async def remove_webhook(self) -> None:
        """Delete whatever webhook is set, so that polling works again. The person asked for it; updates are kept.

        Raises a `bot.failures.WireError`.
        """
        await self._wire.call("deleteWebhook", {"drop_pending_updates": False})

    def _announce(self, chat: str) -> None:
        self._delivery.mail.announce(chat)
        self._delivery.mail.ring()

    def _on_sent(self, row: Sending, message_id: int) -> None:
        """A message is there: what shall follow it. On the loop; nothing here must survive a crash."""
        shown = outbox.with_id(row, message_id)
        if row.dress is Dress.STATUS:
            if not self._delivery.lines.shown(shown):
                status_lines.remove(shown, self._books, self._errands, self._clock)
            return
        line = self._delivery.lines.finish(row.order_id) if row.order_id else None
        if line is not None and line.row is not None:
            status_lines.remove(line.row, self._books, self._errands, self._clock)
        if "react_to" in row.payload:
            self._errands.do(reaction(row.chat, int(row.payload["react_to"]), str(row.payload["emoji"])))

    async def _take_away_old_lines(self) -> None:
        """Status lines of an earlier run say nothing true any more."""
        for row in await self._books.read(outbox.standing_status):
            status_lines.remove(row, self._books, self._errands, self._clock)

    async def _sweep_lines(self) -> None:
        """A status line whose order has none any more, however that came, must not stand there for ever."""
        while True:
            await self._clock.sleep(LINES_EVERY_S)
            for row in await self._books.read(outbox.standing_status):
                if not self._delivery.lines.tends(row.order_id):
                    status_lines.remove(row, self._books, self._errands, self._clock)

    async def _keep_face(self) -> None:
        self._intake.bot = self._parcels.bot = await self._profile.ask()
        self._known.set()
        while True:
            await self._profile.dress()
            await self._new_face.wait(FACE_EVERY_S)
