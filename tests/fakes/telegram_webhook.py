"""The fake's other way to hand out updates: it calls the bot's webhook, as the real server does.

Source: https://core.telegram.org/bots/api#setwebhook, and tdlib/telegram-bot-api (WebhookActor.cpp): the updates of one
chat one after the other, those of several side by side; what is not answered with 2xx is sent again.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.fakes.telegram_check import bad_request
from tests.fakes.telegram_driving import Pending

Wire = dict[str, Any]
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
PORTS = (None, 443, 80, 88, 8443)


@dataclass(frozen=True)
class HookCall:
    """One call of the webhook. status 0: no answer."""

    update_id: int
    status: int


def check_webhook(params: Wire) -> None:
    """Refuse what the real server refuses; plain http and any port on loopback are a local server's right."""
    place = urlsplit(str(params.get("url") or ""))
    if params.get("url") and place.hostname not in ("127.0.0.1", "localhost"):
        if place.scheme != "https":
            raise bad_request("bad webhook: HTTPS url must be provided for webhook", violation=True)
        if place.port not in PORTS:
            raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443", violation=True)
    secret = str(params.get("secret_token") or "")
    if secret and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters", violation=True)
    if not 1 <= int(params.get("max_connections") or 40) <= 100:
        raise bad_request("max_connections must be between 1 and 100", violation=True)


class Webhooks:
    """Delivers a queue of updates to a URL.

    Args:
        queue: the updates that wait; what is confirmed is taken out of it.
        changed: told of each change.
        now: the fake's clock, seconds.
    """

    def __init__(self, queue: Callable[[], deque[Pending]], changed: Callable[[], None], now: Callable[[], int]):
        self._queue = queue
        self._changed = changed
        self._now = now
        self.params: Wire = {}
        self.calls: list[HookCall] = []
        self.retry_s = 0.05
        self.answer_s = 10.0
        self.twice = False
        self._error: Wire = {}
        self._busy: dict[int, int] = {}  # chat -> update that is on its way
        self._failures: dict[int, int] = {}
        self._running: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def set(self, params: Wire) -> None:
        """setWebhook: from now on updates go there; an empty url ends it."""
        self.unset()
        self.params = dict(params)
        if urlsplit(str(params.get("url"))).hostname in ("127.0.0.1", "localhost"):
            self._running = asyncio.get_running_loop().create_task(self._run())

    def unset(self) -> None:
        """deleteWebhook."""
        self.params, self._error, self._busy = {}, {}, {}
        if self._running is not None:
            self._running.cancel()
            self._running = None

    async def stop(self) -> None:
        """With the server; what was set stays known."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def tell(self) -> None:
        """There may be something to deliver."""
        self._news.set()

    def info(self, url: str) -> Wire:
        """What getWebhookInfo says."""
        known = {key: self.params[key] for key in ("max_connections", "allowed_updates") if key in self.params}
        waiting = {"url": url, "has_custom_certificate": False, "pending_update_count": len(self._queue())}
        return {**waiting, **known, **self._error}

    async def _run(self) -> None:
        slots = asyncio.Semaphore(int(self.params.get("max_connections") or 40))
        async with (
            ClientSession(timeout=ClientTimeout(total=self.answer_s)) as session,
            asyncio.TaskGroup() as group,
        ):
            while True:
                self._news.clear()
                for pending in list(self._queue()):
                    chat = chat_of(pending.wire)
                    if chat not in self._busy:
                        self._busy[chat] = pending.update_id
                        group.create_task(self._deliver(session, slots, chat, pending))
                await self._news.wait()

    async def _deliver(self, session: ClientSession, slots: asyncio.Semaphore, chat: int, pending: Pending) -> None:
        async with slots:
            statuses = [await self._call(session, pending) for _ in range(2 if self.twice else 1)]
        if 200 <= statuses[-1] < 300:
            queue = self._queue()
            if pending in queue:
                queue.remove(pending)
            self._error = {}
            self._failures.pop(chat, None)
        else:
            said = f"Wrong response from the webhook: {statuses[-1]}" if statuses[-1] else "Connection refused"
            self._error = {"last_error_date": self._now(), "last_error_message": said}
            self._failures[chat] = self._failures.get(chat, 0) + 1
            await asyncio.sleep(min(1.0, self.retry_s * 2 ** (self._failures[chat] - 1)))
        self._busy.pop(chat, None)
        self._news.set()
        self._changed()

    async def _call(self, session: ClientSession, pending: Pending) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": str(self.params.get("secret_token") or "")}
        try:
            async with session.post(str(self.params["url"]), json=pending.wire, headers=headers) as answer:
                status = answer.status
        except (ClientError, TimeoutError, OSError):
            status = 0
        self.calls.append(HookCall(pending.update_id, status))
        self._changed()
        return status


def chat_of(wire: Wire) -> int:
    """The chat of an update (its person where it has none); 0 when it has neither."""
    for value in wire.values():
        if isinstance(value, dict):
            message = value.get("message") if isinstance(value.get("message"), dict) else value
            place = message.get("chat") or value.get("from") or {}
            return int(place.get("id") or 0)
    return 0
