"""The door to local models through Ollama. The only importer of `ollama`.

Sources: docs.ollama.com/api/chat (streamed chat, tools, `format` = JSON schema, `think`), its FAQ on the context window
(the default of 4,096 tokens cuts longer prompts silently, so each call says how much it needs), the client's source.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from company.clock import Clock
from company.embedding_records import Embedded, EmbeddingCall
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
from employees.draft import CallPieces, Draft
from employees.embedding import embedded
from employees.once import Once

if TYPE_CHECKING:
    from ollama import AsyncClient, ChatResponse, ResponseError

CHECK_S = 3.0
KNOCK_S = 0.5
WINDOWS = (4096, 8192, 16384, 32768, 65536, 131072)
"""Sizes of the context window we ask for, tokens: few, because a change of size makes Ollama load the model anew."""
BYTES_PER_TOKEN = 3  # of a prompt; below the usual 4, so that the window is rather too large than too small


class OllamaDoor:
    """Local models over HTTP. Imports its library (about 0.3 s) in a thread at first use.

    Args:
        base_url: where Ollama answers.
        clock: measures latency.
        models: the models the configuration names, for `check`.
    """

    provider = "ollama"

    def __init__(self, base_url: str, clock: Clock, models: tuple[str, ...] = ()) -> None:
        self._base_url = base_url
        self._clock = clock
        self._models = models
        self._client = Once(self._build)

    def _build(self) -> AsyncClient:
        from ollama import AsyncClient

        return AsyncClient(host=self._base_url)  # no time limit of its own: each call has one below

    async def answers(self) -> bool:
        """Whether somebody listens at the address; takes no library and at most half a second."""
        url = urlsplit(self._base_url)
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            async with asyncio.timeout(KNOCK_S):
                _, writer = await asyncio.open_connection(url.hostname, port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    async def complete(self, call: ModelCall, on_text: OnText | None = None) -> Completion:
        """One answer, streamed; see the port `Model`. The first piece may take the whole `timeout_s`: loading a model
        from disk says nothing; after it, `idle_timeout_s` holds."""
        client = await self._client.get()
        import httpx
        from ollama import ResponseError

        draft = Draft(who=f"Ollama ({call.model})", on_text=on_text)
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(call.timeout_s):
                stream = await client.chat(**_request(call), stream=True)
                async with aclosing(cast("Any", stream)) as parts:
                    async for part in _paced(parts, call.idle_timeout_s):
                        draft.opened = True
                        _take(part, draft)
        except ResponseError as error:
            raise _explain(error, draft, call.model) from None
        except (TimeoutError, httpx.TimeoutException):
            raise ModelUnavailable(f"{draft.who} fell silent.", usage=draft.usage if draft.begun else None) from None
        except (ConnectionError, httpx.TransportError) as error:
            if draft.opened:
                raise draft.nonsense("was cut off in the middle of its answer") from None
            if isinstance(error, httpx.RemoteProtocolError):
                raise ModelUnavailable(f"{draft.who} hung up without an answer.") from None
            raise ModelUnavailable(
                f"Ollama can't be reached at {self._base_url} ({type(error).__name__}); start it with: ollama serve"
            ) from None
        except (httpx.HTTPError, ValueError, TypeError, AttributeError) as error:
            raise draft.nonsense(f"sent something unreadable ({type(error).__name__})") from None
        latency_ms = round((self._clock.monotonic() - started) * 1000)
        return draft.completion(self.provider, call.model, latency_ms)

    async def embed(self, call: EmbeddingCall) -> Embedded:
        """Vectors by `/api/embed` (docs.ollama.com/api/embed); see `Embeds`. Ollama cuts longer texts."""
        client = await self._client.get()
        import httpx
        from ollama import ResponseError

        who = Draft(who=f"Ollama ({call.model})")
        try:
            async with asyncio.timeout(call.timeout_s):
                answer = await client.embed(model=call.model, input=list(call.texts), truncate=True)
        except ResponseError as error:
            raise _explain(error, who, call.model) from None
        except (TimeoutError, httpx.TimeoutException):
            raise ModelUnavailable(f"{who.who} fell silent.") from None
        except (ConnectionError, httpx.TransportError) as error:
            raise ModelUnavailable(
                f"Ollama can't be reached at {self._base_url} ({type(error).__name__}); start it with: ollama serve"
            ) from None
        except (httpx.HTTPError, ValueError, TypeError, AttributeError) as error:
            raise who.nonsense(f"sent something unreadable ({type(error).__name__})") from None
        return embedded(who, answer.embeddings, len(call.texts), answer.prompt_eval_count)

    async def check(self) -> Health:
        """Ask which models are there; names the command for each configured model that is missing."""
        import_needed = self._client.built is None
        if import_needed and not await self.answers():
            return self._absent("nobody listens")
        client = await self._client.get()
        import httpx
        from ollama import ResponseError

        try:
            async with asyncio.timeout(CHECK_S):
                listed = await client.list()
        except (ResponseError, ConnectionError, TimeoutError, httpx.HTTPError, ValueError) as error:
            return self._absent(type(error).__name__)
        present = sorted(model.model for model in listed.models if model.model)
        missing = [name for name in self._models if not _is_among(name, present)]
        facts: Json = {"models": present, "missing": missing}
        if missing:
            mend = "; ".join(f"ollama pull {name}" for name in missing)
            detail = f"{', '.join(missing)} not pulled"
            return Health(part=self.provider, condition=Condition.WARNING, detail=detail, mend=mend, facts=facts)
        return Health(part=self.provider, condition=Condition.OK, detail=f"{len(present)} models", facts=facts)

    def _absent(self, why: str) -> Health:
        mend = "install Ollama from ollama.com and run: ollama serve"
        detail = f"no answer at {self._base_url} ({why})"
        return Health(part=self.provider, condition=Condition.OFF, detail=detail, mend=mend)

    async def close(self) -> None:
        """Close the connections."""
        client: Any = await self._client.settled()
        if client is not None:
            await client.close()


async def _paced(parts: AsyncIterator[ChatResponse], idle_s: float) -> AsyncIterator[ChatResponse]:
    """The parts, or TimeoutError when the next one does not come within `idle_s` of the one before."""
    limit: float | None = None
    while True:
        try:
            async with asyncio.timeout(limit):
                part = await anext(parts)
        except StopAsyncIteration:
            return
        limit = idle_s
        yield part


def _request(call: ModelCall) -> Json:
    request: Json = {
        "model": call.model,
        "messages": _messages(call),
        "think": False,  # Qwen3 and its like would think for seconds over a one-line question
        "options": {"num_predict": call.max_output_tokens, "num_ctx": _window(call)},
    }
    if call.tools:
        request["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema},
            }
            for tool in call.tools
        ]
    if call.schema is not None:
        request["format"] = call.schema
    return request


def _messages(call: ModelCall) -> list[Json]:
    wire: list[Json] = [{"role": "system", "content": call.system}] if call.system else []
    names: dict[str, str] = {}
    for message in call.messages:
        if message.role == "assistant":
            wire.append(_assistant(message))
            names |= {made.id: made.name for made in message.tool_calls}
            continue
        wire += [
            {"role": "tool", "content": result.text, "tool_name": names.get(result.call_id, "")}
            for result in message.tool_results
        ]
        if message.text or not message.tool_results:
            wire.append({"role": "user", "content": message.text})
    return wire


def _assistant(message: Message) -> Json:
    said: Json = {"role": "assistant", "content": message.text}
    if message.tool_calls:
        said["tool_calls"] = [
            {"function": {"name": call.name, "arguments": call.arguments}} for call in message.tool_calls
        ]
    return said


def _window(call: ModelCall) -> int:
    size = len(call.system.encode())
    for message in call.messages:
        size += len(message.text.encode()) + sum(len(result.text.encode()) for result in message.tool_results)
        size += sum(len(json.dumps(made.arguments)) for made in message.tool_calls)
    size += sum(len(tool.description) + len(json.dumps(tool.schema)) for tool in call.tools)
    needed = size // BYTES_PER_TOKEN + call.max_output_tokens + 64
    return next((window for window in WINDOWS if window >= needed), WINDOWS[-1])


def _take(part: ChatResponse, draft: Draft) -> None:
    draft.add_text(part.message.content or "")
    for made in part.message.tool_calls or ():
        arguments = json.dumps(dict(made.function.arguments))
        draft.calls.append(CallPieces(id=f"call_{len(draft.calls) + 1}", name=made.function.name, json=arguments))
    if part.done:
        draft.usage = Usage(input_tokens=part.prompt_eval_count or 0, output_tokens=part.eval_count or 0)
        draft.stop = Stop.LENGTH if part.done_reason == "length" else Stop.END


def _explain(error: ResponseError, draft: Draft, model: str) -> ModelError:
    status, said = error.status_code, str(error.error)[:200]
    usage = draft.usage if draft.begun else None
    if status == 404:
        return ModelRejected(f"Ollama has no model '{model}'; run: ollama pull {model}")
    if status in (429, 503):
        return ModelOverloaded(f"{draft.who} is overloaded.", usage=usage)
    if status in (401, 403):
        return ModelRefusedKey(f"{draft.who} refuses us.", usage=usage)
    if status == 400 and "context length" in said:
        return ContextTooLong(f"The input is too long for {draft.who}.", usage=usage)
    if 400 <= status < 500 and status != 408:
        return ModelRejected(f"{draft.who} rejects the request: {said}", usage=usage)
    if status == -1:  # an error line inside the stream
        return draft.nonsense(f"ended its answer with an error ({said})")
    return ModelUnavailable(f"{draft.who} has trouble ({status}).", usage=usage)


def _is_among(name: str, present: list[str]) -> bool:
    return name in present or (":" not in name and f"{name}:latest" in present)
