"""The door to every provider beyond Claude and Ollama, through LiteLLM. The only importer of `litellm`.

LiteLLM costs seconds of CPU and 150 MB to import, so it is loaded in a thread at the first call, and only when a
provider of it is configured. Sources: docs.litellm.ai (completion input, streaming, exception mapping) and its source.
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType
from typing import Any

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
from company.records import Completion, Condition, Health, Json, ModelCall, Stop, Usage
from company.secrets import Secret
from employees.draft import CallPieces, Draft
from employees.embedding import embedded
from employees.once import Once

MEND = "make install GROUPS=providers"
TRY_S = 10.0
STOPS = {
    "stop": Stop.END,
    "tool_calls": Stop.TOOL,
    "function_call": Stop.TOOL,
    "length": Stop.LENGTH,
    "content_filter": Stop.REFUSAL,
}
NO_KEY = "none"  # servers on this machine ask for no key, but the OpenAI dialect always sends one


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The library, the root of its errors, and a client of our own where the provider speaks OpenAI's dialect."""

    litellm: ModuleType
    error: type[Exception]
    client: Any = None


class LiteLLMDoor:
    """One provider by LiteLLM's name for it ("openai", "gemini", "openrouter", ...).

    Args:
        provider: the part of "provider/model" before the slash.
        base_url: where it answers; "" takes the provider's own address.
        key: its key; None for a server that needs none.
        clock: measures latency.
    """

    def __init__(self, provider: str, base_url: str, key: Secret | None, clock: Clock) -> None:
        self.provider = provider
        self._base_url = base_url
        self._key = key
        self._clock = clock
        self._library = Once(self._load)

    @property
    def installed(self) -> bool:
        """Whether the group of packages is there; looks at the disk, imports nothing."""
        return find_spec("litellm") is not None

    async def complete(self, call: ModelCall, on_text: OnText | None = None) -> Completion:
        """One answer, streamed; see the port `Model`."""
        loaded = await self._loaded()
        draft = Draft(who=f"{self.provider} ({call.model})", on_text=on_text)
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(call.timeout_s):
                await self._read(loaded, call, draft)
        except TimeoutError:
            raise ModelUnavailable(f"{draft.who} fell silent.", usage=draft.usage if draft.begun else None) from None
        except loaded.error as error:
            raise _explain(loaded.litellm, error, draft) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise draft.nonsense(f"sent something unreadable ({type(error).__name__})") from None
        latency_ms = round((self._clock.monotonic() - started) * 1000)
        return draft.completion(self.provider, call.model, latency_ms)

    async def embed(self, call: EmbeddingCall) -> Embedded:
        """Vectors, by OpenAI's own client where its dialect is spoken, else by LiteLLM's `embedding`; see `Embeds`.

        Sources: platform.openai.com/docs/api-reference/embeddings, docs.litellm.ai/docs/embedding/supported_embedding.
        """
        loaded = await self._loaded()
        who = Draft(who=f"{self.provider} ({call.model})")
        request: Json = {"input": list(call.texts), "encoding_format": "float", "timeout": call.timeout_s}
        try:
            async with asyncio.timeout(call.timeout_s):
                if loaded.client is not None:
                    answer = await loaded.client.embeddings.create(model=call.model, **request)
                else:
                    # in a thread: it reads certificates from the disk when it meets a provider for the first time
                    there = self._whither(call.model)
                    answer = await asyncio.to_thread(loaded.litellm.embedding, **request, **there)
            rows = sorted((dict(row) for row in answer.data), key=lambda row: int(row["index"]))
            vectors, used = [row["embedding"] for row in rows], getattr(answer.usage, "prompt_tokens", None)
        except TimeoutError:
            raise ModelUnavailable(f"{who.who} fell silent.") from None
        except loaded.error as error:
            raise _explain(loaded.litellm, error, who) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise who.nonsense(f"sent something unreadable ({type(error).__name__})") from None
        return embedded(who, vectors, len(call.texts), used)

    def _whither(self, model: str) -> Json:
        key = self._key.reveal() if self._key else NO_KEY
        there = {"model": f"{self.provider}/{model}", "api_key": key, "max_retries": 0}
        return there | ({"api_base": self._base_url} if self._base_url else {})

    async def _loaded(self) -> _Loaded:
        try:
            return await self._library.get()
        except ImportError as error:
            raise ModelUnavailable(
                f"The provider {self.provider} needs a package that is not there ({error.name}); run: {MEND}"
            ) from None

    def _load(self) -> _Loaded:
        """The library, and for the OpenAI dialect the one client: it reads certificates from disk."""
        # Without this its import fetches a price list from the internet and waits through three retries (its source).
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # noqa: TID251
        import litellm
        import openai  # comes with litellm, whose errors derive from its own
        from litellm.llms.custom_httpx.http_handler import get_ssl_configuration

        litellm.suppress_debug_info = True
        litellm.telemetry = False
        # Retries are ours; for vectors it takes our 0 for "not said" and this instead (its source).
        litellm.DEFAULT_MAX_RETRIES = 0  # type: ignore[attr-defined]
        litellm.disable_aiohttp_transport = True  # httpx, as in the other doors: closed when a call is cancelled
        get_ssl_configuration()  # kept by the library for its other clients
        if self.provider != "openai":
            return _Loaded(litellm, openai.OpenAIError)
        client, root, _ = self._openai()
        return _Loaded(litellm, root, client)

    async def _read(self, loaded: _Loaded, call: ModelCall, draft: Draft) -> None:
        more = {"client": loaded.client} if loaded.client is not None else {}
        stream = await loaded.litellm.acompletion(**self._request(call), **more)
        draft.opened = True
        try:
            parts = aiter(stream)
            while True:
                try:
                    async with asyncio.timeout(call.idle_timeout_s):
                        part = await anext(parts)
                except StopAsyncIteration:
                    return
                _take(part, draft)
        finally:
            with suppress(AttributeError):
                await stream.aclose()

    def _request(self, call: ModelCall) -> Json:
        request: Json = {
            "model": f"{self.provider}/{call.model}",
            "messages": _messages(call),
            "max_tokens": call.max_output_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            "timeout": call.timeout_s,
            "max_retries": 0,  # retries are the metered door's
            "num_retries": 0,
            "drop_params": True,
            "api_key": self._key.reveal() if self._key else NO_KEY,
        }
        if self._base_url:
            request["api_base"] = self._base_url
        if call.tools:
            request["tools"] = [
                {
                    "type": "function",
                    "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema},
                }
                for tool in call.tools
            ]
            request["_skip_mcp_handler"] = True  # 1.106 imports the package `mcp` for any tool otherwise, and fails
        if call.schema is not None:
            schema = {"name": "answer", "schema": call.schema}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        return request

    async def check(self) -> Health:
        """Whether the packages are there; asks the provider nothing, since not every one has a free question."""
        if not await asyncio.to_thread(lambda: self.installed):
            return Health(part=self.provider, condition=Condition.OFF, detail="its packages are missing", mend=MEND)
        return Health(part=self.provider, condition=Condition.OK, detail="configured")

    async def try_key(self) -> Health:
        """What the provider says to the key: OpenAI's list of models is free; for any other the same as `check`."""
        health = await self.check()
        if self.provider != "openai" or health.condition is not Condition.OK:
            return health
        client, unreachable, refused = await asyncio.to_thread(self._openai)
        try:
            async with asyncio.timeout(TRY_S):
                await client.models.list()
        except refused:
            mend = "set a valid key: ./nexus init --again, or OPENAI_API_KEY"
            return Health(part=self.provider, condition=Condition.ILL, detail="the key is refused", mend=mend)
        except (unreachable, TimeoutError) as error:
            detail = f"can't be reached ({type(error).__name__})"
            mend = f"check {self._base_url or client.base_url}"
            return Health(part=self.provider, condition=Condition.ILL, detail=detail, mend=mend)
        finally:
            await client.close()
        return Health(part=self.provider, condition=Condition.OK, detail="answers")

    def _openai(self) -> tuple[Any, type[Exception], tuple[type[Exception], ...]]:
        """A client in OpenAI's own dialect, the root of its errors, and those that are about the key."""
        import openai  # comes with litellm, and loads without it

        key = self._key.reveal() if self._key else NO_KEY
        client = openai.AsyncOpenAI(api_key=key, base_url=self._base_url or None, max_retries=0)
        return client, openai.OpenAIError, (openai.AuthenticationError, openai.PermissionDeniedError)

    async def close(self) -> None:
        """Close the library's connections and end its worker task."""
        loaded = await self._library.settled()
        if loaded is None:
            return
        if loaded.client is not None:
            await loaded.client.close()
        from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER
        from litellm.llms.custom_httpx.async_client_cleanup import close_litellm_async_clients

        let_go: Any = close_litellm_async_clients
        await let_go()
        await GLOBAL_LOGGING_WORKER.stop()


