"""What only Claude's door does: thinking that goes back unchanged, caching marks, effort, and a lean wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from company.clock import SystemClock
from company.config import Settings
from company.errors import ModelOverloaded
from company.records import Difficulty, Employee, Kind, Message, ModelCall, Tier, ToolResult, ToolSpec
from company.secrets import Secret
from employees.briefing import EFFORTS, system_prompt, tools_for
from employees.claude import Claude
from employees.prompts import load_prompts
from employees.toolbox import Equipment, load_tools
from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.models import Reply, ToolUse
from tests.unit.employees.office import TOOLS, Shelf

LOOK_UP = ToolSpec(name="look_up", description="Look up.", schema={"type": "object", "properties": {}})
LONG = "Some instruction that is quite long. " * 80


@pytest.fixture
async def fake() -> AsyncIterator[FakeAnthropic]:
    made = FakeAnthropic(cache_minimum=512)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def claude(fake: FakeAnthropic) -> AsyncIterator[Claude]:
    door = Claude(fake.url, Secret(fake.api_key, "test"), SystemClock())
    yield door
    await door.close()


def call(*messages: Message, **more: Any) -> ModelCall:
    said = {"model": "claude-opus-5-5", "system": "Be brief.", "tools": (LOOK_UP,), "timeout_s": 20} | more
    return ModelCall(messages=messages or (Message(role="user", text="Hello"),), **said)


def answer_to(got: Any) -> tuple[Message, Message]:
    """The model's turn and the results of its tools."""
    results = tuple(ToolResult(call_id=made.id, text="42") for made in got.tool_calls)
    turn = Message(role="assistant", text=got.text, tool_calls=got.tool_calls, opaque=got.opaque)
    return turn, Message(role="user", tool_results=results)


@pytest.mark.parametrize("tier", [Tier.INTERN, Tier.DIRECTOR, Tier.CEO])
@pytest.mark.parametrize("difficulty", [Difficulty.TRIVIAL, Difficulty.NORMAL])
async def test_a_hello_is_cheap(
    claude: Claude, fake: FakeAnthropic, tier: Tier, difficulty: Difficulty, record_property: Any
) -> None:
    """A one-line question costs at most 400 input tokens in all, as the fake counts them."""
    seed = next(one for one in Settings().employees.values() if one.tier is tier)
    one = Employee(
        name=tier.value, title=seed.title, tier=tier, models=(), prompt="employee", max_output_tokens=512,
        timeout_s=20, tools=TOOLS,
    )  # fmt: skip
    prompts = await asyncio.to_thread(load_prompts, frozenset({"employee"}))
    equipment = Equipment(library=Shelf(), notes_dir=asyncio)  # type: ignore[arg-type] - nothing is written
    loaded = await asyncio.to_thread(load_tools, frozenset(TOOLS), equipment)
    tools = tuple(loaded[name].spec for name in tools_for(one, Kind.CHAT, difficulty))
    system = system_prompt(prompts["employee"], one, "NEXUS", "en").text
    got = await claude.complete(call(system=system, tools=tools, effort=EFFORTS[tier]))
    record_property("input_tokens", got.usage.input_tokens)
    assert got.usage.input_tokens <= (250 if difficulty is Difficulty.TRIVIAL else 400)
    assert len(json.dumps(fake.calls[0].raw)) / 4 <= 520


async def test_thinking_goes_back_unchanged(claude: Claude, fake: FakeAnthropic) -> None:
    fake.reply_with(Reply(thinking="Hm, I should look.", tool_uses=(ToolUse("look_up", {"q": 1}),)))
    first = call()
    got = await claude.complete(first)
    fake.reply_with("It is 42.")
    await claude.complete(replace(first, messages=(*first.messages, *answer_to(got))))
    blocks = fake.calls[1].raw["messages"][1]["content"]
    assert [block["type"] for block in blocks] == ["thinking", "tool_use"]
    assert blocks[0]["thinking"] == "Hm, I should look."
    assert blocks[1]["input"] == {"q": 1}
    assert fake.violations == []


@pytest.mark.parametrize(
    "change",
    [
        {"system": "Be long."},
        {"model": "claude-sonnet-5-5"},
        {"tools": ()},
        {"messages": (Message(role="user", text="Bye"),)},
    ],
)
async def test_thinking_is_left_out_when_anything_before_it_changed(
    claude: Claude, fake: FakeAnthropic, change: dict[str, Any]
) -> None:
    fake.reply_with(Reply(thinking="Hm, I should look.", tool_uses=(ToolUse("look_up", {}),)))
    first = call()
    got = await claude.complete(first)
    fake.reply_with("It is 42.")
    changed = replace(first, **change)
    await claude.complete(replace(changed, messages=(*changed.messages, *answer_to(got))))
    blocks = fake.calls[1].raw["messages"][1]["content"]
    assert [block["type"] for block in blocks] == ["tool_use"]
    assert fake.violations == []


