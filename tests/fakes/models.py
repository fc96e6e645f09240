"""What the model fakes share: scripted replies, faults, the truth about calls, and how replies become bytes.

A dialect (Anthropic, OpenAI, Ollama) reads its own request into an `Ask` and writes a `Reply` in its own words.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import math
import random
import re
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from aiohttp import web

from tests.fakes.faults import Faults, Struck
from tests.fakes.wire import Server, json_answer

Wire = dict[str, Any]
KINDS = frozenset({
    "429", "overloaded", "500", "401", "400", "context", "not_found", "drop", "hang", "slow", "cut", "stall",
    "invalid_utf8", "broken_json", "huge_line", "stream_error", "empty", "wrong_model", "refusal",
})  # fmt: skip
"""429: `retry_after`. overloaded: 529 or 503. 400: `text`. context: 400 prompt too long. not_found: 404 model.
drop: closed without an answer. hang: never answers. slow: `delay_s` before answering. cut, stall: after `at_byte` bytes
of the body the connection closes, or says no more. invalid_utf8, broken_json, huge_line (8 MiB): a body so damaged.
stream_error: an error event in the middle. empty, wrong_model, refusal: well formed and of no use."""
BROKEN = frozenset({"cut", "stall", "invalid_utf8", "broken_json", "huge_line", "stream_error"})


@dataclass(frozen=True)
class ToolUse:
    """The model asks for a tool. id: made up if empty."""

    name: str
    input: Wire
    id: str = ""


@dataclass(frozen=True)
class Reply:
    """What the model says. stop: the dialect's stop reason (None: the natural one).

    usage: token counts that replace the computed ones (input, output, cache_read, cache_write). latency_s: before
    the first byte. pieces: the exact stream deltas of the text, or how many characters each; pause_s: between deltas.
    """

    text: str = ""
    tool_uses: tuple[ToolUse, ...] = ()
    thinking: str = ""
    stop: str | None = None
    usage: dict[str, int] = field(default_factory=dict)
    latency_s: float = 0.0
    pieces: tuple[str, ...] | int = 24
    pause_s: float = 0.0
    model: str | None = None

    def text_pieces(self) -> list[str]:
        """The text as stream deltas."""
        if isinstance(self.pieces, tuple):
            return list(self.pieces)
        return [self.text[at : at + self.pieces] for at in range(0, len(self.text), self.pieces)]

    @property
    def words(self) -> str:
        """The text, from the pieces if those were scripted."""
        return "".join(self.pieces) if isinstance(self.pieces, tuple) else self.text


@dataclass(frozen=True)
class Ask:
    """A request in plain terms. text: what the last user turn says. tool_results: answers to tool calls in it."""

    model: str
    system: str
    turns: tuple[tuple[str, str], ...]
    text: str
    tools: tuple[str, ...] = ()
    tool_results: tuple[str, ...] = ()
    schema: Wire | None = None
    raw: Wire = field(default_factory=dict)


@dataclass
class Tokens:
    """What a call cost. input excludes what was read from or written to the cache."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


@dataclass
class ModelCall:
    """One request. at, ended: monotonic s. outcome: "pending", "ok", "<code> <reason>", or the fault. sent: bytes."""

    number: int
    path: str
    model: str
    ask: Ask | None
    raw: Wire
    headers: dict[str, str]
    stream: bool
    at: float
    outcome: str = "pending"
    reply: Reply | None = None
    tokens: Tokens = field(default_factory=Tokens)
    ended: float | None = None
    sent: int = 0


class Refusal(Exception):
    """An error answer in the dialect of the fake. violation: the sender broke the contract."""

    def __init__(
        self, status: int, kind: str, text: str, *, violation: bool = True, retry_after: float | None = None
    ) -> None:
        super().__init__(text)
        self.status, self.kind, self.text = status, kind, text
        self.violation, self.retry_after = violation, retry_after


Answer = Callable[[Ask], Reply | str | Awaitable[Reply | str]]


