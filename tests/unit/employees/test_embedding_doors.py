"""The contract of a door to vectors of meaning, asked of both over the real wire formats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from company.clock import SystemClock
from company.config import Settings
from company.embedding_records import EmbeddingCall
from company.errors import ModelError, ModelNonsense, ModelOverloaded, ModelRefusedKey, ModelRejected, ModelUnavailable
from company.library_ports import Embeds
from company.secrets import Secret
from employees.doors import build_doors, embedding_door
from employees.litellm_door import LiteLLMDoor
from employees.ollama_door import OllamaDoor
from tests.fakes.models import ModelFake
from tests.fakes.ollama import FakeOllama
from tests.fakes.openai import FakeOpenAI
from tests.fakes.wire import json_answer

pytestmark = pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince211")


@dataclass
class Pair:
    """A door and the fake it leads to."""

    door: Embeds
    fake: ModelFake
    model: str

    def call(self, *texts: str) -> EmbeddingCall:
        return EmbeddingCall(model=self.model, texts=texts, timeout_s=20)


@pytest.fixture(params=["ollama", "openai", "mistral"])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    clock = SystemClock()
    fake: ModelFake
    door: Any
    if request.param == "ollama":
        fake, model = FakeOllama(), "nomic-embed-text"
        await fake.start()
        door = OllamaDoor(fake.url, clock)
    else:
        fake, model = FakeOpenAI(), "text-embedding-3-small"
        await fake.start()
        door = LiteLLMDoor(request.param, fake.base_url, Secret(fake.api_key, "test"), clock)
    yield Pair(door, fake, model)
    await door.close()
    await fake.stop()


async def test_each_text_gets_its_vector(pair: Pair) -> None:
    got = await pair.door.embed(pair.call("a red boat", "a blue kite", "a red boat"))
    one, two, three = got.vectors
    assert len(one) == len(two) == 64
    assert one == three != two
    assert sum(number * number for number in one) == pytest.approx(1.0)
    assert got.usage.input_tokens > 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("429", ModelOverloaded), ("overloaded", ModelOverloaded), ("401", ModelRefusedKey), ("400", ModelRejected),
        ("not_found", ModelRejected), ("500", ModelUnavailable), ("broken_json", ModelError),
    ],
)  # fmt: skip
async def test_a_failure_says_what_to_do_next(pair: Pair, fault: str, error: type[ModelError]) -> None:
    pair.fake.faults.add(fault)
    with pytest.raises(error):
        await pair.door.embed(pair.call("a red boat"))


async def test_nobody_there(pair: Pair) -> None:
    await pair.fake.stop()
    with pytest.raises(ModelUnavailable):
        await pair.door.embed(pair.call("a red boat"))


@pytest.mark.parametrize("rows", [[], [[1.0], [1.0, 2.0]], [[], []], [[1e999], [1.0]]])
async def test_vectors_that_are_of_no_use(pair: Pair, rows: list[list[float]], monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(*_: object) -> web.StreamResponse:
        data = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return json_answer({"model": pair.model, "embeddings": rows, "object": "list", "data": data, "usage": usage})

    monkeypatch.setattr(pair.fake, "_embed", answer)
    with pytest.raises(ModelNonsense):
        await pair.door.embed(pair.call("a red boat", "a blue kite"))


async def test_a_provider_that_is_not_there_says_so() -> None:
    settings = Settings.model_validate({"ollama": {"enabled": False}, "knowledge": {"embeddings": "openai/x"}})
    doors = build_doors(settings, _NoSecrets(), SystemClock())  # type: ignore[arg-type]
    for provider in ("openai", "ollama", "nobody"):
        with pytest.raises(ModelUnavailable, match=f"{provider} gives no vectors here"):
            await embedding_door(doors, provider).embed(EmbeddingCall(model="x", texts=("a",)))


class _NoSecrets:
    """A company without any key."""

    def get(self, name: str) -> None:
        return None


def test_ollama_is_asked_for_the_model_of_the_documents_too() -> None:
    settings = Settings.model_validate({"knowledge": {"embeddings": "ollama/nomic-embed-text"}})
    doors = build_doors(settings, _NoSecrets(), SystemClock())  # type: ignore[arg-type]
    ollama = doors["ollama"]
    assert isinstance(ollama, OllamaDoor)
    assert "nomic-embed-text" in ollama._models