async def test_thinking_of_every_turn_stays_bound_through_caching_marks(claude: Claude, fake: FakeAnthropic) -> None:
    one = call(Message(role="user", text=LONG), system=LONG)
    for turn in range(3):
        fake.reply_with(Reply(thinking=f"Thought {turn}.", tool_uses=(ToolUse("look_up", {"turn": turn}),)))
        got = await claude.complete(one)
        one = replace(one, messages=(*one.messages, *answer_to(got)))
    await claude.complete(one)
    said = [message for message in fake.calls[-1].raw["messages"] if message["role"] == "assistant"]
    assert [message["content"][0].get("thinking") for message in said] == [f"Thought {turn}." for turn in range(3)]
    assert fake.violations == []


async def test_a_long_prefix_is_marked_and_read_from_the_cache(claude: Claude, fake: FakeAnthropic) -> None:
    one = call(system=LONG)
    first = await claude.complete(one)
    assert first.usage.cache_write_tokens > 512
    second = await claude.complete(replace(one, messages=(Message(role="user", text="Something else"),)))
    assert (second.usage.cache_read_tokens, second.usage.cache_write_tokens) == (first.usage.cache_write_tokens, 0)
    raw = fake.calls[0].raw
    assert raw["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert raw["tools"][-1]["cache_control"] == {"type": "ephemeral"}
    assert raw["messages"][0]["content"] == "Hello"


async def test_a_short_prompt_carries_no_marks(claude: Claude, fake: FakeAnthropic) -> None:
    await claude.complete(call())
    assert "cache_control" not in json.dumps(fake.calls[0].raw)
    await claude.complete(call(system=LONG, model="claude-haiku-4-5"))
    assert "cache_control" not in json.dumps(fake.calls[1].raw), "its cache keeps nothing below 4,096 tokens"


async def test_a_long_loop_is_read_from_the_cache(claude: Claude, fake: FakeAnthropic) -> None:
    one = call(Message(role="user", text=LONG))
    usages = []
    for turn in range(4):
        fake.reply_with(Reply(tool_uses=(ToolUse("look_up", {"turn": turn}),)))
        got = await claude.complete(one)
        usages.append(got.usage)
        one = replace(one, messages=(*one.messages, *answer_to(got)))
    assert usages[0].cache_write_tokens == 0, "most orders have no second turn"
    assert usages[1].cache_write_tokens > 512
    assert usages[2].cache_read_tokens >= usages[1].cache_write_tokens
    assert usages[3].cache_read_tokens > usages[2].cache_read_tokens
    assert fake.violations == []


@pytest.mark.parametrize(
    ("model", "effort"),
    [("claude-haiku-5-5", "low"), ("claude-opus-4-6", "low"), ("claude-haiku-4-5", None), ("claude-x", None)],
)
async def test_effort_is_sent_where_it_is_known(
    claude: Claude, fake: FakeAnthropic, model: str, effort: str | None
) -> None:
    fake.models.append("claude-x")
    await claude.complete(call(model=model, effort="low"))
    raw = fake.calls[0].raw
    assert raw.get("output_config", {}).get("effort") == effort
    assert raw.keys() <= {"model", "max_tokens", "messages", "system", "tools", "output_config", "stream"}


async def test_an_overload_inside_the_stream_is_an_overload(claude: Claude, fake: FakeAnthropic) -> None:
    fake.reply_with(Reply("A long answer. " * 50))
    fake.faults.add("stream_error", at_byte=900)
    with pytest.raises(ModelOverloaded) as raised:
        await claude.complete(call())
    assert raised.value.usage is not None
    assert raised.value.usage.input_tokens > 0


async def test_a_cut_tool_call_is_no_tool_call(claude: Claude, fake: FakeAnthropic) -> None:
    from company.records import Stop

    fake.reply_with(Reply("Let me see", (ToolUse("look_up", {"q": "x" * 50}),), stop="max_tokens"))
    got = await claude.complete(call())
    assert (got.stop, got.text) == (Stop.LENGTH, "Let me see")


async def test_checking_before_the_first_call_loads_nothing(claude: Claude, fake: FakeAnthropic) -> None:
    health = await claude.check()
    assert "not used yet" in health.detail
    assert claude._client.built is None
    await claude.warm()
    assert (await claude.check()).detail == "answers"
    assert fake.calls == []
