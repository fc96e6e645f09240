"""People with the page open, in a process of their own: `python -m tests.flows.visitors URL STREAMS REQUESTS SECONDS`.

Opens the event streams, says {"open": [status, ...]}, then asks for pages at the given pace (requests a second, half of
them for the whole page) whatever the answers take, and says what came: {"codes", "pushes" (by stream), "slowest_s"}.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack

import aiohttp


async def main(url: str, streams: int, requests: int, seconds: int) -> None:
    pushes = [0] * streams

    async def watch(number: int, answer: aiohttp.ClientResponse) -> None:
        async for line in answer.content:
            pushes[number] += line.startswith(b"event: sections")

    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), base_url=url, read_bufsize=2**20)
        )
        opened = [await stack.enter_async_context(session.get("/events")) for _ in range(streams)]
        watching = [asyncio.create_task(watch(number, answer)) for number, answer in enumerate(opened)]
        while not all(pushes) and all(answer.status == 200 for answer in opened):
            await asyncio.sleep(0.01)
        print(json.dumps({"open": [answer.status for answer in opened]}), flush=True)

        async def ask(number: int) -> tuple[int, float]:
            await asyncio.sleep(number / requests)
            began = time.perf_counter()
            async with session.get("/" if number % 2 else "/health") as answer:
                await answer.read()
                return answer.status, time.perf_counter() - began

        pushes[:] = [0] * streams
        asked = await asyncio.gather(*(ask(number) for number in range(requests * seconds)))
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    told = {"codes": [code for code, _ in asked], "pushes": pushes, "slowest_s": max(took for _, took in asked)}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:5])))
