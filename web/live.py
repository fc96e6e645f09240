"""The live stream of the page (server-sent events, html.spec.whatwg.org section 9.2): sections that have changed.

A stream pushes at most twice a second; it looks at least every 15 seconds, because health changes without a fact.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from company.clock import Clock

AT_MOST_EVERY_S = 0.5
LOOK_EVERY_S = 15.0
RETRY_MS = 3000


async def stream(
    sections: Callable[[], Awaitable[dict[str, str]]],
    changes: Callable[[], AsyncIterator[int]],
    closing: asyncio.Event,
    clock: Clock,
) -> AsyncGenerator[str, None]:
    """Events for one page until it goes or the house closes.

    Args:
        sections: renders the page's sections as they are now.
        changes: yields when something was written to the record.
        closing: set when the house closes.
        clock: for the pause between two pushes.
    """
    shown: dict[str, str] = {}
    news = changes()
    changed, closed = asyncio.create_task(_next(news)), asyncio.create_task(_set(closing))
    yield f"retry: {RETRY_MS}\n\n"
    try:
        while not closing.is_set():
            now = await sections()
            fresh = {name: html for name, html in now.items() if shown.get(name) != html}
            shown = now
            yield event("sections", fresh) if fresh else ": nothing new\n\n"
            pause = asyncio.create_task(clock.sleep(AT_MOST_EVERY_S))
            try:
                await asyncio.wait({pause, closed}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _end(pause)
            await asyncio.wait({changed, closed}, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
            if changed.done():
                changed.result()
                changed = asyncio.create_task(_next(news))
    finally:
        await _end(changed)
        await _end(closed)


async def _next(news: AsyncIterator[int]) -> None:
    await anext(news)


async def _set(closing: asyncio.Event) -> None:
    await closing.wait()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def event(name: str, data: object) -> str:
    """One event; JSON has no line breaks, so it is one data line."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
