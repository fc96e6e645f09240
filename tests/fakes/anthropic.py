"""`FakeAnthropic`: the Messages API with streaming, tools, thinking, prompt caching and token counting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from typing import Any

from aiohttp import web

from tests.fakes.anthropic_check import MODELS, VERSIONS, PromptCache, blocks_of, check_request, invalid, signature
from tests.fakes.models import Ask, ModelCall, ModelFake, Refusal, Reply, Tokens, stop_reply, tokens_of
from tests.fakes.wire import json_answer

Wire = dict[str, Any]
_REFUSALS = {
    "429": (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "500": (500, "api_error", "Internal server error"),
    "401": (401, "authentication_error", "invalid x-api-key"),
    "400": (400, "invalid_request_error", "the fake says no"),
    "context": (400, "invalid_request_error", "prompt is too long: 1000001 tokens > 1000000 maximum"),
    "not_found": (404, "not_found_error", "model: {model}"),
}


class FakeAnthropic(ModelFake):
    """AsyncAnthropic(base_url=fake.url, api_key=fake.api_key). Prompts above context_tokens get 400."""

    def __init__(
        self,
        *,
        api_key: str = "sk-ant-fake-key",
        models: Iterable[str] = MODELS,
        validate: bool = True,
        seed: int = 0,
        port: int = 0,
        context_tokens: int = 1_000_000,
        cache_minimum: int = 1024,
    ) -> None:
        super().__init__(models=models, validate=validate, seed=seed, port=port)
        self.api_key = api_key
        self.context_tokens = context_tokens
        self.cache = PromptCache(cache_minimum)
        self._ids = 0

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/v1/models") and request.method == "GET":
            return self._list_models(request)
        if request.path not in ("/v1/messages", "/v1/messages/count_tokens") or request.method != "POST":
            return self.refused(Refusal(404, "not_found_error", f"Not found: {request.method} {request.path}"))
        try:
            raw = json.loads(await request.read())
        except ValueError:
            return self.refused(invalid("The request body is not valid JSON"))
        call = self.call(request, raw, stream=bool(raw.get("stream")))
        return await self.guarded(request, call, lambda: self._message(request, call))

    def _check_head(self, request: web.BaseRequest) -> None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")  # what the SDK sends since 2.0
        if self.api_key not in (request.headers.get("x-api-key"), bearer):
            raise Refusal(401, "authentication_error", "invalid x-api-key")
        if request.headers.get("anthropic-version") not in VERSIONS:
            raise invalid("anthropic-version: header is required")

    async def _message(self, request: web.BaseRequest, call: ModelCall) -> web.StreamResponse:
        self._check_head(request)
        counting = call.path.endswith("count_tokens")
        struck = self.faults.draw(call.path, model=call.model)
        await self.early_fault(call, struck)
        raw = call.raw
        if self.validate:
            check_request(raw, counting=counting, version=request.headers["anthropic-version"])
        if self.models and call.model not in self.models:
            raise Refusal(404, "not_found_error", f"model: {call.model}")
        call.ask = read_ask(raw)
        if counting:
            return json_answer({"input_tokens": PromptCache(1 << 60).count(raw).input})
        call.tokens = self.cache.count(raw)
        prompt = call.tokens.input + call.tokens.cache_read + call.tokens.cache_write
        if prompt > self.context_tokens:
            raise invalid(f"prompt is too long: {prompt} tokens > {self.context_tokens} maximum")
        call.reply = reply = stop_reply(struck, await self.reply_to(call.ask), "refusal")
        message = self._write(call, reply)
        if reply.latency_s:
            await asyncio.sleep(reply.latency_s)
        if call.stream:
            return await self.send_stream(request, call, stream_events(message, reply), struck, reply.pause_s)
        return await self.send_body(request, call, message, struck)

    def _write(self, call: ModelCall, reply: Reply) -> Wire:
        self._ids += 1
        content: list[Wire] = []
        if reply.thinking:
            content.append({"type": "thinking", "thinking": reply.thinking, "signature": signature(reply.thinking)})
        if reply.words:
            content.append({"type": "text", "text": reply.words, "citations": None})
        for number, use in enumerate(reply.tool_uses):
            made = use.id or f"toolu_fake_{self._ids}_{number}"
            content.append({"type": "tool_use", "id": made, "name": use.name, "input": use.input})
        stop = reply.stop or ("tool_use" if reply.tool_uses else "end_turn")
        said = tokens_of(reply.thinking + reply.words + "".join(json.dumps(use.input) for use in reply.tool_uses))
        if reply.stop is None and not reply.tool_uses and said > call.raw["max_tokens"]:
            stop, said = "max_tokens", call.raw["max_tokens"]
        tokens = call.tokens
        tokens.output = said
        for name, value in reply.usage.items():
            setattr(tokens, name, value)
        details = {"type": "refusal", "category": None, "explanation": None} if stop == "refusal" else None
        return {
            "id": f"msg_fake_{self._ids}", "type": "message", "role": "assistant", "model": reply.model or call.model,
            "content": content, "stop_reason": stop, "stop_sequence": None, "stop_details": details,
            "usage": usage(tokens),
        }  # fmt: skip

    def _list_models(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            self._check_head(request)
        except Refusal as refusal:
            return self.refused(refusal)
        known = [
            {
                "type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z",
                "lifecycle": "active", "max_input_tokens": self.context_tokens, "max_tokens": 128_000,
            }
            for name in self.models
        ]  # fmt: skip
        wanted = request.path.removeprefix("/v1/models").strip("/")
        if not wanted:
            ends = (
                {"first_id": known[0]["id"], "last_id": known[-1]["id"]}
                if known
                else {"first_id": None, "last_id": None}
            )
            return json_answer({"data": known, "has_more": False, **ends})
        found = next((model for model in known if model["id"] == wanted), None)
        if found is None:
            return self.refused(Refusal(404, "not_found_error", f"model: {wanted}"))
        return json_answer(found)

    def error_body(self, refusal: Refusal) -> Wire:
        error = {"type": refusal.kind, "message": refusal.text}
        return {"type": "error", "error": error, "request_id": "req_fake"}

    def fault_refusal(self, kind: str, text: str, model: str) -> Refusal:
        status, name, default = _REFUSALS[kind]
        return Refusal(status, name, text or default.format(model=model))

    def damaged(self, kind: str, text: str) -> bytes:
        if kind == "broken_json":
            return b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"del\n\n'
        if kind == "huge_line":
            return b"event: ping\ndata: " + b"x" * 8_388_608 + b"\n\n"
        return event("error", {"error": {"type": "overloaded_error", "message": text or "Overloaded"}})


def usage(tokens: Tokens) -> Wire:
    """Usage on the wire."""
    return {
        "input_tokens": tokens.input, "output_tokens": tokens.output, "cache_read_input_tokens": tokens.cache_read,
        "cache_creation_input_tokens": tokens.cache_write, "service_tier": "standard",
        "cache_creation": {"ephemeral_5m_input_tokens": tokens.cache_write, "ephemeral_1h_input_tokens": 0},
    }  # fmt: skip


def event(kind: str, data: Wire) -> bytes:
    """One server-sent event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data}, ensure_ascii=False)}\n\n".encode()


