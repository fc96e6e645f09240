"""`FakeTelegram`: a Bot API server on loopback that speaks the wire exactly, breaks on demand and remembers the truth.

Source: https://core.telegram.org/bots/api, and tdlib/telegram-bot-api (Client.cpp) for polling, conflicts and errors.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.faults import Faults, Struck
from tests.fakes.telegram_check import Reader, Refused
from tests.fakes.telegram_driving import Driving, Pending
from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_requests import read_params
from tests.fakes.telegram_webhook import Webhooks, check_webhook
from tests.fakes.telegram_world import DAY_S, Shown, World
from tests.fakes.wire import Server, json_answer

Wire = dict[str, Any]
KINDS = frozenset({
    "drop_after", "drop_before", "late", "429", "502", "500", "500_after", "hang", "401", "403", "409", "400",
    "migrate", "slow", "slow_after",
})  # fmt: skip
"""drop_after: done, then the connection is closed. drop_before: closed, not done. late: closed at once, done up to
`delay_s` later (uniform). 429: `retry_after`. 500_after: done, then "500 ... restart". hang: half-open until release()
or the client goes. 409: a rival poller. 400: `text` (and `code`). migrate: `migrate_to`. slow, slow_after: `delay_s`
before and after doing."""
RIVAL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@dataclass
class Call:
    """One request. at: monotonic seconds. outcome: "pending", "ok", "<code> <description>", or the fault that hit."""

    number: int
    method: str
    params: Wire
    chat_id: int | None
    at: float
    outcome: str = "pending"
    done: bool = False
    result: Any = None


@dataclass(frozen=True)
class Violation:
    """A request that broke a rule of the Bot API (answered with 400)."""

    method: str
    description: str
    params: Wire


@dataclass
class Flood:
    """A time in which requests get 429. until: monotonic seconds."""

    until: float
    chat_id: int | None
    on: frozenset[str] | None
    told: bool = False


@dataclass
class Polls:
    """getUpdates: how many came, were answered, and met a conflict; when the last one ended (monotonic seconds)."""

    started: int = 0
    answered: int = 0
    conflicts: int = 0
    open: int = 0
    offsets: list[int] = field(default_factory=list)
    last_ended: float = 0.0


class FakeTelegram(Driving, Server):
    """See the module. `async with FakeTelegram() as fake:`; a bot talks to f"{fake.url}/bot" with `fake.token`."""

    def __init__(
        self,
        token: str = "123456789:TEST-token_of_the_fake_Bot_API_0000",
        *,
        username: str = "nexus_test_bot",
        validate: bool = True,
        seed: int = 0,
        port: int = 0,
        keep_calls: bool = True,
        conflict_pause_s: float = 3.0,
        first_update_id: int = 100_001,
    ) -> None:
        """validate False: no aiogram. keep_calls False: only counts. conflict_pause_s: between two 409s."""
        Server.__init__(self, port=port)
        self.token = token
        self.validate = validate
        self.world = World(int(token.split(":")[0]), username)
        self.methods = Methods(self.world)
        self.callbacks = self.methods.callbacks
        self.reader: Reader | None = None
        self._init_driving(first_update_id)
        self.hooks = Webhooks(lambda: self.queue, self.changes.tell, self.world.now)
        self.faults = Faults(KINDS, seed)
        self.chance = random.Random(seed + 1)
        self.calls: list[Call] = []
        self.counts: Counter[str] = Counter()
        self.violations: list[Violation] = []
        self.polls = Polls()
        self.floods: list[Flood] = []
        self.impatient: list[Call] = []
        self.twice = False
        self.shuffled = False
        self.conflict_pause_s = conflict_pause_s
        self.keep_calls = keep_calls
        self.seen: dict[int, int] = {}
        self._delivered: list[Pending] = []
        self._delivered_ids: set[int] = set()
        self._number = 0
        self._next_conflict = 0.0

    async def __aenter__(self) -> FakeTelegram:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def start(self) -> None:
        if self.validate and self.reader is None:
            self.reader = await asyncio.to_thread(Reader)
        await super().start()

    async def stop(self) -> None:
        await self.hooks.stop()
        await super().stop()

    def changed(self) -> None:
        self.changes.tell()
        self.hooks.tell()

    # ground truth

    @property
    def answered_callbacks(self) -> dict[str, Wire]:
        """callback_query_id -> what the bot answered with."""
        return self.methods.answered

    @property
    def actions(self) -> list[tuple[int, str]]:
        """(chat, action) of each sendChatAction, in order."""
        return self.methods.actions

    @property
    def deleted(self) -> list[Shown]:
        """Messages that are gone."""
        return [shown for shown in self.world.shown.values() if shown.deleted]

    @property
    def reactions(self) -> dict[tuple[int, int], list[str]]:
        """(chat, message) -> the bot's reactions that stand now."""
        return {key: s.bot_reactions for key, s in self.world.shown.items() if s.bot_reactions and not s.deleted}

    @property
    def delivered(self) -> list[Pending]:
        return self._delivered

    def messages(self, chat_id: int | None = None) -> list[Shown]:
        """Every message that exists now, oldest first, people's and the bot's."""
        return list(self.world.alive(chat_id))

    def sent(self, chat_id: int | None = None) -> list[Shown]:
        """The bot's messages that exist now, oldest first."""
        return [shown for shown in self.world.alive(chat_id) if shown.from_bot]

    def whispers(self, chat_id: int, user_id: int) -> list[Shown]:
        """What one member of a group alone sees, oldest first."""
        return [s for s in self.world.ephemerals.values() if (s.chat_id, s.receiver) == (chat_id, user_id)]

    def answers(self, chat_id: int | None = None) -> list[Shown]:
        """The bot's messages that exist now and were sent with sound: progress lines are silent, answers ring."""
        return [shown for shown in self.sent(chat_id) if not shown.silent]

    def called(self, method: str, chat_id: int | None = None) -> list[Call]:
        """The calls of one method, of all chats or one."""
        return [c for c in self.calls if c.method == method and (chat_id is None or c.chat_id == chat_id)]

    def previewed(self) -> list[Call]:
        """The calls that show a text and let a client preview its links, which asks their hosts for it."""
        texts = (*self.called("sendMessage"), *self.called("editMessageText"))
        return [c for c in texts if (c.params.get("link_preview_options") or {}).get("is_disabled") is not True]

    async def next_answer(
        self, chat_id: int, timeout: float = 10.0, where: Callable[[Shown], bool] = lambda shown: True
    ) -> Shown:
        """The next message of `answers(chat_id)` that no earlier `next_answer` returned (and that fits `where`)."""

        def fresh() -> Shown | None:
            last = self.seen.get(chat_id, 0)
            return next((s for s in self.answers(chat_id) if s.number > last and where(s)), None)

        found = await self.wait_for(fresh, timeout)
        assert found is not None
        self.seen[chat_id] = found.number
        return found

    def flood(self, seconds: float, chat_id: int | None = None, on: Iterable[str] | None = None) -> None:
        """429 for all (but getUpdates) for so long, of one chat or all; who calls again too early is in `impatient`."""
        self.floods.append(Flood(time.monotonic() + seconds, chat_id, None if on is None else frozenset(on)))

    # the wire

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        parts = request.path.split("/")
        if len(parts) >= 4 and parts[1] == "file":
            return self._download(parts[2], "/".join(parts[3:]))
        if len(parts) != 3 or not parts[1].startswith("bot"):
            return self._error(404, "Not Found")
        if parts[1] != f"bot{self.token}":
            return self._error(401, "Unauthorized")
        method = parts[2]
        try:
            params = await read_params(request)
        except Refused as refused:
            self.violations.append(Violation(method, refused.description, {}))
            return self._error(refused.code, refused.description)
        call = self._record(method, params)
        try:
            return await self._serve(request, call)
        finally:
            call.done = True
            self.changed()

    async def _serve(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        if flooded := self._flooded(call):
            return flooded
        struck = self.faults.draw(call.method, call.chat_id)
        if struck is not None:
            early = await self._before(request, call, struck)
            if early is not None:
                return early
        response = await self._get_updates(call) if call.method.lower() == "getupdates" else self._run(call)
        self.changed()
        if struck is None:
            return response
        if struck.kind == "slow_after":
            await asyncio.sleep(struck.rule.delay_s)
            return response
        call.outcome = f"{struck.kind} ({call.outcome})"
        if struck.kind == "500_after":
            return self._error(500, "Internal Server Error: restart")
        return self.cut(request) if struck.kind == "drop_after" else response

    async def _before(self, request: web.BaseRequest, call: Call, struck: Struck) -> web.StreamResponse | None:
        kind, rule = struck.kind, struck.rule
        if kind in ("drop_after", "500_after", "slow_after"):
            return None
        if kind == "slow":
            await asyncio.sleep(rule.delay_s)
            return None
        call.outcome = kind
        if kind == "hang":
            self.changed()
            await self.held()
            return self.cut(request)
        if kind == "late" and call.method.lower() != "getupdates":
            self.later(self.chance.uniform(0, rule.delay_s), lambda: self._run_late(call))
        if kind in ("late", "drop_before"):
            return self.cut(request)
        return self._fault_answer(call, struck)

    def _fault_answer(self, call: Call, struck: Struck) -> web.Response:
        kind, rule = struck.kind, struck.rule
        seconds = math.ceil(rule.retry_after)
        texts: dict[str, tuple[int, str, Wire | None]] = {
            "429": (429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds}),
            "502": (502, "Bad Gateway", None),
            "500": (500, rule.text or "Internal Server Error", None),
            "401": (401, "Unauthorized", None),
            "403": (403, rule.text or "Forbidden: bot was blocked by the user", None),
            "409": (409, rule.text or RIVAL, None),
            "400": (rule.code, rule.text or "Bad Request: the fake says no", None),
            "migrate": (
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": rule.migrate_to},
            ),
        }
        code, description, parameters = texts[kind]
        call.outcome = f"{code} {description} (fault)"
        if kind == "502":  # nginx answers, not the Bot API
            return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
        return self._error(code, description, parameters)

    def _run_late(self, call: Call) -> None:
        self._run(call)
        call.outcome = f"late ({call.outcome})"
        self.changed()

    def _run(self, call: Call) -> web.Response:
        try:
            result = self._perform(call)
        except Refused as refused:
            call.outcome = f"{refused.code} {refused.description}"
            if refused.violation:
                self.violations.append(Violation(call.method, refused.description, call.params))
            return self._error(refused.code, refused.description, refused.parameters)
        call.outcome, call.result = "ok", result
        return json_answer({"ok": True, "result": result})

    def _perform(self, call: Call) -> Any:
        act = self.methods.table.get(call.method.lower())
        if self.reader is not None and self.reader.knows(call.method):
            shown = {name: _named(value) for name, value in call.params.items()}
            self.reader.request(call.method, shown)
        if call.method.lower() == "getwebhookinfo":
            return self.hooks.info(self.methods.webhook)
        if call.method.lower() == "setwebhook":
            check_webhook(call.params)
        if act is None:
            raise Refused(404, "Not Found", violation=True)
        result = act(call.params)
        if call.method.lower() == "setwebhook" and self.methods.webhook:
            self._end_poll("webhook")
            self.allowed = frozenset(call.params.get("allowed_updates") or ()) or self.allowed
            self.hooks.set(call.params)
        elif call.method.lower() in ("setwebhook", "deletewebhook"):
            self.hooks.unset()
        if (
            call.method.lower() in ("deletewebhook", "setwebhook")
            and str(call.params.get("drop_pending_updates")).lower() == "true"
        ):
            self.queue.clear()
        if self.reader is not None:
            self.reader.result(call.method, result)
        return result

    async def _get_updates(self, call: Call) -> web.Response:
        self.polls.started += 1
        self.changed()
        if self.methods.webhook:
            self.polls.conflicts += 1
            return self._refuse(call, 409, WEBHOOK)
        try:
            if self.reader is not None:
                self.reader.request("getUpdates", call.params)
        except Refused as refused:
            self.violations.append(Violation(call.method, refused.description, call.params))
            return self._refuse(call, 400, refused.description)
        if "allowed_updates" in call.params:
            self.allowed = frozenset(call.params["allowed_updates"] or ()) or None
        self._end_poll("rival")
        self._confirm(int(call.params.get("offset") or 0))
        limit, timeout = int(call.params.get("limit") or 100), min(float(call.params.get("timeout") or 0), 50)
        why = "updates"
        if timeout > 0 and not self.queue and not self.again:
            why = await self._long_poll(timeout)
        if why == "updates":
            return self._deliver(call, max(1, min(limit, 100)))
        self.polls.conflicts += 1
        now = time.monotonic()
        if now < self._next_conflict:
            await asyncio.sleep(self.conflict_pause_s)
        self._next_conflict = time.monotonic() + self.conflict_pause_s
        return self._refuse(call, 409, RIVAL if why == "rival" else "Conflict: terminated by setWebhook request")

    async def _long_poll(self, timeout: float) -> str:
        poll: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._poll = poll
        self.polls.open += 1
        self.changed()
        try:
            async with asyncio.timeout(timeout):
                return await poll
        except TimeoutError:
            return "updates"
        finally:
            self.polls.open -= 1
            if self._poll is poll:
                self._poll = None

    def _end_poll(self, why: str) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(why)

    def _confirm(self, offset: int) -> None:
        self.polls.offsets.append(offset)
        if offset < 0:
            while len(self.queue) > -offset:
                self.queue.popleft()
        elif offset > 0 and any(pending.update_id == offset - 1 for pending in self.queue):
            while self.queue.popleft().update_id != offset - 1:  # by place, for ids may jump down
                pass
        elif offset > 0 and offset - 1 not in self._delivered_ids:  # else it was confirmed before the numbers jumped
            while self.queue and self.queue[0].update_id < offset:
                self.queue.popleft()

    def _deliver(self, call: Call, limit: int) -> web.Response:
        edge = self.world.now() - DAY_S
        while self.queue and self.queue[0].born <= edge:
            self.queue.popleft()
        again, self.again = self.again, []
        fresh = [pending for _, pending in zip(range(limit), self.queue, strict=False)]
        batch = again + fresh
        self._delivered += [pending for pending in fresh if pending.update_id not in self._delivered_ids]
        self._delivered_ids.update(pending.update_id for pending in fresh)
        if self.twice:
            batch = batch + fresh
        if self.shuffled:
            self.chance.shuffle(batch)
        self.polls.answered += 1
        self.polls.last_ended = time.monotonic()
        call.outcome = "ok"
        return json_answer({"ok": True, "result": [pending.wire for pending in batch]})

    def _flooded(self, call: Call) -> web.Response | None:
        now = time.monotonic()
        self.floods = [flood for flood in self.floods if flood.until > now]
        for flood in self.floods:
            named = call.method in flood.on if flood.on is not None else call.method.lower() != "getupdates"
            if named and flood.chat_id in (None, call.chat_id):
                if flood.told:
                    self.impatient.append(call)
                flood.told = True
                seconds = math.ceil(flood.until - now)
                return self._refuse(call, 429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
        return None

    def _record(self, method: str, params: Wire) -> Call:
        self._number += 1
        self.counts[method] += 1
        chat_id = params.get("chat_id")
        call = Call(self._number, method, params, chat_id if isinstance(chat_id, int) else None, time.monotonic())
        if self.keep_calls:
            self.calls.append(call)
        return call

    def _download(self, bot: str, path: str) -> web.Response:
        stored = self.world.files.get(path.rsplit("/", 1)[-1])
        if bot != f"bot{self.token}" or stored is None:
            return self._error(404, "Not Found")
        self.counts["download"] += 1
        return web.Response(body=stored.data, content_type="application/octet-stream")

    def _refuse(self, call: Call, code: int, description: str, parameters: Wire | None = None) -> web.Response:
        call.outcome = f"{code} {description}"
        return self._error(code, description, parameters)

    @staticmethod
    def _error(code: int, description: str, parameters: Wire | None = None) -> web.Response:
        payload: Wire = {"ok": False, "error_code": code, "description": description}
        if parameters:
            payload["parameters"] = parameters
        headers = (
            {"Retry-After": str(parameters["retry_after"])} if parameters and "retry_after" in parameters else None
        )
        return json_answer(payload, code, headers)


def _named(value: Any) -> Any:
    """A parameter with names in place of the files in it, as its type has them."""
    if not isinstance(value, dict):
        return value
    if "data" in value:
        return "upload"
    return {name: _named(inner) for name, inner in value.items()}
