"""The door to Claude: Anthropic's Messages API, streamed. The only importer of `anthropic`.

Sources: platform.claude.com/docs, pages "Streaming messages", "Prompt caching", "Thinking", "Preserved thinking",
"Effort", "Structured outputs" and the migration guides of Opus 5.5, Sonnet 5.5 and Haiku 5.5, read 2026-11: the
5.5 models think adaptively when `thinking` is left out, reject sampling parameters, prefilled answers and forced tools,
and return text between tool calls as thinking blocks. A thinking block goes back unchanged, or not at all when
anything before it has changed since (the API answers 400 otherwise).
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import re
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from company.books import to_json
from company.clock import Clock
from company.errors import (
    ContextTooLong,
    ModelError,
    ModelOverloaded,
    ModelRefusedKey,
    ModelRejected,
    ModelUnavailable,
)
from company.ports import OnText
from company.records import Completion, Condition, Health, Json, Message, ModelCall, Stop, Usage
from company.secrets import Secret
from employees.draft import CallPieces, Draft
from employees.once import Once

if TYPE_CHECKING:
    from anthropic import APIStatusError, AsyncAnthropic
    from anthropic.types import RawMessageStreamEvent

CONNECT_S = 10.0
CHECK_S = 5.0
EPHEMERAL = {"type": "ephemeral"}
BYTES_PER_TOKEN = 4
STOPS = {
    "end_turn": Stop.END,
    "stop_sequence": Stop.END,
    "tool_use": Stop.TOOL,
    "max_tokens": Stop.LENGTH,
    "model_context_window_exceeded": Stop.LENGTH,
    "refusal": Stop.REFUSAL,
}
THINKING = ("thinking", "redacted_thinking")


@dataclass(slots=True)
class _Answer:
    """The stream as it arrives: the shared draft, and the content blocks in their order, as the API wants them back."""

    draft: Draft
    blocks: dict[int, Json] = field(default_factory=dict)
    calls: dict[int, CallPieces] = field(default_factory=dict)


class Claude:
    """Claude over HTTPS. Imports its library (about 1.5 s of CPU) in a thread at first use; `warm` does it ahead.

    Args:
        base_url: where the Messages API answers.
        key: the API key.
        clock: measures latency.
    """

    provider = "anthropic"

    def __init__(self, base_url: str, key: Secret, clock: Clock) -> None:
        self._base_url = base_url
        self._key = key
        self._clock = clock
        self._client = Once(self._build)

    def _build(self) -> AsyncAnthropic:
        if "anthropic" not in sys.modules:
            gc.disable()  # 3,000 modules that stay: to look for garbage among them costs 0.3 s and holds up the loop
            try:
                import anthropic  # noqa: F401
            finally:
                gc.enable()
            gc.freeze()  # nor need any later collection walk through them; again would keep all garbage of the day
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(api_key=self._key.reveal(), base_url=self._base_url, max_retries=0)

    async def warm(self) -> None:
        """Import the library and build the one client, so that the first message need not wait for it."""
        await self._client.get()

    async def complete(self, call: ModelCall, on_text: OnText | None = None) -> Completion:
        """One answer, streamed; see the port `Model`."""
        client = await self._client.get()
        import anthropic
        import httpx2  # Anthropic's transport: its errors come through while a stream is read

        answer = _Answer(Draft(who=f"Claude ({call.model})", on_text=on_text))
        timeout = anthropic.Timeout(call.timeout_s, connect=CONNECT_S, read=call.idle_timeout_s)
        request = _request(call)
        started = self._clock.monotonic()
        try:
            async with (
                asyncio.timeout(call.timeout_s),
                await client.messages.create(**request, stream=True, timeout=timeout) as stream,
            ):
                answer.draft.opened = True
                async for event in stream:
                    _take(event, answer)
        except anthropic.APIStatusError as error:
            raise _explain(error, answer.draft) from None
        except (TimeoutError, anthropic.APITimeoutError, httpx2.TimeoutException):
            raise ModelUnavailable(f"{answer.draft.who} fell silent.", usage=_known(answer.draft)) from None
        except (anthropic.APIConnectionError, httpx2.TransportError) as error:
            if answer.draft.opened:
                raise answer.draft.nonsense("was cut off in the middle of its answer") from None
            raise ModelUnavailable(f"Claude can't be reached ({type(error).__name__}).") from None
        except (anthropic.APIError, ValueError, KeyError, AttributeError) as error:
            raise answer.draft.nonsense(f"sent something unreadable ({type(error).__name__})") from None
        answer.draft.calls = [answer.calls[index] for index in sorted(answer.calls)]
        latency_ms = round((self._clock.monotonic() - started) * 1000)
        return answer.draft.completion(self.provider, call.model, latency_ms, _opaque(answer, request))

    async def check(self) -> Health:
        """Ask for the list of models: free, and it needs the key. Nothing is loaded for it: see `warm`."""
        client = self._client.built
        if client is None:
            return Health(part=self.provider, condition=Condition.OK, detail="configured; not used yet")
        import anthropic

        try:
            async with asyncio.timeout(CHECK_S):
                await client.models.list(limit=1)
        except (anthropic.AuthenticationError, anthropic.PermissionDeniedError):
            mend = "set a valid key: ./nexus init, or ANTHROPIC_API_KEY"
            return Health(part=self.provider, condition=Condition.ILL, detail="the key is refused", mend=mend)
        except (anthropic.APIError, TimeoutError) as error:
            detail = f"can't be reached ({type(error).__name__})"
            return Health(part=self.provider, condition=Condition.ILL, detail=detail, mend=f"check {self._base_url}")
        return Health(part=self.provider, condition=Condition.OK, detail="answers")

    async def close(self) -> None:
        """Close the connections."""
        client = await self._client.settled()
        if client is not None:
            await client.close()


def _request(call: ModelCall) -> Json:
    """The body, with caching marks laid on last so that they never change the prefix that thinking is bound to."""
    tools = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.schema} for tool in call.tools
    ]  # fmt: skip
    messages = _messages(call, tools)
    request: Json = {"model": call.model, "max_tokens": call.max_output_tokens, "messages": messages}
    if call.system:
        request["system"] = call.system
    if tools:
        request["tools"] = tools
    output: Json = {}
    if call.effort and _version(call.model) >= (4, 6):
        output["effort"] = call.effort
    if call.schema is not None:
        from anthropic import transform_schema

        output["format"] = {"type": "json_schema", "schema": transform_schema(call.schema)}
    if output:
        request["output_config"] = output
    return _marked(request, call)


def _messages(call: ModelCall, tools: list[Json]) -> list[Json]:
    wire: list[Json] = []
    for message in call.messages:
        if message.role == "assistant":
            blocks = _replayed(message, call, tools, wire)
            wire.append({"role": "assistant", "content": blocks or _plain(message)})
        elif message.tool_results:
            content: list[Json] = []
            for result in message.tool_results:
                block: Json = {"type": "tool_result", "tool_use_id": result.call_id, "content": result.text}
                content.append({**block, "is_error": True} if result.failed else block)
            if message.text:
                content.append({"type": "text", "text": message.text})
            wire.append({"role": "user", "content": content})
        else:
            wire.append({"role": "user", "content": message.text})
    return wire


def _plain(message: Message) -> list[Json]:
    content: list[Json] = [{"type": "text", "text": message.text}] if message.text.strip() else []
    content += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in message.tool_calls
    ]
    return content


def _replayed(message: Message, call: ModelCall, tools: list[Json], before: list[Json]) -> list[Json]:
    """The blocks as they came, thinking included, when nothing before them has changed; else []."""
    if not message.opaque:
        return []
    with suppress(ValueError, KeyError, TypeError):
        kept = json.loads(message.opaque)
        if kept["provider"] == Claude.provider and kept["prefix"] == _prefix(call.model, call.system, tools, before):
            return list(kept["blocks"])
    return []


def _prefix(model: str, system: str, tools: list[Json], messages: list[Json]) -> str:
    """A fingerprint of everything a thinking block is bound to (page "Preserved thinking")."""
    return hashlib.sha256(to_json([model, system, tools, messages]).encode()).hexdigest()


def _opaque(answer: _Answer, request: Json) -> str:
    """What has to come back unchanged in the next turn; "" when the text and the tool calls say it all."""
    blocks = [answer.blocks[index] for index in sorted(answer.blocks)]
    if not any(block.get("type") in THINKING for block in blocks):
        return ""
    bare = _unmarked(request)
    prefix = _prefix(bare["model"], bare.get("system", ""), bare.get("tools", []), bare["messages"])
    kept = [block for block in blocks if block.get("type") != "text" or block.get("text", "").strip()]
    return to_json({"provider": Claude.provider, "prefix": prefix, "blocks": kept})


def _marked(request: Json, call: ModelCall) -> Json:
    """Put cache marks where the prefix is long enough to be kept (page "Prompt caching": shorter ones are ignored).

    The order of a prompt is tools, system, messages. Of the messages, the newest turn of a tool loop is marked (the
    next turn will read it) and the one before it (which this turn reads); the first turn is not, because most orders
    have no second one and writing to the cache costs a quarter more than plain input.
    """
    least = _least_cacheable(call.model)
    fixed = _tokens(request.get("tools", [])) + _tokens(request.get("system", ""))
    marked = dict(request)
    if fixed >= least:
        if tools := request.get("tools"):
            marked["tools"] = [*tools[:-1], {**tools[-1], "cache_control": EPHEMERAL}]
        if system := request.get("system"):
            marked["system"] = [{"type": "text", "text": system, "cache_control": EPHEMERAL}]
    asked = [index for index, message in enumerate(request["messages"]) if message["role"] == "user"]
    if len(asked) > 1 and fixed + _tokens(request["messages"]) >= least:
        marked["messages"] = list(request["messages"])
        for index in asked[-2:]:
            marked["messages"][index] = _mark_last_block(marked["messages"][index])
    return marked


def _mark_last_block(message: Json) -> Json:
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    return {**message, "content": [*blocks[:-1], {**blocks[-1], "cache_control": EPHEMERAL}]}


def _unmarked(request: Json) -> Json:
    """The request as it was before `_marked`."""
    bare = dict(request)
    if isinstance(bare.get("system"), list):
        bare["system"] = bare["system"][0]["text"]
    bare["tools"] = [{key: tool[key] for key in tool if key != "cache_control"} for tool in bare.get("tools", [])]
    bare["messages"] = [_unmark(message) for message in bare["messages"]]
    return bare


def _unmark(message: Json) -> Json:
    content = message["content"]
    if isinstance(content, str) or "cache_control" not in content[-1]:
        return message
    last = {key: value for key, value in content[-1].items() if key != "cache_control"}
    if len(content) == 1 and last["type"] == "text" and message["role"] == "user":
        return {**message, "content": last["text"]}
    return {**message, "content": [*content[:-1], last]}


def _tokens(value: object) -> int:
    return len(to_json(value).encode()) // BYTES_PER_TOKEN if value else 0


def _version(model: str) -> tuple[int, int]:
    """(5, 5) of "claude-opus-5-5"; (0, 0) for a name of another shape."""
    found = re.fullmatch(r"claude-[a-z]+-(\d+)(?:-(\d{1,2}))?(?:-\d{8})?", model)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def _least_cacheable(model: str) -> int:
    """The shortest prefix the cache keeps, tokens: 512 since 5.5, 1,024 for 5.0, up to 4,096 before."""
    version = _version(model)
    if version >= (5, 5):
        return 512
    return 1024 if version >= (5, 0) else 4096


def _take(event: RawMessageStreamEvent, answer: _Answer) -> None:
    if event.type == "content_block_delta":
        _take_delta(event.index, event.delta, answer)
    elif event.type == "content_block_start":
        block = event.content_block.to_dict()
        answer.blocks[event.index] = block
        if block["type"] == "tool_use":
            answer.calls[event.index] = CallPieces(id=str(block["id"]), name=str(block["name"]))
        elif block["type"] == "text":
            answer.draft.add_text(str(block.get("text", "")))
    elif event.type == "content_block_stop":
        _finish_block(event.index, answer)
    elif event.type == "message_start":
        answer.draft.usage = _usage(event.message.usage, Usage())
    elif event.type == "message_delta":
        answer.draft.usage = _usage(event.usage, answer.draft.usage)
        answer.draft.stop = STOPS.get(event.delta.stop_reason or "", answer.draft.stop)


def _take_delta(index: int, delta: Any, answer: _Answer) -> None:
    block = answer.blocks[index]
    if delta.type == "text_delta":
        block["text"] = str(block.get("text", "")) + delta.text
        answer.draft.add_text(delta.text)
    elif delta.type == "input_json_delta":
        answer.calls[index].json += delta.partial_json
    elif delta.type == "thinking_delta":
        block["thinking"] = str(block.get("thinking", "")) + delta.thinking
    elif delta.type == "signature_delta":
        block["signature"] = str(block.get("signature", "")) + delta.signature


def _finish_block(index: int, answer: _Answer) -> None:
    pieces = answer.calls.get(index)
    if pieces is not None:
        with suppress(ValueError):  # a call that the length limit cut is dropped by the draft
            answer.blocks[index]["input"] = json.loads(pieces.json or "{}")


def _usage(counted: Any, before: Usage) -> Usage:
    """Counts are cumulative; a later event may leave out what an earlier one told."""

    def newer(name: str, old: int) -> int:
        value = getattr(counted, name, None)
        return old if value is None else int(value)

    return Usage(
        input_tokens=newer("input_tokens", before.input_tokens),
        output_tokens=newer("output_tokens", before.output_tokens),
        cache_read_tokens=newer("cache_read_input_tokens", before.cache_read_tokens),
        cache_write_tokens=newer("cache_creation_input_tokens", before.cache_write_tokens),
    )


def _known(draft: Draft) -> Usage | None:
    return draft.usage if draft.begun else None


def _explain(error: APIStatusError, draft: Draft) -> ModelError:
    """The API's error as ours. An error inside a stream comes with status 200, so its type is looked at first."""
    kind: str = error.type or ""
    status, usage = error.status_code, _known(draft)
    said = (error.api_message or error.message)[:200]
    if kind in ("overloaded_error", "rate_limit_error") or status in (429, 529):
        wait = _retry_after(error.response.headers)
        return ModelOverloaded(f"{draft.who} is overloaded.", usage=usage, retry_after_s=wait)
    if kind in ("authentication_error", "permission_error", "billing_error") or status in (401, 402, 403):
        return ModelRefusedKey(f"Anthropic refuses the key or its account ({kind or status}).", usage=usage)
    if kind == "request_too_large" or status == 413 or "prompt is too long" in said:
        return ContextTooLong(f"The input is too long for {draft.who}: {said}", usage=usage)
    if kind in ("api_error", "timeout_error") or status >= 500 or status in (408, 409):
        return ModelUnavailable(f"{draft.who} has trouble ({kind or status}).", usage=usage)
    if status == 200:
        return draft.nonsense(f"ended its answer with an error ({kind})")
    return ModelRejected(f"{draft.who} rejects the request: {said}", usage=usage)


def _retry_after(headers: Any) -> float | None:
    with suppress(TypeError, ValueError):
        return max(0.0, float(headers.get("retry-after")))
    return None
