"""`FakeOpenAI`: chat completions with streaming and tools, embeddings, transcriptions and models, as OpenAI-compatible servers speak.

Source: https://platform.openai.com/docs/api-reference/chat and /embeddings.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.models import Ask, ModelCall, ModelFake, Refusal, Reply, stop_reply, tokens_of
from tests.fakes.wire import json_answer

Wire = dict[str, Any]
_REFUSALS = {
    "429": (429, "rate_limit_exceeded", "Rate limit reached for requests"),
    "overloaded": (503, "server_overloaded", "The server is overloaded or not ready yet."),
    "500": (500, "server_error", "The server had an error while processing your request."),
    "401": (401, "invalid_api_key", "Incorrect API key provided."),
    "400": (400, "invalid_value", "the fake says no"),
    "context": (400, "context_length_exceeded", "This model's maximum context length is 128000 tokens."),
    "not_found": (404, "model_not_found", "The model `{model}` does not exist or you do not have access to it."),
}


@dataclass(frozen=True)
class Recorded:
    """A recording that was sent to be written out."""

    model: str
    language: str
    name: str
    data: bytes


class FakeOpenAI(ModelFake):
    """base_url for clients is `fake.base_url` (with /v1), the key `fake.api_key`."""

    def __init__(
        self,
        *,
        api_key: str = "sk-fake-openai",
        models: Iterable[str] = ("gpt-6", "gpt-6-mini", "text-embedding-3-small"),
        validate: bool = True,
        seed: int = 0,
        port: int = 0,
    ) -> None:
        super().__init__(models=models, validate=validate, seed=seed, port=port)
        self.api_key = api_key
        self.transcripts: list[str] = []
        self.recordings: list[Recorded] = []

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            return self.refused(self.fault_refusal("401", "", ""))
        if request.path == "/v1/models":
            return json_answer({"object": "list", "data": [self._model(name) for name in self.models]})
        if request.path == "/v1/audio/transcriptions" and request.method == "POST":
            return await self._transcribe(request)
        work = {"/v1/chat/completions": self._chat, "/v1/embeddings": self._embed}.get(request.path)
        if work is None or request.method != "POST":
            return self.refused(Refusal(404, "not_found", f"Invalid URL ({request.method} {request.path})"))
        try:
            raw = json.loads(await request.read())
        except ValueError:
            return self.refused(_invalid("We could not parse the JSON body of your request."))
        call = self.call(request, raw, stream=bool(raw.get("stream")))
        return await self.guarded(request, call, lambda: work(request, call))

    @staticmethod
    def _model(name: str) -> Wire:
        return {"id": name, "object": "model", "created": 1_767_225_600, "owned_by": "fake"}

    async def _transcribe(self, request: web.BaseRequest) -> web.StreamResponse:
        """multipart/form-data with `file` and `model` (/docs/api-reference/audio/createTranscription)."""
        given = await request.post()
        file, model = given.get("file"), str(given.get("model") or "")
        if not isinstance(file, web.FileField) or not model:
            return self.refused(_invalid("Missing required parameter: 'file' and 'model' are needed."))
        self.recordings.append(Recorded(model, str(given.get("language") or ""), file.filename, file.file.read()))
        call = self.call(request, {"model": model}, stream=False)

        async def work() -> web.StreamResponse:
            await self.early_fault(call, self.faults.draw(call.path, model=model))
            return json_answer({"text": self.transcripts.pop(0) if self.transcripts else "Hello."})

        return await self.guarded(request, call, work)

    async def _embed(self, request: web.BaseRequest, call: ModelCall) -> web.StreamResponse:
        struck = self.faults.draw(call.path, model=call.model)
        await self.early_fault(call, struck)
        self._check_model(call)
        given = call.raw.get("input")
        texts = [given] if isinstance(given, str) else given
        if not texts or not all(isinstance(text, str) and text for text in texts):
            raise _invalid("'input' must be a non-empty string or an array of them.")
        size = int(call.raw.get("dimensions") or 64)
        data = [
            {"object": "embedding", "index": at, "embedding": embedding(text, size)} for at, text in enumerate(texts)
        ]
        call.tokens.input = sum(map(tokens_of, texts))
        spent = {"prompt_tokens": call.tokens.input, "total_tokens": call.tokens.input}
        return await self.send_body(
            request, call, {"object": "list", "data": data, "model": call.model, "usage": spent}, struck
        )

    async def _chat(self, request: web.BaseRequest, call: ModelCall) -> web.StreamResponse:
        struck = self.faults.draw(call.path, model=call.model)
        await self.early_fault(call, struck)
        self._check_model(call)
        if self.validate:
            check_chat(call.raw)
        call.ask = read_ask(call.raw)
        call.tokens.input = sum(tokens_of(json.dumps(message)) for message in call.raw["messages"])
        call.tokens.input += sum(tokens_of(json.dumps(tool)) for tool in call.raw.get("tools") or [])
        call.reply = reply = stop_reply(struck, await self.reply_to(call.ask), "content_filter")
        uses = [tool_call(at, use.id or f"call_fake_{call.number}_{at}", use) for at, use in enumerate(reply.tool_uses)]
        call.tokens.output = tokens_of(reply.words + "".join(json.dumps(use) for use in uses))
        for name, value in reply.usage.items():
            setattr(call.tokens, name, value)
        await asyncio.sleep(reply.latency_s)
        if call.stream:
            return await self.send_stream(request, call, self._chunks(call, reply, uses), struck, reply.pause_s)
        message: Wire = {"role": "assistant", "content": reply.words or None, "refusal": None}
        if uses:
            message["tool_calls"] = [{k: v for k, v in use.items() if k != "index"} for use in uses]
        choice = {"index": 0, "message": message, "finish_reason": finish(reply), "logprobs": None}
        payload = {**self._head(call, reply, "chat.completion"), "choices": [choice], "usage": spent_on(call)}
        return await self.send_body(request, call, payload, struck)

    @staticmethod
    def _head(call: ModelCall, reply: Reply, kind: str) -> Wire:
        return {
            "id": f"chatcmpl-fake-{call.number}",
            "object": kind,
            "created": 1_767_225_600,
            "model": reply.model or call.model,
        }

    def _chunks(self, call: ModelCall, reply: Reply, uses: list[Wire]) -> Iterator[bytes]:
        head = self._head(call, reply, "chat.completion.chunk")
        counted = bool((call.raw.get("stream_options") or {}).get("include_usage"))
        extra: Wire = {"usage": None} if counted else {}

        def chunk(delta: Wire, ended: str | None = None) -> bytes:
            return sse({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": ended}], **extra})

        yield chunk({"role": "assistant", "content": ""})
        for piece in reply.text_pieces():
            yield chunk({"content": piece})
        for use in uses:
            asked = use["function"]
            yield chunk({"tool_calls": [{**use, "function": {"name": asked["name"], "arguments": ""}}]})
            for at in range(0, len(asked["arguments"]), 12):
                part = {"index": use["index"], "function": {"arguments": asked["arguments"][at : at + 12]}}
                yield chunk({"tool_calls": [part]})
        yield chunk({}, finish(reply))
        if counted:
            yield sse({**head, "choices": [], "usage": spent_on(call)})
        yield b"data: [DONE]\n\n"

    def _check_model(self, call: ModelCall) -> None:
        if self.models and call.model not in self.models:
            raise self.fault_refusal("not_found", "", call.model)

    def error_body(self, refusal: Refusal) -> Wire:
        kind = "invalid_request_error" if refusal.status < 500 else "server_error"
        return {"error": {"message": refusal.text, "type": kind, "param": None, "code": refusal.kind}}

    def fault_refusal(self, kind: str, text: str, model: str) -> Refusal:
        status, name, default = _REFUSALS[kind]
        return Refusal(status, name, text or default.format(model=model))

    def damaged(self, kind: str, text: str) -> bytes:
        if kind == "broken_json":
            return b'data: {"choices":[{"delta":{"content":"half\n\n'
        if kind == "huge_line":
            return b": " + b"x" * 8_388_608 + b"\n\n"
        return sse({"error": {"message": text or "overloaded", "type": "server_error", "param": None, "code": None}})


def _invalid(text: str) -> Refusal:
    return Refusal(400, "invalid_value", text)


def sse(payload: Wire) -> bytes:
    """One data line."""
    return f"data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


def finish(reply: Reply) -> str:
    """finish_reason."""
    return reply.stop or ("tool_calls" if reply.tool_uses else "stop")


def spent_on(call: ModelCall) -> Wire:
    """Usage on the wire; prompt_tokens include the cached ones."""
    prompt = call.tokens.input + call.tokens.cache_read
    return {
        "prompt_tokens": prompt, "completion_tokens": call.tokens.output, "total_tokens": prompt + call.tokens.output,
        "prompt_tokens_details": {"cached_tokens": call.tokens.cache_read},
    }  # fmt: skip


def tool_call(index: int, made_id: str, use: Any) -> Wire:
    """A tool call on the wire; arguments are JSON text."""
    function = {"name": use.name, "arguments": json.dumps(use.input)}
    return {"index": index, "id": made_id, "type": "function", "function": function}


def embedding(text: str, size: int) -> list[float]:
    """A unit vector that depends on the words of the text: texts with common words are nearer."""
    vector = [0.0] * size
    for word in text.lower().split() or [text]:
        digest = hashlib.sha256(word.encode()).digest()
        vector[int.from_bytes(digest[:4], "big") % size] += 1.0 if digest[4] & 1 else -1.0
    length = math.sqrt(sum(x * x for x in vector)) or 1.0
    return [x / length for x in vector]


def check_chat(raw: Wire) -> None:
    """Raise Refusal for what chat completions refuse: roles, tool call pairing, tool schemas, stream options."""
    messages = raw.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _invalid("[] is too short - 'messages'")
    open_calls: set[str] = set()
    for index, message in enumerate(messages):
        role = message.get("role")
        if role not in ("system", "developer", "user", "assistant", "tool"):
            raise _invalid(f"Invalid value: '{role}' for messages[{index}].role")
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                raise _invalid("messages with role 'tool' must be a response to a preceding message with 'tool_calls'.")
            open_calls.discard(message["tool_call_id"])
            continue
        if open_calls:
            raise _invalid(
                f"An assistant message with 'tool_calls' must be followed by tool messages: {sorted(open_calls)}"
            )
        open_calls = {str(call["id"]) for call in message.get("tool_calls") or []}
        if role != "assistant" and not message.get("content"):
            raise _invalid(f"messages[{index}].content is empty")
    for tool in raw.get("tools") or []:
        if tool.get("type") != "function" or not (tool.get("function") or {}).get("name"):
            raise _invalid("tools[].function.name is required")
    if raw.get("stream_options") is not None and not raw.get("stream"):
        raise _invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.")


def _said(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content or [] if isinstance(part, dict))


def read_ask(raw: Wire) -> Ask:
    """The request in plain terms."""
    turns = tuple((str(message["role"]), _said(message.get("content"))) for message in raw["messages"])
    system = "\n".join(text for role, text in turns if role in ("system", "developer"))
    last = next((text for role, text in reversed(turns) if role == "user"), "")
    results = tuple(text for role, text in turns if role == "tool")
    schema = ((raw.get("response_format") or {}).get("json_schema") or {}).get("schema")
    tools = tuple(str(tool["function"]["name"]) for tool in raw.get("tools") or [])
    return Ask(str(raw.get("model")), system, turns, last, tools, results, schema, raw)
