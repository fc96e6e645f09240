"""Record, then confirm: updates are asked for with our own offset, which moves on only after the transaction that wrote
them down has committed. Health is the age of the last completed getUpdates, never a flag.

What may happen (research: fault table F4-F11, F26): updates come twice, out of order, or with numbers that restarted
lower; a poll hangs half-open; another instance or a webhook takes the updates (409); the token is revoked (401); there
is no network at all, from the start on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot import failures, notes, taking
from bot.backoff import Backoff
from bot.intake import Intake
from bot.line import CATCH_UP_S, MENDS, WEBHOOK_NOTE, Line, Standing
from bot.renewal import Renewal
from bot.updates import ALLOWED, update_id
from bot.waiting import Bell
from bot.wire import Wire
from company.books import Books
from company.clock import Clock
from company.records import Condition, Health, Json

log = logging.getLogger(__name__)

MARGIN_S = 15.0
"""How long after its time a long poll may still be unanswered before its connection counts as half-open, seconds."""
FULL = 100  # updates in one answer at most: there may be more
STUCK = 3
"""How often in a row the poll's own connection may be held by a call that never ends."""
QUIET_S = 1.0
"""An open long poll that said nothing for so long has nothing to say: what waits is told at once, seconds."""


class Polling:
    """Asks for updates and hands them to the intake.

    Args:
        timeout_s: long-poll time, seconds.
        margin_s: patience beyond it, seconds.
        reached: awaited after each completed poll.
    """

    def __init__(
        self, wire: Wire, books: Books, clock: Clock, intake: Intake, renewal: Renewal, *, timeout_s: int,
        margin_s: float = MARGIN_S, reached: Callable[[], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self._wire = wire
        self._books = books
        self._clock = clock
        self._intake = intake
        self._renewal = renewal
        self._reached = reached
        self._timeout_s = timeout_s
        self._patience_s = timeout_s + margin_s
        self._offset = 0
        self._away = Backoff(1.0, 30.0)
        self._rivals = Backoff(5.0, 60.0)
        self._completed_at = clock.monotonic()
        self._asked_at: float | None = None  # when the poll that is open now began
        self._whole_at = float("-inf")  # when the last poll began that left nothing behind
        self._watchers: set[Bell] = set()
        self._stuck = 0
        self._standing = Standing(books, clock)

    async def open(self) -> None:
        """Nothing of this machine is needed."""

    async def close(self) -> None:
        """Nothing was taken."""

    @property
    def line(self) -> Line:
        """How the line is."""
        return self._standing.line

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
        elif self.line in (Line.AWAY, Line.CONFLICT) or self._standing.detail:
            condition = Condition.WARNING
        detail = self._standing.detail or f"last poll {self.age_s:.0f} s ago"
        if self.line is Line.STARTING and not self._standing.detail:
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
        self._offset, self._stuck = await self._books.read(notes.offset), 0
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
            if self._reached is not None:
                await self._reached()
            await self._take(updates if isinstance(updates, list) else [])
            if len(updates) < FULL:
                self._whole_at = asked_at
            self._turn(None)

    async def _completed(self) -> None:
        self._completed_at = self._clock.monotonic()
        self._stuck = 0
        if await self._standing.recovers():
            self._away.reset()
            self._rivals.reset()

    async def _take(self, updates: list[Json]) -> None:
        for raw in sorted(updates, key=update_id):  # so that an offset never passes over one that is not yet taken
            await self._take_one(raw, update_id(raw) + 1)

    async def _take_one(self, raw: Json, offset: int) -> None:
        backoff = Backoff(1.0, 30.0)
        while True:
            try:
                await taking.take(self._intake, raw, offset)
            except taking.NotWritten as error:  # it is not confirmed, and nothing behind it is taken before it
                self._standing.detail = str(error)
                await self._clock.sleep(backoff.next_s())
            else:
                self._offset, self._standing.detail = offset, ""
                return

    async def _lost(self, failure: failures.WireError) -> None:
        match failure:
            case failures.Conflict(webhook=True):
                await self._webhook(failure)
            case failures.Conflict():
                await self._standing.becomes(Line.CONFLICT, "another instance is running")
                await self._clock.sleep(self._rivals.next_s())
            case failures.Unauthorized():
                await self._standing.becomes(Line.REVOKED, "Telegram refuses the bot token")
                await self._renewal.wait()
            case failures.Flood(retry_after_s=seconds):
                await self._clock.sleep(seconds)
            case failures.Stuck():
                self._stuck += 1
                if self._stuck >= STUCK:
                    raise failure  # the desk is started anew, with new connections; the third time it is the process
                await self._wire.rebuild_polling()
                await self._standing.becomes(Line.AWAY, str(failure))
                await self._clock.sleep(self._away.next_s())
            case _:
                if isinstance(failure, failures.Unknown):
                    await self._wire.rebuild_polling()
                await self._standing.becomes(Line.AWAY, str(failure))
                await self._clock.sleep(self._away.next_s())

    async def _webhook(self, failure: failures.Conflict) -> None:
        """A webhook takes the updates: ours, from when we were called, is deleted; another program's is explained."""
        try:
            info = await self._wire.call("getWebhookInfo", {})
            ours = await self._books.read(notes.get, WEBHOOK_NOTE)
            if ours and info.get("url") == ours:
                await self._wire.call("deleteWebhook", {"drop_pending_updates": False})
                return
        except failures.WireError as error:
            log.info("%s", error)
        await self._standing.becomes(Line.WEBHOOK, str(failure))
        await self._clock.sleep(self._rivals.next_s())
