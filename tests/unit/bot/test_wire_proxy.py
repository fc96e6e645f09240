"""Where Telegram can be reached through a proxy only, the one that the environment names is used."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import pytest

from bot.wire import Wire
from company.secrets import Secret

TOKEN = "123456:" + "a" * 35
ANSWER = b'{"ok":true,"result":{"id":123456}}'


@pytest.mark.parametrize(
    ("user", "header"), [("", None), ("ada:s%40cret@", b"Basic " + b64encode(b"ada:s@cret"))], ids=["open", "password"]
)
async def test_calls_go_through_the_proxy(monkeypatch: pytest.MonkeyPatch, user: str, header: bytes | None) -> None:
    heads: list[bytes] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (len(ANSWER), ANSWER))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://{user}127.0.0.1:{port}")
    wire = Wire("http://telegram.example:8081", Secret(TOKEN, "test"))
    await wire.open()
    try:
        assert await wire.call("getMe", {}) == {"id": 123456}
    finally:
        await wire.close()
        server.close()
    assert heads[0].startswith(b"POST http://telegram.example:8081/bot123456:")
    sent = [line.partition(b": ")[2] for line in heads[0].split(b"\r\n") if line.lower().startswith(b"proxy-auth")]
    assert sent == ([] if header is None else [header])


async def test_an_excepted_host_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (len(ANSWER), ANSWER))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    wire = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", Secret(TOKEN, "test"))
    await wire.open()
    try:
        await wire.call("getMe", {})
    finally:
        await wire.close()
        server.close()
    assert asked[0].startswith(b"POST /bot123456:")
