"""Record, then confirm: updates are asked for with our own offset, which moves on only after the transaction that wrote
them down has committed. Health is the age of the last completed getUpdates, never a flag.

What may happen (research: fault table F4-F11, F26): updates come twice, out of order, or with numbers that restarted
lower; a poll hangs half-open; another instance or a webhook takes the updates (409); the token is revoked (401); there
is no network at all, from the start on.
"""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot import failures, notes
from bot.backoff import Backoff
from bot.intake import Intake
from bot.updates import ALLOWED, BadUpdate, update_id
from bot.waiting import Bell
from bot.wire import Wire
from company import audit
from company.books import Books
from company.clock import Clock
from company.errors import BooksError
from company.records import Condition, Health, Json

log = logging.getLogger(__name__)

MARGIN_S = 15.0
"""How long after its time a long poll may still be unanswered before its connection counts as half-open, seconds."""
TRIES = 3
FULL = 100  # updates in one answer at most: there may be more
QUIET_S = 1.0
"""An open long poll that said nothing for so long has nothing to say: what waits is told at once, seconds."""
CATCH_UP_S = 60.0
REVOKED_S = 600.0
WEBHOOK_NOTE = "webhook_url"
"""The note of a webhook that we set ourselves; only such a one is deleted without asking."""


class Line(StrEnum):
    """How the line to Telegram is."""

    STARTING = "starting"
    OPEN = "open"
    AWAY = "away"
    CONFLICT = "conflict"
    WEBHOOK = "webhook"
    REVOKED = "revoked"


MENDS = {
    Line.STARTING: "",
    Line.OPEN: "",
    Line.AWAY: "Check this machine's network and [telegram] base_url; NEXUS goes on trying.",
    Line.CONFLICT: "Another instance is running with this bot's token: stop it, or give this one a bot of its own.",
    Line.WEBHOOK: "A webhook is set for this bot by another program: stop it there, or run `nexus doctor --mend`.",
    Line.REVOKED: "The bot token is not valid: make a new one with @BotFather, run `./nexus init`, start again.",
}


