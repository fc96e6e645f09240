"""The other way in: Telegram calls us (https://core.telegram.org/bots/api#setwebhook), through a proxy on this machine.

An update is confirmed (200) only after the transaction that wrote it down has committed; when it can't be written down
it is answered with 500, and Telegram sends it again. Calls are taken one after the other, in the order they came;
Telegram itself holds back what follows an update of the same chat until that one is confirmed
(tdlib/telegram-bot-api, WebhookActor). What comes twice is taken once. No offset moves: whoever goes back to polling
gets what was not confirmed.

Health is what Telegram says of its calls (getWebhookInfo), asked for twice a minute: a bot that hears nothing all day
is as well as any, one for which updates wait is not.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import re
import secrets as randomness
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from urllib.parse import urlsplit

from sqlalchemy import Connection

from bot import failures, notes, taking
from bot.backoff import Backoff
from bot.intake import Intake
from bot.line import CATCH_UP_S, MENDS, WEBHOOK_NOTE, Line, Standing
from bot.listener import Listener
from bot.renewal import Renewal
from bot.updates import ALLOWED, update_id
from bot.wire import Wire
from company.books import Books
from company.clock import Clock
from company.config import Settings
from company.config_desks import WebhookSettings
from company.errors import SecretError
from company.records import Condition, Health, Json
from company.secrets import Secret, Secrets

log = logging.getLogger(__name__)

SECRET = "telegram_webhook_secret"
SHORTEST = 32
DIFFERENT = 10
"""Fewer different signs in a secret are no random ones."""
LOOK_S = 30.0
QUIET_S = 1.0
LARGE = 65_536
"""Bodies of more bytes than this are read in a thread."""
DEAF_S = 90.0


@dataclass(frozen=True)
class Hook:
    """Where Telegram calls, and the secret its calls carry."""

    settings: WebhookSettings
    secret: Secret

    @cached_property
    def path(self) -> str:
        """The path behind the public address: given, or from the secret, so that it is the same at each start."""
        if self.settings.path:
            return self.settings.path
        mark = hmac.digest(self.secret.reveal().encode(), b"the path of the webhook", hashlib.sha256)
        return f"/telegram/{mark.hex()[:32]}"

    @property
    def url(self) -> str:
        """What Telegram is told."""
        return self.settings.url + self.path

    @property
    def paths(self) -> tuple[str, ...]:
        """What may be posted to: a proxy passes the public address's own path on, or takes it away."""
        before = urlsplit(self.settings.url).path
        return (self.path, before + self.path) if before else (self.path,)


def secret_of(secrets: Secrets, *, make: bool = True) -> Secret | None:
    """The secret of the webhook's calls; made and kept at the first start, if `make`. Blocking.

    Raises:
        SecretError: the one that was given is too short, too simple, or holds signs that the Bot API does not take.
    """
    given = secrets.get(SECRET)
    if given is None and make:
        secrets.store(SECRET, randomness.token_urlsafe(48))
        return secrets.need(SECRET, "The webhook")
    if given is not None:
        value = given.reveal()
        fits = re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value, re.ASCII)
        if not fits or len(value) < SHORTEST or len(set(value)) < DIFFERENT:
            raise SecretError(
                f"The secret {SECRET} ({given.source}) must be {SHORTEST} to 256 random characters of A-Z, a-z, 0-9, _ "
                f"and -; take it away, and one is made at the next start."
            )
    return given


def hook_of(settings: Settings, secrets: Secrets, *, make: bool = True) -> Hook | None:
    """Where Telegram calls us: None when it is polled, and before the first start unless `make`. Blocking.

    Raises:
        SecretError: as `secret_of`.
    """
    if settings.telegram.mode == "polling":
        return None
    secret = secret_of(secrets, make=make)
    return Hook(settings.telegram_webhook, secret) if secret is not None else None


def way_in(info: Json, hook: Hook | None, *, polled: bool) -> tuple[Condition, str, str]:
    """What getWebhookInfo means for the way that is configured: condition, detail to go behind the bot's name, mend.

    Args:
        hook: ours; None when it is polled, or was never set.
    """
    there, waiting = str(info.get("url") or ""), int(info.get("pending_update_count") or 0)
    ours = hook is not None and hmac.compare_digest(there.encode(), hook.url.encode())
    if there and not ours:
        return Condition.WARNING, ", a webhook is set that is not in use here", MENDS[Line.WEBHOOK]
    if polled:
        return Condition.OK, "", ""
    if not there:
        return Condition.OK, ", the webhook is set at the next start", ""
    error = str(info.get("last_error_message") or "")
    if waiting and error:
        return Condition.ILL, f", {waiting} updates wait: {error[:200]}", MENDS[Line.UNREACHED]
    return Condition.OK, f", called at {urlsplit(there).netloc}", ""


