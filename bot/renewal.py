"""A token that Telegram refuses: a new one that `nexus init` has stored is taken while the desk runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.line import REVOKED_S
from bot.wire import Wire
from company.clock import Clock
from company.errors import SecretError
from company.secrets import Secret

log = logging.getLogger(__name__)

LOOK_S = 20.0

Stored = Callable[[], Secret | None]
"""The token as it is stored now. Blocking: it reads a file. Raises `SecretError`."""


class Renewal:
    """Looks for a new token of the same bot; another bot's chats and message ids are not ours to go on with.

    Args:
        stored: reads the token anew.
    """

    def __init__(self, wire: Wire, stored: Stored, clock: Clock) -> None:
        self._wire = wire
        self._stored = stored
        self._clock = clock

    async def wait(self) -> None:
        """Return when a new token was taken, or after ten minutes, to ask Telegram with the old one again."""
        until = self._clock.monotonic() + REVOKED_S
        while self._clock.monotonic() < until:
            await self._clock.sleep(LOOK_S)
            try:
                token = await asyncio.to_thread(self._stored)
            except (SecretError, OSError, UnicodeDecodeError) as error:
                log.info("the stored token can't be read: %s", type(error).__name__)
                continue
            if token is not None and self._wire.renew_token(token):
                log.warning("Telegram: a new token was stored; it is used from here on")
                return