def stream_events(message: Wire, reply: Reply) -> Iterator[bytes]:
    """The message as the documented order of events."""
    begun = {**message, "content": [], "stop_reason": None, "stop_details": None}
    begun["usage"] = {**message["usage"], "output_tokens": 1}
    yield event("message_start", {"message": begun})
    yield event("ping", {})
    for index, block in enumerate(message["content"]):
        yield event("content_block_start", {"index": index, "content_block": _blank(block)})
        for delta in _deltas(block, reply):
            yield event("content_block_delta", {"index": index, "delta": delta})
        yield event("content_block_stop", {"index": index})
    ending = {key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
    yield event("message_delta", {"delta": ending, "usage": message["usage"]})
    yield event("message_stop", {})


def _blank(block: Wire) -> Wire:
    blanks: dict[str, Wire] = {
        "text": {"text": ""},
        "thinking": {"thinking": "", "signature": ""},
        "tool_use": {"input": {}},
    }
    return {**block, **blanks[block["type"]]}


def _deltas(block: Wire, reply: Reply) -> Iterator[Wire]:
    if block["type"] == "text":
        for piece in reply.text_pieces():
            yield {"type": "text_delta", "text": piece}
    elif block["type"] == "thinking":
        yield {"type": "thinking_delta", "thinking": block["thinking"]}
        yield {"type": "signature_delta", "signature": block["signature"]}
    else:
        text = json.dumps(block["input"])
        for at in range(0, len(text), 12):
            yield {"type": "input_json_delta", "partial_json": text[at : at + 12]}


def _said(content: Any) -> str:
    return "\n".join(str(block.get("text", "")) for block in blocks_of(content or []) if block.get("type") == "text")


def read_ask(raw: Wire) -> Ask:
    """The request in plain terms."""
    messages = raw.get("messages", [])
    last: Wire = next((message for message in reversed(messages) if message.get("role") == "user"), {})
    results = [block for block in blocks_of(last.get("content") or []) if block.get("type") == "tool_result"]
    schema = ((raw.get("output_config") or {}).get("format") or {}).get("schema")
    return Ask(
        str(raw.get("model")), _said(raw.get("system")), tuple((m["role"], _said(m.get("content"))) for m in messages),
        _said(last.get("content")), tuple(str(tool.get("name")) for tool in raw.get("tools") or []),
        tuple(_said(block.get("content")) for block in results), schema, raw,
    )  # fmt: skip
