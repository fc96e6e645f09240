"""The front desk in Telegram: builds its parts, runs them side by side, says how it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot import outbox, status_lines
from bot.absence import Absence
from bot.cards import Cards, Describe
from bot.commands import Commands
from bot.delivery import Delivery
from bot.errands import Errands, reaction
from bot.forget import Forget
from bot.forum import Forum
from bot.gate import Gate
from bot.inbox import Voice
from bot.intake import Intake
from bot.late import Late
from bot.limiter import Limiter
from bot.line import Inlet
from bot.line_tending import LineTending
from bot.outbox import Dress, Sending
from bot.parcels import Parcels
from bot.pastes import Pastes
from bot.pictures import Darkroom, Studio
from bot.pinned import Pinned
from bot.polling import MARGIN_S, Polling
from bot.profile import Profile
from bot.reading import Reading
from bot.renewal import Renewal, Stored
from bot.sender import Sender
from bot.sessions import Sessions
from bot.settings_card import SettingsCard
from bot.streaming import Streaming
from bot.voice_notes import VoiceNotes
from bot.voice_profile import VoiceProfiles
from bot.waiting import Bell
from bot.webhook import Hook, Webhook
from bot.welcome import Welcome
from bot.wire import ANSWER_S, Wire
from company.books import Books
from company.clock import Clock
from company.config_desks import TelegramSettings
from company.document_records import Admission
from company.library_ports import ReadingRoom, Shelf
from company.ports import FrontOffice, Transcriber
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
        room: where citations are followed to their pages.
        ears: who listens to recordings.
        clock: the house's time.
        redact: takes secrets out of a text.
        company_name: as people see it.
        upload_link: where a reader (`company.asking`) hands in files too big for the chat; None for nowhere.
        read_link: where somebody reads the sources of an answer in their documents; None for nowhere.
        describe_card: what became of a decision card, in a language, and the button that it keeps.
        newest: the number of the newest fact of the record, for what is kept true.
        hook: where Telegram calls us; None: it is polled.
        stored: reads the token anew when Telegram refuses it.
        answer_s: how long an answer of Telegram may take before its outcome counts as unknown, seconds.
        grace_s: how long a stop waits for answers to what is on the wire, seconds.
        margin_s: patience beyond the long-poll time before a poll counts as half-open, seconds.
    """

    name = "telegram"

    def __init__(
        self, settings: TelegramSettings, token: Secret, books: Books, office: FrontOffice, delivery: Delivery,
        shelf: Shelf, room: ReadingRoom, ears: Transcriber, clock: Clock, redact: Callable[[str], str], *,
        company_name: str = "NEXUS", describe_card: Describe | None = None, hook: Hook | None = None,
        newest: Callable[[], int] = lambda: 0, stored: Stored | None = None,
        upload_link: Callable[[str], str] | None = None, read_link: Callable[[Admission], str] | None = None,
        answer_s: float = ANSWER_S, margin_s: float = MARGIN_S, grace_s: float = GRACE_S,
    ) -> None:  # fmt: skip
        self._office = office
        self._books = books
        self._clock = clock
        self._delivery = delivery
        self._redact = redact
        self._limiter = Limiter(settings, clock)
        self._wire = Wire(settings.base_url, token, answer_s=answer_s, brake=self._limiter)
        darkroom = Darkroom(Studio(), room)
        self._errands = Errands(self._wire, self._limiter, clock, darkroom)
        self.cards = Cards(self._errands, clock, describe_card)
        self._sender = Sender(
            self._wire, books, clock, self._limiter, delivery.mail, settle_s=settings.settle_s, grace_s=grace_s,
            caught_up=lambda: self._inlet.caught_up(), on_sent=self._on_sent, darkroom=darkroom, zone=delivery.zone,
            say=delivery.texts.say,
        )  # fmt: skip
        streaming = Streaming(settings.stream, delivery.texts)
        self._tending = LineTending(
            delivery.lines, books, self._errands, clock, delivery.texts, delivery.renderer, streaming,
            after_s=settings.status_after_s, silent_after_s=settings.silent_after_s, redact=redact,
            announce=self._announce,
        )  # fmt: skip
        gate, voice, words = Gate(office, clock), Voice(delivery, clock), delivery.texts
        self._parcels = Parcels(
            self._wire, books, clock, office, shelf, gate, voice, self._errands, upload_link=upload_link
        )
        self._pastes = Pastes(books, clock)
        self._forum = Forum(self._wire, books, clock, self._limiter, voice, office.projects)
        soon = delivery.proactive.ring
        card = SettingsCard(office, books, clock, words, delivery.zone, on_quiet=soon, streaming=streaming)
        self._late = Late(books, clock, voice, settings)
        self._gate = gate
        self._voices = VoiceNotes(self._wire, books, clock, ears, gate, voice, delivery.texts, self._errands)
        self._pinned = Pinned(office, books, clock, delivery.texts, voice, self._errands, self._announce, newest)
        card.on_pin = self._pinned.ring
        welcome = Welcome(office, shelf, books, clock, delivery.texts, company_name)
        sessions = Sessions(office, books, clock, delivery.texts, delivery.zone)
        commands = Commands(
            office, shelf, words, company_name, card, self._forum, welcome, sessions, VoiceProfiles(books, words),
            Forget(office, clock, words), Reading(office, room, words, clock, read_link), upload_link,
        )  # fmt: skip
        self._intake = Intake(
            office, books, clock, delivery, self._errands, gate, commands, voice, self._parcels, self._pastes,
            self._voices, self._late,
        )  # fmt: skip
        welcome.take = self._intake.take_late
        renewal = Renewal(self._wire, stored or (lambda: token), clock)
        self._inlet = self._way_in(settings.poll_timeout_s, margin_s, renewal, hook)
        self._profile = Profile(self._wire, books, clock, self._limiter, delivery.texts)
        self._known = asyncio.Event()
        self._new_face = Bell(clock)
        self._intake.comings.on_paired = card.on_language = self._new_face.ring
        self._ran = False

    def _way_in(self, poll_s: int, margin_s: float, renewal: Renewal, hook: Hook | None) -> Inlet:
        parts = (self._wire, self._books, self._clock, self._intake, renewal)
        reached = Absence(self._books, self._clock, self._delivery).reached
        if hook is not None:
            return Webhook(*parts, hook, reached=reached)
        return Polling(*parts, timeout_s=poll_s, margin_s=margin_s, reached=reached)

    async def open(self) -> None:
        """Load what is needed. Needs no network: without one the desk goes on trying."""
        await self._inlet.open()
        await asyncio.gather(self._wire.open(), self._delivery.warm())
        self._intake.bot = self._parcels.bot = await self._profile.remembered()

    async def run(self) -> None:
        """Serve until cancelled. Run again after a fall, it has new connections."""
        if self._ran:
            await self._wire.renew()
        self._ran = True
        await self._take_away_old_lines()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._inlet.run())
            group.create_task(self._limiter.run())
            group.create_task(self._errands.run())
            group.create_task(self._sender.run())
            group.create_task(self._parcels.run())
            group.create_task(self._forum.run())
            group.create_task(self._pastes.run(self._intake.take_paste))
            group.create_task(self._voices.run(self._intake.take_spoken))
            group.create_task(self._late.run(self._gate, self._intake.take_late))
            group.create_task(self._tending.run())
            group.create_task(self._delivery.proactive.run(self._books, self._office))
            group.create_task(self._pinned.run())
            group.create_task(self._keep_face())
            group.create_task(self._sweep_lines())

    async def close(self) -> None:
        """Close the connections within five seconds; what was on the wire is looked for at the next start."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._inlet.close()
                await self._wire.close()
        except TimeoutError:
            log.warning("Telegram: the connections did not close in time")

    async def check(self) -> Health:
        """The line's health, and what waits in the outbox."""
        health = self._inlet.health()
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
        if row.dress is Dress.NOTICE and row.order_id is None:
            self._pinned.sent(row.id)
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
