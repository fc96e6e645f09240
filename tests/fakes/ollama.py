"""`FakeOllama`: a local Ollama server: chat, tags, show, embed, version and pull.

Source: https://docs.ollama.com/api (chat, tags, show, embed, pull); durations are nanoseconds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from typing import Any

from aiohttp import web

from tests.fakes.faults import Struck
from tests.fakes.models import Ask, ModelCall, ModelFake, Refusal, Reply, stop_reply, tokens_of
from tests.fakes.openai import embedding
from tests.fakes.wire import json_answer

Wire = dict[str, Any]
WHEN = "2026-11-01T00:00:00.000000Z"
_REFUSALS = {
    "429": (429, "too many requests"),
    "overloaded": (503, "server busy, please try again. maximum pending requests exceeded"),
    "500": (500, "llama runner process has terminated: signal: killed"),
    "401": (401, "unauthorized"),
    "400": (400, "the fake says no"),
    "context": (400, "the input length exceeds the context length"),
    "not_found": (404, "model '{model}' not found"),
}


class FakeOllama(ModelFake):
    """AsyncClient(host=fake.url). `models` can grow by /api/pull of a name in `registry`."""

    stream_type = "application/x-ndjson"

    def __init__(
        self,
        *,
        models: Iterable[str] = ("qwen3:4b", "nomic-embed-text:latest"),
        registry: Iterable[str] = ("llama3.2:3b",),
        validate: bool = True,
        seed: int = 0,
        port: int = 0,
        context_length: int = 32_768,
        dimensions: int = 64,
    ) -> None:
        super().__init__(models=models, validate=validate, seed=seed, port=port)
        self.registry = set(registry)
        self.context_length = context_length
        self.dimensions = dimensions

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "HEAD" or request.path == "/":
            return web.Response(text="Ollama is running")
        if request.path == "/api/version":
            return json_answer({"version": "0.12.0"})
        if request.path == "/api/tags":
            return json_answer({"models": [self._tag(name) for name in self.models]})
        table = {"/api/chat": self._chat, "/api/show": self._show, "/api/embed": self._embed, "/api/pull": self._pull}
        work = table.get(request.path)
        if work is None:
            return web.Response(status=404, text="404 page not found")
        try:
            raw = json.loads(await request.read())
        except ValueError:
            return self.refused(Refusal(400, "", "invalid JSON"))
        call = self.call(request, raw, stream=bool(raw.get("stream", True)))
        return await self.guarded(request, call, lambda: self._work(work, request, call))

    async def _work(self, work: Any, request: web.BaseRequest, call: ModelCall) -> web.StreamResponse:
        struck = self.faults.draw(call.path, model=call.model)
        await self.early_fault(call, struck)
        if call.path != "/api/pull" and self._full(call.model) not in self.models:
            raise Refusal(404, "", f"model '{call.model}' not found", violation=False)
        response: web.StreamResponse = await work(request, call, struck)
        return response

    @staticmethod
    def _full(name: str) -> str:
        return name if ":" in name else f"{name}:latest"

    def _tag(self, name: str) -> Wire:
        details = {"parent_model": "", "format": "gguf", "family": name.split(":")[0], "families": None,
                   "parameter_size": "4.0B", "quantization_level": "Q4_K_M"}  # fmt: skip
        return {
            "name": name,
            "model": name,
            "modified_at": WHEN,
            "size": 2_600_000_000,
            "digest": "f" * 64,
            "details": details,
        }

    async def _show(self, request: web.BaseRequest, call: ModelCall, struck: Struck | None) -> web.StreamResponse:
        able = ["embedding"] if "embed" in call.model else ["completion", "tools", "thinking"]
        info = {"general.architecture": "fake", "fake.context_length": self.context_length,
                "general.parameter_count": 4_000_000_000, "fake.embedding_length": self.dimensions}  # fmt: skip
        details = self._tag(self._full(call.model))["details"]
        shown = {
            "modelfile": "FROM fake",
            "parameters": "",
            "template": "{{ .Prompt }}",
            "details": details,
            "model_info": info,
        }
        return await self.send_body(request, call, {**shown, "capabilities": able, "modified_at": WHEN}, struck)

    async def _embed(self, request: web.BaseRequest, call: ModelCall, struck: Struck | None) -> web.StreamResponse:
        given = call.raw.get("input")
        texts = [given] if isinstance(given, str) else list(given or [])
        size = int(call.raw.get("dimensions") or self.dimensions)
        call.tokens.input = sum(map(tokens_of, texts))
        payload = {
            "model": call.model, "embeddings": [embedding(text, size) for text in texts], "total_duration": 1_000_000,
            "load_duration": 1000, "prompt_eval_count": call.tokens.input,
        }  # fmt: skip
        return await self.send_body(request, call, payload, struck)

    async def _pull(self, request: web.BaseRequest, call: ModelCall, struck: Struck | None) -> web.StreamResponse:
        name = self._full(call.model)
        if name not in self.registry and name not in self.models:
            lines: list[Wire] = [{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}]
        else:
            size = 2_600_000_000
            layer: Wire = {"status": "pulling ffffffffffff", "digest": "sha256:" + "f" * 64, "total": size}
            parts = [{**layer, "completed": size * n // 4} for n in range(5)]
            ends = [{"status": "verifying sha256 digest"}, {"status": "writing manifest"}, {"status": "success"}]
            lines = [{"status": "pulling manifest"}, *parts, *ends]
            if name not in self.models:
                self.models.append(name)
        if not call.stream:
            if "error" in lines[-1]:
                raise Refusal(500, "", str(lines[-1]["error"]), violation=False)
            return await self.send_body(request, call, lines[-1], struck)
        return await self.send_stream(request, call, map(line, lines), struck, 0)

    async def _chat(self, request: web.BaseRequest, call: ModelCall, struck: Struck | None) -> web.StreamResponse:
        if self.validate:
            check_chat(call.raw)
        call.ask = ask = read_ask(call.raw)
        call.tokens.input = sum(tokens_of(text) for _, text in ask.turns)
        call.reply = reply = stop_reply(struck, await self.reply_to(ask), "stop")
        uses = [{"function": {"name": use.name, "arguments": use.input}} for use in reply.tool_uses]
        call.tokens.output = tokens_of(reply.words + reply.thinking + "".join(json.dumps(use) for use in uses))
        for name, value in reply.usage.items():
            setattr(call.tokens, name, value)
        if reply.latency_s:
            await asyncio.sleep(reply.latency_s)
        if call.stream:
            return await self.send_stream(request, call, self._lines(call, reply, uses), struck, reply.pause_s)
        message: Wire = {"role": "assistant", "content": reply.words}
        if reply.thinking:
            message["thinking"] = reply.thinking
        if uses:
            message["tool_calls"] = uses
        return await self.send_body(
            request, call, {**self._head(call), "message": message, **self._end(call, reply)}, struck
        )

    @staticmethod
    def _head(call: ModelCall) -> Wire:
        model = call.reply.model if call.reply is not None and call.reply.model else call.model
        return {"model": model, "created_at": WHEN}

    @staticmethod
    def _end(call: ModelCall, reply: Reply) -> Wire:
        return {
            "done": True, "done_reason": reply.stop or "stop", "total_duration": 5_000_000, "load_duration": 1_000_000,
            "prompt_eval_count": call.tokens.input, "prompt_eval_duration": 1_000_000, "eval_count": call.tokens.output,
            "eval_duration": 2_000_000,
        }  # fmt: skip

    def _lines(self, call: ModelCall, reply: Reply, uses: list[Wire]) -> Iterator[bytes]:
        head = self._head(call)
        said: list[Wire] = [{"content": "", "thinking": reply.thinking}] if reply.thinking else []
        said += [{"content": piece} for piece in reply.text_pieces()]
        if uses:
            said.append({"content": "", "tool_calls": uses})
        for part in said:
            yield line({**head, "message": {"role": "assistant", **part}, "done": False})
        yield line({**head, "message": {"role": "assistant", "content": ""}, **self._end(call, reply)})

    def error_body(self, refusal: Refusal) -> Wire:
        return {"error": refusal.text}

    def fault_refusal(self, kind: str, text: str, model: str) -> Refusal:
        status, default = _REFUSALS[kind]
        return Refusal(status, "", text or default.format(model=model))

    def damaged(self, kind: str, text: str) -> bytes:
        if kind == "broken_json":
            return b'{"model":"x","message":{"role":"assistant","content":"ha\n'
        if kind == "huge_line":
            return b'{"padding":"' + b"x" * 8_388_608 + b'"}\n'
        return line({"error": text or "unexpected EOF"})


def line(payload: Wire) -> bytes:
    """One line of NDJSON."""
    return json.dumps(payload, ensure_ascii=False).encode() + b"\n"


def check_chat(raw: Wire) -> None:
    """Raise Refusal for a chat that Ollama (or its model's template) cannot make sense of."""
    for index, message in enumerate(raw.get("messages") or []):
        if message.get("role") not in ("system", "user", "assistant", "tool"):
            raise Refusal(400, "", f"messages[{index}]: invalid role {message.get('role')!r}")
        if not isinstance(message.get("content", ""), str):
            raise Refusal(
                400, "", f"json: cannot unmarshal messages[{index}].content into Go struct field of type string"
            )
    wanted = raw.get("format")
    if wanted not in (None, "", "json") and not (isinstance(wanted, dict) and wanted.get("type")):
        raise Refusal(400, "", f'invalid format: {wanted!r}; expected "json" or a JSON schema')
    for tool in raw.get("tools") or []:
        if not (tool.get("function") or {}).get("name"):
            raise Refusal(400, "", "tools: function name is required")


def read_ask(raw: Wire) -> Ask:
    """The request in plain terms."""
    turns = tuple((str(message["role"]), str(message.get("content") or "")) for message in raw.get("messages") or [])
    wanted = raw.get("format")
    schema = wanted if isinstance(wanted, dict) else {"type": "object", "properties": {}} if wanted == "json" else None
    tools = tuple(str(tool["function"]["name"]) for tool in raw.get("tools") or [])
    system = "\n".join(text for role, text in turns if role == "system")
    last = next((text for role, text in reversed(turns) if role == "user"), "")
    results = tuple(text for role, text in turns if role == "tool")
    return Ask(str(raw.get("model")), system, turns, last, tools, results, schema, raw)
