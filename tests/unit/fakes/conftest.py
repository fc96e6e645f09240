"""The fakes under test, each on its own port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from tests.fakes.telegram import FakeTelegram

BOARD = 42


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(conflict_pause_s=0.05) as server:
        yield server


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    request = [HTTPXRequest(read_timeout=3, connect_timeout=3, httpx_kwargs={"verify": False}) for _ in range(2)]
    client = Bot(fake.token, base_url=f"{fake.url}/bot", base_file_url=f"{fake.url}/file/bot", request=request[0],
                 get_updates_request=request[1])  # fmt: skip
    await client.initialize()
    yield client
    await client.shutdown()