class Webhook:
    """Keeps the webhook set and hands its updates to the intake.

    Args:
        hook: where Telegram calls.
        listener_s: how long a call may take to arrive, seconds.
        reached: awaited each time Telegram has answered.
    """

    def __init__(
        self, wire: Wire, books: Books, clock: Clock, intake: Intake, renewal: Renewal, hook: Hook, *,
        listener_s: float = 10.0, reached: Callable[[], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self._wire = wire
        self._books = books
        self._clock = clock
        self._intake = intake
        self._renewal = renewal
        self._reached = reached
        self._hook = hook
        settings = hook.settings
        self._listener = Listener(
            settings.host, settings.port, hook.paths, hook.secret, self._receive, clock, request_s=listener_s
        )
        self._turn = asyncio.Lock()
        self._away = Backoff(1.0, 30.0)
        self._standing = Standing(books, clock)
        self._set = False
        self._unwritten = ""
        self._taken = self._taken_before = 0
        self._waiting = 0
        self._asked_at = clock.monotonic()  # when Telegram last said how its calls go

    @property
    def line(self) -> Line:
        """How the line is."""
        return self._standing.line

    @property
    def port(self) -> int:
        """Where it listens; known after `open`."""
        return self._listener.port

    async def open(self) -> None:
        """Take the port. Raises `StartupError`."""
        await self._listener.open()

    async def close(self) -> None:
        """Let go of the port."""
        self._listener.close()

    def health(self) -> Health:
        """How Telegram's calls go, with the mend."""
        condition, detail = Condition.OK, self._standing.detail or self._unwritten
        deaf = self._clock.monotonic() - self._asked_at > DEAF_S
        if self.line in (Line.REVOKED, Line.WEBHOOK, Line.REFUSED, Line.UNREACHED) or deaf:
            condition = Condition.ILL
        elif self.line is Line.AWAY or detail:
            condition = Condition.WARNING
        if not detail:
            detail = "setting the webhook" if self.line is Line.STARTING else f"webhook, {self._waiting} waiting"
        facts: Json = {
            "line": self.line.value, "waiting": self._waiting, "taken": self._taken,
            "refused": self._listener.refusals.total,
        }  # fmt: skip
        return Health(part="telegram", condition=condition, detail=detail, mend=MENDS[self.line], facts=facts)

    async def run(self) -> None:
        """Listen and keep the webhook set, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listener.run())
            group.create_task(self._keep())

    async def caught_up(self) -> None:
        """Return when nothing waits at Telegram any more: see `bot.line.Inlet`."""
        began = self._clock.monotonic()
        while self.line in (Line.STARTING, Line.OPEN, Line.AWAY) and self._clock.monotonic() - began < CATCH_UP_S:
            try:
                info = await self._wire.call("getWebhookInfo", {})
            except failures.WireError as failure:
                log.debug("%s", failure)
            else:
                if not int(info.get("pending_update_count") or 0):
                    return
            await self._clock.sleep(QUIET_S)

    # what Telegram sends

    async def _receive(self, body: bytes) -> HTTPStatus:
        """One call: 200 when its update is in the books, 400 when it is none, 500 when it must come again."""
        try:
            raw = await asyncio.to_thread(json.loads, body) if len(body) > LARGE else json.loads(body)
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST
        if not isinstance(raw, dict) or update_id(raw) < 0:
            return HTTPStatus.BAD_REQUEST
        try:
            async with self._turn:
                await taking.take(self._intake, raw, 0)
        except taking.NotWritten as error:
            self._unwritten = str(error)
            return HTTPStatus.INTERNAL_SERVER_ERROR
        except Exception:  # the desk goes on; unconfirmed, the update comes again
            log.exception("a call of the webhook failed")
            return HTTPStatus.INTERNAL_SERVER_ERROR
        self._unwritten = ""
        self._taken += 1
        return HTTPStatus.OK

    # that it stays set

    async def _keep(self) -> None:
        while True:
            await self._clock.sleep(await self._look())

    async def _look(self) -> float:
        """Ask Telegram how its calls go, and set the webhook where it is not; seconds until the next look."""
        try:
            info = await self._wire.call("getWebhookInfo", {})
            if not self._set or info.get("url") != self._hook.url:
                return await self._claim(str(info.get("url") or ""))
            await self._weigh(info)
        except failures.Unauthorized:
            await self._standing.becomes(Line.REVOKED, "Telegram refuses the bot token")
            await self._renewal.wait()
            self._set = False
            return 0.0
        except failures.Flood as flood:
            return flood.retry_after_s
        except failures.Declined as failure:
            await self._standing.becomes(Line.REFUSED, str(failure))
            return LOOK_S
        except failures.WireError as failure:
            await self._standing.becomes(Line.AWAY, str(failure))
            return self._away.next_s()
        self._away.reset()
        self._asked_at = self._clock.monotonic()
        if self._reached is not None:
            await self._reached()
        return LOOK_S

    async def _claim(self, there: str) -> float:
        """Set our webhook, unless another program's is there: two that take it from each other serve nobody."""
        ours = await self._books.read(notes.get, WEBHOOK_NOTE)
        self._set = False
        if there not in ("", ours, self._hook.url):
            self._asked_at = self._clock.monotonic()
            await self._standing.becomes(Line.WEBHOOK, "another program's webhook is set for this bot")
            return LOOK_S
        await self._books.write(self._announce)  # first, so that it is known as ours wherever we die
        secret = self._hook.secret.reveal()
        params: Json = {
            "url": self._hook.url, "secret_token": secret, "allowed_updates": ALLOWED,
            "max_connections": self._hook.settings.max_connections, "drop_pending_updates": False,
        }  # fmt: skip
        await self._wire.call("setWebhook", params)
        self._set = True
        self._asked_at = self._clock.monotonic()
        await self._standing.recovers()
        await self._standing.record("webhook.set", urlsplit(self._hook.url).netloc)
        return LOOK_S

    def _announce(self, tx: Connection) -> None:
        notes.put(tx, WEBHOOK_NOTE, self._hook.url)
        notes.drop(tx, notes.OFFSET)

    async def _weigh(self, info: Json) -> None:
        """Updates that wait with an error, and none that came since the last look: Telegram can't get through."""
        self._waiting = int(info.get("pending_update_count") or 0)
        came, self._taken_before = self._taken - self._taken_before, self._taken
        error = str(info.get("last_error_message") or "")
        if self._waiting and error and not came:
            await self._standing.becomes(Line.UNREACHED, f"{self._waiting} updates wait at Telegram: {error[:200]}")
        else:
            await self._standing.recovers()
