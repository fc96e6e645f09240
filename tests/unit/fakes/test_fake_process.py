"""The fakes in a process of their own, driven and read over HTTP."""

from __future__ import annotations

import asyncio

import httpx
import psutil  # type: ignore[import-untyped]
import pytest

from tests.fakes.client import ControlError, Fakes, LaterRemote, spawn

TOKEN = "123456789:TEST-token_of_the_fake_Bot_API_0000"


def drive(fakes: Fakes) -> None:
    base = f"{fakes.telegram.url}/bot{fakes.telegram.token()}"
    with httpx.Client(trust_env=False) as http:
        update_id = fakes.telegram.say(42, "hello", first_name="Ada")
        updates = http.post(f"{base}/getUpdates", json={"timeout": 0}).json()["result"]
        assert [(update["update_id"], update["message"]["text"]) for update in updates] == [(update_id, "hello")]
        fakes.telegram.fault("429", "sendMessage", retry_after=2)
        assert http.post(f"{base}/sendMessage", json={"chat_id": 42, "text": "a"}).status_code == 429
        assert http.post(f"{base}/sendMessage", json={"chat_id": 42, "text": "a"}).status_code == 200
        (answer,) = fakes.telegram.wait_for(lambda telegram: telegram.answers(42), timeout=2)
        assert answer["text"] == "a"
        with pytest.raises(TimeoutError):
            fakes.telegram.wait_for(lambda telegram: telegram.answers(43), timeout=0.05)
        with pytest.raises(ControlError, match="no such verb"):
            fakes.telegram.explode()
        fakes.ollama.script([{"text": "", "tool_uses": [{"name": "look", "input": {}}]}])
        fakes.ollama.rule("weather", "sunny")
        payload = {"model": "qwen3:4b", "messages": [{"role": "user", "content": "weather?"}], "stream": False}
        first, second = [http.post(f"{fakes.ollama.url}/api/chat", json=payload).json()["message"] for _ in range(2)]
        assert first["tool_calls"][0]["function"]["name"] == "look"
        assert second["content"] == "sunny"
        assert [call["outcome"] for call in fakes.ollama.calls()] == ["ok", "ok"]


async def drive_later(url: str) -> None:
    async with LaterRemote(url) as telegram:
        told = await telegram.say(42, "again")

        async def arrived(remote: LaterRemote) -> bool:
            return any(shown["text"] == "again" for shown in await remote.messages(42))

        assert told > 0
        assert await telegram.wait_for(arrived)


def test_spawned_fakes_serve_and_end_with_us() -> None:
    with spawn("telegram", "ollama", options=("--light", "--seed", "3")) as fakes:
        drive(fakes)
        asyncio.run(drive_later(fakes.telegram.url))
        pid = fakes.pid
    assert not psutil.pid_exists(pid)