def _messages(call: ModelCall) -> list[Json]:
    wire: list[Json] = [{"role": "system", "content": call.system}] if call.system else []
    for message in call.messages:
        if message.role == "assistant":
            said: Json = {"role": "assistant", "content": message.text or None}
            if message.tool_calls:
                said["tool_calls"] = [
                    {
                        "id": made.id,
                        "type": "function",
                        "function": {"name": made.name, "arguments": json.dumps(made.arguments, ensure_ascii=False)},
                    }
                    for made in message.tool_calls
                ]
            wire.append(said)
            continue
        wire += [
            {"role": "tool", "tool_call_id": result.call_id, "content": result.text} for result in message.tool_results
        ]
        if message.text or not message.tool_results:
            wire.append({"role": "user", "content": message.text})
    return wire


def _take(part: Any, draft: Draft) -> None:
    usage = getattr(part, "usage", None)
    if usage is not None:
        details = getattr(usage, "prompt_tokens_details", None)
        cached = int(getattr(details, "cached_tokens", 0) or 0)
        draft.usage = Usage(
            input_tokens=max(0, int(usage.prompt_tokens or 0) - cached),
            output_tokens=int(usage.completion_tokens or 0),
            cache_read_tokens=cached,
        )
    for choice in part.choices:
        draft.add_text(choice.delta.content or "")
        for piece in choice.delta.tool_calls or ():
            _take_call(piece, draft)
        if choice.finish_reason:
            draft.stop = STOPS.get(choice.finish_reason, Stop.END)


