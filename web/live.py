"""The live stream of the page (server-sent events, html.spec.whatwg.org section 9.2): sections that have changed.

One picture is made for all who watch, at most twice a second, and at least every 15 seconds, because health changes
without a fact. While nobody watches, nothing is made.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from company.clock import Clock

log = logging.getLogger(__name__)

AT_MOST_EVERY_S = 0.5
LOOK_EVERY_S = 15.0
RETRY_MS = 3000
NOTHING_NEW = ": nothing new\n\n"
Sections = dict[str, str]


class Stream(StreamingResponse):
    """Closes its source when the page goes away, at once and not when memory is swept."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if isinstance(self.body_iterator, AsyncGenerator):
                await self.body_iterator.aclose()


class Live:
    """The page as it stands, and everybody who watches it.

    Args:
        sections: renders the page's sections as they are now.
        changes: yields when something was written to the record.
        closing: set when the house closes.
        clock: for the pause between two pictures.
    """

    def __init__(
        self,
        sections: Callable[[], Awaitable[Sections]],
        changes: Callable[[], AsyncIterator[int]],
        closing: asyncio.Event,
        clock: Clock,
    ) -> None:
        self._sections = sections
        self._changes = changes
        self._closing = closing
        self._clock = clock
        self._painting: asyncio.Task[None] | None = None
        self._picture: Sections = {}
        self._number = 0  # of the picture; 0 before the first
        self._step = NOTHING_NEW  # the event that leads from the picture before to this one
        self._news = asyncio.Event()
        self.watchers = 0

    async def stream(self) -> AsyncGenerator[str, None]:
        """Events for one page until it goes, the house closes, or no picture can be made."""
        self.watchers += 1
        try:
            yield f"retry: {RETRY_MS}\n\n"
            if self._painting is None or self._painting.done():
                self._painting = asyncio.create_task(self._paint(), name="web:paint")
            painting, shown, seen = self._painting, Sections(), 0
            while True:
                news = self._news
                if seen != self._number:
                    in_step, seen = 0 < seen == self._number - 1, self._number
                    before, shown = shown, self._picture
                    yield self._step if in_step else _changed(before, shown)
                elif painting.done():
                    return
                else:
                    await news.wait()
        finally:
            self.watchers -= 1
            if not self.watchers:
                await self._rest()

    async def _paint(self) -> None:
        """Make one picture after another. What fails is told in the log; the pages then ask again by themselves."""
        news = self._changes()
        changed, closed = asyncio.create_task(_next(news)), asyncio.create_task(_set(self._closing))
        try:
            while not self._closing.is_set():
                self._show(await self._sections())
                pause = asyncio.create_task(self._clock.sleep(AT_MOST_EVERY_S))
                try:
                    await asyncio.wait({pause, closed}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    await _end(pause)
                await asyncio.wait({changed, closed}, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
                if changed.done():
                    changed.result()
                    changed = asyncio.create_task(_next(news))
        except Exception:
            log.exception("the live page could not be made")
        finally:
            await _end(changed)
            await _end(closed)
            asyncio.get_running_loop().call_soon(self._ring)  # this task is done by then

    def _show(self, picture: Sections) -> None:
        self._step, self._picture = _changed(self._picture, picture), picture
        self._number += 1
        self._ring()

    def _ring(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _rest(self) -> None:
        """Nobody watches: no more pictures, and none is kept that would be old by the next visit."""
        painting, self._painting = self._painting, None
        self._picture, self._number = {}, 0
        if painting is not None:
            await _end(painting)


def _changed(before: Sections, now: Sections) -> str:
    fresh = {name: html for name, html in now.items() if before.get(name) != html}
    return event("sections", fresh) if fresh else NOTHING_NEW


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
