"""Tickets for handing in a file: each good for one file, an hour, one person. In memory: a restart voids them.

The page is open to whoever uses this machine, so writing needs something that only a member was given, in their chat.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from company.clock import Clock
from company.records import Desk

VALID_S = 3600.0
MOST = 200  # outstanding; the oldest are void then


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose it is and where it was given (`company.asking`), until when it holds (monotonic seconds), and at which desk
    its holder has to be known still."""

    reader: str
    until: float
    desk: Desk = Desk.TELEGRAM


class Tickets:
    """Gives out tickets and takes them in. Only their hashes are kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: OrderedDict[str, Ticket] = OrderedDict()

    def issue(self, reader: str, *, until: float | None = None, desk: Desk = Desk.TELEGRAM) -> str:
        """A new ticket, 32 random bytes. `until`: when it ends instead of in an hour, monotonic seconds."""
        token = secrets.token_urlsafe(32)
        ends = self._clock.monotonic() + VALID_S if until is None else until
        self._open[_hash(token)] = Ticket(reader, ends, desk)
        while len(self._open) > MOST:
            self._open.popitem(last=False)
        return token

    def use(self, token: str) -> Ticket | None:
        """Take a ticket in: it is void from here on. None when it never was one, was used, or its time is over."""
        ticket = self._open.pop(_hash(token), None)
        return ticket if ticket is not None and ticket.until > self._clock.monotonic() else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
