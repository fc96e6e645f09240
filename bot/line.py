"""How the line to Telegram is, whichever way updates come in: by polling (`bot.polling`) or by webhook (`bot.webhook`).

A change of the line is said once, in the log and in the record. Health is asked of the line, never kept as a flag.
"""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection

from company import audit
from company.books import Books
from company.clock import Clock
from company.records import Health

log = logging.getLogger(__name__)

WEBHOOK_NOTE = "webhook_url"
"""The note of a webhook that we set ourselves; only such a one is deleted or replaced without asking."""
CATCH_UP_S = 60.0
"""Nobody who waits for what people wrote is held up longer than this, seconds."""
REVOKED_S = 600.0


class Line(StrEnum):
    """How the line to Telegram is."""

    STARTING = "starting"
    OPEN = "open"
    AWAY = "away"
    CONFLICT = "conflict"
    WEBHOOK = "webhook"
    REVOKED = "revoked"
    UNREACHED = "unreached"
    REFUSED = "refused"


MENDS = {
    Line.STARTING: "",
    Line.OPEN: "",
    Line.AWAY: "Check this machine's network and [telegram] base_url; NEXUS goes on trying.",
    Line.CONFLICT: "Another instance is running with this bot's token: stop it, or give this one a bot of its own.",
    Line.WEBHOOK: "A webhook is set for this bot by another program: stop it there, or run `nexus doctor --mend`.",
    Line.REVOKED: "The bot token is not valid: make a new one with @BotFather, and run `./nexus init --again`.",
    Line.UNREACHED: "See that the address of [telegram_webhook] url leads to its host and port on this machine.",
    Line.REFUSED: "Mend [telegram_webhook] url: Telegram wants https on port 443, 80, 88 or 8443.",
}
QUIETLY = (Line.AWAY, Line.STARTING)
"""Not worth a row of the record: networks come and go."""


class Inlet(Protocol):
    """The way in for updates."""

    async def open(self) -> None:
        """Take what it needs of this machine. Raises `StartupError`."""
        ...

    async def close(self) -> None:
        """Give it back; safe to repeat."""
        ...

    async def run(self) -> None:
        """Take updates until cancelled."""
        ...

    async def caught_up(self) -> None:
        """Return when every update from before this call is written down, so that its message id is known.

        Nobody is held up for ever: not when no updates can be had at all, and not longer than `CATCH_UP_S`.
        """
        ...

    def health(self) -> Health:
        """How the line is, with the mend."""
        ...


class Standing:
    """The line's state; says each change once."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock
        self.line = Line.STARTING
        self.detail = ""

    async def becomes(self, line: Line, detail: str) -> None:
        """Something is wrong with the line; once for each time it changes, in the log and in the record."""
        self.detail = detail
        if self.line is line:
            return
        self.line = line
        log.warning("Telegram: %s. %s", detail.removesuffix("."), MENDS[line])
        if line not in QUIETLY:
            await self.record(f"poller.{line.value}", detail)

    async def recovers(self) -> bool:
        """The line is open; whether it was not before."""
        if self.line is Line.OPEN:
            return False
        if self.line not in QUIETLY:
            await self.record("poller.recovered", self.line.value)
        self.line, self.detail = Line.OPEN, ""
        return True

    async def record(self, fact: str, detail: str) -> None:
        """A fact about the line."""

        def write(tx: Connection) -> None:
            audit.record(tx, self._clock.now(), "telegram", fact, detail=detail)

        await self._books.write(write)