def _take_call(piece: Any, draft: Draft) -> None:
    while len(draft.calls) <= (piece.index or 0):
        draft.calls.append(CallPieces(id=f"call_{len(draft.calls) + 1}", name=""))
    call = draft.calls[piece.index or 0]
    call.id = piece.id or call.id
    call.name += piece.function.name or ""
    call.json += piece.function.arguments or ""


def _explain(litellm: ModuleType, error: Any, draft: Draft) -> ModelError:
    error = getattr(error, "original_exception", None) or error  # inside a stream it comes wrapped
    known, usage, who = litellm.exceptions, draft.usage if draft.begun else None, draft.who
    status = int(getattr(error, "status_code", 0) or 0)
    overloaded = isinstance(error, known.RateLimitError | known.ServiceUnavailableError) or status in (429, 503)
    if overloaded and not draft.opened:
        return ModelOverloaded(f"{who} is overloaded.", usage=usage, retry_after_s=_retry_after(error))
    if isinstance(error, known.AuthenticationError | known.PermissionDeniedError) or status in (401, 402, 403):
        return ModelRefusedKey(f"{who} refuses the key or its account.", usage=usage)
    if isinstance(error, known.ContextWindowExceededError):
        return ContextTooLong(f"The input is too long for {who}.", usage=usage)
    if isinstance(error, known.Timeout):
        return ModelUnavailable(f"{who} fell silent.", usage=usage)
    if draft.opened:
        return draft.nonsense("was cut off in the middle of its answer")
    if 400 <= status < 500 and status not in (408, 409):
        return ModelRejected(f"{who} rejects the request ({type(error).__name__}).", usage=usage)
    return ModelUnavailable(f"{who} has trouble ({type(error).__name__}).", usage=usage)


def _retry_after(error: Any) -> float | None:
    headers: Any = getattr(getattr(error, "response", None), "headers", None) or {}
    with suppress(TypeError, ValueError):
        return max(0.0, float(headers.get("retry-after")))
    return None