class ModelFake(Server):
    """A model provider. Replies come from `script` (in order), then from `rules` (first match), then from `answer`."""

    stream_type: ClassVar[str] = "text/event-stream"

    def __init__(self, *, models: Iterable[str] = (), validate: bool = True, seed: int = 0, port: int = 0) -> None:
        super().__init__(port=port)
        self.models = list(models)
        self.validate = validate
        self.faults = Faults(KINDS, seed)
        self.chance = random.Random(seed + 1)
        self.script: deque[Reply] = deque()
        self.rules: list[tuple[re.Pattern[str], Reply]] = []
        self.answer: Answer = helpful
        self.calls: list[ModelCall] = []
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []
        self.keep_calls = True

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    def reply_with(self, *replies: Reply | str) -> None:
        """Queue replies; each answers one request."""
        self.script.extend(Reply(reply) if isinstance(reply, str) else reply for reply in replies)

    def reply_when(self, pattern: str, reply: Reply | str) -> None:
        """From now on answer so whenever the last user text matches the regular expression."""
        self.rules.append(
            (re.compile(pattern, re.IGNORECASE | re.DOTALL), Reply(reply) if isinstance(reply, str) else reply)
        )

    @property
    def asks(self) -> list[Ask]:
        """What was asked in the calls that were understood, in order."""
        return [call.ask for call in self.calls if call.ask is not None]

    # for the dialects

    def error_body(self, refusal: Refusal) -> Wire:
        raise NotImplementedError

    def fault_refusal(self, kind: str, text: str, model: str) -> Refusal:
        """The dialect's refusal for 429, overloaded, 500, 401, 400, context, not_found."""
        raise NotImplementedError

    def damaged(self, kind: str, text: str) -> bytes:
        """A broken piece of a stream of this dialect: broken_json, huge_line, stream_error."""
        raise NotImplementedError

    def call(self, request: web.BaseRequest, raw: Wire, *, stream: bool) -> ModelCall:
        """Record a request."""
        path, model = request.path, str(raw.get("model", ""))
        self.counts[path] += 1
        made = ModelCall(
            sum(self.counts.values()), path, model, None, raw, dict(request.headers), stream, time.monotonic()
        )
        if self.keep_calls:
            self.calls.append(made)
        self.changes.tell()
        return made

    async def reply_to(self, ask: Ask) -> Reply:
        """Choose the reply."""
        if self.script:
            return self.script.popleft()
        for pattern, reply in self.rules:
            if pattern.search(ask.text):
                return reply
        said = self.answer(ask)
        if inspect.isawaitable(said):
            said = await said
        return Reply(said) if isinstance(said, str) else said

    async def early_fault(self, call: ModelCall, struck: Struck | None) -> None:
        """Wait or raise Refusal or Gone for the faults that come before the body."""
        if struck is None:
            return
        kind, rule = struck.kind, struck.rule
        if kind == "slow":
            await asyncio.sleep(rule.delay_s)
        elif kind in ("drop", "hang"):
            if kind == "hang":
                call.outcome = "hang"
                self.changes.tell()
                await self.held()
            raise Gone(kind)
        elif kind not in BROKEN | {"empty", "wrong_model", "refusal"}:
            refusal = self.fault_refusal(kind, rule.text, call.model)
            refusal.violation = False
            if kind == "429":
                refusal.retry_after = rule.retry_after
            raise refusal

    async def guarded(
        self, request: web.BaseRequest, call: ModelCall, work: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Run `work`; turn refusals into the dialect's errors and lost connections into silence; close the record."""
        try:
            response = await work()
            if call.outcome == "pending":
                call.outcome = "ok"
            return response
        except Refusal as refusal:
            call.outcome = f"{refusal.status} {refusal.text}"
            return self.refused(refusal)
        except Gone as gone:
            call.outcome = str(gone)
            return self.cut(request)
        except (ConnectionError, asyncio.CancelledError):
            call.outcome = "client went away" if call.outcome == "pending" else call.outcome
            raise
        finally:
            call.ended = time.monotonic()
            self.changes.tell()

    def refused(self, refusal: Refusal) -> web.Response:
        """The error answer."""
        if refusal.violation:
            self.violations.append(refusal.text)
        headers = {} if refusal.retry_after is None else {"retry-after": f"{refusal.retry_after:g}"}
        return json_answer(self.error_body(refusal), refusal.status, headers | {"request-id": "req_fake"})

    async def send_stream(
        self, request: web.BaseRequest, call: ModelCall, chunks: Iterable[bytes], struck: Struck | None, pause_s: float
    ) -> web.StreamResponse:
        """Write a stream chunk by chunk, broken as the fault says."""
        response = web.StreamResponse(headers={"content-type": self.stream_type, "request-id": "req_fake"})
        await response.prepare(request)
        async for chunk in self._broken(chunks, struck, call):
            await response.write(chunk)
            call.sent += len(chunk)
            self.changes.tell()
            if pause_s:
                await asyncio.sleep(pause_s)
        await response.write_eof()
        return response

    async def send_body(
        self, request: web.BaseRequest, call: ModelCall, payload: Wire, struck: Struck | None
    ) -> web.StreamResponse:
        """Write a whole answer, broken as the fault says."""
        if struck is None or struck.kind not in BROKEN:
            response = json_answer(payload, headers={"request-id": "req_fake"})
            call.sent = len(response.body or b"") if isinstance(response.body, bytes) else 0
            return response
        body = json.dumps(payload, ensure_ascii=False).encode()
        streamed = web.StreamResponse(headers={"content-type": "application/json", "content-length": str(len(body))})
        if struck.kind not in ("cut", "stall"):
            call.outcome = struck.kind
            if struck.kind == "huge_line":
                return web.Response(body=b'{"padding":"' + b"x" * 8_388_608 + b'"}', content_type="application/json")
            return web.Response(body=b"\xff\xfe" + body[: len(body) // 2], content_type="application/json")
        await streamed.prepare(request)
        async for chunk in self._broken([body], struck, call):
            await streamed.write(chunk)
        return streamed

    async def _broken(self, chunks: Iterable[bytes], struck: Struck | None, call: ModelCall) -> AsyncIterator[bytes]:
        kind, left = (struck.kind, struck.rule.at_byte) if struck is not None and struck.kind in BROKEN else ("", 0)
        for chunk in chunks:
            if not kind or len(chunk) < left:
                left -= len(chunk)
                yield chunk
                continue
            call.outcome = kind
            if kind in ("cut", "stall"):
                yield chunk[:left]
                self.changes.tell()
                if kind == "stall":
                    await self.held()
                raise Gone(kind)
            assert struck is not None
            yield b"\xff\xfe\xfa" + chunk if kind == "invalid_utf8" else self.damaged(kind, struck.rule.text)
            if kind == "stream_error":
                return
            kind = ""


class Gone(Exception):
    """The connection shall be closed here without another byte."""


def tokens_of(text: str) -> int:
    """About bytes / 4, at least 1 for any text."""
    return math.ceil(len(text.encode()) / 4)


def stop_reply(struck: Struck | None, reply: Reply, refusal_stop: str) -> Reply:
    """The reply as the faults empty, wrong_model and refusal make it."""
    kind = struck.kind if struck is not None else ""
    if kind == "empty":
        return Reply()
    if kind == "refusal":
        return Reply("", stop=refusal_stop)
    if kind == "wrong_model":
        return Reply(reply.text, reply.tool_uses, pieces=reply.pieces, model="some-other-model")
    return reply


def helpful(ask: Ask) -> Reply:
    """The default model: fits a schema if one is asked for, otherwise says back what it understood."""
    if ask.schema is not None:
        return Reply(json.dumps(example_of(ask.schema, ask.text), ensure_ascii=False))
    if ask.tool_results:
        return Reply(f"The tool says: {ask.tool_results[-1][:400]}")
    return Reply(f"You asked: {ask.text[:400]}. Here is a helpful answer to exactly that.")


def example_of(schema: Wire, text: str = "") -> Any:
    """The plainest value that fits a JSON Schema: first of an enum, all properties, least numbers."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            return example_of(schema[choice][0], text)
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        return {name: example_of(part, text) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema.get("items", {}), text) for _ in range(schema.get("minItems", 0))]
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    if kind == "boolean":
        return False
    return None if kind == "null" else text[: schema.get("maxLength", 120)].ljust(schema.get("minLength", 0), ".")
