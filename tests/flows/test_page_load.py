"""The page under load (D22): a hundred open event streams and fifty requests a second, all served."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import aiohttp
import pytest

from tests.flows.company import Lab
from web.server import StatusPage

STREAMS, REQUESTS, SECONDS = 100, 50, 3


@pytest.mark.settings(NEXUS_WEB__ENABLED="true")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_hundred_streams_and_fifty_requests_a_second(lab: Lab, record_property):
    page = next(d for d in lab.company.departments if isinstance(d, StatusPage))
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - before - 0.005)

    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), base_url=page.url)
        )
        async with asyncio.timeout(20):
            while (await (await session.get("/health")).json())["status"] != "serving":
                await asyncio.sleep(0.05)
        streams = [await stack.enter_async_context(session.get("/events")) for _ in range(STREAMS)]
        firsts = await asyncio.gather(*(stream.content.readline() for stream in streams))
        assert all(firsts), "every stream is open and says something"
        watching = asyncio.create_task(watch())
        codes = []
        for _ in range(REQUESTS * SECONDS):
            async with session.get("/health") as answer:
                codes.append(answer.status)
            await asyncio.sleep(1 / REQUESTS)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert codes == [200] * (REQUESTS * SECONDS)
    record_property("longest_stall_s", round(longest, 3))  # told, not judged: the client shares this loop and machine
