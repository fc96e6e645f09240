"""The OpenAI fake by raw HTTP, the Ollama fake by Ollama's own client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import ollama
import pytest

from tests.fakes.models import Reply, ToolUse, example_of
from tests.fakes.ollama import FakeOllama
from tests.fakes.openai import FakeOpenAI

USER = [{"role": "user", "content": "What is up?"}]
NOTHING = {"type": "object", "properties": {}}
FUNCTION = {"type": "function", "function": {"name": "weather", "description": "w", "parameters": NOTHING}}
VERDICT = {
    "type": "object", "required": ["tier", "score"],
    "properties": {
        "tier": {"enum": ["intern", "ceo"]}, "score": {"type": "integer", "minimum": 1}, "why": {"type": "string"},
    },
}  # fmt: skip


@pytest.fixture
async def openai() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def http(openai: FakeOpenAI) -> AsyncIterator[httpx.AsyncClient]:
    head = {"authorization": f"Bearer {openai.api_key}"}
    async with httpx.AsyncClient(
        base_url=openai.base_url, headers=head, trust_env=False, timeout=5, verify=False
    ) as client:
        yield client


@pytest.fixture
async def local() -> AsyncIterator[FakeOllama]:
    async with FakeOllama() as server:
        yield server


@pytest.fixture
async def client(local: FakeOllama) -> AsyncIterator[ollama.AsyncClient]:
    sdk = ollama.AsyncClient(host=local.url, timeout=5, verify=False)
    yield sdk
    await sdk._client.aclose()


def chunks(body: str) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in body.split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


async def test_chat_whole_and_streamed(openai: FakeOpenAI, http: httpx.AsyncClient) -> None:
    asked = {"model": "gpt-6", "messages": [{"role": "system", "content": "Be brief."}, *USER]}
    whole = (await http.post("/chat/completions", json=asked)).json()
    streamed = await http.post(
        "/chat/completions", json={**asked, "stream": True, "stream_options": {"include_usage": True}}
    )
    got = chunks(streamed.text)
    text = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in got if chunk["choices"])
    assert text == whole["choices"][0]["message"]["content"]
    assert got[-1]["usage"] == whole["usage"]
    assert got[-2]["choices"][0]["finish_reason"] == "stop"
    assert openai.asks[0].system == "Be brief."


async def test_chat_tools_pair(openai: FakeOpenAI, http: httpx.AsyncClient) -> None:
    openai.reply_with(Reply(tool_uses=(ToolUse("weather", {"city": "Oslo"}),)), "Rain.")
    asked = {"model": "gpt-6", "messages": USER, "tools": [FUNCTION]}
    got = chunks((await http.post("/chat/completions", json={**asked, "stream": True})).text)
    parts = [call for chunk in got for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
    arguments = "".join(part["function"]["arguments"] for part in parts)
    assert json.loads(arguments) == {"city": "Oslo"}
    call = {"id": parts[0]["id"], "type": "function", "function": {"name": "weather", "arguments": arguments}}
    turn = {"role": "assistant", "content": None, "tool_calls": [call]}
    tool = {"role": "tool", "tool_call_id": parts[0]["id"], "content": "3 C"}
    good = await http.post("/chat/completions", json={**asked, "messages": [*USER, turn, tool]})
    assert good.json()["choices"][0]["message"]["content"] == "Rain."
    bad = await http.post("/chat/completions", json={**asked, "messages": [*USER, turn, *USER]})
    assert bad.status_code == 400
    assert len(openai.violations) == 1


async def test_embeddings_models_and_errors(openai: FakeOpenAI, http: httpx.AsyncClient) -> None:
    payload = {"model": "text-embedding-3-small", "input": ["red fox", "red fox den", "tax law"]}
    a, b, c = [row["embedding"] for row in (await http.post("/embeddings", json=payload)).json()["data"]]
    assert sum(x * y for x, y in zip(a, b, strict=True)) > sum(x * y for x, y in zip(a, c, strict=True))
    assert [row["id"] for row in (await http.get("/models")).json()["data"]] == openai.models
    wrong = await http.get("/models", headers={"authorization": "Bearer no"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "invalid_api_key")
    asked = {"model": "gpt-6", "messages": USER}
    missing = await http.post("/chat/completions", json={**asked, "model": "gpt-0"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "model_not_found")
    expected = {"429": 429, "overloaded": 503, "500": 500, "context": 400}
    for kind in expected:
        openai.faults.add(kind, retry_after=2)
    answers = [await http.post("/chat/completions", json=asked) for _ in expected]
    assert [answer.status_code for answer in answers] == list(expected.values())
    assert answers[0].headers["retry-after"] == "2"
    assert answers[3].json()["error"]["code"] == "context_length_exceeded"


async def read_text(http: httpx.AsyncClient, asked: dict[str, Any]) -> str:
    """The body, decoded strictly."""
    return (await http.post("/chat/completions", json=asked)).content.decode()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["cut", "drop", "invalid_utf8"])
async def test_broken_chats(openai: FakeOpenAI, http: httpx.AsyncClient, kind: str, stream: bool) -> None:
    openai.faults.add(kind, at_byte=100)
    with pytest.raises((httpx.HTTPError, UnicodeDecodeError)):
        await read_text(http, {"model": "gpt-6", "messages": USER, "stream": stream})
    assert openai.calls[0].outcome == kind


async def test_ollama_chat_whole_streamed_and_thinking(local: FakeOllama, client: ollama.AsyncClient) -> None:
    local.reply_with(Reply("Hello there, Board.", thinking="hm", pieces=4))
    pieces = [part async for part in await client.chat("qwen3:4b", USER, stream=True)]
    assert "".join(part.message.content or "" for part in pieces) == "Hello there, Board."
    assert pieces[0].message.thinking == "hm"
    assert (pieces[-1].done, pieces[-1].eval_count, pieces[-1].prompt_eval_count) == (True, 6, 3)
    whole = await client.chat("qwen3:4b", USER)
    assert "What is up?" in (whole.message.content or "")


async def test_ollama_schema_and_tools(local: FakeOllama, client: ollama.AsyncClient) -> None:
    reply = await client.chat("qwen3:4b", USER, format=VERDICT)
    assert json.loads(reply.message.content or "") == {"tier": "intern", "score": 1, "why": "What is up?"}
    assert local.asks[0].schema == VERDICT
    local.reply_with(Reply(tool_uses=(ToolUse("weather", {"city": "Rome"}),)))
    called = await client.chat("qwen3:4b", USER, tools=[FUNCTION])
    assert called.message.tool_calls is not None
    assert called.message.tool_calls[0].function.arguments == {"city": "Rome"}


async def test_ollama_house_keeping(local: FakeOllama, client: ollama.AsyncClient) -> None:
    assert [model.model for model in (await client.list()).models] == local.models
    shown = await client.show("qwen3:4b")
    assert shown.capabilities == ["completion", "tools", "thinking"]
    assert (shown.modelinfo or {})["fake.context_length"] == 32_768
    vectors = (await client.embed("nomic-embed-text", ["a", "b"])).embeddings
    assert [len(vector) for vector in vectors] == [64, 64]
    progress = [part async for part in await client.pull("llama3.2:3b", stream=True)]
    assert progress[-1].status == "success"
    assert any(part.completed == part.total for part in progress if part.total)
    assert "llama3.2:3b" in local.models
    with pytest.raises(ollama.ResponseError, match="file does not exist"):
        _ = [part async for part in await client.pull("nonesuch", stream=True)]


async def test_ollama_faults(local: FakeOllama, client: ollama.AsyncClient) -> None:
    with pytest.raises(ollama.ResponseError) as missing:
        await client.chat("nonesuch", USER)
    assert missing.value.status_code == 404
    local.reply_with("the moon is {not json")
    assert (await client.chat("qwen3:4b", USER, format=VERDICT)).message.content == "the moon is {not json"
    local.faults.add("500")
    with pytest.raises(ollama.ResponseError, match="llama runner"):
        await client.chat("qwen3:4b", USER)
    local.faults.add("broken_json", at_byte=0)
    with pytest.raises(json.JSONDecodeError):
        _ = [part async for part in await client.chat("qwen3:4b", USER, stream=True)]
    local.faults.add("stream_error", at_byte=200)
    with pytest.raises(ollama.ResponseError):
        _ = [part async for part in await client.chat("qwen3:4b", USER, stream=True)]
    local.faults.add("slow", delay_s=30)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.chat("qwen3:4b", USER)
    await local.down()
    with pytest.raises(ConnectionError):
        await client.chat("qwen3:4b", USER)


def test_example_of_fits_plain_schemas() -> None:
    schema = {"type": "array", "minItems": 2, "items": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}}
    assert example_of(schema) == [False, False]