class Polling:
    """Asks for updates and hands them to the intake.

    Args:
        timeout_s: long-poll time, seconds.
        margin_s: patience beyond it, seconds.
    """

    def __init__(
        self, wire: Wire, books: Books, clock: Clock, intake: Intake, *, timeout_s: int, margin_s: float = MARGIN_S
    ) -> None:
        self._wire = wire
        self._books = books
        self._clock = clock
        self._intake = intake
        self._timeout_s = timeout_s
        self._patience_s = timeout_s + margin_s
        self._offset = 0
        self._away = Backoff(1.0, 30.0)
        self._rivals = Backoff(5.0, 60.0)
        self._completed_at = clock.monotonic()
        self._asked_at: float | None = None  # when the poll that is open now began
        self._whole_at = float("-inf")  # when the last poll began that left nothing behind
        self._watchers: set[Bell] = set()
        self.line = Line.STARTING
        self.detail = ""

    @property
    def age_s(self) -> float:
        """Seconds since the last completed getUpdates (or since the start)."""
        return self._clock.monotonic() - self._completed_at

    def health(self) -> Health:
        """How the line is, with the mend."""
        deaf = self.age_s > self._patience_s + 30
        condition = Condition.OK
        if self.line in (Line.REVOKED, Line.WEBHOOK) or deaf:
            condition = Condition.ILL
        elif self.line in (Line.AWAY, Line.CONFLICT):
            condition = Condition.WARNING
        detail = self.detail or f"last poll {self.age_s:.0f} s ago"
        if self.line is Line.STARTING and not self.detail:
            detail = "asking Telegram for the first time"
        facts = {"line": self.line.value, "poll_age_s": round(self.age_s, 1), "offset": self._offset}
        return Health(part="telegram", condition=condition, detail=detail, mend=MENDS[self.line], facts=facts)

    async def caught_up(self) -> None:
        """Return when every update from before this call is written down, so that its message id is known.

        So it is when a poll that began after this call came back and left nothing behind, or when the open poll is
        quiet. Nobody is held up for ever: not when no updates can be had at all, and not longer than `CATCH_UP_S`.
        """
        began, bell = self._clock.monotonic(), Bell(self._clock)
        self._watchers.add(bell)
        try:
            while (left := self._behind_s(began)) > 0:
                await bell.wait(left)
        finally:
            self._watchers.discard(bell)

    def _behind_s(self, began: float) -> float:
        """When to look again whether that is so, seconds; 0 when it is."""
        now = self._clock.monotonic()
        mute = self.line not in (Line.STARTING, Line.OPEN, Line.AWAY)
        if mute or self._whole_at >= began or now - began >= CATCH_UP_S:
            return 0.0
        return CATCH_UP_S if self._asked_at is None else max(0.0, self._asked_at + QUIET_S - now)

    def _turn(self, asked_at: float | None) -> None:
        self._asked_at = asked_at
        for bell in self._watchers:
            bell.ring()

    async def run(self) -> None:
        """Poll until cancelled."""
        self._offset = await self._books.read(notes.offset)
        while True:
            await self._round()

    async def _round(self) -> None:
        asked_at = self._clock.monotonic()
        self._turn(asked_at)
        try:
            async with asyncio.timeout(self._patience_s + 5):  # the wire counts from byte to byte; this in all
                updates = await self._wire.get_updates(
                    self._offset, timeout_s=self._timeout_s, allowed=ALLOWED, patience_s=self._patience_s
                )
        except TimeoutError:
            self._turn(None)
            await self._lost(failures.Unknown("getUpdates: no answer."))
        except failures.WireError as failure:
            self._turn(None)
            await self._lost(failure)
        else:
            self._asked_at = None
            await self._completed()
            await self._take(updates if isinstance(updates, list) else [])
            if len(updates) < FULL:
                self._whole_at = asked_at
            self._turn(None)

    async def _completed(self) -> None:
        self._completed_at = self._clock.monotonic()
        if self.line is not Line.OPEN:
            if self.line not in (Line.STARTING, Line.AWAY):
                await self._record("poller.recovered", self.line.value)
            self.line, self.detail = Line.OPEN, ""
            self._away.reset()
            self._rivals.reset()

    async def _take(self, updates: list[Json]) -> None:
        for raw in sorted(updates, key=update_id):  # so that an offset never passes over one that is not yet taken
            await self._take_one(raw, update_id(raw) + 1)

    async def _take_one(self, raw: Json, offset: int) -> None:
        backoff, reason = Backoff(1.0, 30.0), ""
        tries = 0
        while tries < TRIES:
            try:
                await self._intake.take(raw, offset)
            except BadUpdate as error:
                reason, tries = str(error), TRIES
            except (SQLAlchemyError, BooksError, OSError) as error:  # the books are ill: nothing is skipped for that
                log.error("an update could not be written down: %s", type(error).__name__)
                self.detail = "updates can't be written down"
                await self._clock.sleep(backoff.next_s())
            except Exception as error:  # a defect of ours must not stop the queue; it is recorded
                log.exception("an update could not be taken")
                reason = f"{type(error).__name__}: {error}"
                tries += 1
            else:
                self._offset = offset
                return
        await self._intake.skip(raw, offset, reason)
        self._offset = offset

    async def _lost(self, failure: failures.WireError) -> None:
        match failure:
            case failures.Conflict(webhook=True):
                await self._webhook(failure)
            case failures.Conflict():
                await self._say(Line.CONFLICT, "another instance is running")
                await self._clock.sleep(self._rivals.next_s())
            case failures.Unauthorized():
                await self._say(Line.REVOKED, "Telegram refuses the bot token")
                await self._clock.sleep(REVOKED_S)
            case failures.Flood(retry_after_s=seconds):
                await self._clock.sleep(seconds)
            case _:
                if isinstance(failure, failures.Unknown):
                    await self._wire.rebuild_polling()
                await self._say(Line.AWAY, str(failure))
                await self._clock.sleep(self._away.next_s())

    async def _say(self, line: Line, detail: str) -> None:
        """Once for each time the line changes: in the log and in the record."""
        self.detail = detail
        if self.line is line:
            return
        self.line = line
        log.warning("Telegram: %s. %s", detail, MENDS[line])
        if line is not Line.AWAY:
            await self._record(f"poller.{line.value}", detail)

    async def _webhook(self, failure: failures.Conflict) -> None:
        await self._say(Line.WEBHOOK, str(failure))
        try:
            info = await self._wire.call("getWebhookInfo", {})
            ours = await self._books.read(notes.get, WEBHOOK_NOTE)
            if ours and info.get("url") == ours:
                await self._wire.call("deleteWebhook", {"drop_pending_updates": False})
                return
        except failures.WireError as error:
            log.info("%s", error)
        await self._clock.sleep(self._rivals.next_s())

    async def _record(self, fact: str, detail: str) -> None:
        def write(tx: Connection) -> None:
            audit.record(tx, self._clock.now(), "telegram", fact, detail=detail)

        await self._books.write(write)
