"""The contract of a door to models, asked of all three over the real wire formats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from company.clock import SystemClock
from company.errors import (
    ContextTooLong,
    ModelError,
    ModelNonsense,
    ModelOverloaded,
    ModelRefusedKey,
    ModelRejected,
    ModelUnavailable,
)
from company.ports import Model
from company.records import Condition, Message, ModelCall, Stop, ToolResult, ToolSpec
from company.secrets import Secret
from employees.claude import Claude
from employees.litellm_door import LiteLLMDoor
from employees.ollama_door import OllamaDoor
from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.models import ModelFake, Reply, ToolUse
from tests.fakes.ollama import FakeOllama
from tests.fakes.openai import FakeOpenAI

# LiteLLM 1.106 reads a deprecated attribute of pydantic's on each streamed piece
pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince211"),
    pytest.mark.filterwarnings("ignore:Item 'summary' on TypedDict class:UserWarning"),  # when it is imported late
]

WEATHER = ToolSpec(
    name="weather",
    description="The weather in a town.",
    schema={"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
)


@dataclass
class Pair:
    """A door and the fake it leads to."""

    door: Model
    fake: ModelFake
    model: str

    def call(self, text: str = "hello", **more: Any) -> ModelCall:
        messages = more.pop("messages", (Message(role="user", text=text),))
        return ModelCall(model=self.model, system="Be brief.", messages=messages, timeout_s=20, **more)


@pytest.fixture(params=["anthropic", "ollama", "openai"])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    clock = SystemClock()
    fake: ModelFake
    door: Model
    if request.param == "anthropic":
        fake, model = FakeAnthropic(), "claude-haiku-5-5"
        await fake.start()
        door = Claude(fake.url, Secret(fake.api_key, "test"), clock)
    elif request.param == "ollama":
        fake, model = FakeOllama(models=["qwen3:8b"]), "qwen3:8b"
        await fake.start()
        door = OllamaDoor(fake.url, clock, ("qwen3:8b",))
    else:
        fake, model = FakeOpenAI(), "gpt-6-mini"
        await fake.start()
        door = LiteLLMDoor("openai", fake.base_url, Secret(fake.api_key, "test"), clock)
    yield Pair(door, fake, model)
    await door.close()
    await fake.stop()


async def test_text_comes_whole_with_what_it_used(pair: Pair) -> None:
    pair.fake.reply_with(Reply("Bonjour, le monde.", usage={"input": 11, "output": 7}))
    got = await pair.door.complete(pair.call())
    assert (got.text, got.stop, got.model) == ("Bonjour, le monde.", Stop.END, pair.model)
    assert got.provider == pair.door.provider
    assert (got.usage.input_tokens, got.usage.output_tokens) == (11, 7)
    assert pair.fake.asks[0].system == "Be brief."
    assert pair.fake.violations == []


async def test_pieces_come_in_order_before_the_end(pair: Pair) -> None:
    pair.fake.reply_with(Reply(pieces=("One ", "two ", "three.")))
    heard: list[str] = []
    got = await pair.door.complete(pair.call(), heard.append)
    assert heard == ["One ", "two ", "three."]
    assert got.text == "One two three."


async def test_a_tool_is_asked_for_and_its_answer_goes_back(pair: Pair) -> None:
    pair.fake.reply_with(Reply("Let me look.", (ToolUse("weather", {"town": "Zürich", "days": [1, 2]}),)))
    question = Message(role="user", text="Weather?")
    got = await pair.door.complete(pair.call(messages=(question,), tools=(WEATHER,)))
    assert got.stop is Stop.TOOL
    (made,) = got.tool_calls
    assert (made.name, made.arguments) == ("weather", {"town": "Zürich", "days": [1, 2]})
    said = Message(role="assistant", text=got.text, tool_calls=got.tool_calls, opaque=got.opaque)
    result = Message(
        role="user", tool_results=(ToolResult(call_id=made.id, text="Rain", failed=True),), text="Be quick."
    )
    pair.fake.reply_with("It rains.")
    got = await pair.door.complete(pair.call(messages=(question, said, result), tools=(WEATHER,)))
    assert got.text == "It rains."
    assert pair.fake.violations == []
    assert "Rain" in str(pair.fake.calls[-1].raw["messages"])
    assert "Be quick." in str(pair.fake.calls[-1].raw["messages"][-1])


async def test_two_tools_at_once(pair: Pair) -> None:
    uses = (ToolUse("weather", {"town": "Bern"}), ToolUse("weather", {"town": "Biel"}))
    pair.fake.reply_with(Reply(tool_uses=uses))
    got = await pair.door.complete(pair.call(tools=(WEATHER,)))
    assert [call.arguments["town"] for call in got.tool_calls] == ["Bern", "Biel"]
    assert len({call.id for call in got.tool_calls}) == 2


async def test_json_of_a_schema(pair: Pair) -> None:
    schema = {
        "type": "object",
        "properties": {"difficulty": {"type": "string", "enum": ["trivial", "normal"]}},
        "required": ["difficulty"],
        "additionalProperties": False,
    }
    got = await pair.door.complete(pair.call(schema=schema))
    assert got.text == '{"difficulty": "trivial"}'
    assert pair.fake.asks[0].schema is not None
    assert pair.fake.violations == []


async def test_the_length_limit_is_told(pair: Pair) -> None:
    stop = "max_tokens" if pair.door.provider == "anthropic" else "length"
    pair.fake.reply_with(Reply("Half a sen", stop=stop))
    got = await pair.door.complete(pair.call(max_output_tokens=64))
    assert (got.stop, got.text) == (Stop.LENGTH, "Half a sen")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("429", ModelOverloaded),
        ("overloaded", ModelOverloaded),
        ("500", ModelUnavailable),
        ("401", ModelRefusedKey),
        ("400", ModelRejected),
        ("not_found", ModelRejected),
        ("context", ContextTooLong),
        ("drop", ModelUnavailable),
        ("empty", ModelNonsense),
        ("broken_json", ModelNonsense),
        ("stream_error", ModelError),
    ],
)
async def test_each_failure_has_its_class(pair: Pair, kind: str, expected: type[ModelError]) -> None:
    pair.fake.faults.add(kind, times=None, retry_after=7)
    with pytest.raises(expected) as raised:
        await pair.door.complete(pair.call())
    assert type(raised.value) is expected or expected is ModelError
    assert len(pair.fake.calls) == 1, "retries are the metered door's"
    assert str(raised.value).count("\n") == 0
    for secret in ("sk-ant-fake-key", "sk-fake-openai"):
        assert secret not in str(raised.value)
    if kind == "429" and pair.door.provider == "anthropic":
        assert raised.value.retry_after_s == 7


@pytest.mark.parametrize("at_byte", [1, 60, 400, 700, 1100])
async def test_a_cut_stream_is_never_an_answer(pair: Pair, at_byte: int) -> None:
    pair.fake.answer = lambda _ask: Reply("A long answer that fills several events. " * 40)
    pair.fake.faults.add("cut", at_byte=at_byte)
    with pytest.raises((ModelNonsense, ModelUnavailable)):  # before the first piece there is no answer to be broken
        await pair.door.complete(pair.call())
    got = await pair.door.complete(pair.call())
    assert got.stop is Stop.END


async def test_a_silent_stream_is_given_up(pair: Pair) -> None:
    pair.fake.answer = lambda _ask: Reply("A long answer that fills several events. " * 40)
    pair.fake.faults.add("stall", at_byte=1200)
    with pytest.raises(ModelUnavailable, match="silent"):
        await pair.door.complete(pair.call(idle_timeout_s=0.3))
    pair.fake.release()


async def test_nobody_listens(pair: Pair) -> None:
    await pair.fake.down()
    with pytest.raises(ModelUnavailable):
        await pair.door.complete(pair.call())


async def test_cancelling_in_mid_stream_closes_the_connection(pair: Pair) -> None:
    pair.fake.reply_with(Reply("word " * 4000, pieces=5, pause_s=0.01))
    begun = asyncio.Event()
    task = asyncio.create_task(pair.door.complete(pair.call(), lambda _piece: begun.set()))
    await asyncio.wait_for(begun.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    call = await pair.fake.wait_for(lambda: pair.fake.calls[0] if pair.fake.calls[0].ended else None)
    assert call.outcome == "client went away"


async def test_fifty_first_calls_at_once_build_one_client(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    once = getattr(pair.door, "_client", None) or pair.door._library  # type: ignore[attr-defined]
    build = once._build
    monkeypatch.setattr(once, "_build", lambda: built.append(1) or build())
    got = await asyncio.gather(*(pair.door.complete(pair.call(f"question {n}")) for n in range(50)))
    assert len(built) == 1
    assert len({answer.text for answer in got}) == 50


async def test_health(pair: Pair) -> None:
    await pair.door.complete(pair.call())
    health = await pair.door.check()
    assert (health.part, health.condition) == (pair.door.provider, Condition.OK)


async def test_openai_is_shown_a_key_before_it_is_kept() -> None:
    async with FakeOpenAI() as fake:
        for key, condition, says in (
            (fake.api_key, Condition.OK, "answers"), ("sk-another-key", Condition.ILL, "the key is refused"),
        ):  # fmt: skip
            door = LiteLLMDoor("openai", fake.base_url, Secret(key, "test"), SystemClock())
            health = await door.try_key()
            assert (health.condition, health.detail) == (condition, says)
            assert key not in str(health)
        address = fake.base_url
    away = await LiteLLMDoor("openai", address, Secret("sk-any-key", "test"), SystemClock()).try_key()
    assert away.condition is Condition.ILL
    assert "can't be reached" in away.detail


async def test_closing_an_unused_door_is_harmless() -> None:
    for door in (Claude("http://127.0.0.1:1", Secret("k", "t"), SystemClock()), OllamaDoor("", SystemClock())):
        await door.close()
