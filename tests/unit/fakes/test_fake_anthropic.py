"""The Anthropic fake, driven by Anthropic's own SDK."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import AsyncAnthropic

from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.models import Ask, Reply, ToolUse

MODEL = "claude-opus-5-5"
TOOL: dict[str, Any] = {
    "name": "weather",
    "description": "w",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
OLD: dict[str, Any] = {"extra_headers": {"anthropic-version": "2023-06-01"}}
USER = [{"role": "user", "content": "What is up?"}]


@pytest.fixture
async def fake() -> AsyncIterator[FakeAnthropic]:
    async with FakeAnthropic(cache_minimum=10) as server:
        yield server


@pytest.fixture
async def client(fake: FakeAnthropic) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(base_url=fake.url, api_key=fake.api_key, max_retries=0, timeout=5) as sdk:
        yield sdk


async def ask(client: Any, **changes: Any) -> Any:
    return await client.messages.create(**{"model": MODEL, "max_tokens": 1000, "messages": USER, **changes})


async def test_default_answer_streamed_and_whole_agree(fake: FakeAnthropic, client: Any) -> None:
    whole = await ask(client)
    async with client.messages.stream(model=MODEL, max_tokens=1000, messages=USER) as stream:
        pieces = [piece async for piece in stream.text_stream]
        streamed = await stream.get_final_message()
    assert len(pieces) > 1
    assert "".join(pieces) == whole.content[0].text == streamed.content[0].text
    assert "What is up?" in whole.content[0].text
    assert streamed.usage.output_tokens == whole.usage.output_tokens == fake.calls[0].tokens.output > 0
    assert [call.outcome for call in fake.calls] == ["ok", "ok"]


async def test_scripted_thinking_tools_and_their_results(fake: FakeAnthropic, client: Any) -> None:
    use = ToolUse("weather", {"city": "Zürich"})
    fake.reply_with(Reply("Let me look.", (use,), thinking="hm"), Reply("Sunny.", pieces=("Sun", "ny.")))
    async with client.messages.stream(model=MODEL, max_tokens=1000, messages=USER, tools=[TOOL]) as stream:
        first = await stream.get_final_message()
    assert [block.type for block in first.content] == ["thinking", "text", "tool_use"]
    assert (first.stop_reason, first.content[2].input) == ("tool_use", {"city": "Zürich"})
    result = {"type": "tool_result", "tool_use_id": first.content[2].id, "content": "18 C"}
    turns = [*USER, {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    second = await ask(client, messages=turns, tools=[TOOL])
    assert second.content[0].text == "Sunny."
    assert fake.asks[1].tool_results == ("18 C",)
    broken = [*turns[:2], {"role": "user", "content": "never mind"}]
    with pytest.raises(anthropic.BadRequestError, match="without `tool_result` blocks"):
        await ask(client, messages=broken, tools=[TOOL])


async def test_rules_functions_usage_and_schema(fake: FakeAnthropic, client: Any) -> None:
    fake.reply_when("capital of france", Reply("Paris", usage={"input": 7, "output": 3}))
    reply = await ask(client, messages=[{"role": "user", "content": "The capital of France?"}])
    assert (reply.content[0].text, reply.usage.input_tokens, reply.usage.output_tokens) == ("Paris", 7, 3)

    async def shout(asked: Ask) -> str:
        return asked.text.upper()

    fake.answer = shout
    assert (await ask(client)).content[0].text == "WHAT IS UP?"
    assert (await client.messages.count_tokens(model=MODEL, messages=USER)).input_tokens == 3
    assert MODEL in [model.id async for model in client.models.list()]


async def test_cache_marks_write_then_read(client: Any) -> None:
    system = [{"type": "text", "text": "rule " * 100, "cache_control": {"type": "ephemeral"}}]
    first, second = [(await ask(client, system=system)).usage for _ in range(2)]
    assert (first.cache_creation_input_tokens, first.cache_read_input_tokens) == (125, 0)
    assert (second.cache_creation_input_tokens, second.cache_read_input_tokens) == (0, 125)
    assert first.input_tokens == second.input_tokens == 3
    other = (await ask(client, system=system, model="claude-haiku-5-5")).usage
    assert other.cache_read_input_tokens == 0
    last = {"type": "text", "text": "go on", "cache_control": {"type": "ephemeral"}}
    grown = [*USER, {"role": "assistant", "content": "ok"}, {"role": "user", "content": [last]}]
    third = (await ask(client, system=system, messages=grown)).usage
    assert (third.cache_read_input_tokens, third.input_tokens) == (125, 0)
    assert third.cache_creation_input_tokens > 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"extra_body": {"temperature": 1}}, "temperature: Extra inputs are not permitted"),
        ({"extra_body": {"temperature": 0.2}, **OLD}, "`temperature` is deprecated for this model"),
        ({"extra_body": {"top_k": 5}, "model": "claude-haiku-5-5", **OLD}, "`top_k` is deprecated"),
        (
            {"extra_body": {"temperature": 0.2, "top_p": 0.9}, "model": "claude-haiku-4-5", **OLD},
            "cannot both be specified",
        ),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}, "max_tokens": 4000}, "not supported for this model"),
        ({"extra_body": {"colour": 1}}, "colour: Extra inputs are not permitted"),
        ({"messages": []}, "at least one message"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "first message must use"),
        ({"messages": [*USER, {"role": "assistant", "content": "Well"}]}, "prefill"),
        ({"messages": [{"role": "user", "content": " "}]}, "non-whitespace"),
        ({"tools": [{"name": "a b", "input_schema": {"type": "object"}}]}, "tools.0.name"),
        ({"tools": [{"name": "a", "input_schema": {"type": "object", "properties": 3}}]}, "JSON schema is invalid"),
        ({"tools": [TOOL, TOOL]}, "unique"),
        ({"tool_choice": {"type": "auto"}}, "while providing tools"),
        (
            {"system": [{"type": "text", "text": f"s{n}", "cache_control": {"type": "ephemeral"}} for n in range(5)]},
            "maximum of 4",
        ),
    ],
)
async def test_refused_requests(fake: FakeAnthropic, client: Any, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(anthropic.BadRequestError) as refusal:
        await ask(client, **changes)
    assert reason in str(refusal.value)
    assert len(fake.violations) == 1


async def test_older_models_keep_their_sampling(client: Any) -> None:
    reply = await ask(client, model="claude-haiku-4-5", extra_body={"temperature": 0.2}, **OLD)
    assert reply.stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        ("429", anthropic.RateLimitError, "rate limit"),
        ("overloaded", anthropic.InternalServerError, "Overloaded"),
        ("500", anthropic.InternalServerError, "Internal server error"),
        ("401", anthropic.AuthenticationError, "invalid x-api-key"),
        ("context", anthropic.BadRequestError, "prompt is too long"),
        ("not_found", anthropic.NotFoundError, MODEL),
        ("drop", anthropic.APIConnectionError, ""),
    ],
)
async def test_error_faults(fake: FakeAnthropic, client: Any, kind: str, error: type[Exception], text: str) -> None:
    fake.faults.add(kind, model=MODEL, retry_after=3)
    with pytest.raises(error) as seen:
        await ask(client)
    assert text in str(seen.value)
    if isinstance(seen.value, anthropic.RateLimitError):
        assert seen.value.response.headers["retry-after"] == "3"
    assert fake.violations == []
    assert (await ask(client)).stop_reason == "end_turn"


async def test_wrong_key_unknown_model_and_long_prompt(fake: FakeAnthropic, client: Any) -> None:
    with pytest.raises(anthropic.AuthenticationError):
        await ask(client.with_options(api_key="wrong"))
    with pytest.raises(anthropic.NotFoundError):
        await ask(client, model="claude-nonesuch")
    fake.context_tokens = 10
    with pytest.raises(anthropic.BadRequestError, match="prompt is too long"):
        await ask(client, messages=[{"role": "user", "content": "word " * 50}])


async def read_whole(client: Any, got: list[str]) -> None:
    """Read a stream into `got`. Raises if it does not arrive whole."""
    async with client.messages.stream(model=MODEL, max_tokens=1000, messages=USER) as stream:
        async for piece in stream.text_stream:
            got.append(piece)
    if "".join(got) != "word " * 60:
        raise ValueError("the stream ended well but pieces are missing")


@pytest.mark.parametrize("kind", ["cut", "invalid_utf8", "broken_json", "stream_error", "huge_line"])
async def test_streams_break_in_the_middle(fake: FakeAnthropic, client: Any, kind: str) -> None:
    fake.reply_with(Reply("word " * 60, pieces=5), Reply("word " * 60, pieces=5))
    fake.faults.add(kind, at_byte=2000)
    got: list[str] = []
    with pytest.raises((anthropic.AnthropicError, httpx2.HTTPError, ValueError)):
        await read_whole(client, got)
    assert len(got) > 0
    assert fake.calls[-1].outcome == kind
    await read_whole(client, [])


async def test_a_stalled_stream_says_no_more(fake: FakeAnthropic, client: Any) -> None:
    fake.reply_with(Reply("word " * 60, pieces=5))
    fake.faults.add("stall", at_byte=1500)
    got: list[str] = []
    reading = asyncio.create_task(read_whole(client, got))
    await fake.wait_for(lambda: fake.calls and fake.calls[-1].outcome == "stall")
    done, _ = await asyncio.wait([reading], timeout=0.1)
    assert not done
    assert 0 < len(got) < 60
    fake.release()
    with pytest.raises((anthropic.AnthropicError, httpx2.HTTPError)):
        await reading


async def test_useless_but_well_formed_replies(fake: FakeAnthropic, client: Any) -> None:
    for kind in ("empty", "wrong_model", "refusal"):
        fake.faults.add(kind)
    empty, wrong, refused = [await ask(client) for _ in range(3)]
    assert (empty.content, empty.stop_reason) == ([], "end_turn")
    assert wrong.model == "some-other-model"
    assert (refused.stop_reason, refused.stop_details.type) == ("refusal", "refusal")


async def test_refused_connections_then_back(fake: FakeAnthropic, client: Any) -> None:
    await ask(client)
    await fake.down()
    with pytest.raises(anthropic.APIConnectionError):
        await ask(client)
    await fake.up()
    assert (await ask(client)).stop_reason == "end_turn"


async def test_max_tokens_stops_a_long_answer(client: Any) -> None:
    assert (await ask(client, max_tokens=3)).stop_reason == "max_tokens"
