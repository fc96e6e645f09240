"""Who may come in. Numeric ids alone decide; a group gives no right that its member does not have.

A stranger hears nothing and costs one row of the record a day. The only thing a stranger can do is to redeem a pairing
code in a private chat, ten tries an hour, then not even that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from bot.updates import Place, Said, Sender
from company.clock import Clock
from company.ports import FrontOffice
from company.records import Desk, Person

TRIES = 10
WINDOW_S = 3600.0
FORGET_ABOVE = 1000  # strangers whose tries are remembered


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot itself, as Telegram knows it; `username` is lower case, "" until Telegram was asked.

    `reads_all`: its privacy mode is off, so Telegram shows it every message of its groups.
    """

    id: int
    username: str
    reads_all: bool = False


class Gate:
    """Asks the company who speaks, and whether they speak to us."""

    def __init__(self, office: FrontOffice, clock: Clock) -> None:
        self._office = office
        self._clock = clock
        self._tries: dict[int, deque[float]] = {}

    async def who(self, sender: Sender) -> Person | None:
        """The person behind an account, or None for a stranger, a bot or a channel."""
        if sender.id <= 0 or sender.is_bot:
            return None
        return await self._office.known(Desk.TELEGRAM, str(sender.id))

    async def turn_away(self, sender: Sender, place: Place, what: str) -> None:
        """A stranger was here; the record knows."""
        await self._office.turned_away(Desk.TELEGRAM, str(sender.id), f"{what} in a {place.kind} chat")

    def listens(self, said: Said, bot: Bot) -> bool:
        """In private everything is for us; in a group only what names us, replies to us, or is a command for us."""
        if said.place.private:
            return True
        if said.addressee:
            return said.addressee == bot.username
        replied = said.replied is not None and said.replied.author_id == bot.id
        named = bool(bot.username) and bot.username in said.mentions
        return replied or named or bool(said.command)

    def may_try_code(self, sender: Sender) -> bool:
        """Whether this account may try a pairing code now; counts the try."""
        now = self._clock.monotonic()
        tries = self._tries.setdefault(sender.id, deque())
        while tries and tries[0] <= now - WINDOW_S:
            tries.popleft()
        if len(self._tries) > FORGET_ABOVE:
            self._tries = {who: when for who, when in self._tries.items() if when and when[-1] > now - WINDOW_S}
        if len(tries) >= TRIES:
            return False
        tries.append(now)
        self._tries[sender.id] = tries
        return True
